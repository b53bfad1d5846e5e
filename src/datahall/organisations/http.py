"""The session cookie: who sent a request."""

from fastapi import Request
from fastapi.responses import Response

from datahall.kit.settings import settings
from datahall.kit.uow import Unit
from datahall.organisations.service import login
from datahall.security import Actor

COOKIE = "datahall_session"


def is_secure(request: Request) -> bool:
    """Whether the browser speaks https with us, or with the proxy in front of us."""
    return request.url.scheme == "https" or settings().https


def cookie_name(request: Request) -> str:
    """Over https with the prefix that keeps other hosts of the domain from setting it."""
    return f"__Host-{COOKIE}" if is_secure(request) else COOKIE


def session_token(request: Request) -> str | None:
    return request.cookies.get(cookie_name(request))


def identify(unit: Unit, request: Request) -> Actor | None:
    """Who sent the request, by its session cookie (会话); None when nobody is logged in."""
    token = session_token(request)
    return login.actor_of_token(unit, token) if token else None


def set_session_cookie(request: Request, response: Response, token: str) -> None:
    """Hand the session's secret to the browser; it goes when the browser closes."""
    response.set_cookie(
        cookie_name(request),
        token,
        httponly=True,
        secure=is_secure(request),
        samesite="lax",
        path="/",
    )


def drop_session_cookie(request: Request, response: Response) -> None:
    response.delete_cookie(
        cookie_name(request), path="/", httponly=True, secure=is_secure(request), samesite="lax"
    )
