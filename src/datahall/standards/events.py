"""Acts upon standards."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from datahall.kit.events import Event
from datahall.kit.ids import ItemId, OrgId, RulingId


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceClaimed(Event):
    """A published entry says that its provider is the source of an element (数源主张)."""

    tag: ClassVar[str] = "standards:source:claim"
    element: str
    org: OrgId
    item: ItemId

    @property
    def subject(self) -> str:
        return f"element:{self.element}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceNamed(Event):
    """A department is the source of an element from now on (数源确定)."""

    tag: ClassVar[str] = "standards:source:name"
    element: str
    version: int
    org: OrgId
    before: OrgId | None
    basis: str
    reason: str

    @property
    def subject(self) -> str:
        return f"element:{self.element}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RulingEvent(Event):
    """Something happened in a case about the source of an element."""

    ruling: RulingId
    element: str

    @property
    def subject(self) -> str:
        return f"ruling:{self.ruling}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RulingOpened(RulingEvent):
    """A second claim opened a case before the authority (数源裁定立案)."""

    tag: ClassVar[str] = "standards:ruling:open"
    code: str
    parties: tuple[OrgId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RulingJoined(RulingEvent):
    """One more department claims while the case is open (加入裁定)."""

    tag: ClassVar[str] = "standards:ruling:join"
    org: OrgId


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementMade(RulingEvent):
    """A side stated its case (陈述)."""

    tag: ClassVar[str] = "standards:ruling:state"
    org: OrgId


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimConceded(RulingEvent):
    """A side gave its claim up (撤回主张)."""

    tag: ClassVar[str] = "standards:ruling:concede"
    org: OrgId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RulingDecided(RulingEvent):
    """The case ended: one source, and the entries of the others are none (数源裁定)."""

    tag: ClassVar[str] = "standards:ruling:decide"
    code: str
    element_name: str
    winner: OrgId
    winner_item: ItemId | None
    losers: tuple[OrgId, ...]
    items: tuple[ItemId, ...]  # of the losers, with the field of each at the same place
    fields: tuple[str, ...]
    authority: OrgId | None  # who decided; None when the sides agreed
    reason: str
