"""What a catalogue entry is, and what may happen to it.  No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Self

from datahall.catalogue.errors import RemarksRequired, WrongStage
from datahall.catalogue.terms import EVERYBODY, Citation, Relation, RelationKind, ShareScope
from datahall.catalogue.vocabulary import (
    EDITABLE,
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
from datahall.kit.clock import local_date
from datahall.kit.ids import ItemId, OrgId, SourceId, TableId
from datahall.standards import SensitiveKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedColumn:
    """A column as the source's own metadata describe it (字段)."""

    name: str
    type: str  # the source's own name, e.g. "character varying(18)"
    comment: str = ""
    nullable: bool = True
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedTable:
    """A table or sheet as the source's metadata describe it (数据表); no row was read."""

    schema: str = ""
    name: str
    comment: str = ""
    row_estimate: int | None = None  # None when the source does not tell
    primary_key: tuple[str, ...] = ()
    columns: tuple[ScannedColumn, ...]
    changed_at: datetime | None = None  # UTC; None when the source does not tell


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryTable(ScannedTable):
    """A scanned table in the asset inventory (数据资产)."""

    id: TableId
    source: SourceId
    org: OrgId
    kind: str = ""  # of the source: postgresql, mysql, xlsx, csv
    scanned_at: datetime  # UTC
    gone_at: datetime | None = None  # UTC; the scan that no longer found it

    @property
    def title(self) -> str:
        """The comment, or the name when the source has none."""
        return self.comment or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One information item of an entry (信息项)."""

    name: str  # column of the hall table: [a-z][a-z0-9_]*
    title: str  # 信息项名称
    source_column: str  # column of the mounted table
    type: FieldType
    length: int | None = None  # characters, or digits of a number
    scale: int | None = None  # decimals of a number
    required: bool = False
    is_key: bool = False  # part of the business key 主键
    grade: int = 1  # 1–4, GRADES
    sensitive: SensitiveKind = SensitiveKind.NONE
    code_list: str | None = None
    rules: tuple[str, ...] = ()  # names of quality rules besides those that follow from above
    element: str | None = None  # code of the data element that it is 数据元
    is_source: bool = False  # the provider claims to be the element's one source 数源


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A review made before submission (评估, 条例第十三条): number, conclusion and day."""

    number: str  # 文号或编号
    conclusion: str
    done_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What the program proposed for one place of a draft, and why (编目建议)."""

    path: str  # as in faults: "title", "fields.xm.grade"
    value: str  # as proposed, in words
    reason: str
    sure: bool = True  # False: somebody should look


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueItem:
    """One version of one entry of the data resource catalogue (数据资源目录项)."""

    id: ItemId
    version: int = 1
    edit: int = 0  # counts the saves of this version, so that no save is lost
    status: ItemStatus = ItemStatus.DRAFT
    code: str | None = None  # 信息资源代码, from the first publication on
    alias_code: str = ""  # a second code, e.g. of the province
    provider: OrgId  # source department (数源部门)

    title: str
    abstract: str = ""
    category_code: str = ""  # 类项目细目
    keywords: tuple[str, ...] = ()
    format: DataFormat = DataFormat.DATABASE
    format_type: str = ""  # e.g. PostgreSQL, xlsx
    format_description: str = ""  # of a sector's own format 自描述格式
    data_class: DataClass | None = None  # 数据分类; None: as its fields say
    theme: str = ""  # 数据领域, of THEMES
    fields: tuple[Field, ...] = ()

    sharing: Sharing = Sharing.CONDITIONAL
    share_scope: ShareScope = EVERYBODY  # who may apply 共享范围
    share_condition: str = ""  # use conditions, one a line 使用条件
    withheld_basis: str = ""  # law, administrative regulation or State Council decision, article
    share_methods: tuple[ShareMethod, ...] = (ShareMethod.API,)
    share_explanation: str = ""  # why not by the platform 平台以外方式的理由
    opening: Opening = Opening.WITHHELD
    open_condition: str = ""
    open_code: str = ""  # 开放目录编码
    update_cycle: UpdateCycle = UpdateCycle.DAILY

    table: TableId | None = None  # mounted table 挂接
    watermark_column: str | None = None  # source column that grows with each change
    aggregation: Aggregation = Aggregation.PHYSICAL
    logical_reason: str = ""  # why the rows stay at the source 逻辑聚合的理由
    flow_back: bool = False  # came back from the province or the state 是否回流
    volume_rows: int | None = None  # declared; what is measured stands elsewhere 数据量
    volume_mb: int | None = None
    system: str = ""  # 来源系统
    duty_basis: str = ""  # 法定依据/职责
    matter_codes: tuple[str, ...] = ()  # 对应事项编码
    office: str = ""  # 提供方内部部门
    contact: str = ""
    phone: str = ""
    area: str = ""  # 空间范围
    period: str = ""  # 时间范围
    related_codes: tuple[str, ...] = ()  # 关联资源代码
    relations: tuple[Relation, ...] = ()  # the same with the kind of each
    parent_code: str = ""  # entry of the upper level that this one takes up 上级目录编码
    channels: tuple[str, ...] = ()  # where else it is published 发布渠道

    secrecy_level: SecrecyLevel = SecrecyLevel.NONE
    secrecy: Assessment | None = None  # 保密审查
    privacy: Assessment | None = None  # 个人信息保护影响评估

    effective_on: date | None = None  # 生效日期; None: as soon as it is published

    suggestions: tuple[Suggestion, ...] = ()
    remarks: str = ""  # why it was returned or withdrawn
    drafted_at: datetime  # UTC
    submitted_at: datetime | None = None  # UTC
    agreed_at: datetime | None = None  # UTC; the authority's clock T2 starts here
    published_at: datetime | None = None  # UTC
    in_force_from: date | None = None  # in China; the day is included
    in_force_until: date | None = None  # in China; the day is not included

    @property
    def grade(self) -> int:
        """The highest grade of its fields (就高从严); 1 for an entry without fields."""
        return max((field.grade for field in self.fields), default=1)

    @property
    def key(self) -> tuple[str, ...]:
        """Names of the fields that identify a row (主键)."""
        return tuple(field.name for field in self.fields if field.is_key)

    @property
    def has_personal(self) -> bool:
        """Whether a field tells about a natural person (含个人信息)."""
        return any(field.sensitive.is_personal for field in self.fields)

    @property
    def subject(self) -> DataClass:
        """What the data are about: as declared, else as the fields say (数据分类)."""
        if self.data_class is not None:
            return self.data_class
        if self.has_personal:
            return DataClass.PERSON
        coded = any(field.sensitive is SensitiveKind.USCC for field in self.fields)
        return DataClass.ORGANISATION if coded else DataClass.OBJECT

    @property
    def use_conditions(self) -> tuple[str, ...]:
        """The use conditions one by one (使用条件)."""
        return tuple(line for raw in self.share_condition.splitlines() if (line := raw.strip()))

    @property
    def citation(self) -> Citation:
        """The clause that forbids sharing, in its parts (不予共享依据)."""
        return Citation.read(self.withheld_basis)

    @property
    def links(self) -> tuple[Relation, ...]:
        """Every relation to another entry, those of no declared kind last."""
        told = {relation.code for relation in self.relations}
        plain = (code for code in self.related_codes if code not in told)
        return (
            *self.relations,
            *(Relation(kind=RelationKind.RELATED, code=code) for code in plain),
        )

    def field(self, name: str) -> Field | None:
        """The field called `name`."""
        return next((field for field in self.fields if field.name == name), None)

    def suggestion(self, path: str) -> Suggestion | None:
        """What was proposed for `path`, if anything was."""
        return next((s for s in self.suggestions if s.path == path), None)

    def revised(self, changes: Mapping[str, Any]) -> Self:
        """The draft with other content; stage and identity stay."""
        self.require(*EDITABLE)
        return replace(self, **changes, edit=self.edit + 1)

    def submitted(self, *, at: datetime) -> Self:
        """Handed to the department's head (提交部门审核)."""
        self.require(*EDITABLE)
        return replace(
            self, status=ItemStatus.DEPARTMENT_REVIEW, submitted_at=at, agreed_at=None, remarks=""
        )

    def agreed(self, *, at: datetime) -> Self:
        """Agreed to by the department's head, handed to the authority (部门负责人同意)."""
        self.require(ItemStatus.DEPARTMENT_REVIEW)
        return replace(self, status=ItemStatus.AUTHORITY_REVIEW, agreed_at=at)

    def returned(self, remarks: str) -> Self:
        """Sent back to the clerk with the reason (退回); also before its day has come."""
        self.require(
            ItemStatus.DEPARTMENT_REVIEW, ItemStatus.AUTHORITY_REVIEW, ItemStatus.SCHEDULED
        )
        if not remarks.strip():
            raise RemarksRequired
        return replace(
            self,
            status=ItemStatus.RETURNED,
            remarks=remarks.strip(),
            published_at=None,
            in_force_from=None,
        )

    def published(self, *, code: str, at: datetime) -> Self:
        """Visible to every department: in force now, or from its day on (发布)."""
        self.require(ItemStatus.AUTHORITY_REVIEW)
        today = local_date(at)
        waits = self.effective_on is not None and self.effective_on > today
        return replace(
            self,
            status=ItemStatus.SCHEDULED if waits else ItemStatus.PUBLISHED,
            code=self.code or code,
            published_at=at,
            in_force_from=self.effective_on if waits else today,
        )

    def taking_effect(self) -> Self:
        """In force, since its day has come (生效)."""
        self.require(ItemStatus.SCHEDULED)
        return replace(self, status=ItemStatus.PUBLISHED)

    def superseded(self, *, on: date) -> Self:
        """Replaced by its next version from `on` on."""
        self.require(ItemStatus.PUBLISHED)
        return replace(self, status=ItemStatus.SUPERSEDED, in_force_until=on)

    def withdrawn(self, remarks: str, *, on: date | None = None) -> Self:
        """No longer in force (下架); its code is never given again."""
        self.require(ItemStatus.PUBLISHED)
        if not remarks.strip():
            raise RemarksRequired
        return replace(
            self, status=ItemStatus.WITHDRAWN, remarks=remarks.strip(), in_force_until=on
        )

    def was_in_force(self, on: date) -> bool:
        """Whether this version was, is or will be in force on a day."""
        if self.status.is_open or self.published_at is None:
            return False
        begins = self.in_force_from or local_date(self.published_at)
        return begins <= on and (self.in_force_until is None or on < self.in_force_until)

    def next_version(self, *, at: datetime) -> Self:
        """A draft that starts from this published version (变更)."""
        self.require(ItemStatus.PUBLISHED)
        return replace(
            self,
            version=self.version + 1,
            edit=0,
            status=ItemStatus.DRAFT,
            suggestions=(),
            remarks="",
            drafted_at=at,
            submitted_at=None,
            agreed_at=None,
            published_at=None,
            effective_on=None,
            in_force_from=None,
            in_force_until=None,
        )

    def require(self, *stages: ItemStatus) -> None:
        """Refuse an act that belongs to other stages.

        Raises:
            WrongStage
        """
        if self.status not in stages:
            raise WrongStage(
                stage=self.status.label, wanted="、".join(stage.label for stage in stages)
            )
