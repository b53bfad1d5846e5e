"""JSON API of sources and rulings (数源部门、数源裁定)."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from datahall.kit.http import UnitDep, problems
from datahall.kit.ids import OrgId, RulingId
from datahall.security import Actor, NotPermitted, permits
from datahall.standards.errors import (
    ElementNotFound,
    HearingOpen,
    NoParty,
    ReasonRequired,
    RulingClosed,
    RulingNotFound,
    RulingPending,
    SourceUnchanged,
)
from datahall.standards.model.sources import Source
from datahall.standards.repository import sources as repository
from datahall.standards.schemas import (
    DecisionIn,
    RulingOut,
    SourceIn,
    SourceOut,
    StatementIn,
)
from datahall.standards.service import sources as service
from datahall.standards.service.elements import read_versions
from datahall.standards.service.sources import Hearing

router = APIRouter()

Viewer = Annotated[Actor, Depends(permits("standards:view"))]
Side = Annotated[Actor, Depends(permits("standards:state"))]
Bureau = Annotated[Actor, Depends(permits("standards:rule"))]


@router.get(
    "/elements/{code}/sources", response_model=list[SourceOut], responses=problems(ElementNotFound)
)
def list_sources(code: str, unit: UnitDep, actor: Viewer) -> list[Source]:
    """Who was the source of a data element, the present one first (数源部门)."""
    read_versions(unit, actor, code)
    return repository.source_history(unit.conn, code)


@router.post(
    "/elements/{code}/sources",
    response_model=SourceOut,
    responses=problems(
        NotPermitted, ElementNotFound, RulingPending, SourceUnchanged, ReasonRequired
    ),
)
def name_source(code: str, sent: SourceIn, unit: UnitDep, actor: Bureau) -> Source:
    """The authority names the source of a data element (指定数源部门)."""
    return service.name_source(unit, actor, code, OrgId(sent.org), reason=sent.reason)


@router.get("/rulings", response_model=list[RulingOut])
def list_rulings(unit: UnitDep, actor: Viewer) -> list[dict[str, Any]]:
    """The cases of the own department, or all of them for the authority (数源裁定)."""
    return [_shape(case) for case in service.list_rulings(unit, actor)]


@router.get("/rulings/{id}", response_model=RulingOut, responses=problems(RulingNotFound))
def read_ruling(id: RulingId, unit: UnitDep, actor: Viewer) -> dict[str, Any]:
    """One case, for its parties and the authority."""
    return _shape(service.read_ruling(unit, actor, id))


@router.post(
    "/rulings/{id}/statement",
    response_model=RulingOut,
    responses=problems(NotPermitted, RulingNotFound, RulingClosed, NoParty, ReasonRequired),
)
def make_statement(id: RulingId, sent: StatementIn, unit: UnitDep, actor: Side) -> dict[str, Any]:
    """The own side states its case, or states it better (陈述)."""
    service.make_statement(unit, actor, id, sent.text)
    return _shape(service.read_ruling(unit, actor, id))


@router.post(
    "/rulings/{id}/concession",
    response_model=RulingOut,
    responses=problems(NotPermitted, RulingNotFound, RulingClosed, NoParty, ReasonRequired),
)
def concede(id: RulingId, sent: StatementIn, unit: UnitDep, actor: Side) -> dict[str, Any]:
    """The own side gives its claim up; when one remains, the case is settled (撤回主张)."""
    service.concede(unit, actor, id, sent.text)
    return _shape(service.read_ruling(unit, actor, id))


@router.post(
    "/rulings/{id}/decision",
    response_model=RulingOut,
    responses=problems(
        NotPermitted, RulingNotFound, RulingClosed, NoParty, HearingOpen, ReasonRequired
    ),
)
def decide(id: RulingId, sent: DecisionIn, unit: UnitDep, actor: Bureau) -> dict[str, Any]:
    """The authority decides which department is the source (裁定)."""
    service.decide(unit, actor, id, winner=OrgId(sent.winner), reason=sent.reason)
    return _shape(service.read_ruling(unit, actor, id))


def _shape(case: Hearing) -> dict[str, Any]:
    """A case with the last day of its clock."""
    ruling = case.ruling
    names = RulingOut.model_fields.keys() - {"due_on"}
    return {name: getattr(ruling, name) for name in names} | {"due_on": case.reading.due_on}
