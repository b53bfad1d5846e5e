"""Looking data elements up (数据元登记簿)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from datahall.kit.clock import local_date
from datahall.kit.html import Page, respond
from datahall.kit.http import UnitDep
from datahall.kit.ids import OrgId, RulingId
from datahall.kit.labels import Labelled
from datahall.organisations import Organisation, organisations
from datahall.security import Actor, may, permits
from datahall.standards.model.elements import (
    DataElement,
    ElementChange,
    ElementStatus,
    element_changes,
    matches,
)
from datahall.standards.model.sources import Ruling, Source
from datahall.standards.model.versions import in_force
from datahall.standards.model.vocabulary import RULE, RULE_TITLES
from datahall.standards.questions import BindingCounts, BoundField, BoundFields
from datahall.standards.repository import code_lists, sources
from datahall.standards.repository import elements as repository
from datahall.standards.service import elements as service

router = APIRouter(prefix="/standards")
Viewer = Annotated[Actor, Depends(permits("standards:view"))]

PAGE_ROWS: Final = 50
BOUND_SHOWN: Final = 50


class Shown(Labelled):
    """Which elements the register lists."""

    ALL = "", "全部"
    SOURCED = "sourced", "已有数源"
    OPEN = "open", "数源未定"
    RULING = "ruling", "数源裁定中"
    DRAFT = "draft", "草稿"


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementRow:
    """One element as the register shows it."""

    element: DataElement
    source: Organisation | None
    ruling: RulingId | None
    bound: int


@dataclass(frozen=True, kw_only=True)
class ElementsPage(Page):
    """The register of data elements (数据元)."""

    template: ClassVar[str] = "standards/elements.html"
    section: ClassVar[str] = "catalogue"
    rows: Sequence[ElementRow]
    total: int
    query: str
    shown: Shown
    kinds: Sequence[tuple[Shown, int, str]]  # with count and address
    page: int
    pages: int
    url: Callable[[int], str]
    may_define: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """One version of an element with what it changed."""

    element: DataElement
    changes: Sequence[ElementChange]
    is_current: bool


@dataclass(frozen=True, kw_only=True)
class ElementPage(Page):
    """One data element: definition, source, bound fields, versions (数据元详情)."""

    template: ClassVar[str] = "standards/element.html"
    section: ClassVar[str] = "catalogue"
    shown: DataElement
    current: DataElement | None
    draft: DataElement | None
    facts: Sequence[tuple[str, str]]
    code_list: str  # name of the code table
    versions: Sequence[VersionRow]
    history: Sequence[Source]  # the present source first
    rulings: Sequence[Ruling]
    readable: frozenset[RulingId]  # cases that the viewer may open
    bound: Sequence[BoundField]
    bound_total: int
    orgs: Mapping[OrgId, Organisation]
    org_options: Sequence[tuple[str, str]]
    may_define: bool
    may_rule: bool


@router.get("")
def show_elements(
    request: Request,
    unit: UnitDep,
    actor: Viewer,
    q: Annotated[str, Query(max_length=100)] = "",
    show: str = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """The register of data elements, searched and filtered (数据元)."""
    may_define = may(actor, "standards:define")
    found = [e for e in _listed(unit, may_define=may_define) if matches(e, q)]
    named, pending = sources.sources_now(unit.conn), sources.open_elements(unit.conn)
    groups = {
        Shown.ALL: found,
        Shown.SOURCED: [e for e in found if e.code in named],
        Shown.OPEN: [e for e in found if e.code not in named],
        Shown.RULING: [e for e in found if e.code in pending],
        Shown.DRAFT: [e for e in found if e.status is ElementStatus.DRAFT],
    }
    shown = Shown(show) if show in set(Shown) else Shown.ALL
    rows = groups[shown]
    orgs = {org.id: org for org in organisations(unit.conn)}
    counts = {count.element: count.fields for count in unit.ask(BindingCounts())}
    pages = max(1, -(-len(rows) // PAGE_ROWS))
    page = min(page, pages)
    return respond(
        request,
        ElementsPage(
            rows=[
                ElementRow(
                    element=element,
                    source=orgs.get(named[element.code].org) if element.code in named else None,
                    ruling=pending.get(element.code),
                    bound=counts.get(element.code, 0),
                )
                for element in rows[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
            ],
            total=len(rows),
            query=q,
            shown=shown,
            kinds=[
                (kind, len(some), _address(q, kind))
                for kind, some in groups.items()
                if kind is not Shown.DRAFT or may_define
            ],
            page=page,
            pages=pages,
            url=lambda n: _address(q, shown, n),
            may_define=may_define,
        ),
    )


@router.get("/elements/{code}")
def show_element(
    code: str, request: Request, unit: UnitDep, actor: Viewer, version: int | None = None
) -> Response:
    """One data element, the version that applies or the one asked for (数据元详情)."""
    versions = service.read_versions(unit, actor, code)
    published = [v for v in versions if v.status is not ElementStatus.DRAFT]
    current = in_force(published, local_date(unit.now))
    wanted = {v.version: v for v in versions}
    shown = wanted.get(version or 0) or current or versions[0]
    rulings = sources.rulings_on(unit.conn, code)
    bound = unit.ask(BoundFields(element=code))
    lists = code_lists.code_list_names(unit.conn)
    orgs = {org.id: org for org in organisations(unit.conn)}
    page = ElementPage(
        shown=shown,
        current=current,
        draft=next((v for v in versions if v.status is ElementStatus.DRAFT), None),
        facts=facts(shown),
        code_list=lists.get(shown.code_list or "", ""),
        versions=[
            VersionRow(
                element=v,
                changes=element_changes(before, v) if before else (),
                is_current=v == current,
            )
            for v, before in zip(versions, [*versions[1:], None], strict=True)
        ],
        history=sources.source_history(unit.conn, code),
        rulings=rulings,
        readable=frozenset(
            r.id for r in rulings if r.party(actor.org) or may(actor, "standards:oversee")
        ),
        bound=bound[:BOUND_SHOWN],
        bound_total=len(bound),
        orgs=orgs,
        org_options=[(str(org.id), org.short_name) for org in orgs.values()],
        may_define=may(actor, "standards:define"),
        may_rule=may(actor, "standards:rule"),
    )
    return respond(request, page)


def facts(element: DataElement) -> list[tuple[str, str]]:
    """What the page tells of an element besides name and code table."""
    rules = [_rule(rule) for rule in element.rules]
    told = (
        ("定义", element.definition),
        ("同义名称", "、".join(element.synonyms)),
        ("常用字段名", "、".join(element.columns)),
        ("数据类型", element.shape),
        ("值域", element.value_domain),
        ("来源标准", element.source),
        ("敏感类型", element.sensitive.label),
        ("质量规则", "、".join(rules)),
        ("版本说明", element.note),
    )
    return [(term, value) for term, value in told if value]


def _rule(rule: str) -> str:
    """A rule in words: 取值范围 0..100."""
    written = RULE.fullmatch(rule)
    if written is None:
        return rule
    title = RULE_TITLES.get(written["name"], written["name"])
    return f"{title} {written['argument']}" if written["argument"] else title


def _listed(unit: UnitDep, *, may_define: bool) -> list[DataElement]:
    """What applies today; for the bureau also drafts, each in the place of what it follows."""
    applies = repository.elements(unit.conn, local_date(unit.now))
    if not may_define:
        return list(applies.values())
    drafts = {e.code: e for e in repository.newest(unit.conn) if e.status is ElementStatus.DRAFT}
    return [element for _, element in sorted({**applies, **drafts}.items())]


def _address(query: str, shown: Shown, page: int = 1) -> str:
    pairs = {"q": query, "show": str(shown), "page": str(page) if page > 1 else ""}
    given = {name: value for name, value in pairs.items() if value}
    return "/standards" + (f"?{urlencode(given)}" if given else "")
