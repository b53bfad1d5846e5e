"""Finding entries and reading one (目录检索、目录详情)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from datahall.catalogue import searching, service
from datahall.catalogue.categories import Category, categories
from datahall.catalogue.changes import Change, changes
from datahall.catalogue.figures import ItemFigures, no_figures
from datahall.catalogue.model import CatalogueItem, Field
from datahall.catalogue.queries import Facet, Hit, Order, SearchQuery, SearchResult
from datahall.catalogue.scans import inventory_table
from datahall.catalogue.vocabulary import (
    EDITABLE,
    GRADES,
    ItemStatus,
    ShareMethod,
    Sharing,
    UpdateCycle,
)
from datahall.catalogue.words import marked
from datahall.deadlines import Limit, limits
from datahall.kit.html import Page, respond
from datahall.kit.http import UnitDep
from datahall.kit.ids import ItemId, OrgId
from datahall.kit.uow import Unit
from datahall.organisations import Organisation, organisation, organisations
from datahall.security import Actor, mask, may, permits
from datahall.standards import SensitiveKind, code_lists

router = APIRouter()
Viewer = Annotated[Actor, Depends(permits("catalogue:view"))]

FACETS_SHOWN: Final = 6  # values of a facet before 更多
EXAMPLES: Final = {
    SensitiveKind.NAME: "张建国",
    SensitiveKind.ID_CARD: "341502199003071234",
    SensitiveKind.USCC: "91341500MA2N00000X",
    SensitiveKind.MOBILE: "13800005678",
    SensitiveKind.LANDLINE: "0564-3379000",
    SensitiveKind.ADDRESS: "安徽省六安市金安区皖西大道1号",
    SensitiveKind.BANK_CARD: "6222020000000000000",
    SensitiveKind.EMAIL: "zhang@example.cn",
    SensitiveKind.PLATE: "皖NA1235",
    SensitiveKind.BIRTH_DATE: "1990-03-07",
    SensitiveKind.LOCATION: "116.50712",
}
"""Invented values that show what a mask leaves."""


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
    plain_url: str  # the same search without synonyms
    clear_url: str
    may_draft: bool
    mark: Callable[[str], Sequence[tuple[str, bool]]]


@router.get("/catalogue")
def show_list(
    request: Request,
    unit: UnitDep,
    actor: Viewer,
    q: Annotated[str, Query(max_length=200)] = "",
    provider: Annotated[list[str], Query()] = [],  # noqa: B006 - FastAPI copies it
    sharing: Annotated[list[str], Query()] = [],  # noqa: B006
    update_cycle: Annotated[list[str], Query()] = [],  # noqa: B006
    grade: Annotated[list[str], Query()] = [],  # noqa: B006
    method: Annotated[list[str], Query()] = [],  # noqa: B006
    order: str = "",
    plain: bool = False,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """The published catalogue, searched and filtered (资源目录)."""
    chosen = {
        Facet.PROVIDER: tuple(provider),
        Facet.SHARING: tuple(sharing),
        Facet.UPDATE_CYCLE: tuple(update_cycle),
        Facet.GRADE: tuple(grade),
        Facet.METHOD: tuple(method),
    }
    query = SearchQuery(
        text=q,
        expand=not plain,
        chosen={facet: values for facet, values in chosen.items() if values},
        order=Order(order) if order in set(Order) else Order.RELEVANCE,
        page=page,
    )
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
        pages=-(-result.total // query.size),
        url=lambda n: address(replace(query, page=n)),
        plain_url=address(replace(query, expand=False, page=1)),
        clear_url=address(SearchQuery(text=q)),
        may_draft=may(actor, "catalogue:draft", on=actor.org),
        mark=lambda text: marked(text, result.query.marks),
    )
    return respond(request, shown)


def address(query: SearchQuery) -> str:
    """The list page's URL of a search."""
    pairs = [("q", query.text)] if query.text else []
    pairs += [(str(facet), value) for facet, values in query.chosen.items() for value in values]
    if query.order is not Order.RELEVANCE:
        pairs.append(("order", str(query.order)))
    if not query.expand:
        pairs.append(("plain", "1"))
    if query.page > 1:
        pairs.append(("page", str(query.page)))
    return "/catalogue" + (f"?{urlencode(pairs)}" if pairs else "")


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
        if facet is Facet.PROVIDER:
            choices.sort(key=lambda c: (not c.on, -c.count, c.label))
        else:
            choices.sort(key=lambda c: RANK[facet].get(c.value, len(RANK[facet])))
        views.append(
            FacetView(str(facet), facet.label, choices[:FACETS_SHOWN], choices[FACETS_SHOWN:])
        )
    return tuple(view for view in views if view.shown)


RANK: Final[Mapping[Facet, Mapping[str, int]]] = {
    Facet.SHARING: {str(value): n for n, value in enumerate(Sharing)},
    Facet.UPDATE_CYCLE: {str(value): n for n, value in enumerate(UpdateCycle)},
    Facet.GRADE: {str(grade): grade for grade in GRADES},
    Facet.METHOD: {str(value): n for n, value in enumerate(ShareMethod)},
}


def label_of(facet: Facet, value: str, orgs: Mapping[OrgId, Organisation]) -> str:
    """A facet's value as people read it; a value from the address bar may be anything."""
    match facet:
        case Facet.PROVIDER:
            names = {str(id): org.short_name for id, org in orgs.items()}
        case Facet.SHARING:
            names = {str(v): v.label for v in Sharing}
        case Facet.UPDATE_CYCLE:
            names = {str(v): v.label for v in UpdateCycle}
        case Facet.GRADE:
            names = {str(grade): f"{grade} 级 · {name}" for grade, name in GRADES.items()}
        case Facet.METHOD:
            names = {str(v): v.label for v in ShareMethod}
    return names.get(value, value)


def chips(query: SearchQuery, orgs: Mapping[OrgId, Organisation]) -> tuple[tuple[str, str], ...]:
    """What is chosen, each with the address of the search without it."""
    found = []
    for facet, values in query.chosen.items():
        for value in values:
            rest = tuple(v for v in values if v != value)
            without = replace(query, chosen={**query.chosen, facet: rest}, page=1)
            found.append((f"{facet.label}：{label_of(facet, value, orgs)}", address(without)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field as the detail page shows it."""

    field: Field
    code_list: str  # name of the code list
    given: str  # what a caller gets by default
    is_masked: bool


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version with what it changed."""

    item: CatalogueItem
    changes: Sequence[Change]
    shown: bool  # it is the one on the page


@dataclass(frozen=True, kw_only=True)
class ItemPage(Page):
    """One entry: fields, metadata, versions, and the way to use it (目录详情)."""

    template: ClassVar[str] = "catalogue/item.html"
    section: ClassVar[str] = "catalogue"
    item: CatalogueItem
    provider: Organisation
    category: Category | None
    rows: Sequence[FieldRow]
    facts: Sequence[tuple[str, str]]
    versions: Sequence[VersionRow]
    figures: ItemFigures | None
    answer_limit: Limit
    supply_limit: Limit
    may_apply: bool
    may_change: bool
    may_edit: bool  # it is the viewer's own draft
    open_version: int | None  # the version on its way, if the viewer is a party
    may_withdraw: bool
    similar: Sequence[Hit]
    orgs: Mapping[OrgId, Organisation]


@router.get("/catalogue/items/{id}")
def show_item(
    id: ItemId, request: Request, unit: UnitDep, actor: Viewer, version: int | None = None
) -> HTMLResponse:
    """One entry, the version in force or the one asked for (目录详情)."""
    item = service.read(unit, actor, id, version=version)
    seen = service.versions(unit, actor, id)
    in_force = item.status is ItemStatus.PUBLISHED
    owns = may(actor, "catalogue:draft", on=item.provider)
    legal = limits()
    page = ItemPage(
        item=item,
        provider=organisation(unit.conn, item.provider),
        category=categories().get(item.category_code),
        rows=field_rows(unit, item),
        facts=facts(unit, item),
        versions=version_rows(seen, item),
        figures=figures_of(request, unit, [id]).get(id),
        answer_limit=legal["T3" if item.sharing is Sharing.UNCONDITIONAL else "T4"],
        supply_limit=legal["T5"],
        may_apply=in_force
        and item.sharing is not Sharing.WITHHELD
        and actor.org != item.provider
        and may(actor, "supply_demand:apply", on=actor.org),
        may_change=owns and in_force and not seen[0].status.is_open,
        may_edit=owns and item.status in EDITABLE,
        open_version=seen[0].version if seen[0].status.is_open else None,
        may_withdraw=in_force and not seen[0].status.is_open and may(actor, "catalogue:review"),
        similar=similar(unit, item) if in_force else (),
        orgs={org.id: org for org in organisations(unit.conn)},
    )
    return respond(request, page)


def field_rows(unit: Unit, item: CatalogueItem) -> tuple[FieldRow, ...]:
    """The fields with the names of their code lists and what is given of each by default."""
    names = {code: found.name for code, found in code_lists(unit.conn).items()}
    rows = []
    for field in item.fields:
        example = EXAMPLES.get(field.sensitive, "示例")
        given = mask(str(field.sensitive), example, grade=field.grade) or ""
        is_masked = given != example
        rows.append(
            FieldRow(
                field=field,
                code_list=names.get(field.code_list or "", ""),
                given=given if is_masked else "明文",
                is_masked=is_masked,
            )
        )
    return tuple(rows)


def facts(unit: Unit, item: CatalogueItem) -> tuple[tuple[str, str], ...]:
    """The core metadata that stand in no other place of the page."""
    mounted = "" if item.table is None else inventory_table(unit.conn, item.table).name
    methods = "、".join(method.label for method in item.share_methods)
    formats = item.format.label + (f"（{item.format_type}）" if item.format_type else "")
    opening = item.opening.label + (f"：{item.open_condition}" if item.open_condition else "")
    told = (
        ("内部部门", item.office),
        ("联系人", f"{item.contact} {item.phone}".strip()),
        ("法定依据", item.duty_basis),
        ("来源系统", item.system),
        ("更新周期", item.update_cycle.label),
        ("数据格式", formats),
        ("共享方式", methods),
        ("开放属性", opening),
        ("挂接资源", mounted),
        ("空间范围", item.area),
        ("时间范围", item.period),
        ("关键词", "、".join(item.keywords)),
        ("保密审查", item.secrecy.number if item.secrecy else ""),
        ("影响评估", item.privacy.number if item.privacy else ""),
        ("别名代码", item.alias_code),
        ("关联资源", "、".join(item.related_codes)),
    )
    return tuple((term, value) for term, value in told if value)


def version_rows(seen: Sequence[CatalogueItem], shown: CatalogueItem) -> tuple[VersionRow, ...]:
    """Each version with its differences from the one before."""
    befores = [*seen[1:], None]
    return tuple(
        VersionRow(
            item=item,
            changes=changes(before, item) if before else (),
            shown=item.version == shown.version,
        )
        for item, before in zip(seen, befores, strict=True)
    )


def similar(unit: Unit, item: CatalogueItem) -> tuple[Hit, ...]:
    """A few other entries of the same category."""
    found = searching.in_category(unit.conn, item.category_code, most=5)
    return tuple(hit for hit in found if hit.id != item.id)[:4]


def figures_of(
    request: Request, unit: Unit, items: Sequence[ItemId]
) -> Mapping[ItemId, ItemFigures]:
    """What is measured about these entries; nothing when nobody measures."""
    source = getattr(request.app.state, "item_figures", no_figures)
    found: Mapping[ItemId, ItemFigures] = source(unit.conn, items, unit.now)
    return found
