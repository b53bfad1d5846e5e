"""What the JSON API of lineage gives."""

from typing import Self

from pydantic import BaseModel

from datahall.lineage.model import Graph, Layer
from datahall.lineage.service import Touched


class NodeOut(BaseModel):
    """A column or field (字段)."""

    id: str
    layer: Layer
    box: str
    box_title: str
    box_sub: str
    name: str
    title: str
    note: str


class EdgeOut(BaseModel):
    """What stands in `start` comes to stand in `end`."""

    start: str
    end: str
    masked: bool


class GraphOut(BaseModel):
    """Columns and what becomes of them (字段级血缘)."""

    nodes: list[NodeOut]
    edges: list[EdgeOut]

    @classmethod
    def of(cls, graph: Graph) -> Self:
        return cls(
            nodes=[
                NodeOut(
                    id=f"{box.id}.{row.name}",
                    layer=box.layer,
                    box=box.id,
                    box_title=box.title,
                    box_sub=box.sub,
                    name=row.name,
                    title=row.title,
                    note=row.note,
                )
                for box in graph.boxes
                for row in box.rows
            ],
            edges=[
                EdgeOut(
                    start=f"{e.start.box}.{e.start.name}",
                    end=f"{e.end.box}.{e.end.name}",
                    masked=e.masked,
                )
                for e in graph.edges
            ],
        )


class TouchedOut(BaseModel):
    """A column or field that is touched if the column asked about goes (影响)."""

    layer: Layer
    box_title: str
    box_sub: str
    name: str
    title: str
    note: str

    @classmethod
    def of(cls, touched: Touched) -> Self:
        return cls(
            layer=touched.box.layer,
            box_title=touched.box.title,
            box_sub=touched.box.sub,
            name=touched.row.name,
            title=touched.row.title,
            note=touched.row.note,
        )
