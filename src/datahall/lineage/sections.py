"""The block that lineage adds to the page of an entry (详情页的血缘)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from datahall.catalogue import EntrySections, Section
from datahall.kit.uow import Unit
from datahall.lineage import derive
from datahall.lineage.drawing import Drawing, draw
from datahall.lineage.facts import facts_for
from datahall.security import may

ROWS_DRAWN: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What the block shows."""

    drawing: Drawing
    edges: int
    url: str


def entry_sections(unit: Unit, question: EntrySections) -> Iterator[Section]:
    """A picture of where the entry's data come from and where they go."""
    item, actor = question.item, question.actor
    if not may(actor, "lineage:view"):
        return
    graph = derive.graph(facts_for(unit, actor, item.id))
    if not graph.edges:
        return
    yield Section(
        key="lineage",
        title="血缘",
        sub="由目录、汇聚表和授权推出，不需填报",
        template="lineage/_section.html",
        content=Sketch(
            drawing=draw(graph, most=ROWS_DRAWN),
            edges=len(graph.edges),
            url=f"/lineage/items/{item.id}",
        ),
    )
