"""A form that was sent after the session had ended: kept through the login (续办).

What was typed travels in the pages of the login itself, so nothing is stored for strangers.
"""

import json
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from fastapi import Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData

from datahall.kit import cookies, csrf
from datahall.kit.html import Page, respond
from datahall.kit.uow import Unit
from datahall.organisations.logins import digest
from datahall.organisations.repository import logins

SECRET: Final = frozenset({"password", "current", "again", "old", "new", "secret", "code"})
"""Fields that are never sent back to the browser: a form with one of them is not kept."""
LONGEST: Final = 900_000  # characters; a field of a form holds a megabyte


@dataclass(frozen=True, slots=True)
class HeldForm:
    """Where a form was going, and what it said."""

    action: str
    values: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, action: str, form: FormData) -> Self | None:
        """The form if it can be kept: a file cannot, nor a password, nor what is too long."""
        if SECRET.intersection(form):
            return None
        pairs = [(name, value) for name, value in form.multi_items() if name != csrf.FIELD]
        texts = tuple((name, value) for name, value in pairs if isinstance(value, str))
        if len(texts) < len(pairs) or sum(len(n) + len(v) for n, v in texts) > LONGEST:
            return None
        return cls(action, texts)

    @classmethod
    def read(cls, text: str) -> Self | None:
        """What `written` gave; None for anything else."""
        try:
            action, values = json.loads(text)
            form = cls(str(action), tuple((str(name), str(value)) for name, value in values))
        except (ValueError, TypeError, RecursionError):
            return None
        is_inside = form.action.startswith("/") and not form.action.startswith(("//", "/\\"))
        return form if is_inside and form.action.isprintable() else None

    @property
    def written(self) -> str:
        """As one text, for a hidden field."""
        return json.dumps([self.action, self.values], ensure_ascii=False)


@dataclass(frozen=True, kw_only=True)
class LoginPage(Page):
    """Login name and password (登录)."""

    template: ClassVar[str] = "organisations/login.html"
    next: str
    login: str = ""
    refusal: str = ""
    is_set_up: bool = True  # False: the hall has no administrators yet
    held: HeldForm | None = None  # what was sent after the session had ended


def login_again(unit: Unit, request: Request) -> HTMLResponse | None:
    """The login form for who sent a form of ours after the session had ended; None when nothing
    was sent or it cannot be kept.

    Only a session that there was can have filled a form of ours: a cookie that somebody planted
    holds nothing.
    """
    token = cookies.read(request, cookies.SESSION)
    if token is None or logins.session_by_token(unit.conn, digest(token)) is None:
        return None
    sent = getattr(request.state, "sent", None)
    query = request.url.query
    action = f"{request.url.path}?{query}" if query else request.url.path
    held = HeldForm.of(action, sent) if sent is not None else None
    return respond(request, LoginPage(next="/", held=held), status=401) if held else None
