"""Where the boxes and curves of a graph stand in its picture.  No I/O.

The picture is SVG made by the server; `Line` and `Panel` carry numbers only, words stay in the
template, which escapes them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from datahall.lineage.model import Box, Graph, Layer, Port, Row

WIDTH: Final = 190  # of a box
GAP: Final = 40  # between layers, where the curves run
HEAD: Final = 48
ROW: Final = 26
BETWEEN: Final = 16  # between boxes of one layer
TOP: Final = 28  # for the names of the layers
LABEL: Final = 12  # characters of a label that fit, a Chinese one counted whole, others half


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One row of a panel."""

    row: Row
    y: int  # of its middle
    label: str
    lit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A box at its place."""

    box: Box
    x: int
    y: int
    height: int
    title: str
    sub: str
    cells: tuple[Cell, ...]
    more: int  # rows that are not drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A curve from the right of one row to the left of another."""

    path: str
    masked: bool
    lit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A picture's size and parts."""

    width: int
    height: int
    box: int  # width of a panel
    heads: tuple[tuple[int, Layer], ...]  # x and the layer's name
    panels: tuple[Panel, ...]
    lines: tuple[Line, ...]
    hidden: int  # rows that are not drawn


def draw(graph: Graph, *, most: int, lit: Collection[Port] | None = None) -> Drawing:
    """Place everything: a layer a column, at most `most` rows a box.

    Args:
        lit: what stands out; None: everything.
    """
    layers = [layer for layer in Layer if graph.in_layer(layer)]
    panels: list[Panel] = []
    places: dict[Port, tuple[int, int]] = {}
    bottom = TOP
    for n, layer in enumerate(layers):
        x, y = n * (WIDTH + GAP), TOP
        for box in graph.in_layer(layer):
            panel = _panel(graph, box, x, y, most=most, lit=lit)
            panels.append(panel)
            places |= {Port(box.id, cell.row.name): (x, cell.y) for cell in panel.cells}
            y += panel.height + BETWEEN
        bottom = max(bottom, y - BETWEEN)
    return Drawing(
        width=max(1, len(layers)) * (WIDTH + GAP) - GAP,
        height=bottom,
        box=WIDTH,
        heads=tuple((n * (WIDTH + GAP), layer) for n, layer in enumerate(layers)),
        panels=tuple(panels),
        lines=tuple(_lines(graph, places, lit)),
        hidden=sum(panel.more for panel in panels),
    )


def _panel(
    graph: Graph, box: Box, x: int, y: int, *, most: int, lit: Collection[Port] | None
) -> Panel:
    """Rows that lead somewhere come first when not all are drawn."""
    tied = {port for edge in graph.edges for port in (edge.start, edge.end)}
    rows = list(box.rows)
    if len(rows) > most:
        rows.sort(key=lambda row: Port(box.id, row.name) not in tied)  # stable: else as they stand
        rows = [row for row in box.rows if row in rows[:most]]
    cells = tuple(
        Cell(
            row=row,
            y=y + HEAD + n * ROW + ROW // 2,
            label=short(row.title),
            lit=lit is None or Port(box.id, row.name) in lit,
        )
        for n, row in enumerate(rows)
    )
    more = len(box.rows) - len(rows)
    return Panel(
        box=box,
        x=x,
        y=y,
        height=HEAD + len(rows) * ROW + (ROW if more else 0) + 6,
        title=short(box.title),
        sub=short(box.sub, LABEL + 3),
        cells=cells,
        more=more,
    )


def _lines(
    graph: Graph, places: Mapping[Port, tuple[int, int]], lit: Collection[Port] | None
) -> list[Line]:
    found = []
    for edge in graph.edges:
        if edge.start not in places or edge.end not in places:
            continue
        (x1, y1), (x2, y2) = places[edge.start], places[edge.end]
        start, middle = x1 + WIDTH, (x1 + WIDTH + x2) // 2
        found.append(
            Line(
                path=f"M{start} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}",
                masked=edge.masked,
                lit=lit is None or (edge.start in lit and edge.end in lit),
            )
        )
    return sorted(found, key=lambda line: line.lit)  # what stands out is drawn last


def short(text: str, most: int = LABEL) -> str:
    """As much of a label as fits beside the others."""
    width = 0.0
    for n, character in enumerate(text):
        width += 0.55 if character.isascii() else 1
        if width > most:
            return f"{text[: max(1, n - 1)]}…"
    return text
