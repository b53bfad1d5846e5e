"""The acts of lists (清单的行为)."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from datahall.kit.events import Event
from datahall.kit.ids import ListId, OrgId


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodOpened(Event):
    """The authority asked departments for lists until a day (开放填报期)."""

    tag: ClassVar[str] = "lists:period:open"
    period: str
    kinds: tuple[str, ...]
    due_on: date

    @property
    def subject(self) -> str:
        return f"list_period:{self.period}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAct(Event):
    """Something done to one version of a department's list."""

    list: ListId
    org: OrgId
    kind: str
    period: str

    @property
    def subject(self) -> str:
        return f"list:{self.list}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListStarted(ListAct):
    """A clerk began a version of a list (开始填报)."""

    tag: ClassVar[str] = "lists:list:start"
    rows: int  # taken over from the last published version


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSaved(ListAct):
    """A clerk changed rows of a list (填报清单)."""

    tag: ClassVar[str] = "lists:list:save"
    edit: int
    added: int
    changed: int
    removed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListHandedIn(ListAct):
    """A clerk handed a list in for the department's signature (提交签发)."""

    tag: ClassVar[str] = "lists:list:hand_in"
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSigned(ListAct):
    """The head or the chief data officer signed a list for the department (部门签发)."""

    tag: ClassVar[str] = "lists:list:sign"
    rows: int
    edit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReturned(ListAct):
    """A list was sent back with the reason and remarks on cells (退回清单)."""

    tag: ClassVar[str] = "lists:list:return"
    remarks: str
    cells: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPublished(ListAct):
    """The authority accepted a list (发布清单)."""

    tag: ClassVar[str] = "lists:list:publish"
    rows: int
    number: int
