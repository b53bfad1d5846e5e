"""What people ask of lineage."""

from dataclasses import dataclass
from typing import Final

from datahall import catalogue, security
from datahall.catalogue import TableNotFound
from datahall.kit.ids import ItemId, TableId
from datahall.kit.uow import Unit
from datahall.lineage import derive, openlineage
from datahall.lineage.errors import ColumnNotFound
from datahall.lineage.facts import facts_for, loads
from datahall.lineage.model import Box, Graph, Layer, Port, Row
from datahall.security import Actor

VIEW: Final = "lineage:view"
LOADS_TOLD: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """A column or field that another one feeds (受影响的字段)."""

    box: Box
    row: Row


def graph_of_item(unit: Unit, actor: Actor, id: ItemId) -> Graph:
    """The graph of an entry, as far as the actor may see (目录血缘).

    Raises:
        ItemNotFound, NotPermitted
    """
    security.require(actor, VIEW)
    return derive.graph(facts_for(unit, actor, id))


def graph_of_table(unit: Unit, actor: Actor, id: TableId) -> Graph:
    """The graph of a scanned table: what its columns become (表的血缘).

    Raises:
        TableNotFound, NotPermitted
    """
    security.require(actor, VIEW)
    table = catalogue.inventory_table(unit.conn, id)
    if not security.may(actor, "ingestion:view", on=table.org):
        raise TableNotFound(table=id)
    entry = catalogue.mounted(unit.conn, [id]).get(id)
    if entry is None:
        rows = tuple(
            Row(name=c.name, title=c.comment or c.name, note=c.type) for c in table.columns
        )
        box = Box(
            id="source", layer=Layer.SOURCE, title=table.title, sub=table.name,
            url=f"/assets/tables/{id}", rows=rows,
        )  # fmt: skip
        return Graph(boxes=(box,), edges=())
    return derive.graph(facts_for(unit, actor, entry.id))


def impact_of_column(
    unit: Unit, actor: Actor, id: TableId, column: str | None = None
) -> tuple[Graph, list[Touched]]:
    """Who is touched if a source column goes, or the whole table: the part of the graph, and it
    as a list (影响清单).

    Raises:
        TableNotFound, ColumnNotFound, NotPermitted
    """
    graph = graph_of_table(unit, actor, id)
    if column is not None:
        return focus(graph, find(graph, column, Layer.SOURCE))
    return focus(
        graph, *(Port(b.id, row.name) for b in graph.in_layer(Layer.SOURCE) for row in b.rows)
    )


def focus(graph: Graph, *ports: Port) -> tuple[Graph, list[Touched]]:
    """The part of the graph around columns, and what they become, layer by layer."""
    down = graph.downstream(*ports)
    touched = [
        Touched(box=box, row=row)
        for box in graph.boxes
        for row in box.rows
        if Port(box.id, row.name) in down
    ]
    return graph.only(graph.around(*ports)), touched


def find(graph: Graph, name: str, *layers: Layer) -> Port:
    """The column or field called `name`, in the first of `layers` that has it.

    Raises:
        ColumnNotFound
    """
    for layer in layers or tuple(Layer):
        for box in graph.in_layer(layer):
            if any(row.name == name for row in box.rows):
                return Port(box.id, name)
    raise ColumnNotFound(name=name)


def find_field(graph: Graph, name: str) -> Port:
    """An entry's field, where it is served, else stored, else scanned.

    Raises:
        ColumnNotFound
    """
    return find(graph, name, Layer.SERVICE, Layer.HALL, Layer.SOURCE)


def first_layer(graph: Graph, *layers: Layer) -> Layer | None:
    """The first of `layers` that the graph has."""
    return next((layer for layer in layers if graph.in_layer(layer)), None)


def events_of_item(unit: Unit, actor: Actor, id: ItemId) -> list[openlineage.Json]:
    """An entry's lineage as OpenLineage events, as far as the actor may see.

    Raises:
        ItemNotFound, NotPermitted
    """
    security.require(actor, VIEW)
    known = facts_for(unit, actor, id)
    return openlineage.events(known, loads(unit.conn, known, most=LOADS_TOLD))
