"""Tickets: the list by time left, and one with what drifted and what it breaks (变更工单)."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData
from starlette.responses import Response

from datahall.catalogue import ItemStatus
from datahall.deadlines import LIMITS
from datahall.drift import service
from datahall.drift.model.ticket import LIMIT, Status
from datahall.drift.questions import FieldUse, FieldUses
from datahall.drift.service import TicketView
from datahall.drift.tabs import TABS
from datahall.kit.errors import DomainError
from datahall.kit.formats import minute
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.ids import OrgId, TicketId
from datahall.kit.uow import Unit
from datahall.organisations import Organisation, organisation, organisations
from datahall.security import Actor, may, permits

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False, prefix="/drift")

Viewer = Annotated[Actor, Depends(permits("drift:view"))]
Clerk = Annotated[Actor, Depends(permits("drift:handle"))]
Bureau = Annotated[Actor, Depends(permits("drift:extend"))]
Head = Annotated[Actor, Depends(permits("drift:agree"))]


async def form_of(request: Request) -> AsyncIterator[FormData]:
    """What a form sent, for handlers that do not wait themselves."""
    async with request.form() as form:
        yield form


Sent = Annotated[FormData, Depends(form_of)]


MOST_DIGITS: Final = 4


@dataclass(frozen=True, kw_only=True)
class TicketsPage(Page):
    """Every ticket that the viewer may see (变更工单)."""

    template: ClassVar[str] = "drift/tickets.html"
    section: ClassVar[str] = "sources"
    tabs: Sequence[tuple[str, str, str]] = TABS
    views: Sequence[TicketView]
    orgs: Mapping[OrgId, Organisation]
    closed: bool
    overdue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UseRow:
    """A system that gets fields of the entry, those that no longer fit first."""

    use: FieldUse
    consumer: Organisation
    hit: Sequence[str]  # titles of its fields that no longer fit


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineStep:
    """One line of the history."""

    state: str
    title: str
    at: str = ""
    text: str = ""
    due: bool = False


@dataclass(frozen=True, kw_only=True)
class TicketPage(Page):
    """One ticket with its clock (变更工单)."""

    template: ClassVar[str] = "drift/ticket.html"
    section: ClassVar[str] = "sources"
    view: TicketView
    org: Organisation
    uses: Sequence[UseRow]
    steps: Sequence[TimelineStep]
    in_force: bool
    may_handle: bool
    may_revise: bool
    may_agree: bool
    may_ask: bool
    may_extend: bool
    most_days: int
    typed: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)


@router.get("")
def show_tickets(
    request: Request, unit: UnitDep, actor: Viewer, closed: bool = False
) -> HTMLResponse:
    """Tickets by time left, overdue first (变更工单)."""
    views = service.tickets(unit, actor, closed=closed)
    page = TicketsPage(
        views=sorted(views, key=lambda view: view.reading.due_on) if not closed else views,
        orgs={org.id: org for org in organisations(unit.conn)},
        closed=closed,
        overdue=sum(view.reading.left_days < 0 for view in views) if not closed else 0,
    )
    return respond(request, page)


@router.get("/{id}")
def show_ticket(id: TicketId, request: Request, unit: UnitDep, actor: Viewer) -> HTMLResponse:
    """One ticket (变更工单)."""
    return respond(request, _page(unit, actor, id))


@router.post("/{id}/explain")
def explain(id: TicketId, request: Request, unit: UnitDep, actor: Clerk, form: Sent) -> Response:
    """The clerk says why the entry stays (说明不改)."""
    words = str(form.get("words") or "")
    try:
        service.explain(unit, actor, id, words=words)
    except DomainError as refused:
        return _again(request, unit, actor, id, words, refused)
    return redirect(f"/drift/{id}", flash="已报部门负责人，等待同意。")


@router.post("/{id}/return")
def return_(id: TicketId, request: Request, unit: UnitDep, actor: Head, form: Sent) -> Response:
    """The head sends an explanation back (退回说明)."""
    words = str(form.get("words") or "")
    try:
        service.return_(unit, actor, id, words=words)
    except DomainError as refused:
        return _again(request, unit, actor, id, words, refused)
    return redirect(f"/drift/{id}", flash="已退回经办人。")


@router.post("/{id}/agree")
def agree(id: TicketId, request: Request, unit: UnitDep, actor: Head) -> Response:
    """The head agrees that the entry stays (同意说明)."""
    try:
        service.agree(unit, actor, id)
    except DomainError as refused:
        return _again(request, unit, actor, id, "", refused)
    return redirect(f"/drift/{id}", flash="已同意，工单办结。")


@router.post("/{id}/extension")
def ask_extension(
    id: TicketId, request: Request, unit: UnitDep, actor: Clerk, form: Sent
) -> Response:
    """The clerk asks for more days (申请延期)."""
    days, words = str(form.get("days") or "").strip(), str(form.get("words") or "")
    number = int(days) if days.isascii() and days.isdigit() and len(days) < MOST_DIGITS else 0
    try:
        service.ask_extension(unit, actor, id, days=number, words=words)
    except DomainError as refused:
        return _again(request, unit, actor, id, words, refused)
    return redirect(f"/drift/{id}", flash="已报数据主管部门，等待审批。")


@router.post("/{id}/extension/decision")
def decide_extension(
    id: TicketId, request: Request, unit: UnitDep, actor: Bureau, form: Sent
) -> Response:
    """The authority decides on more days (延期审批)."""
    granted = form.get("granted") == "yes"
    try:
        service.decide_extension(unit, actor, id, granted=granted)
    except DomainError as refused:
        return _again(request, unit, actor, id, "", refused)
    return redirect(f"/drift/{id}", flash="已同意延期。" if granted else "已答复不同意延期。")


def _again(
    request: Request, unit: Unit, actor: Actor, id: TicketId, words: str, refused: DomainError
) -> HTMLResponse:
    page = _page(unit, actor, id, typed=words, faults=faults_by_field(refused))
    return respond(request, page, status=refused.status)


def _page(
    unit: Unit,
    actor: Actor,
    id: TicketId,
    *,
    typed: str = "",
    faults: Mapping[str, str] | None = None,
) -> TicketPage:
    view = service.ticket(unit, actor, id)
    found = view.ticket
    return TicketPage(
        view=view,
        org=organisation(unit.conn, found.org),
        uses=_uses(unit, view),
        steps=_timeline(view),
        in_force=view.item.status is ItemStatus.PUBLISHED,
        may_handle=found.status is Status.OPEN and may(actor, "drift:handle", on=found.org),
        may_revise=found.status is not Status.CLOSED
        and may(actor, "catalogue:draft", on=found.org),
        may_agree=found.status is Status.EXPLAINED and may(actor, "drift:agree", on=found.org),
        may_ask=found.extension is None
        and found.status is not Status.CLOSED
        and view.reading.left_days >= 0
        and may(actor, "drift:handle", on=found.org),
        may_extend=found.extension is not None
        and found.extension.granted is None
        and found.status is not Status.CLOSED
        and may(actor, "drift:extend"),
        most_days=LIMITS[LIMIT].extension_days,
        typed=typed,
        faults=faults or {},
    )


def _uses(unit: Unit, view: TicketView) -> list[UseRow]:
    titles = {field.name: field.title for field in view.item.fields}
    broken = {misfit.field for misfit in view.misfits if misfit.field}
    whole = any(misfit.stops and not misfit.field for misfit in view.misfits)
    rows = [
        UseRow(
            use=use,
            consumer=organisation(unit.conn, use.consumer),
            hit=[titles.get(name, name) for name in sorted(use.fields) if whole or name in broken],
        )
        for use in unit.ask(FieldUses(item=view.item.id))
    ]
    return sorted(rows, key=lambda row: (not row.hit, row.consumer.short_name, row.use.system))


def _timeline(view: TicketView) -> list[TimelineStep]:
    found = view.ticket
    done = [
        TimelineStep(
            state="done",
            title=step.title,
            at=minute(step.at),
            text=f"{step.org_name} {step.name}{'：' if step.note else ''}{step.note}"
            if step.name != step.org_name
            else step.note,
        )
        for step in found.steps
    ]
    if found.status is Status.CLOSED:
        return done
    waiting = "等部门负责人同意" if found.status is Status.EXPLAINED else "等经办人修订目录或说明"
    return [*done, TimelineStep(state="now", title=waiting, due=view.reading.left_days < 0)]
