"""People, their posts and their sessions, for the three administrators (人员与岗位)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from datahall.kit.errors import DomainError
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.ids import OrgId, PersonId
from datahall.kit.settings import settings
from datahall.organisations.logins import Session
from datahall.organisations.model import (
    ROLE_NAMES,
    Appointment,
    Organisation,
    Person,
    open_posts,
)
from datahall.organisations.repository import logins, structure
from datahall.organisations.service import credentials
from datahall.organisations.service import structure as service
from datahall.organisations.service.login import limits
from datahall.security import Actor, Role, may, permits

router = APIRouter(
    prefix="/organisations", default_response_class=HTMLResponse, include_in_schema=False
)

Viewer = Annotated[Actor, Depends(permits("organisations:people"))]
Manager = Annotated[Actor, Depends(permits("organisations:manage"))]
Appointer = Annotated[Actor, Depends(permits("organisations:appoint"))]

PAGE = 50


@dataclass(frozen=True, kw_only=True)
class PeoplePage(Page):
    """Everybody who may log in, found by name, login, organisation or post (人员)."""

    template: ClassVar[str] = "organisations/people.html"
    section: ClassVar[str] = "organisations"
    people: list[Person]
    orgs: Mapping[OrgId, Organisation]
    total: int
    page: int
    pages: int
    words: str
    role: str
    roles: tuple[tuple[str, str], ...]
    role_names: Mapping[Role, str]

    def address(self, page: int) -> str:
        """The same list, another page."""
        return f"/organisations/people?words={self.words}&role={self.role}&page={page}"

    def context(self) -> Mapping[str, object]:
        return {**Page.context(self), "address": self.address}


@dataclass(frozen=True, kw_only=True)
class PersonPage(Page):
    """One person: posts with their history, password, sessions (人员)."""

    template: ClassVar[str] = "organisations/person.html"
    section: ClassVar[str] = "organisations"
    person: Person
    org: Organisation
    appointments: list[Appointment]
    role_names: Mapping[Role, str]
    posts: tuple[tuple[str, str], ...]  # that could be given now
    password_set_at: datetime | None
    sessions: list[Session]
    may_manage: bool
    may_appoint: bool
    is_self: bool
    typed_role: str = ""
    typed_document: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)
    link: str | None = None  # just issued, shown once
    link_hours: int


@dataclass(frozen=True, kw_only=True)
class SessionsPage(Page):
    """Who is logged in now (在线会话)."""

    template: ClassVar[str] = "organisations/sessions.html"
    section: ClassVar[str] = "organisations"
    rows: list[tuple[Session, Person, Organisation]]
    may_manage: bool
    idle_minutes: int


@router.get("/people")
def list_people(
    request: Request,
    unit: UnitDep,
    _viewer: Viewer,
    words: str = "",
    role: str = "",
    page: int = 1,
) -> Response:
    """Everybody who may log in."""
    post = Role(role) if role in set(Role) else None
    found, total = structure.search_people(
        unit.conn, words=words.strip(), role=post, limit=PAGE, offset=(max(page, 1) - 1) * PAGE
    )
    return respond(
        request,
        PeoplePage(
            people=found,
            orgs={o.id: o for o in structure.organisations(unit.conn)},
            total=total,
            page=max(page, 1),
            pages=-(-total // PAGE),
            words=words,
            role=role,
            roles=tuple(ROLE_NAMES.items()),
            role_names=ROLE_NAMES,
        ),
    )


@router.get("/sessions")
def list_sessions(request: Request, unit: UnitDep, viewer: Viewer) -> Response:
    """Who is logged in now."""
    rules = limits()
    orgs = {o.id: o for o in structure.organisations(unit.conn)}
    people = {p.id: p for staff in structure.staff(unit.conn).values() for p in staff}
    rows = [
        (session, person, orgs[person.org])
        for session in logins.all_sessions(unit.conn, since=unit.now - rules.idle)
        if session.is_open(rules, at=unit.now) and (person := people.get(session.person))
    ]
    return respond(
        request,
        SessionsPage(
            rows=rows,
            may_manage=may(viewer, "organisations:manage"),
            idle_minutes=int(rules.idle.total_seconds() // 60),
        ),
    )


def _page(
    unit: UnitDep,
    viewer: Actor,
    id: PersonId,
    *,
    faults: Mapping[str, str] | None = None,
    link: str | None = None,
    role: str = "",
    document: str = "",
) -> PersonPage:
    person = structure.person(unit.conn, id)
    org = structure.organisation(unit.conn, person.org)
    return PersonPage(
        person=person,
        org=org,
        appointments=structure.appointments_of(unit.conn, id),
        role_names=ROLE_NAMES,
        posts=tuple((role, ROLE_NAMES[role]) for role in open_posts(person, org)),
        password_set_at=logins.password_set_at(unit.conn, id),
        sessions=credentials.open_sessions(unit, id),
        may_manage=may(viewer, "organisations:manage", on=org.id),
        may_appoint=may(viewer, "organisations:appoint", on=org.id),
        is_self=viewer.person == id,
        typed_role=role,
        typed_document=document,
        faults=faults or {},
        link=link,
        link_hours=settings().link_hours,
    )


@router.get("/people/{id}")
def person_page(request: Request, unit: UnitDep, viewer: Viewer, id: PersonId) -> Response:
    """One person."""
    return respond(request, _page(unit, viewer, id))


@router.post("/people/{id}/posts")
def send_post(
    request: Request,
    unit: UnitDep,
    appointer: Appointer,
    id: PersonId,
    role: Annotated[str, Form(max_length=40)] = "",
    document: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Appoint the person to a post."""
    if role not in set(Role):
        page = _page(unit, appointer, id, faults={"role": "请选择岗位。"}, document=document)
        return respond(request, page, status=422)
    try:
        person = service.appoint(unit, appointer, id, Role(role), document=document)
    except DomainError as error:
        if error.field is None:
            raise
        page = _page(
            unit, appointer, id, faults=faults_by_field(error), role=role, document=document
        )
        return respond(request, page, status=422)
    return redirect(
        f"/organisations/people/{id}", flash=f"已任命{person.name}为{ROLE_NAMES[Role(role)]}。"
    )


@router.post("/people/{id}/posts/{role}/end")
def send_post_end(unit: UnitDep, appointer: Appointer, id: PersonId, role: Role) -> Response:
    """Take the person out of a post."""
    person = service.end_appointment(unit, appointer, id, role)
    return redirect(
        f"/organisations/people/{id}",
        flash=f"已免去{person.name}的{ROLE_NAMES[role]}岗位，从下一次操作起生效。",
    )


@router.post("/people/{id}/link")
def send_link(request: Request, unit: UnitDep, manager: Manager, id: PersonId) -> Response:
    """A one-time link for the person; shown on this answer and never again."""
    secret = credentials.issue_link(unit, manager, id)
    link = str(request.url_for("link_page", token=secret))
    return respond(request, _page(unit, manager, id, link=link))


@router.post("/people/{id}/suspend")
def send_suspend(unit: UnitDep, manager: Manager, id: PersonId) -> Response:
    """Keep the person from logging in."""
    person = credentials.suspend(unit, manager, id)
    return redirect(f"/organisations/people/{id}", flash=f"已停用{person.name}，其登录已退出。")


@router.post("/people/{id}/resume")
def send_resume(unit: UnitDep, manager: Manager, id: PersonId) -> Response:
    """Let the person log in again."""
    person = credentials.resume(unit, manager, id)
    return redirect(f"/organisations/people/{id}", flash=f"已启用{person.name}。")


@router.post("/people/{id}/sessions/end")
def send_sessions_end(unit: UnitDep, manager: Manager, id: PersonId) -> Response:
    """Log the person out everywhere."""
    count = credentials.end_sessions(unit, manager, id)
    return redirect(f"/organisations/people/{id}", flash=f"已退出 {count} 处登录。")
