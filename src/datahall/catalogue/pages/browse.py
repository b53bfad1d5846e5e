"""Finding entries (目录检索)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from datahall.catalogue import searching
from datahall.catalogue.asked import search_of_address
from datahall.catalogue.figures import ItemFigures, no_figures
from datahall.catalogue.queries import (
    Facet,
    Freshness,
    Order,
    QualityGrade,
    SearchQuery,
    SearchResult,
)
from datahall.catalogue.vocabulary import (
    GRADES,
    ShareMethod,
    Sharing,
    UpdateCycle,
)
from datahall.catalogue.words import marked
from datahall.kit.html import Page, respond
from datahall.kit.http import UnitDep
from datahall.kit.ids import ItemId, OrgId
from datahall.kit.uow import Unit
from datahall.organisations import Organisation, organisations
from datahall.security import Actor, may, permits

router = APIRouter()
Viewer = Annotated[Actor, Depends(permits("catalogue:view"))]

FACETS_SHOWN: Final = 6  # values of a facet before 更多


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a facet."""

    value: str
    label: str
    count: int
    on: bool


@dataclass(frozen=True, slots=True)
class FacetView:
    """A facet with its values, the chosen and the common first."""

    key: str
    label: str
    shown: Sequence[Choice]
    more: Sequence[Choice]


@dataclass(frozen=True, kw_only=True)
class ListPage(Page):
    """The catalogue with its filters, or what to do when nothing is found (资源目录)."""

    template: ClassVar[str] = "catalogue/list.html"
    fragment: ClassVar[str] = "found"
    section: ClassVar[str] = "catalogue"
    query: SearchQuery
    result: SearchResult
    facets: Sequence[FacetView]
    orgs: Mapping[OrgId, Organisation]
    figures: Mapping[ItemId, ItemFigures]
    orders: Sequence[Order]
    chips: Sequence[tuple[str, str]]  # words, href without it
    pages: int
    url: Callable[[int], str]
    export_url: str
    plain_url: str  # the same search without synonyms
    clear_url: str
    may_draft: bool
    mark: Callable[[str], Sequence[tuple[str, bool]]]


@router.get("/catalogue")
def show_list(
    request: Request,
    unit: UnitDep,
    actor: Viewer,
    query: Annotated[SearchQuery, Depends(search_of_address)],
) -> HTMLResponse:
    """The published catalogue, searched and filtered (资源目录)."""
    result = searching.search(unit.conn, query)
    orgs = {org.id: org for org in organisations(unit.conn)}
    shown = ListPage(
        query=query,
        result=result,
        facets=facet_views(query, result, orgs),
        orgs=orgs,
        figures=figures_of(request, unit, [hit.id for hit in result.items]),
        orders=tuple(Order),
        chips=chips(query, orgs),
        pages=-(-result.reachable // query.size),
        url=lambda n: address(replace(query, page=n)),
        export_url=address(replace(query, page=1), at="/catalogue/export"),
        plain_url=address(replace(query, expand=False, page=1)),
        clear_url=address(SearchQuery(text=query.text)),
        may_draft=may(actor, "catalogue:draft", on=actor.org),
        mark=lambda text: marked(text, result.query.marks),
    )
    return respond(request, shown)


def address(query: SearchQuery, *, at: str = "/catalogue") -> str:
    """The URL of a search: of the list, or of what else `at` gives of it."""
    pairs = [("q", query.text)] if query.text else []
    pairs += [(str(facet), value) for facet, values in query.chosen.items() for value in values]
    if query.order is not Order.RELEVANCE:
        pairs.append(("order", str(query.order)))
    if not query.expand:
        pairs.append(("plain", "1"))
    if query.page > 1:
        pairs.append(("page", str(query.page)))
    return at + (f"?{urlencode(pairs)}" if pairs else "")


def facet_views(
    query: SearchQuery, result: SearchResult, orgs: Mapping[OrgId, Organisation]
) -> tuple[FacetView, ...]:
    """The filters beside the list; a chosen value stays even when it would give nothing."""
    views = []
    for facet in Facet:
        chosen = query.chosen.get(facet, ())
        counts = {**dict.fromkeys(chosen, 0), **result.facets[facet]}
        choices = [
            Choice(value, label_of(facet, value, orgs), count, value in chosen)
            for value, count in counts.items()
        ]
        if facet in NAMES:
            order = list(NAMES[facet])
            choices.sort(key=lambda c: order.index(c.value) if c.value in order else len(order))
        else:
            choices.sort(key=lambda c: (not c.on, -c.count, c.label))
        views.append(
            FacetView(str(facet), facet.label, choices[:FACETS_SHOWN], choices[FACETS_SHOWN:])
        )
    return tuple(view for view in views if view.shown)


NAMES: Final[Mapping[Facet, Mapping[str, str]]] = {
    Facet.SHARING: {str(v): v.label for v in Sharing},
    Facet.UPDATE_CYCLE: {str(v): v.label for v in UpdateCycle},
    Facet.GRADE: {str(grade): f"{grade} 级 · {name}" for grade, name in GRADES.items()},
    Facet.METHOD: {str(v): v.label for v in ShareMethod},
    Facet.LEVEL: {
        "city": "市级",
        "county": "县区级",
        "town": "乡镇（街道）级",
        "village": "村（社区）级",
    },
    Facet.FRESHNESS: {str(v): v.label for v in Freshness},
    Facet.QUALITY: {str(v): v.label for v in QualityGrade},
}
"""Values as people read them, in the order in which they stand; other facets stand by number."""


def label_of(facet: Facet, value: str, orgs: Mapping[OrgId, Organisation]) -> str:
    """A facet's value as people read it; a value from the address bar may be anything."""
    if facet is Facet.PROVIDER:
        return {str(id): org.short_name for id, org in orgs.items()}.get(value, value)
    return NAMES.get(facet, {}).get(value, value) or "其他"


def chips(query: SearchQuery, orgs: Mapping[OrgId, Organisation]) -> tuple[tuple[str, str], ...]:
    """What is chosen, each with the address of the search without it."""
    found = []
    for facet, values in query.chosen.items():
        for value in values:
            rest = tuple(v for v in values if v != value)
            without = replace(query, chosen={**query.chosen, facet: rest}, page=1)
            found.append((f"{facet.label}：{label_of(facet, value, orgs)}", address(without)))
    return tuple(found)


def figures_of(
    request: Request, unit: Unit, items: Sequence[ItemId]
) -> Mapping[ItemId, ItemFigures]:
    """What is measured about these entries; nothing when nobody measures."""
    source = getattr(request.app.state, "item_figures", no_figures)
    found: Mapping[ItemId, ItemFigures] = source(unit.conn, items, unit.now)
    return found
