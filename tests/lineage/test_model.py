"""Up and down the graph, and where its parts are drawn."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datahall.lineage import Box, ColumnNotFound, Edge, Graph, Layer, Port
from datahall.lineage.drawing import draw, short
from datahall.lineage.model import Row
from datahall.lineage.service import find, focus


def make_box(id, layer, *names):
    rows = tuple(Row(name=name, title=f"信息项{name}") for name in names)
    return Box(id=id, layer=layer, title=id, rows=rows)


def ports(layer):
    return st.lists(st.sampled_from("abcdef"), unique=True).map(
        lambda names: make_box(layer.value, layer, *names)
    )


@st.composite
def graphs(draw_):
    """Any columns in each layer, and any edges from one layer to the next."""
    boxes = [draw_(ports(layer)) for layer in Layer]
    edges = [
        Edge(Port(a.id, x.name), Port(b.id, y.name))
        for a, b in pairwise(boxes)
        for x in a.rows
        for y in b.rows
        if draw_(st.booleans())
    ]
    return Graph(boxes=tuple(box for box in boxes if box.rows), edges=tuple(edges))


@settings(deadline=None)
@given(graphs())
def test_what_is_below_has_it_above(graph):
    every = list(graph.ports())
    below = {(p, q) for p in every for q in graph.downstream(p)}
    above = {(p, q) for q in every for p in graph.upstream(q)}
    assert below == above
    assert all(list(Layer).index(graph.box(p.box).layer) < list(Layer).index(graph.box(q.box).layer) for p, q in below)  # fmt: skip


@settings(deadline=None)
@given(graphs())
def test_touched_is_what_is_below_and_nothing_else(graph):
    for port in graph.ports():
        part, touched = focus(graph, port)
        assert {Port(t.box.id, t.row.name) for t in touched} == graph.downstream(port)
        assert set(part.ports()) == graph.around(port)
        assert all(e in graph.edges for e in part.edges)


@settings(deadline=None)
@given(graphs(), st.integers(1, 8))
def test_a_picture_has_every_edge_whose_ends_it_has(graph, most):
    made = draw(graph, most=most)
    drawn = {(p.box.id, c.row.name) for p in made.panels for c in p.cells}
    inside = [e for e in graph.edges if {(e.start.box, e.start.name), (e.end.box, e.end.name)} <= drawn]  # fmt: skip
    assert len(made.lines) == len(inside)
    assert made.hidden == sum(len(b.rows) for b in graph.boxes) - len(drawn)
    for panel in made.panels:
        assert panel.x + made.box <= made.width
        assert panel.y + panel.height <= made.height


def test_boxes_of_a_layer_do_not_overlap():
    boxes = tuple(make_box(f"g{n}", Layer.CONSUMER, *"abc") for n in range(3))
    panels = draw(Graph(boxes=boxes, edges=()), most=2).panels
    assert all(a.y + a.height < b.y for a, b in pairwise(panels))
    assert [p.more for p in panels] == [1, 1, 1]


def test_a_column_that_is_not_there_is_refused():
    graph = Graph(boxes=(make_box("source", Layer.SOURCE, "a"),), edges=())
    with pytest.raises(ColumnNotFound):
        find(graph, "z", Layer.SOURCE)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("姓名", "姓名"), ("户" * 12, "户" * 12), ("户" * 13, "户" * 11 + "…"), ("a" * 20, "a" * 20)],
)
def test_long_labels_are_cut(text, shown):
    assert short(text) == shown
