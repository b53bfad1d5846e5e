"""Acts of drift."""

from dataclasses import dataclass
from typing import ClassVar

from datahall.kit.events import Event
from datahall.kit.ids import ItemId, TableId, TicketId


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketEvent(Event):
    """Something happened to a ticket."""

    ticket: TicketId

    @property
    def subject(self) -> str:
        return f"ticket:{self.ticket}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOpened(TicketEvent):
    """A scan found that a catalogued table had changed (开变更工单)."""

    tag: ClassVar[str] = "drift:ticket:open"
    item: ItemId
    table: TableId
    changes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChanged(TicketEvent):
    """A later scan found that the table had changed again (变更工单更新)."""

    tag: ClassVar[str] = "drift:ticket:change"
    changes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftExplained(TicketEvent):
    """The clerk explained why the entry need not change (说明不改)."""

    tag: ClassVar[str] = "drift:ticket:explain"
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationReturned(TicketEvent):
    """The department's head sent an explanation back (退回说明)."""

    tag: ClassVar[str] = "drift:ticket:return"
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionAsked(TicketEvent):
    """The clerk asked the authority for more days (申请延期)."""

    tag: ClassVar[str] = "drift:ticket:ask_extension"
    days: int
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionDecided(TicketEvent):
    """The authority decided on more days (延期审批)."""

    tag: ClassVar[str] = "drift:ticket:decide_extension"
    granted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketClosed(TicketEvent):
    """The entry fits its table again, or need not (办结变更工单)."""

    tag: ClassVar[str] = "drift:ticket:close"
    outcome: str
