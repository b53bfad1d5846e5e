"""What the JSON API of standards takes and gives."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field


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
