"""Server-rendered pages: one dataclass is the whole context of one template."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse


@dataclass(frozen=True, kw_only=True)
class Page:
    """Base of page contexts; `fragment` is the block that htmx asks for."""

    template: ClassVar[str]
    fragment: ClassVar[str] = "main"
    section: ClassVar[str] = ""  # key of the main navigation entry that is current

    def context(self) -> Mapping[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self)}


def environment(*packages: str) -> Environment:
    """The templates of `packages`; an unknown name in a template is an error."""
    env = Environment(
        loader=ChoiceLoader([PackageLoader(p) for p in packages]),
        undefined=StrictUndefined,
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    env.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": True}
    return env


def render(env: Environment, page: Page, shell: object, *, partial: bool) -> str:
    """Return the page, or only its fragment when htmx asked (`HX-Request`).

    `shell` is what every page shows around its own content: viewer, navigation, CSRF token.
    """
    template = env.get_template(page.template)
    context = {**page.context(), "shell": shell, "section": page.section}
    if not partial:
        return template.render(context)
    return "".join(template.blocks[page.fragment](template.new_context(context)))


def respond(request: Request, page: Page, *, status: int = 200) -> HTMLResponse:
    """Answer with a page; `web` put the environment and the shell in place."""
    partial = request.headers.get("HX-Request") == "true" and not request.headers.get("HX-Boosted")
    body = render(request.app.state.pages, page, request.state.shell, partial=partial)
    return HTMLResponse(body, status_code=status, headers={"Vary": "HX-Request"})
