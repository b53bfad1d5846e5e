"""Runs, differences and standing orders of reconciliation.  No I/O."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Self
from uuid import UUID

from datahall.kit.ids import ItemId, LoadId, OrgId, RunId, TaskId
from datahall.reconciliation.vocabulary import Asker, Fate, Kind, Method, Ordering, RunState

INTERVAL_S: Final = 3_600  # [P]
SHORTEST_INTERVAL_S: Final = 300
LONGEST_INTERVAL_S: Final = 7 * 86_400
RETRY_S: Final = 600  # after a run that failed
MOST_SURPLUS: Final = 100  # rows are taken out of the hall without asking, or …
MOST_SURPLUS_SHARE: Final = 0.01  # … this share of it if that is more [P]
MOST_KEPT: Final = 1_000  # differences of a run are kept row by row; all of them are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How often a task is reconciled, and whether differences are repaired at once (对账安排)."""

    task: TaskId
    interval_s: int = INTERVAL_S
    automatic: bool = True  # repair without asking
    due_at: datetime  # UTC

    def after(self, at: datetime, *, failed: bool) -> Self:
        wait = min(RETRY_S, self.interval_s) if failed else self.interval_s
        return replace(self, due_at=at + timedelta(seconds=wait))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What a run counted, in rows."""

    source: int = 0
    hall: int = 0
    waiting: int = 0  # in quarantine
    settled: int = 0  # what clerks decided makes the source differ from the hall by so many rows
    found: int = 0
    repaired: int = 0
    remaining: int = 0
    moving: int = 0  # changed at every look, so that nothing can be said of them yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One comparison of a hall table with its source (对账)."""

    id: RunId
    task: TaskId
    item: ItemId
    org: OrgId
    state: RunState
    asker: Asker
    asked_by: str
    asked_at: datetime  # UTC
    started_at: datetime | None = None
    finished_at: datetime | None = None
    method: Method | None = None
    ordering: Ordering | None = None
    position: str = ""  # how far the source had come when the comparison began
    ranges: int = 0
    differing: int = 0  # ranges whose sums were not the same at first
    counts: Counts = field(default_factory=Counts)
    load: LoadId | None = None  # that brought the repairs
    certificate: UUID | None = None
    error_layer: str | None = None
    error_code: str | None = None
    error_detail: dict[str, Any] = field(default_factory=dict)

    def seconds(self, now: datetime) -> float:
        began = self.started_at or self.asked_at
        return ((self.finished_at or now) - began).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One column of a differing row, both sides masked."""

    name: str
    title: str
    source: str | None
    hall: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One row that differed (差异行)."""

    id: UUID
    run: RunId
    kind: Kind
    fate: Fate
    key: str  # masked
    values: tuple[Value, ...] = ()  # of the columns that differ
    sealed: bytes = field(repr=False)  # the suspect, so that it can be looked at again


def may_remove(surplus: int, rows: int) -> bool:
    """Whether so many surplus rows may be taken out of the hall without a person."""
    return surplus <= max(MOST_SURPLUS, int(rows * MOST_SURPLUS_SHARE))
