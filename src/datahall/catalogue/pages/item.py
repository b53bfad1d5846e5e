"""Reading one entry (目录详情)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from datahall.catalogue import searching, service
from datahall.catalogue.categories import Category, categories
from datahall.catalogue.changes import Change, changes
from datahall.catalogue.figures import ItemFigures
from datahall.catalogue.model import CatalogueItem, Field
from datahall.catalogue.mounting.views import Mounted, is_party, mounted
from datahall.catalogue.pages.browse import figures_of
from datahall.catalogue.pages.departing import Departing, departing
from datahall.catalogue.queries import Hit
from datahall.catalogue.questions import EntrySections, Section
from datahall.catalogue.relations import related
from datahall.catalogue.scans import inventory_table
from datahall.catalogue.scores import score_of
from datahall.catalogue.scoring import Score
from datahall.catalogue.terms import Related, words_of
from datahall.catalogue.vocabulary import EDITABLE, ItemStatus, Sharing
from datahall.deadlines import Limit, limits
from datahall.kit.html import Page, respond
from datahall.kit.http import UnitDep
from datahall.kit.ids import ItemId, OrgId
from datahall.kit.settings import settings
from datahall.kit.uow import Unit
from datahall.organisations import Organisation, children_of, organisation, organisations
from datahall.security import Actor, mask, may, permits
from datahall.standards import SensitiveKind, code_list_names

router = APIRouter()
Viewer = Annotated[Actor, Depends(permits("catalogue:view"))]

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
    scope: Sequence[str]  # who may apply
    related: Sequence[Related]
    resources: Sequence[Mounted]  # what the viewer may count on, or all for its parties
    score: Score | None  # for its parties
    manages: bool  # whether the viewer sees the page of its resources
    versions: Sequence[VersionRow]
    figures: ItemFigures | None
    answer_limit: Limit
    supply_limit: Limit
    may_apply: bool
    may_change: bool
    may_edit: bool  # it is the viewer's own draft
    open_version: int | None  # the version on its way, if the viewer is a party
    coming: CatalogueItem | None  # published for a later day
    may_recall: bool
    departing: Departing
    sections: Sequence[Section]  # what higher packages add
    similar: Sequence[Hit]
    orgs: Mapping[OrgId, Organisation]


@router.get("/catalogue/items/{id}")
def show_item(
    id: ItemId, request: Request, unit: UnitDep, actor: Viewer, version: int | None = None
) -> HTMLResponse:
    """One entry, the version in force or the one asked for (目录详情)."""
    return respond(request, item_page(request, unit, actor, id, version=version))


def item_page(
    request: Request,
    unit: Unit,
    actor: Actor,
    id: ItemId,
    *,
    version: int | None = None,
    faults: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
) -> ItemPage:
    """The page of an entry; `faults` and `typed` of a refused form on it."""
    item = service.read(unit, actor, id, version=version)
    seen = service.versions(unit, actor, id)
    in_force = item.status is ItemStatus.PUBLISHED
    owns = may(actor, "catalogue:draft", on=item.provider)
    legal = limits()
    return ItemPage(
        item=item,
        provider=organisation(unit.conn, item.provider),
        category=categories(unit.conn).get(item.category_code),
        rows=field_rows(unit, item),
        facts=facts(unit, item),
        scope=scope_words(unit, item),
        related=related(unit.conn, item),
        resources=mounted(unit, actor, id),
        score=score_of(unit, item) if is_party(actor, item) else None,
        manages=is_party(actor, item),
        versions=version_rows(seen, item),
        figures=figures_of(request, unit, [id]).get(id),
        answer_limit=legal["T3" if item.sharing is Sharing.UNCONDITIONAL else "T4"],
        supply_limit=legal["T5"],
        may_apply=in_force
        and item.sharing is not Sharing.WITHHELD
        and actor.org != item.provider
        and may(actor, "supply_demand:apply", on=actor.org),
        may_change=owns and in_force and item.version == seen[0].version,
        may_edit=owns and item.status in EDITABLE,
        open_version=seen[0].version if seen[0].status.is_open else None,
        coming=seen[0] if seen[0].status is ItemStatus.SCHEDULED else None,
        may_recall=item.status is ItemStatus.SCHEDULED and may(actor, "catalogue:review"),
        departing=departing(unit, actor, item, faults=faults or {}, typed=typed or {}),
        sections=unit.ask(EntrySections(item=item, actor=actor)),
        similar=similar(unit, item) if in_force else (),
        orgs={org.id: org for org in organisations(unit.conn)},
    )


def field_rows(unit: Unit, item: CatalogueItem) -> tuple[FieldRow, ...]:
    """The fields with the names of their code lists and what is given of each by default."""
    names = code_list_names(unit.conn)
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
    provider = organisation(unit.conn, item.provider)
    mounted = "" if item.table is None else inventory_table(unit.conn, item.table).name
    methods = "、".join(method.label for method in item.share_methods)
    formats = item.format.label + (f"（{item.format_type}）" if item.format_type else "")
    opening = item.opening.label + (f"：{item.open_condition}" if item.open_condition else "")
    volume = [f"{item.volume_rows} 行"] if item.volume_rows is not None else []
    volume += [f"{item.volume_mb} MB"] if item.volume_mb is not None else []
    told = (
        ("提供方代码", provider.uscc),
        ("内部部门", item.office),
        ("联系人", f"{item.contact} {item.phone}".strip()),
        ("法定依据", item.duty_basis),
        ("对应事项", "、".join(item.matter_codes)),
        ("来源系统", item.system),
        ("更新周期", item.update_cycle.label),
        ("数据格式", formats),
        ("格式说明", item.format_description),
        ("数据分类", item.subject.label),
        ("数据领域", item.theme),
        ("个人信息", "、".join(personal_kinds(item))),
        ("共享方式", methods),
        ("方式说明", item.share_explanation),
        ("开放属性", opening),
        ("挂接资源", mounted),
        ("聚合方式", item.aggregation.label if item.logical_reason else ""),
        ("逻辑聚合理由", item.logical_reason),
        ("数据量", "、".join(volume)),
        ("回流数据", "是" if item.flow_back else ""),
        ("空间范围", item.area),
        ("时间范围", item.period),
        ("关键词", "、".join(item.keywords)),
        ("涉密性", item.secrecy_level.label),
        ("保密审查", item.secrecy.number if item.secrecy else ""),
        ("影响评估", item.privacy.number if item.privacy else ""),
        ("别名代码", item.alias_code),
        ("上级目录", item.parent_code),
        ("开放目录", item.open_code),
        ("发布渠道", "、".join(item.channels)),
    )
    return tuple((term, value) for term, value in told if value)


def personal_kinds(item: CatalogueItem) -> list[str]:
    """The kinds of personal information that the entry holds (含个人信息)."""
    kinds = (field.sensitive for field in item.fields if field.sensitive.is_personal)
    return list(dict.fromkeys(kind.label for kind in kinds))


def scope_words(unit: Unit, item: CatalogueItem) -> tuple[str, ...]:
    """Who may apply, in words."""
    names = {org.id: org.short_name for org in organisations(unit.conn)}
    regions = {area.code: area.name for area in children_of(unit.conn, settings().region)}
    return tuple(words_of(item.share_scope, names, regions))


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
