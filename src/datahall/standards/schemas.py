"""What the JSON API of code lists takes and gives."""

from pydantic import BaseModel, ConfigDict, Field


class EntryShape(BaseModel):
    """One code and its name."""

    model_config = ConfigDict(from_attributes=True)

    code: str = Field(description="代码", examples=["1"])
    name: str = Field(description="名称", examples=["男性"])


class CodeListIn(BaseModel):
    """A local code list to put in force (本地代码表)."""

    code: str = Field(description="How fields refer to it 编号", examples=["护理等级"])
    name: str = Field(description="代码表名称")
    source: str = Field(default="", description="来源: the standard or the department")
    entries: list[EntryShape]


class CodeListOut(CodeListIn):
    """A code list (代码表)."""

    model_config = ConfigDict(from_attributes=True)

    is_national: bool = Field(description="A national standard, which nobody here may reword")
