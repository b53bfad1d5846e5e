"""What a rule looks at, what happens to a row that fails it, and a row that waits.  No I/O."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from datahall.kit.ids import DatasetId, ItemId, LoadId, OrgId, QuarantineId
from datahall.kit.labels import Labelled
from datahall.quality.errors import AlreadySettled, NoteRequired, NotReleasable


class Dimension(Labelled):
    """The side of quality that a rule looks at (GB/T 36344 质量维度)."""

    NORMATIVE = "normative", "规范性"
    COMPLETE = "complete", "完整性"
    ACCURATE = "accurate", "准确性"
    CONSISTENT = "consistent", "一致性"
    TIMELY = "timely", "时效性"
    ACCESSIBLE = "accessible", "可访问性"


class Level(Labelled):
    """What happens to a row that fails (规则级别)."""

    STRONG = "strong", "强"  # the row waits in quarantine
    WEAK = "weak", "弱"  # the row lands and the failure is counted


class RowStatus(Labelled):
    """What became of a quarantined row (隔离行状态)."""

    WAITING = "waiting", "待处理"
    CORRECTED = "corrected", "源端已改正"  # a good row with the same key landed
    REPAIRED = "repaired", "已更正入库"  # a clerk corrected it here
    RELEASED = "released", "已放行"  # a clerk let it land as it is, with a reason
    DISCARDED = "discarded", "已作废"  # a clerk decided that it shall never land
    GONE = "gone", "源端已无此行"  # a whole load no longer brought it


LANDED_BY_CLERK: Final = (RowStatus.REPAIRED, RowStatus.RELEASED)
SETTLED_BY_CLERK: Final = (*LANDED_BY_CLERK, RowStatus.DISCARDED)
"""Stays settled when the source sends the very same row again."""


NEVER_RELEASED: Final = frozenset({"type", "unique"})
"""What the hall table itself cannot hold: a value without a type, a second row with one key."""

NOTE_LENGTH: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """One field of one row that fails one strong rule (不通过)."""

    field: str
    rule: str
    value: str | None  # masked, never clear
    message: str  # the reason, as people read it


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedRow:
    """A row that broke strong rules and waits (隔离行); its content is sealed."""

    id: QuarantineId
    dataset: DatasetId
    item: ItemId
    provider: OrgId
    load: LoadId  # the last one that brought it
    faults: tuple[RowFault, ...]
    sealed: bytes
    status: RowStatus
    times: int  # loads that brought it
    first_seen_at: datetime  # UTC
    last_seen_at: datetime  # UTC
    settled_at: datetime | None = None  # UTC
    settled_by: str | None = None  # who, as acts name people
    note: str | None = None  # why it was released or discarded

    @property
    def is_waiting(self) -> bool:
        return self.status is RowStatus.WAITING

    @property
    def repeats_a_key(self) -> bool:
        """Whether it waits because another row has its key."""
        return any(fault.rule == "unique" for fault in self.faults)

    def may_release(self, *, key: tuple[str, ...]) -> bool:
        """Whether the hall could hold the row as it is; `key` is the item's."""
        return not any(
            f.rule in NEVER_RELEASED or (f.rule == "required" and f.field in key)
            for f in self.faults
        )

    def repair(self, *, at: datetime, by: str) -> Self:
        """The row as corrected and landed."""
        return self._settle(RowStatus.REPAIRED, at=at, by=by)

    def release(self, *, at: datetime, by: str, note: str, key: tuple[str, ...]) -> Self:
        """The row as landed in spite of its faults."""
        if not self.may_release(key=key):
            raise NotReleasable(reasons="、".join(f.message for f in self.faults))
        return self._settle(RowStatus.RELEASED, at=at, by=by, note=_reason(note))

    def discard(self, *, at: datetime, by: str, note: str) -> Self:
        """The row as set aside for good."""
        return self._settle(RowStatus.DISCARDED, at=at, by=by, note=_reason(note))

    def _settle(self, status: RowStatus, *, at: datetime, by: str, note: str | None = None) -> Self:
        if not self.is_waiting:
            raise AlreadySettled(status=self.status.label)
        return replace(self, status=status, settled_at=at, settled_by=by, note=note)


def _reason(note: str) -> str:
    if not note.strip():
        raise NoteRequired
    return note.strip()[:NOTE_LENGTH]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One value of a quarantined row as people may see it."""

    field: str
    title: str
    value: str | None  # masked
    faults: tuple[RowFault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """A quarantined row as people may see it: every value masked."""

    row: QuarantinedRow
    cells: tuple[Cell, ...]
    label: tuple[str, ...]  # the key, and the name if there is one


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetTally:
    """How many rows of one item wait."""

    item: ItemId
    provider: OrgId
    waiting: int
    settled: int
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleResult:
    """How one rule did in one whole load (核验结果)."""

    field: str
    rule: str
    level: Level
    failing: int
    checked: int

    @property
    def pass_rate(self) -> float | None:
        """Share of rows that pass; nothing checked, no rate."""
        return (self.checked - self.failing) / self.checked if self.checked else None
