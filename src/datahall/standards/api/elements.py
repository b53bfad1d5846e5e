"""JSON API of data elements (数据元)."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, File, UploadFile

from datahall.kit import grid
from datahall.kit.errors import Invalid
from datahall.kit.http import UnitDep, faults_by_field, problems
from datahall.security import Actor, NotPermitted, permits
from datahall.standards import sheets
from datahall.standards.errors import (
    EffectiveTooEarly,
    ElementInvalid,
    ElementNotFound,
    ElementTaken,
    ReasonRequired,
    WrongElementStage,
)
from datahall.standards.model.code_lists import plain
from datahall.standards.model.elements import (
    DataElement,
    ElementChange,
    element_changes,
    matches,
)
from datahall.standards.model.matching import Match, suggest
from datahall.standards.model.vocabulary import FieldType, SensitiveKind
from datahall.standards.questions import BoundField, BoundFields
from datahall.standards.repository import elements as repository
from datahall.standards.schemas import (
    BoundOut,
    CellFault,
    EffectiveIn,
    ElementChangeOut,
    ElementContent,
    ElementIn,
    ElementOut,
    ImportedOut,
    MatchIn,
    MatchOut,
    RetireIn,
)
from datahall.standards.service import elements as service

router = APIRouter()

Viewer = Annotated[Actor, Depends(permits("standards:view"))]
Bureau = Annotated[Actor, Depends(permits("standards:define"))]


@router.get("/elements", response_model=list[ElementOut])
def list_elements(
    unit: UnitDep, _actor: Viewer, q: str = "", on: date | None = None
) -> list[DataElement]:
    """The data elements that apply on a day, today by default (数据元)."""
    return [e for e in repository.elements(unit.conn, on).values() if matches(e, q)]


@router.post(
    "/elements",
    response_model=ElementOut,
    responses=problems(NotPermitted, ElementInvalid, ElementTaken),
)
def draft_element(sent: ElementIn, unit: UnitDep, actor: Bureau) -> DataElement:
    """Start a data element; it applies once it is published (新增数据元)."""
    content = sent.model_dump() | {"code": plain(sent.code).upper()}
    return service.draft_element(unit, actor, DataElement(**content))


@router.post("/elements/import", responses=problems(NotPermitted))
def import_elements(
    unit: UnitDep, actor: Bureau, file: Annotated[UploadFile, File()]
) -> ImportedOut:
    """Make drafts of the rows of an XLSX or CSV sheet; mistakes are told by cell (数据元导入)."""
    rows, faults = sheets.read_elements(grid.read(file.filename or "", file.file.read()))
    done = service.import_elements(unit, actor, rows, faults)
    told = [
        CellFault(cell=f.field, code=f.code, message=faults_by_field(Invalid([f]))[f.field])
        for f in done.faults
    ]
    return ImportedOut(drafted=done.drafted, same=done.same, faults=told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A field as the caller describes it."""

    name: str
    title: str
    type: FieldType
    length: int | None
    code_list: str | None
    sensitive: SensitiveKind


@router.post("/elements/match", response_model=list[MatchOut])
def match_elements(sent: MatchIn, unit: UnitDep, _actor: Viewer) -> list[Match]:
    """The likeliest data elements of a field, each with its score and reasons (绑定建议)."""
    field = Described(**sent.model_dump(exclude={"comment"}))
    return suggest(field, repository.elements(unit.conn).values(), comment=sent.comment)


@router.get("/elements/{code}", response_model=ElementOut, responses=problems(ElementNotFound))
def read_element(code: str, unit: UnitDep, actor: Viewer, on: date | None = None) -> DataElement:
    """One data element as it applies on a day, today by default; when none applies today, the
    newest version that the caller may see.
    """
    found = repository.element(unit.conn, code, on)
    if found is None and on is None:
        found, *_ = service.read_versions(unit, actor, code)
    if found is None:
        raise ElementNotFound(code=code)
    return found


@router.get(
    "/elements/{code}/versions",
    response_model=list[ElementOut],
    responses=problems(ElementNotFound),
)
def list_versions(code: str, unit: UnitDep, actor: Viewer) -> list[DataElement]:
    """Every version of a data element, newest first; drafts are the authority's (版本)."""
    return service.read_versions(unit, actor, code)


@router.get(
    "/elements/{code}/changes",
    response_model=list[ElementChangeOut],
    responses=problems(ElementNotFound),
)
def compare_versions(
    code: str, before: int, after: int, unit: UnitDep, actor: Viewer
) -> tuple[ElementChange, ...]:
    """What differs between two versions of a data element (版本差异)."""
    kept = {v.version: v for v in service.read_versions(unit, actor, code)}
    if not {before, after} <= kept.keys():
        raise ElementNotFound(code=code)
    return element_changes(kept[before], kept[after])


@router.get(
    "/elements/{code}/fields", response_model=list[BoundOut], responses=problems(ElementNotFound)
)
def list_bound_fields(code: str, unit: UnitDep, actor: Viewer) -> list[BoundField]:
    """The fields of entries in force that are bound to a data element (绑定的信息项)."""
    service.read_versions(unit, actor, code)
    return unit.ask(BoundFields(element=code))


@router.patch(
    "/elements/{code}",
    response_model=ElementOut,
    responses=problems(NotPermitted, ElementNotFound, ElementInvalid),
)
def revise_element(code: str, sent: ElementContent, unit: UnitDep, actor: Bureau) -> DataElement:
    """Change the draft of a data element, or start its next version (修订数据元)."""
    changes = {name: getattr(sent, name) for name in sent.model_fields_set}
    return service.revise_element(unit, actor, code, **changes)


@router.post(
    "/elements/{code}/publication",
    response_model=ElementOut,
    responses=problems(
        NotPermitted, ElementNotFound, WrongElementStage, EffectiveTooEarly, ElementInvalid
    ),
)
def publish_element(code: str, sent: EffectiveIn, unit: UnitDep, actor: Bureau) -> DataElement:
    """Publish the draft of a data element, to apply from a day on (发布数据元)."""
    return service.publish_element(unit, actor, code, effective_on=sent.effective_on)


@router.post(
    "/elements/{code}/retirement",
    response_model=ElementOut,
    responses=problems(
        NotPermitted, ElementNotFound, WrongElementStage, EffectiveTooEarly, ReasonRequired
    ),
)
def retire_element(code: str, sent: RetireIn, unit: UnitDep, actor: Bureau) -> DataElement:
    """Let a data element end from a day on (废止数据元)."""
    return service.retire_element(
        unit, actor, code, reason=sent.reason, effective_on=sent.effective_on
    )


@router.delete(
    "/elements/{code}/draft",
    status_code=204,
    responses=problems(NotPermitted, ElementNotFound, WrongElementStage),
)
def discard_element(code: str, unit: UnitDep, actor: Bureau) -> None:
    """Throw the draft of a data element away (作废草稿)."""
    service.discard_element(unit, actor, code)
