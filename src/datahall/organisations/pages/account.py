"""One's own account: posts, password, open sessions (我的账号)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from datahall.kit.errors import DomainError, Invalid
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.keys import key_store
from datahall.kit.settings import settings
from datahall.organisations import totp
from datahall.organisations.http import address_of, session_of
from datahall.organisations.logins import LoginLimits, Session
from datahall.organisations.model import ROLE_NAMES, Appointment, Organisation, Person
from datahall.organisations.pages.doors import Password
from datahall.organisations.repository import logins, structure
from datahall.organisations.service import credentials, second_factor
from datahall.organisations.service.login import limits, must_have_code, needs_code
from datahall.security import Actor, Role, permits

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

Viewer = Annotated[Actor, Depends(permits("organisations:own_account"))]


@dataclass(frozen=True, kw_only=True)
class AccountPage(Page):
    """Who I am here, how I log in, and where I am logged in (我的账号)."""

    template: ClassVar[str] = "organisations/account.html"
    section: ClassVar[str] = "account"
    person: Person
    org: Organisation
    appointments: list[Appointment]
    role_names: Mapping[Role, str]
    password_set_at: datetime | None
    sessions: list[Session]
    here: UUID | None  # the session of this request
    limits: LoginLimits
    least: int
    has_code: bool  # logs in with a one-time code
    must_have_code: bool
    enrolling: tuple[str, str] | None  # secret and its picture, while a phone is enrolled
    faults: Mapping[str, str] = field(default_factory=dict)


def _page(
    request: Request,
    unit: UnitDep,
    viewer: Actor,
    faults: Mapping[str, str] | None = None,
    *,
    enrol: bool = False,
) -> AccountPage:
    session = session_of(unit, request)
    person = structure.person(unit.conn, viewer.person)
    enrolling = _enrolling(unit, person) if enrol else None
    has_code, must_have = needs_code(unit, person), must_have_code(person)
    if enrolling is None and (must_have or not has_code):  # no field for a code to stand beside
        faults = {"" if name == "code" else name: words for name, words in (faults or {}).items()}
    return AccountPage(
        person=person,
        org=structure.organisation(unit.conn, viewer.org),
        appointments=structure.appointments_of(unit.conn, viewer.person),
        role_names=ROLE_NAMES,
        password_set_at=logins.password_set_at(unit.conn, viewer.person),
        sessions=credentials.open_sessions(unit, viewer.person),
        here=session.id if session else None,
        limits=limits(),
        least=settings().password_length,
        has_code=has_code,
        must_have_code=must_have,
        enrolling=enrolling,
        faults=faults or {},
    )


def _enrolling(unit: UnitDep, person: Person) -> tuple[str, str] | None:
    secret = second_factor.enrolling_secret(unit, person.id, vault=key_store().vault())
    return (secret, totp.picture(secret, login=person.login)) if secret else None


@router.get("/account")
def account(request: Request, unit: UnitDep, viewer: Viewer) -> Response:
    """One's own account."""
    return respond(request, _page(request, unit, viewer))


@router.post("/account/password")
def send_password(
    request: Request,
    unit: UnitDep,
    viewer: Viewer,
    current: Password = "",
    password: Password = "",
    again: Password = "",
) -> Response:
    """Change one's own password."""
    refusal: DomainError | None
    try:
        refusal = credentials.change_password(
            unit,
            viewer,
            current=current,
            password=password,
            again=again,
            keep=session_of(unit, request),
        )
    except Invalid as error:
        refusal = error
    if refusal is not None:
        page = _page(request, unit, viewer, faults_by_field(refusal))
        return respond(request, page, status=refusal.status, keep=True)
    return redirect("/account", flash="密码已修改，其他地方的登录已退出。")


@router.post("/account/sessions/end")
def send_end_sessions(request: Request, unit: UnitDep, viewer: Viewer) -> Response:
    """Log out everywhere but here."""
    count = credentials.end_own_sessions(unit, viewer, keep=session_of(unit, request))
    return redirect("/account", flash=f"已退出其他 {count} 处登录。")


@router.post("/account/phone/begin")
def send_begin(request: Request, unit: UnitDep, viewer: Viewer) -> Response:
    """Show the picture for the phone."""
    return respond(request, _page(request, unit, viewer, enrol=True))


Code = Annotated[str, Form(max_length=20)]


@router.post("/account/phone")
def send_phone(request: Request, unit: UnitDep, viewer: Viewer, code: Code = "") -> Response:
    """Enrol the phone by its first code."""
    person = structure.person(unit.conn, viewer.person)
    refusal = second_factor.prove_code(
        unit, person, code, address=address_of(request), vault=key_store().vault()
    )
    if refusal is not None:
        page = _page(request, unit, viewer, faults_by_field(refusal), enrol=True)
        return respond(request, page, status=refusal.status, keep=True)
    return redirect("/account", flash="动态口令已启用，下次登录时输入密码后再输入动态口令。")


@router.post("/account/phone/remove")
def send_remove(request: Request, unit: UnitDep, viewer: Viewer, code: Code = "") -> Response:
    """Ask for codes no more."""
    refusal = second_factor.remove(
        unit, viewer, code, address=address_of(request), vault=key_store().vault()
    )
    if refusal is not None:
        page = _page(request, unit, viewer, faults_by_field(refusal))
        return respond(request, page, status=refusal.status, keep=True)
    return redirect("/account", flash="动态口令已停用。")
