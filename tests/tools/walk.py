"""Walking through the hall as somebody: every page that the links lead to, once a kind."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from fastapi import FastAPI
from playwright.sync_api import BrowserContext, Page

ENTRANCES = ("/", "/login", "/receipts", "/nowhere")
ONCE_MORE = 2  # how many pages of one kind are looked at: two entries may look different


@dataclass(slots=True)
class Walk:
    """What has been seen; one walk may be shared by several people."""

    app: FastAPI
    again: int = ONCE_MORE
    seen: dict[str, int] = field(default_factory=dict)  # kind of page → how often
    dead: list[str] = field(default_factory=list)  # links that lead nowhere

    def kind(self, path: str) -> str | None:
        """The route that answers a path, as /catalogue/items/{id}."""
        for route in self.app.state.routes:
            if "GET" in route.methods and route.path_regex.match(path):
                return str(route.path)
        return None

    def through(
        self, context: BrowserContext, address: str, name: Callable[[str], str] = str
    ) -> Iterator[tuple[str, Page]]:
        """Each page that can be reached from the home, with its kind."""
        page = context.new_page()
        waiting = list(ENTRANCES)
        known = set(waiting)
        while waiting:
            path = waiting.pop(0)
            kind = self.kind(urlsplit(path).path)
            if kind is None and path in ENTRANCES:
                kind = path  # a page that is not there is a page too
            elif kind is None:
                self.dead.append(path)
                continue
            marker = name(kind + ("?" if urlsplit(path).query else ""))
            if self.seen.get(marker, 0) >= self.again or kind.startswith("/api/"):
                continue
            self.seen[marker] = self.seen.get(marker, 0) + 1
            answer = page.goto(address + path)
            if answer is None or "text/html" not in answer.headers.get("content-type", ""):
                continue
            if not answer.ok and path not in ENTRANCES:
                self.dead.append(f"{path} answers {answer.status}")
                continue
            yield kind, page
            for link in links(page, address):
                if link not in known:
                    known.add(link)
                    waiting.append(link)
        page.close()


def links(page: Page, address: str) -> list[str]:
    """Addresses of this hall that the page links to, without downloads."""
    hrefs: list[str] = page.eval_on_selector_all(
        "a[href]:not([download])", "links => links.map(a => a.href)"
    )
    local = [re.sub(r"#.*$", "", h.removeprefix(address)) for h in hrefs if h.startswith(address)]
    return list(dict.fromkeys(local))
