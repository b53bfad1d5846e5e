"""Forms of other sites cannot act for who is logged in (CSRF): a token bound to the session.

The token is an HMAC under the session's own secret, so nothing is stored and a token of one
session is worth nothing in another.  Somebody who is not logged in yet gets a guest secret.
"""

import hmac
import secrets
from collections.abc import AsyncIterator

from starlette.requests import Request

from datahall.kit import cookies
from datahall.kit.errors import DomainError

FIELD = "_csrf"
HEADER = "X-CSRF-Token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class ForeignForm(DomainError):
    """The request does not carry the token of this session."""

    code = "http.foreign_form"
    status = 403


def token_for(secret: str) -> str:
    """The token that forms of the session with this cookie carry."""
    return hmac.new(secret.encode(), b"datahall csrf v1", "sha256").hexdigest()


def secret_of(request: Request) -> str | None:
    """What the browser already holds: a session, or the secret of a guest."""
    return cookies.read(request, cookies.SESSION) or cookies.read(request, cookies.GUEST)


def token(request: Request) -> str:
    """The token for the page being answered; a guest secret is made when there is none yet."""
    secret = secret_of(request) or getattr(request.state, "guest", None)
    if secret is None:
        secret = request.state.guest = secrets.token_urlsafe(24)
    return token_for(secret)


async def check(request: Request) -> AsyncIterator[None]:
    """Refuse an unsafe request that acts by cookie and carries no token of ours.

    A call without cookies (a script that has just begun) has nothing that another site could
    borrow; forms always need the token.  Files that a form brought are let go at the end.

    Raises:
        ForeignForm
    """
    try:
        if request.method not in SAFE and not await _is_ours(request):
            raise ForeignForm
        if request.method not in SAFE and _is_plain_form(request):
            request.state.sent = await request.form()  # for who has to answer a refusal
        yield
    finally:
        await request.close()


def _is_plain_form(request: Request) -> bool:
    kind = request.headers.get("Content-Type", "")
    return kind.startswith("application/x-www-form-urlencoded")


async def _is_ours(request: Request) -> bool:
    secret = secret_of(request)
    kind = request.headers.get("Content-Type", "")
    is_form = kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data"))
    if secret is None:
        return not is_form
    sent = request.headers.get(HEADER)
    if sent is None and is_form:
        sent = str((await request.form()).get(FIELD, ""))
    return hmac.compare_digest((sent or "").encode(errors="replace"), token_for(secret).encode())
