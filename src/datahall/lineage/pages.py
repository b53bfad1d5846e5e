"""The whole lineage of an entry or of a scanned table, and of one column of it (血缘)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from datahall import catalogue
from datahall.kit.html import Page, respond
from datahall.kit.http import UnitDep
from datahall.kit.ids import ItemId, TableId
from datahall.lineage import service
from datahall.lineage.drawing import Drawing, draw
from datahall.lineage.model import Box, Edge, Graph, Layer, Port, Row
from datahall.lineage.service import Touched
from datahall.security import Actor, permits

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False, prefix="/lineage")

Viewer = Annotated[Actor, Depends(permits("lineage:view"))]
ROWS_DRAWN: Final = 60
Chosen = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """One edge in words."""

    start: Row
    start_box: Box
    end: Row
    end_box: Box
    masked: bool


@dataclass(frozen=True, kw_only=True)
class LineagePage(Page):
    """A picture, the same as a table, and who is touched if the chosen column goes (血缘)."""

    template: ClassVar[str] = "lineage/lineage.html"
    section: ClassVar[str] = "catalogue"
    title: str
    crumbs: Sequence[tuple[str, str | None]]
    base: str
    parameter: str  # of the address, for the chosen column
    choices: Sequence[Row]
    chosen: Row | None
    picture: Drawing
    picks: Sequence[tuple[str, str]]
    paths: Sequence[Path]
    touched: Sequence[Touched]
    layers: Sequence[Layer]
    events_url: str


@router.get("/items/{id}")
def show_item(
    id: ItemId, request: Request, unit: UnitDep, actor: Viewer, field: Chosen = ""
) -> HTMLResponse:
    """The lineage of an entry, or of one field of it (目录血缘)."""
    graph = service.graph_of_item(unit, actor, id)
    item = catalogue.read(unit, actor, id)
    port = service.find_field(graph, field) if field else None
    page = _page(
        graph,
        port,
        title=item.title,
        crumbs=[("目录", "/catalogue"), (item.title, f"/catalogue/items/{id}"), ("血缘", None)],
        base=f"/lineage/items/{id}",
        parameter="field",
        layer=service.first_layer(graph, Layer.SERVICE, Layer.HALL, Layer.SOURCE),
        events_url=f"/api/v1/lineage/items/{id}/events",
    )
    return respond(request, page)


@router.get("/tables/{id}")
def show_table(
    id: TableId, request: Request, unit: UnitDep, actor: Viewer, column: Chosen = ""
) -> HTMLResponse:
    """What the columns of a scanned table become; who is touched if one goes (影响清单)."""
    graph = service.graph_of_table(unit, actor, id)
    table = catalogue.inventory_table(unit.conn, id)
    port = service.find(graph, column, Layer.SOURCE) if column else None
    page = _page(
        graph,
        port,
        title=table.title,
        crumbs=[("数据资产", "/assets"), (table.title, f"/assets/tables/{id}"), ("血缘", None)],
        base=f"/lineage/tables/{id}",
        parameter="column",
        layer=Layer.SOURCE,
        events_url="",
    )
    return respond(request, page)


def _page(
    graph: Graph,
    port: Port | None,
    *,
    title: str,
    crumbs: Sequence[tuple[str, str | None]],
    base: str,
    parameter: str,
    layer: Layer | None,
    events_url: str,
) -> LineagePage:
    shown, touched = service.focus(graph, port) if port else (graph, [])
    choices = [row for box in graph.in_layer(layer) for row in box.rows] if layer else []
    return LineagePage(
        title=title,
        crumbs=crumbs,
        base=base,
        parameter=parameter,
        choices=choices,
        chosen=graph.row(port) if port else None,
        picture=draw(shown, most=ROWS_DRAWN),
        picks=[(row.name, f"{row.title}（{row.name}）") for row in choices],
        paths=[_path(shown, edge) for edge in shown.edges],
        touched=touched,
        layers=[each for each in Layer if shown.in_layer(each)],
        events_url=events_url,
    )


def _path(graph: Graph, edge: Edge) -> Path:
    return Path(
        start=graph.row(edge.start),
        start_box=graph.box(edge.start.box),
        end=graph.row(edge.end),
        end_box=graph.box(edge.end.box),
        masked=edge.masked,
    )
