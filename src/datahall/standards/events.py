"""Acts upon standards."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from datahall.kit.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeListAdopted(Event):
    """The authority adopted a version of a code list, to apply from a day on (代码表登记)."""

    tag: ClassVar[str] = "standards:code_list:adopt"

    code_list: str
    version: int
    effective_on: date

    @property
    def subject(self) -> str:
        return f"code_list:{self.code_list}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementEvent(Event):
    """Something happened to one version of a data element."""

    element: str
    version: int

    @property
    def subject(self) -> str:
        return f"element:{self.element}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementDrafted(ElementEvent):
    """The authority started a version of a data element, or changed the draft (数据元起草)."""

    tag: ClassVar[str] = "standards:element:draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementPublished(ElementEvent):
    """A version of a data element was published, to apply from a day on (数据元发布)."""

    tag: ClassVar[str] = "standards:element:publish"
    effective_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementDiscarded(ElementEvent):
    """A draft of a data element was thrown away (数据元草稿作废)."""

    tag: ClassVar[str] = "standards:element:discard"


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementRetired(ElementEvent):
    """A data element no longer applies from a day on (数据元废止)."""

    tag: ClassVar[str] = "standards:element:retire"
    effective_on: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementsImported(Event):
    """The authority imported drafts of data elements from a file (数据元导入)."""

    tag: ClassVar[str] = "standards:elements:import"
    elements: tuple[str, ...]

    @property
    def subject(self) -> str:
        return "standards:elements"
