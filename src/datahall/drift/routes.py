"""JSON API of drift."""

from typing import Annotated

from fastapi import APIRouter, Depends

from datahall.drift import service
from datahall.drift.errors import (
    AskedAlready,
    ClockHasRunOut,
    ExtensionTooLong,
    NotAtThisStep,
    NothingAsked,
    ScansNotFound,
    TicketNotFound,
    WordsRequired,
)
from datahall.drift.questions import FieldUses
from datahall.drift.schemas import DecisionIn, ExtensionIn, ScanOut, TicketOut, WordsIn
from datahall.kit.http import UnitDep, problems
from datahall.kit.ids import SourceId, TicketId
from datahall.kit.uow import Unit
from datahall.security import Actor, NotPermitted, permits

router = APIRouter(prefix="/api/v1/drift", tags=["drift"])

Viewer = Annotated[Actor, Depends(permits("drift:view"))]
Clerk = Annotated[Actor, Depends(permits("drift:handle"))]
Bureau = Annotated[Actor, Depends(permits("drift:extend"))]
Head = Annotated[Actor, Depends(permits("drift:agree"))]

ACT = problems(TicketNotFound, NotPermitted, NotAtThisStep)
SAID = problems(TicketNotFound, NotPermitted, NotAtThisStep, WordsRequired)


@router.get("/tickets")
def list_tickets(unit: UnitDep, actor: Viewer, closed: bool = False) -> list[TicketOut]:
    """Tickets of the caller's department, or of all for the authority (变更工单)."""
    return [TicketOut.of(view) for view in service.tickets(unit, actor, closed=closed)]


@router.get("/tickets/{id}", responses=problems(TicketNotFound))
def get_ticket(unit: UnitDep, actor: Viewer, id: TicketId) -> TicketOut:
    """One ticket: what drifted, what it breaks, who uses that (变更工单)."""
    return _out(unit, actor, id)


@router.get("/sources/{id}/scans", responses=problems(ScansNotFound))
def list_scans(unit: UnitDep, actor: Viewer, id: SourceId) -> list[ScanOut]:
    """The latest scans of a source and what each found changed, newest first (扫描记录)."""
    return [ScanOut.of(scan) for scan in service.scans(unit, actor, id)]


@router.post("/tickets/{id}/explain", responses=SAID)
def explain(unit: UnitDep, actor: Clerk, id: TicketId, sent: WordsIn) -> TicketOut:
    """Tell the head why the entry need not change (说明不改)."""
    service.explain(unit, actor, id, words=sent.words)
    return _out(unit, actor, id)


@router.post("/tickets/{id}/return", responses=SAID)
def return_(unit: UnitDep, actor: Head, id: TicketId, sent: WordsIn) -> TicketOut:
    """Send an explanation back (退回说明)."""
    service.return_(unit, actor, id, words=sent.words)
    return _out(unit, actor, id)


@router.post("/tickets/{id}/agree", responses=ACT)
def agree(unit: UnitDep, actor: Head, id: TicketId) -> TicketOut:
    """Agree that the entry stays as it is (同意说明)."""
    service.agree(unit, actor, id)
    return _out(unit, actor, id)


@router.post(
    "/tickets/{id}/extension",
    responses=problems(
        TicketNotFound,
        NotPermitted,
        NotAtThisStep,
        AskedAlready,
        ExtensionTooLong,
        ClockHasRunOut,
        WordsRequired,
    ),
)
def ask_extension(unit: UnitDep, actor: Clerk, id: TicketId, sent: ExtensionIn) -> TicketOut:
    """Ask the authority for more working days (申请延期)."""
    service.ask_extension(unit, actor, id, days=sent.days, words=sent.words)
    return _out(unit, actor, id)


@router.post(
    "/tickets/{id}/extension/decision",
    responses=problems(TicketNotFound, NotPermitted, NotAtThisStep, NothingAsked),
)
def decide_extension(unit: UnitDep, actor: Bureau, id: TicketId, sent: DecisionIn) -> TicketOut:
    """Agree to more days, or not (延期审批)."""
    service.decide_extension(unit, actor, id, granted=sent.granted)
    return _out(unit, actor, id)


def _out(unit: Unit, actor: Actor, id: TicketId) -> TicketOut:
    view = service.ticket(unit, actor, id)
    return TicketOut.of(view, unit.ask(FieldUses(item=view.item.id)))
