"""JSON API of lineage."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from datahall.catalogue import ItemNotFound, TableNotFound
from datahall.kit.http import UnitDep, problems
from datahall.kit.ids import ItemId, TableId
from datahall.lineage import service
from datahall.lineage.errors import ColumnNotFound
from datahall.lineage.schemas import GraphOut, TouchedOut
from datahall.security import Actor, permits

router = APIRouter(prefix="/api/v1/lineage", tags=["lineage"])

Viewer = Annotated[Actor, Depends(permits("lineage:view"))]


@router.get("/items/{id}", responses=problems(ItemNotFound, ColumnNotFound))
def get_graph(unit: UnitDep, actor: Viewer, id: ItemId, field: str | None = None) -> GraphOut:
    """The lineage of an entry, or of one field of it, as far as the caller may see (目录血缘)."""
    graph = service.graph_of_item(unit, actor, id)
    if field is not None:
        graph, _ = service.focus(graph, service.find_field(graph, field))
    return GraphOut.of(graph)


@router.get("/items/{id}/events", responses=problems(ItemNotFound))
def list_events(unit: UnitDep, actor: Viewer, id: ItemId) -> list[dict[str, Any]]:
    """The lineage of an entry as OpenLineage events (specification 2-0-2).

    DatasetEvents of source, hall table and service, JobEvents of the task and of each grant, and
    RunEvents (START, then COMPLETE, FAIL or ABORT) of the latest loads.
    """
    return service.events_of_item(unit, actor, id)


@router.get("/tables/{id}", responses=problems(TableNotFound, ColumnNotFound))
def get_impact(
    unit: UnitDep, actor: Viewer, id: TableId, column: str | None = None
) -> list[TouchedOut]:
    """Who is touched if a column of a source's table goes, or the whole table (影响清单)."""
    _, touched = service.impact_of_column(unit, actor, id, column)
    return [TouchedOut.of(each) for each in touched]
