"""Pages of the one source: the authority names it, rules on conflicts (数源部门、数源裁定)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from datahall.kit.errors import DomainError
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.ids import OrgId, RulingId
from datahall.organisations import Organisation, names_of, organisations
from datahall.security import Actor, permits
from datahall.standards.errors import (
    ElementNotFound,
    HearingOpen,
    NoParty,
    ReasonRequired,
    RulingClosed,
    RulingPending,
    SourceUnchanged,
)
from datahall.standards.model.elements import DataElement
from datahall.standards.model.sources import HEARING_DAYS
from datahall.standards.repository import elements
from datahall.standards.service import sources as service
from datahall.standards.service.sources import Hearing

router = APIRouter(prefix="/standards")
Viewer = Annotated[Actor, Depends(permits("standards:view"))]
Side = Annotated[Actor, Depends(permits("standards:state"))]
Bureau = Annotated[Actor, Depends(permits("standards:rule"))]


@dataclass(frozen=True, kw_only=True)
class RulingsPage(Page):
    """The cases that the viewer may read (数源裁定)."""

    template: ClassVar[str] = "standards/rulings.html"
    section: ClassVar[str] = "catalogue"
    cases: Sequence[Hearing]
    names: Mapping[str, str]  # of elements
    orgs: Mapping[OrgId, Organisation]


@dataclass(frozen=True, kw_only=True)
class RulingPage(Page):
    """One case: the clock, both sides, the decision (数源裁定案)."""

    template: ClassVar[str] = "standards/ruling.html"
    section: ClassVar[str] = "catalogue"
    case: Hearing
    element: DataElement
    orgs: Mapping[OrgId, Organisation]
    speakers: Mapping[str, str]  # person → name
    own: OrgId
    hearing_days: int
    values: Mapping[str, str]
    faults: Mapping[str, str]


@router.get("/rulings")
def show_rulings(request: Request, unit: UnitDep, actor: Viewer) -> Response:
    """The department's cases, or all of them for the authority (数源裁定)."""
    page = RulingsPage(
        cases=service.list_rulings(unit, actor),
        names={element.code: element.name for element in elements.newest(unit.conn)},
        orgs={org.id: org for org in organisations(unit.conn)},
    )
    return respond(request, page)


@router.get("/rulings/{id}")
def show_ruling(id: RulingId, request: Request, unit: UnitDep, actor: Viewer) -> Response:
    """One case (数源裁定案)."""
    return respond(request, _page(unit, actor, id))


@router.post("/rulings/{id}/statement")
def state(
    id: RulingId, request: Request, unit: UnitDep, actor: Side, text: Annotated[str, Form()] = ""
) -> Response:
    """A side states its case (陈述)."""
    try:
        service.make_statement(unit, actor, id, text)
    except (ReasonRequired, RulingClosed, NoParty) as refused:
        return _again(request, unit, actor, id, refused, {"text": text}, "text")
    return redirect(f"/standards/rulings/{id}", flash="陈述已提交，裁定前还可以修改。")


@router.post("/rulings/{id}/concession")
def concede(
    id: RulingId, request: Request, unit: UnitDep, actor: Side, reason: Annotated[str, Form()] = ""
) -> Response:
    """A side gives its claim up (撤回主张)."""
    try:
        service.concede(unit, actor, id, reason)
    except (ReasonRequired, RulingClosed, NoParty) as refused:
        return _again(request, unit, actor, id, refused, {"concession": reason}, "concession")
    return redirect(f"/standards/rulings/{id}", flash="主张已撤回。")


@router.post("/rulings/{id}/decision")
def decide(
    id: RulingId,
    request: Request,
    unit: UnitDep,
    actor: Bureau,
    winner: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """The authority decides (裁定)."""
    typed = {"winner": winner, "reason": reason}
    try:
        chosen = OrgId(UUID(winner))
    except ValueError:
        return _again(request, unit, actor, id, NoParty(org=winner), typed, "winner")
    try:
        service.decide(unit, actor, id, winner=chosen, reason=reason)
    except (ReasonRequired, RulingClosed, NoParty, HearingOpen) as refused:
        return _again(request, unit, actor, id, refused, typed, "reason")
    return redirect(f"/standards/rulings/{id}", flash="已裁定，当事单位和使用单位都会收到通知。")


@router.post("/elements/{code}/source")
def name_source(
    code: str,
    unit: UnitDep,
    actor: Bureau,
    org: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """The authority names the source of an element (指定数源部门)."""
    known = {str(one.id): one.id for one in organisations(unit.conn)}
    if org not in known:
        return redirect(f"/standards/elements/{code}", flash="请选择单位。")
    try:
        service.name_source(unit, actor, code, known[org], reason=reason)
    except (ElementNotFound, RulingPending, SourceUnchanged, ReasonRequired) as refused:
        words = "；".join(faults_by_field(refused).values())
        return redirect(f"/standards/elements/{code}", flash=words)
    return redirect(f"/standards/elements/{code}", flash="数源部门已指定。")


def _again(
    request: Request,
    unit: UnitDep,
    actor: Actor,
    id: RulingId,
    refused: DomainError,
    typed: Mapping[str, str],
    at: str,
) -> Response:
    words = "；".join(faults_by_field(refused).values())
    place = refused.field if refused.field and refused.field in typed else at
    page = _page(unit, actor, id, values=typed, faults={place: words})
    return respond(request, page, status=422)


def _page(
    unit: UnitDep,
    actor: Actor,
    id: RulingId,
    *,
    values: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
) -> RulingPage:
    case = service.read_ruling(unit, actor, id)
    said = [str(party.stated_by) for party in case.ruling.parties if party.stated_by]
    own = case.ruling.party(actor.org)
    return RulingPage(
        case=case,
        element=elements.versions(unit.conn, case.ruling.element)[0],
        orgs={org.id: org for org in organisations(unit.conn)},
        speakers=names_of(unit.conn, [*said, case.ruling.closed_by]),
        own=actor.org,
        hearing_days=HEARING_DAYS,
        values=values or {"text": own.statement if own else ""},
        faults=faults or {},
    )
