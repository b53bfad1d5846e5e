"""What the JSON API of standards takes and gives."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from datahall.standards.model.elements import ElementStatus
from datahall.standards.model.sources import Basis, RulingStatus
from datahall.standards.model.vocabulary import FieldType, SensitiveKind


class Shape(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class EntryShape(Shape):
    """One code and its name."""

    code: str = Field(description="代码", examples=["1"])
    name: str = Field(description="名称", examples=["男性"])


class CodeListIn(BaseModel):
    """A code list to adopt, or its next version (代码表)."""

    code: str = Field(description="How fields refer to it 编号", examples=["护理等级"])
    name: str = Field(description="代码表名称")
    source: str = Field(default="", description="来源: the standard or the department")
    note: str = Field(default="", description="说明: what it covers, or what this version changes")
    effective_on: date | None = Field(default=None, description="生效日期; today when left out")
    entries: list[EntryShape]


class CodeListHead(Shape):
    """A version of a code list without its codes."""

    code: str
    version: int = Field(description="版本")
    name: str
    source: str
    note: str
    effective_on: date = Field(description="First day on which this version applies 生效日期")
    is_national: bool = Field(description="A national standard; it changes only with the standard")


class CodeListOut(CodeListHead):
    """One version of a code list (代码表)."""

    entries: list[EntryShape]


class EntryChangeOut(Shape):
    """One code that differs between two versions; null where it is missing."""

    code: str
    before: str | None
    after: str | None


class ElementContent(BaseModel):
    """What a data element says; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(default="", description="名称", examples=["公民身份号码"])
    synonyms: tuple[str, ...] = Field(default=(), description="同义名称")
    columns: tuple[str, ...] = Field(default=(), description="常用字段名", examples=[["gmsfhm"]])
    definition: str = Field(default="", description="定义")
    type: FieldType = Field(default=FieldType.STRING, description="数据类型, the guide's letter")
    length: int | None = Field(default=None, description="长度")
    scale: int | None = Field(default=None, description="小数位")
    code_list: str | None = Field(default=None, description="代码表")
    value_domain: str = Field(default="", description="值域")
    source: str = Field(default="", description="来源标准", examples=["GB 11643-1999"])
    grade: int = Field(default=1, description="默认分级")
    sensitive: SensitiveKind = Field(default=SensitiveKind.NONE, description="敏感类型")
    rules: tuple[str, ...] = Field(default=(), description="质量规则")
    note: str = Field(default="", description="版本说明: why this version was made")


class ElementIn(ElementContent):
    """A new data element (新增数据元)."""

    code: str = Field(description="编码", examples=["DE01001"])
    name: str = Field(description="名称")


class ElementOut(ElementIn):
    """One version of a data element (数据元)."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")

    version: int = Field(description="版本")
    status: ElementStatus = Field(description="状态")
    effective_on: date | None = Field(description="First day on which it applies; null for a draft")
    edited_at: datetime | None
    published_at: datetime | None


class ElementChangeOut(Shape):
    """One attribute that differs between two versions, in words."""

    path: str
    label: str
    before: str
    after: str


class EffectiveIn(BaseModel):
    """From when it applies."""

    effective_on: date | None = Field(default=None, description="生效日期; today when left out")


class RetireIn(EffectiveIn):
    reason: str = Field(description="理由")


class CellFault(BaseModel):
    """One thing wrong with one cell of a sheet."""

    cell: str = Field(examples=["F5"], description="`file` when the file itself is wrong")
    code: str
    message: str


class ImportedOut(BaseModel):
    """What came of a sheet of elements (导入结果)."""

    drafted: tuple[str, ...] = Field(description="Codes of new or changed drafts")
    same: tuple[str, ...] = Field(description="Codes that were the same already")
    faults: list[CellFault] = Field(description="Their rows were left out")


class MatchIn(BaseModel):
    """A field to find the data element of."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(description="Column name 字段名", examples=["gmsfhm"])
    title: str = Field(default="", description="信息项名称", examples=["身份证号码"])
    comment: str = Field(default="", description="The source's own comment 注释")
    type: FieldType = FieldType.STRING
    length: int | None = None
    code_list: str | None = None
    sensitive: SensitiveKind = SensitiveKind.NONE


class MatchOut(Shape):
    """An element that a field may be, with the reasons (绑定建议)."""

    element: ElementOut
    score: float = Field(description="0 … 1")
    reasons: tuple[str, ...]


class SourceOut(Shape):
    """Who is the source of an element, and since when (数源部门)."""

    element: str
    version: int
    org: UUID
    basis: Basis
    item: UUID | None
    ruling: UUID | None
    reason: str
    since: datetime


class SourceIn(BaseModel):
    org: UUID = Field(description="数源部门")
    reason: str = Field(description="理由")


class BoundOut(Shape):
    """A field of an entry in force that is bound to the element."""

    item: UUID
    item_title: str
    org: UUID
    field: str
    field_title: str
    deviations: tuple[str, ...]
    is_source: bool


class PartyOut(Shape):
    """One side of a case (当事单位)."""

    org: UUID
    item: UUID | None
    item_title: str
    field: str
    since: datetime
    was_source: bool
    statement: str
    stated_at: datetime | None
    conceded: bool


class RulingOut(Shape):
    """A case about the one source of an element (数源裁定)."""

    id: UUID
    code: str = Field(examples=["SY20261016-0001"])
    element: str
    status: RulingStatus
    parties: tuple[PartyOut, ...]
    opened_at: datetime
    limit_days: int = Field(description="Working days")
    due_on: date = Field(description="Last day of the clock")
    winner: UUID | None
    reason: str
    closed_at: datetime | None


class StatementIn(BaseModel):
    text: str = Field(description="陈述, or why the claim is given up")


class DecisionIn(BaseModel):
    winner: UUID = Field(description="数源部门, one of the parties")
    reason: str = Field(description="理由")
