"""JSON API of conformance: rates, the fields behind them, bindings (落标率、绑定)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from datahall import security
from datahall.catalogue import EntryInvalid, ItemNotFound
from datahall.conformance import repository, service
from datahall.conformance.errors import BindingUnknown, BoundMeanwhile, FieldNotFound, InReview
from datahall.conformance.model import Shown
from datahall.conformance.schemas import (
    BindingsIn,
    DeviationOut,
    OrgTallyOut,
    PlaceOut,
    RatesOut,
    RejectionIn,
    SheetOut,
    StandingOut,
    StandingsOut,
    SuggestionOut,
    TallyOut,
)
from datahall.conformance.service import Binding, Place, Sheet
from datahall.kit.http import UnitDep, problems
from datahall.kit.ids import ItemId, OrgId
from datahall.security import Actor, NotPermitted, permits

router = APIRouter(prefix="/api/v1/conformance", tags=["conformance"])
Viewer = Annotated[Actor, Depends(permits("conformance:view"))]
Reader = Annotated[Actor, Depends(permits("conformance:rows"))]
Clerk = Annotated[Actor, Depends(permits("conformance:bind"))]


@router.get("/rates")
def read_rates(unit: UnitDep, _actor: Viewer) -> RatesOut:
    """How the city and every department keep to the standards (落标率)."""
    tallies = repository.tallies(unit.conn)
    return RatesOut(
        city=TallyOut.model_validate(service.city(tallies)),
        departments=[
            OrgTallyOut(org=org, tally=TallyOut.model_validate(tally))
            for org, tally in tallies.items()
        ],
    )


@router.get("/orgs/{id}/fields", responses=problems(NotPermitted))
def list_fields(
    id: OrgId,
    unit: UnitDep,
    actor: Reader,
    show: Shown = Shown.ALL,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> StandingsOut:
    """The fields behind a department's rate: unbound, deviating and how (落标率明细)."""
    security.require(actor, "conformance:rows", on=id)
    rows = repository.standings(unit.conn, org=id, shown=show, limit=limit, offset=offset)
    return StandingsOut(
        total=repository.count(unit.conn, org=id, item=None, shown=show),
        fields=[StandingOut.model_validate(row) for row in rows],
    )


@router.get("/items/{id}", responses=problems(ItemNotFound))
def read_bindings(id: ItemId, unit: UnitDep, actor: Viewer) -> SheetOut:
    """The fields of an entry with their elements, or with suggestions (绑定情况)."""
    return _sheet(service.look(unit, actor, id))


@router.post(
    "/items/{id}/bindings",
    responses=problems(
        ItemNotFound, NotPermitted, FieldNotFound, BindingUnknown, InReview, BoundMeanwhile,
        EntryInvalid,
    ),
)  # fmt: skip
def bind(id: ItemId, sent: BindingsIn, unit: UnitDep, actor: Clerk) -> SheetOut:
    """Bind fields to elements; a published entry gets its next version (绑定数据元)."""
    wanted = [Binding(**binding.model_dump()) for binding in sent.bindings]
    service.bind(unit, actor, id, wanted, edit=sent.edit)
    return _sheet(service.look(unit, actor, id))


@router.post(
    "/items/{id}/rejections",
    status_code=204,
    responses=problems(ItemNotFound, NotPermitted, FieldNotFound),
)
def reject(id: ItemId, sent: RejectionIn, unit: UnitDep, actor: Clerk) -> None:
    """Say that a field is not the element suggested (不采纳建议)."""
    service.reject(unit, actor, id, sent.field, sent.element)


def _sheet(sheet: Sheet) -> SheetOut:
    return SheetOut(
        item=sheet.item.id,
        version=sheet.item.version,
        edit=sheet.item.edit,
        tally=TallyOut.model_validate(sheet.tally),
        fields=[_place(place) for place in sheet.places],
    )


def _place(place: Place) -> PlaceOut:
    return PlaceOut(
        field=place.field.name,
        title=place.field.title,
        element=place.field.element,
        is_source=place.field.is_source,
        deviations=tuple(DeviationOut.model_validate(d) for d in place.deviations),
        suggestions=[
            SuggestionOut(
                element=match.element.code,
                name=match.element.name,
                score=match.score,
                reasons=match.reasons,
            )
            for match in place.matches
        ],
    )
