"""What the JSON API takes and gives; the Chinese term of each attribute is in its description."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from datahall.catalogue.departures.model import DepartureStatus
from datahall.catalogue.sheets import ImportState, Weight
from datahall.catalogue.terms import RelationKind
from datahall.catalogue.vocabulary import (
    Aggregation,
    DataClass,
    DataFormat,
    FieldType,
    ItemStatus,
    Opening,
    SecrecyLevel,
    ShareMethod,
    Sharing,
    UpdateCycle,
)
from datahall.kit.messages import sentence
from datahall.organisations import OrgKind
from datahall.standards import SensitiveKind


class Shape(BaseModel):
    model_config = ConfigDict(from_attributes=True, extra="forbid")


class FieldShape(Shape):
    """One information item (信息项)."""

    name: str = Field(description="Column name in the hall 字段名", examples=["gmsfhm"])
    title: str = Field(description="信息项名称", examples=["公民身份号码"])
    source_column: str = Field(description="Column of the mounted table 来源字段")
    type: FieldType = Field(description="数据类型, the guide's letter")
    length: int | None = Field(default=None, description="数据长度")
    scale: int | None = Field(default=None, description="小数位")
    required: bool = Field(default=False, description="必填")
    is_key: bool = Field(default=False, description="Part of the business key 主键")
    grade: int = Field(default=1, description="数据分级 1–4", ge=1, le=4)
    sensitive: SensitiveKind = Field(default=SensitiveKind.NONE, description="敏感数据类型")
    code_list: str | None = Field(default=None, description="代码表", examples=["GB/T 2261.1"])
    rules: tuple[str, ...] = Field(default=(), description="质量规则")
    element: str | None = Field(default=None, description="数据元", examples=["DE01002"])
    is_source: bool = Field(
        default=False, description="The provider claims to be the element's one source 作为数源"
    )


class ScopeShape(Shape):
    """Who may apply: a named department, or whoever is of a level and in a region (共享范围)."""

    departments: tuple[UUID, ...] = Field(default=(), description="部门")
    levels: tuple[OrgKind, ...] = Field(default=(), description="层级")
    regions: tuple[str, ...] = Field(default=(), description="地区, GB/T 2260", examples=["341502"])


class CitationShape(Shape):
    """The clause that forbids sharing (不予共享依据)."""

    document: str = Field(description="文件名称", examples=["中华人民共和国精神卫生法"])
    number: str = Field(description="文号", examples=["主席令第62号"])
    article: str = Field(description="条款", examples=["第四条"])


class RelationShape(Shape):
    """One relation to the entry of a code (目录关联)."""

    kind: RelationKind
    code: str = Field(description="信息资源代码或别名代码", examples=["307006/000001"])


class AssessmentShape(Shape):
    """A review made before submission (条例第十三条)."""

    number: str = Field(description="文号或编号", examples=["PIA-2026-0087"])
    conclusion: str = Field(description="结论")
    done_on: date = Field(description="日期")


class SuggestionShape(Shape):
    """What the program proposed for one place, and why (编目建议)."""

    path: str
    value: str
    reason: str
    sure: bool


class EntryChanges(Shape):
    """Attributes of a draft to change; what is left out stays."""

    title: str = Field(default="", description="信息资源名称")
    abstract: str = Field(default="", description="信息资源摘要")
    category_code: str = Field(default="", description="信息资源分类")
    alias_code: str = Field(default="", description="别名代码")
    keywords: tuple[str, ...] = Field(default=(), description="关键词")
    format: DataFormat = Field(default=DataFormat.DATABASE, description="信息资源格式")
    format_type: str = Field(default="", description="格式类型", examples=["PostgreSQL"])
    format_description: str = Field(default="", description="自描述格式说明")
    data_class: DataClass | None = Field(default=None, description="数据分类; null: by its fields")
    theme: str = Field(default="", description="数据领域")
    fields: tuple[FieldShape, ...] = Field(default=(), description="信息项")
    sharing: Sharing = Field(default=Sharing.CONDITIONAL, description="共享属性")
    share_scope: ScopeShape = Field(default=ScopeShape(), description="共享范围")
    share_condition: str = Field(default="", description="使用条件, one a line")
    withheld_basis: str = Field(default="", description="不予共享依据")
    share_methods: tuple[ShareMethod, ...] = Field(default=(), description="共享方式")
    opening: Opening = Field(default=Opening.WITHHELD, description="开放属性")
    share_explanation: str = Field(default="", description="平台以外方式的理由")
    open_condition: str = Field(default="", description="开放条件")
    open_code: str = Field(default="", description="开放目录编码")
    update_cycle: UpdateCycle = Field(default=UpdateCycle.DAILY, description="更新周期")
    table: UUID | None = Field(default=None, description="挂接的数据表")
    watermark_column: str | None = Field(default=None, description="增量标识")
    aggregation: Aggregation = Field(default=Aggregation.PHYSICAL, description="聚合方式")
    logical_reason: str = Field(default="", description="逻辑聚合的理由")
    flow_back: bool = Field(default=False, description="是否回流")
    volume_rows: int | None = Field(default=None, description="数据量（行）", ge=0)
    volume_mb: int | None = Field(default=None, description="数据量（MB）", ge=0)
    system: str = Field(default="", description="来源系统")
    matter_codes: tuple[str, ...] = Field(default=(), description="对应事项编码")
    duty_basis: str = Field(default="", description="法定依据或职责")
    office: str = Field(default="", description="提供方内部部门")
    contact: str = Field(default="", description="联系人")
    phone: str = Field(default="", description="联系电话")
    area: str = Field(default="", description="空间范围")
    period: str = Field(default="", description="时间范围")
    related_codes: tuple[str, ...] = Field(default=(), description="关联资源代码")
    relations: tuple[RelationShape, ...] = Field(default=(), description="目录关联")
    parent_code: str = Field(default="", description="上级目录编码")
    channels: tuple[str, ...] = Field(default=(), description="发布渠道")
    secrecy_level: SecrecyLevel = Field(default=SecrecyLevel.NONE, description="涉密性")
    secrecy: AssessmentShape | None = Field(default=None, description="保密审查")
    privacy: AssessmentShape | None = Field(default=None, description="个人信息保护影响评估")
    effective_on: date | None = Field(
        default=None, description="生效日期; null: as soon as it is published"
    )
    edit: int | None = Field(
        default=None, description="`edit` of the item that the changes were made on"
    )


class ItemOut(EntryChanges):
    """One version of an entry (数据资源目录项)."""

    id: UUID
    version: int = Field(description="目录版本")
    edit: int = Field(description="Number of saves of this version")
    status: ItemStatus = Field(description="目录状态")
    code: str | None = Field(description="信息资源代码; null until first published")
    provider: UUID = Field(description="信息资源提供方")
    grade: int = Field(description="数据分级, the highest of its fields")
    subject: DataClass = Field(description="数据分类, as declared or by its fields")
    has_personal: bool = Field(description="含个人信息")
    use_conditions: tuple[str, ...] = Field(description="使用条件, one by one")
    citation: CitationShape = Field(description="不予共享依据, in its parts")
    suggestions: tuple[SuggestionShape, ...]
    remarks: str = Field(description="Why it was returned or withdrawn 退回或下架理由")
    drafted_at: datetime
    submitted_at: datetime | None
    agreed_at: datetime | None
    published_at: datetime | None
    in_force_from: date | None = Field(description="In China; the day is included")
    in_force_until: date | None = Field(description="In China; the day is not included")


class HitOut(Shape):
    """One published entry as a list shows it."""

    id: UUID
    code: str
    version: int
    provider: UUID
    title: str
    abstract: str
    sharing: Sharing
    share_methods: tuple[ShareMethod, ...]
    update_cycle: UpdateCycle
    grade: int
    published_at: datetime


Facets = Annotated[
    Any, PlainSerializer(lambda facets: {str(f): dict(counts) for f, counts in facets.items()})
]


class ResultOut(Shape):
    """A page of hits with the counts of each facet (检索结果)."""

    items: tuple[HitOut, ...]
    total: int
    is_bounded: bool = Field(description="There are more; total and counts are lower bounds")
    approximate: bool = Field(description="Nothing matched the words; these sound alike")
    facets: Facets = Field(description="facet → value → number of hits")


class ChangeOut(Shape):
    """One place that differs between two versions."""

    path: str
    label: str
    before: str
    after: str


class Remarks(Shape):
    remarks: str = Field(description="理由")


class Announcement(Shape):
    """When the entry goes down, and why (下架公告)."""

    effective_on: date = Field(description="下架日期")
    remarks: str = Field(default="", description="理由; left out when the provider gave it")


class DepartureOut(Shape):
    """The plan to take an entry down (下架计划)."""

    item: UUID
    status: DepartureStatus
    reason: str
    proposed_at: datetime
    announced_at: datetime | None
    effective_on: date | None
    remarks: str = Field(description="Why it was declined or called off")
    ended_at: datetime | None


class RemarkOut(Shape):
    """Something to say about a cell of a workbook (批注)."""

    sheet: str
    cell: str = Field(description="Address such as B7; empty for the sheet itself")
    code: str
    weight: Weight
    message: str = Field(description="What to do, in Chinese")


Remarked = Annotated[
    tuple[RemarkOut, ...],
    BeforeValidator(
        lambda remarks: [
            RemarkOut(
                sheet=r.sheet,
                cell=r.cell,
                code=r.code,
                weight=r.weight,
                message=sentence(r.code, r.detail),
            )
            for r in remarks
        ]
    ),
]


class ImportOut(Shape):
    """A workbook of entries and how far it is (目录导入)."""

    id: UUID
    file_name: str
    state: ImportState
    total: int | None = Field(description="Entries in it; null until counted")
    done: int
    drafted: int = Field(description="新建草稿")
    revised: int = Field(description="修改草稿")
    unchanged: int
    refused: int = Field(description="Entries with errors, not taken")
    refusal: str = Field(description="Code, when the whole workbook was refused")
    remarks: Remarked
    sent_at: datetime
    ended_at: datetime | None


class CategoryOut(Shape):
    """One category of the tree (分类)."""

    code: str
    name: str
    parent: str = Field(description="Code of the category above; empty for a 类")
    words: tuple[str, ...] = Field(description="What its entries are about, for suggestions")


class CategoriesOut(Shape):
    """What an import of the tree did (导入分类)."""

    categories: int
    added: int
    renamed: int
    removed: int


class MarkOut(Shape):
    """What one criterion gave (得分)."""

    key: str
    title: str
    points: Decimal
    out_of: int
    missing: str = Field(description="What is missing, empty when nothing is")
    at: str = Field(description="Anchor of the place in the entry form, or `resources`")


class ScoreOut(Shape):
    """The metadata score of an entry, point by point (元数据质量评分)."""

    total: Decimal = Field(description="Out of 100")
    grade: str
    marks: tuple[MarkOut, ...]


class ScoredOut(Shape):
    """An entry with its score."""

    item: UUID
    title: str
    version: int
    score: ScoreOut
