"""Acts of clerks on rows that wait; loads record theirs in `ingestion`."""

from dataclasses import dataclass
from typing import ClassVar

from datahall.kit.events import Event
from datahall.kit.ids import ItemId, QuarantineId


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRepaired(Event):
    """A clerk corrected a quarantined row and it landed (更正入库)."""

    tag: ClassVar[str] = "quality:row:repair"

    row: QuarantineId
    item: ItemId
    fields: tuple[str, ...]  # that were corrected; the values stay out of the ledger

    @property
    def subject(self) -> str:
        return f"quarantined_row:{self.row}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReleased(Event):
    """A clerk let a quarantined row land as it is (放行)."""

    tag: ClassVar[str] = "quality:row:release"

    row: QuarantineId
    item: ItemId
    rules: tuple[str, ...]  # that it breaks, as field:rule
    note: str

    @property
    def subject(self) -> str:
        return f"quarantined_row:{self.row}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDiscarded(Event):
    """A clerk decided that a quarantined row shall never land (作废)."""

    tag: ClassVar[str] = "quality:row:discard"

    row: QuarantineId
    item: ItemId
    note: str

    @property
    def subject(self) -> str:
        return f"quarantined_row:{self.row}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsReplayed(Event):
    """A clerk had quarantined rows checked again by the rules of today (重放)."""

    tag: ClassVar[str] = "quality:rows:replay"

    item: ItemId
    landed: int
    still_waiting: int

    @property
    def subject(self) -> str:
        return f"item:{self.item}"
