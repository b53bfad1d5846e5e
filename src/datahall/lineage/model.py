"""The graph of columns (字段级血缘).  No I/O.

Nothing here is typed in by anybody: every edge follows from a published entry, a hall table or a
grant, and is gone when they are.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from datahall.kit.labels import Labelled


class Layer(Labelled):
    """How far data have come (环节)."""

    SOURCE = "source", "来源列"
    HALL = "hall", "大厅列"
    SERVICE = "service", "服务信息项"
    CONSUMER = "consumer", "使用方信息项"


@dataclass(frozen=True, slots=True)
class Port:
    """One column or field of a box."""

    box: str  # id of its box
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A port as people read it."""

    name: str
    title: str
    note: str = ""  # type, 脱敏


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A table, a service or a consuming system, with its columns."""

    id: str
    layer: Layer
    title: str
    sub: str = ""
    url: str = ""
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """What stands in `start` comes to stand in `end`; `masked` when not in clear."""

    start: Port
    end: Port
    masked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Boxes from left to right and the edges between their columns."""

    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]

    def box(self, id: str) -> Box:
        return next(box for box in self.boxes if box.id == id)

    def row(self, port: Port) -> Row:
        return next(row for row in self.box(port.box).rows if row.name == port.name)

    def in_layer(self, layer: Layer) -> tuple[Box, ...]:
        return tuple(box for box in self.boxes if box.layer is layer)

    def downstream(self, *ports: Port) -> frozenset[Port]:
        """Everything that `ports` become, without themselves (下游)."""
        return _reached(ports, [(edge.start, edge.end) for edge in self.edges])

    def upstream(self, *ports: Port) -> frozenset[Port]:
        """Everything that `ports` come from, without themselves (上游)."""
        return _reached(ports, [(edge.end, edge.start) for edge in self.edges])

    def around(self, *ports: Port) -> frozenset[Port]:
        """`ports` with what they come from and what they become."""
        return frozenset(ports) | self.upstream(*ports) | self.downstream(*ports)

    def only(self, ports: Iterable[Port]) -> "Graph":
        """The part of the graph that `ports` make up."""
        kept = frozenset(ports)
        boxes = (
            Box(
                id=box.id,
                layer=box.layer,
                title=box.title,
                sub=box.sub,
                url=box.url,
                rows=tuple(row for row in box.rows if Port(box.id, row.name) in kept),
            )
            for box in self.boxes
        )
        return Graph(
            boxes=tuple(box for box in boxes if box.rows),
            edges=tuple(e for e in self.edges if e.start in kept and e.end in kept),
        )

    def ports(self) -> Iterator[Port]:
        return (Port(box.id, row.name) for box in self.boxes for row in box.rows)


def _reached(start: Iterable[Port], steps: Iterable[tuple[Port, Port]]) -> frozenset[Port]:
    following: dict[Port, list[Port]] = {}
    for one, other in steps:
        following.setdefault(one, []).append(other)
    first = frozenset(start)
    found: set[Port] = set()
    waiting = list(first)
    while waiting:
        for port in following.get(waiting.pop(), ()):
            if port not in found:
                found.add(port)
                waiting.append(port)
    return frozenset(found) - first
