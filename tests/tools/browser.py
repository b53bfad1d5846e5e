"""A real Chromium for tests: pages are opened, judged by axe and by our own audit, and shot."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).parents[2]
AXE = ROOT / "web/node_modules/axe-core/axe.min.js"
AUDIT = (Path(__file__).parent / "audit.js").read_text()
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars",
]  # fmt: skip
DESK, PHONE = (1440, 900), (390, 844)


@contextmanager
def chromium() -> Iterator[Browser]:
    """One browser process; contexts inside it are as separate as people are."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def window(
    browser: Browser, size: tuple[int, int], *, script: bool = True, policy: bool = False
) -> Iterator[BrowserContext]:
    """A fresh profile with a window of this size; on a phone it is touched.

    Args:
        policy: the pages' content security policy holds; axe could not be put into them.
    """
    phone = size == PHONE
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=2 if phone else 1,
        is_mobile=phone,
        has_touch=phone,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
        java_script_enabled=script,
        bypass_csp=not policy,
    )
    try:
        yield context
    finally:
        context.close()


def faults(page: Page) -> list[str]:
    """What axe calls serious or critical, and what our audit finds; empty is good."""
    page.add_script_tag(path=AXE)
    found = page.evaluate("() => axe.run({resultTypes: ['violations']})")
    serious = [
        f"axe {v['id']}: {v['help']}: {v['nodes'][0]['html'][:120]}"
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
    ]
    return serious + page.evaluate(AUDIT)


def shoot(page: Page, path: Path) -> None:
    """The whole page as a picture; bars that stick to the window stand once, at its end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    height = page.evaluate("() => document.documentElement.scrollHeight")
    size = page.viewport_size or {"width": DESK[0], "height": DESK[1]}
    page.set_viewport_size(
        {"width": size["width"], "height": max(min(height, 9000), size["height"])}
    )
    page.screenshot(path=path)
    page.set_viewport_size(size)
