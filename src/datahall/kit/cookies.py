"""Our cookies: never read by scripts, never sent by forms of other sites, Secure over https."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from datahall.kit.settings import settings

SESSION = "datahall_session"
"""The secret of a logged-in session."""
GUEST = "datahall_guest"
"""The secret of a browser that is not logged in."""


def is_secure(request: Request) -> bool:
    """Whether the browser speaks https with us, or with the proxy in front of us."""
    return request.url.scheme == "https" or settings().https


def _name(request: Request, cookie: str) -> str:
    """Over https with the prefix that keeps other hosts of the domain from setting it."""
    return f"__Host-{cookie}" if is_secure(request) else cookie


def read(request: Request, cookie: str) -> str | None:
    return request.cookies.get(_name(request, cookie))


def put(
    request: Request, response: Response, cookie: str, value: str, *, max_age: int | None = None
) -> None:
    """Set it; without `max_age` it goes when the browser closes."""
    response.set_cookie(_name(request, cookie), value, max_age=max_age, **_flags(request))


def drop(request: Request, response: Response, cookie: str) -> None:
    response.delete_cookie(_name(request, cookie), **_flags(request))


def _flags(request: Request) -> dict[str, Any]:
    return {"path": "/", "httponly": True, "samesite": "lax", "secure": is_secure(request)}
