"""The session cookie: who sent a request."""

from fastapi import Request

from datahall.kit import cookies
from datahall.kit.uow import Unit
from datahall.organisations.logins import Session
from datahall.organisations.service import login
from datahall.security import Actor


def identify(unit: Unit, request: Request) -> Actor | None:
    """Who sent the request, by its session cookie (会话); None when nobody is logged in."""
    token = cookies.read(request, cookies.SESSION)
    return login.actor_of_token(unit, token) if token else None


def session_of(unit: Unit, request: Request) -> Session | None:
    """The open session that the request belongs to."""
    token = cookies.read(request, cookies.SESSION)
    return login.current_session(unit, token) if token else None


def address_of(request: Request) -> str:
    """The network address that the request came from."""
    return request.client.host if request.client else ""
