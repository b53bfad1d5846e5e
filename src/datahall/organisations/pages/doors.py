"""The doors: logging in and out, setting a password by a link, the first run."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from datahall.kit import cookies, csrf
from datahall.kit.errors import DomainError, Invalid
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.keys import key_store
from datahall.kit.settings import settings
from datahall.kit.uow import Unit
from datahall.organisations import totp
from datahall.organisations.held import HeldForm, LoginPage
from datahall.organisations.http import address_of, identify
from datahall.organisations.model import ROLE_NAMES, Organisation, Person
from datahall.organisations.repository import structure
from datahall.organisations.schemas import SetUpForm
from datahall.organisations.service import credentials, second_factor, setup
from datahall.organisations.service.login import LoggedInSession, enter, log_in, log_out
from datahall.security import Public, Role

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

LOGGING_IN = Depends(Public("Nobody is known before the login."))
AFTER_PASSWORD = Depends(Public("The session waits for its code and identifies nobody yet."))
BY_LINK = Depends(Public("The secret in the one-time link says who may."))

Password = Annotated[str, Form(max_length=200)]

ADMINISTRATORS: Final = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)
"""三员, in the order of the form."""


@dataclass(frozen=True, kw_only=True)
class HeldPage(Page):
    """The form that waited for the login, to be sent with one click (继续提交)."""

    template: ClassVar[str] = "organisations/held.html"
    held: HeldForm
    token: str  # of the new session


@dataclass(frozen=True, kw_only=True)
class CodePage(Page):
    """The one-time code after the password; with the picture while a phone is enrolled (动态口令)."""

    template: ClassVar[str] = "organisations/code.html"
    next: str
    person: Person
    secret: str | None  # None: the phone is enrolled already
    picture: str | None
    held: HeldForm | None = None
    token: str = ""  # of the session that waits, when its cookie is only just being set
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class LinkPage(Page):
    """Setting a password with a one-time link (设置密码)."""

    template: ClassVar[str] = "organisations/link.html"
    person: Person
    org: Organisation
    action: str
    least: int
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SetUpPage(Page):
    """The first run: the data authority and three administrators (初始设置)."""

    template: ClassVar[str] = "organisations/setup.html"
    action: str
    typed: SetUpForm
    administrators: tuple[tuple[Role, str], ...]
    least: int
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SetUpDonePage(Page):
    """The links for the other two administrators, shown once (初始设置完成)."""

    template: ClassVar[str] = "organisations/setup_done.html"
    authority: Organisation
    handed: tuple[tuple[str, str], ...]  # post, address of its link
    hours: int


def _inside(next: str) -> str:
    """An address of this hall to go on to; never another site's."""
    is_path = next.startswith("/") and not next.startswith(("//", "/\\")) and next.isprintable()
    return next if is_path and not next.startswith("/login") else "/"


@router.get("/login", dependencies=[LOGGING_IN])
def login_page(request: Request, unit: UnitDep, next: str = "/") -> Response:
    """The login form; who is logged in already goes on."""
    if identify(unit, request):
        return redirect(_inside(next))
    is_set_up = structure.authority(unit.conn) is not None
    return respond(request, LoginPage(next=_inside(next), is_set_up=is_set_up))


@router.post("/login", dependencies=[LOGGING_IN])
def send_login(
    request: Request,
    unit: UnitDep,
    login: Annotated[str, Form(max_length=100)] = "",
    password: Password = "",
    next: Annotated[str, Form()] = "/",
    held: Annotated[str, Form()] = "",
) -> Response:
    """Log in, and go on to where the person wanted to be."""
    form = HeldForm.read(held)
    opened = log_in(
        unit,
        login=login,
        password=password,
        address=address_of(request),
        agent=request.headers.get("User-Agent", ""),
    )
    if isinstance(opened, DomainError):
        refusal = faults_by_field(opened)[""]
        page = LoginPage(next=_inside(next), login=login, refusal=refusal, held=form)
        return respond(request, page, status=opened.status, keep=True)
    return _entered(request, unit, opened, _inside(next), form)


def _entered(
    request: Request, unit: Unit, opened: LoggedInSession, next: str, held: HeldForm | None
) -> Response:
    """A new secret at each login, so that one planted before it is worth nothing."""
    waits = opened.session.proven_at is None
    response: Response
    if held is None:
        response = redirect(f"/login/code?next={quote(next)}" if waits else next)
    else:
        token = csrf.token_for(opened.token)
        page: Page = HeldPage(held=held, token=token)
        if waits:
            person = structure.person(unit.conn, opened.session.person)
            page = replace(_code_page(unit, person, next), held=held, token=token)
        response = respond(request, page)
    cookies.put(request, response, cookies.SESSION, opened.token)
    cookies.drop(request, response, cookies.GUEST)
    return response


def _code_page(
    unit: Unit, person: Person, next: str, faults: Mapping[str, str] | None = None
) -> CodePage:
    secret = second_factor.enrolling_secret(unit, person.id, vault=key_store().vault())
    return CodePage(
        next=next,
        person=person,
        secret=secret,
        picture=totp.picture(secret, login=person.login) if secret else None,
        faults=faults or {},
    )


@router.get("/login/code", dependencies=[AFTER_PASSWORD])
def code_page(request: Request, unit: UnitDep, next: str = "/") -> Response:
    """The form of the one-time code."""
    person = second_factor.waiting_person(unit, cookies.read(request, cookies.SESSION) or "")
    if person is None:
        return redirect("/login")
    return respond(request, _code_page(unit, person, _inside(next)))


@router.post("/login/code", dependencies=[AFTER_PASSWORD])
def send_code(
    request: Request,
    unit: UnitDep,
    code: Annotated[str, Form(max_length=20)] = "",
    next: Annotated[str, Form()] = "/",
    held: Annotated[str, Form()] = "",
) -> Response:
    """Finish the login with the code."""
    form = HeldForm.read(held)
    token = cookies.read(request, cookies.SESSION) or ""
    person = second_factor.waiting_person(unit, token)
    opened = second_factor.finish_login(
        unit,
        token,
        code,
        agent=request.headers.get("User-Agent", ""),
        address=address_of(request),
        vault=key_store().vault(),
    )
    if person is None or opened is None:
        return redirect("/login")
    if isinstance(opened, DomainError):
        page = _code_page(unit, person, _inside(next), faults_by_field(opened))
        return respond(request, replace(page, held=form), status=opened.status, keep=True)
    return _entered(request, unit, opened, _inside(next), form)


@router.post(
    "/logout", dependencies=[Depends(Public("Ends the session of its cookie, and no other."))]
)
def send_logout(request: Request, unit: UnitDep) -> Response:
    """Log out."""
    if token := cookies.read(request, cookies.SESSION):
        log_out(unit, token)
    response = redirect("/login", flash="已退出登录。")
    cookies.drop(request, response, cookies.SESSION)
    return response


def _link_page(
    unit: UnitDep, token: str, person: Person, faults: Mapping[str, str] | None = None
) -> LinkPage:
    return LinkPage(
        person=person,
        org=structure.organisation(unit.conn, person.org),
        action=f"/links/{token}",
        least=settings().password_length,
        faults=faults or {},
    )


@router.get("/links/{token}", dependencies=[BY_LINK])
def link_page(request: Request, unit: UnitDep, token: str) -> Response:
    """The form of a one-time link; opening it does not spend it."""
    person = credentials.person_of_link(unit, token)
    return respond(request, _link_page(unit, token, person))


@router.post("/links/{token}", dependencies=[BY_LINK])
def send_link(
    request: Request,
    unit: UnitDep,
    token: str,
    password: Password = "",
    again: Password = "",
) -> Response:
    """Set the password and log in."""
    person = credentials.person_of_link(unit, token)
    try:
        credentials.set_password_by_link(unit, token, password=password, again=again)
    except Invalid as error:
        page = _link_page(unit, token, person, faults_by_field(error))
        return respond(request, page, status=error.status)
    opened = enter(
        unit,
        person,
        address=address_of(request),
        agent=request.headers.get("User-Agent", ""),
    )
    return _entered(request, unit, opened, "/", None)


def _set_up_page(
    token: str, typed: SetUpForm, faults: Mapping[str, str] | None = None
) -> SetUpPage:
    return SetUpPage(
        action=f"/setup/{token}",
        typed=typed,
        administrators=tuple((role, ROLE_NAMES[role]) for role in ADMINISTRATORS),
        least=settings().password_length,
        faults=faults or {},
    )


@router.get("/setup/{token}", dependencies=[BY_LINK])
def set_up_page(request: Request, unit: UnitDep, token: str) -> Response:
    """The form of the first run."""
    setup.check_setup_link(unit, token)
    return respond(request, _set_up_page(token, SetUpForm(name=settings().authority)))


@router.post("/setup/{token}", dependencies=[BY_LINK])
def send_set_up(
    request: Request, unit: UnitDep, token: str, form: Annotated[SetUpForm, Form()]
) -> Response:
    """Make the authority and its administrators; show the links of the other two once."""
    try:
        made = setup.set_up(
            unit,
            token,
            name=form.name,
            short_name=form.short_name,
            seal=form.seal,
            uscc=form.uscc,
            newcomers={role: form.newcomer(role) for role in ADMINISTRATORS},
            password=form.password,
            again=form.again,
        )
    except Invalid as error:
        page = _set_up_page(token, form, faults_by_field(error))
        return respond(request, page, status=error.status)
    handed = tuple(
        (ROLE_NAMES[role], str(request.url_for("link_page", token=secret)))
        for role, secret in made.links.items()
    )
    return respond(
        request,
        SetUpDonePage(authority=made.authority, handed=handed, hours=settings().link_hours),
    )
