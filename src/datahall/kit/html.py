"""Server-rendered pages: one dataclass is the whole context of one template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import quote

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from datahall.kit import cookies
from datahall.kit.formats import FILTERS

FLASH_COOKIE = "datahall_flash"
"""One sentence for the next page, as in 已发布."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """Base of page contexts; `fragment` is the block that htmx asks for."""

    template: ClassVar[str]
    fragment: ClassVar[str] = "main"
    section: ClassVar[str] = ""  # key of the main navigation entry that is current

    def context(self) -> Mapping[str, Any]:
        return {f.name: getattr(self, f.name) for f in fields(self)}


def environment(packages: Sequence[str], **globals_: object) -> Environment:
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
    env.filters.update(FILTERS)
    env.globals.update(globals_)
    return env


def render(env: Environment, page: Page, shell: object, *, partial: bool) -> str:
    """Return the page, or only its fragment when htmx asked for a part.

    `shell` is what every page shows around its own content: viewer, navigation, CSRF token.
    """
    template = env.get_template(page.template)
    variables = {**page.context(), "shell": shell, "section": page.section}
    if not partial:
        return template.render(variables)
    context = template.new_context(variables)
    next(template.root_render_func(context), None)  # runs the imports above the blocks
    return "".join(template.blocks[page.fragment](context))


def respond(request: Request, page: Page, *, status: int = 200, keep: bool = False) -> HTMLResponse:
    """Answer with a page; `web` has put the templates and the shell in place.

    A page with a status from 400 up says that the act was refused, so its unit is rolled back;
    `keep` commits it all the same (a failed login is counted).
    """
    request.state.refused = status >= HTTPStatus.BAD_REQUEST and not keep
    partial = request.headers.get("HX-Request-Type") == "partial"
    shell = request.app.state.shell(request)
    body = render(request.app.state.pages, page, shell, partial=partial)
    response = HTMLResponse(body, status_code=status, headers={"Vary": "HX-Request-Type"})
    if FLASH_COOKIE in request.cookies and not partial:
        response.delete_cookie(FLASH_COOKIE)
    if guest := getattr(request.state, "guest", None):
        cookies.put(request, response, cookies.GUEST, guest)
    return response


def redirect(url: str, *, flash: str | None = None) -> RedirectResponse:
    """After an act: see the page at `url`, which shows `flash` once."""
    response = RedirectResponse(url, status_code=303)
    if flash:
        response.set_cookie(FLASH_COOKIE, quote(flash), max_age=60, httponly=True, samesite="lax")
    return response
