"""A ticket: a catalogued table changed at its source, and the entry has to follow (变更工单)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from datahall.catalogue import ScannedTable
from datahall.deadlines import LIMITS, Clock
from datahall.drift.errors import (
    AskedAlready,
    ExtensionTooLong,
    NotAtThisStep,
    NothingAsked,
    WordsRequired,
)
from datahall.drift.model.changes import Change
from datahall.kit.clock import local_date
from datahall.kit.ids import ItemId, OrgId, SourceId, TableId, TicketId
from datahall.kit.labels import Labelled


class Status(Labelled):
    """How far a ticket is (工单状态)."""

    OPEN = "open", "待处理"  # the clerk revises the entry, or explains
    EXPLAINED = "explained", "待负责人同意"
    CLOSED = "closed", "已办结"


class Outcome(Labelled):
    """What ended a ticket (办结方式)."""

    REVISED = "revised", "目录已修订"
    EXPLAINED = "explained", "说明后同意不改"
    RESTORED = "restored", "源端已恢复"
    WITHDRAWN = "withdrawn", "目录已下架"


LIMIT: Final = "T1"
"""条例第十七条: the provider updates the entry within ten working days of the change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the history."""

    at: datetime  # UTC
    title: str
    name: str  # of whoever did it, then
    org_name: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """More working days for a special reason, with the authority's consent (延期)."""

    days: int
    reason: str
    granted: bool | None = None  # None: not decided


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One mounted table that drifted, until its entry fits again (变更工单)."""

    id: TicketId
    code: str  # BG20261016-0001
    source: SourceId
    table: TableId
    org: OrgId  # the provider
    item: ItemId
    item_title: str
    item_version: int  # in force when it was opened
    baseline: ScannedTable  # as it was when the entry last fitted
    changes: tuple[Change, ...]  # from the baseline to the last scan
    status: Status = Status.OPEN
    limit_days: int
    extension: Extension | None = None  # asked for once
    opened_at: datetime  # UTC; the clock starts with the scan that found the drift
    explanation: str = ""
    closed_at: datetime | None = None  # UTC
    outcome: Outcome | None = None
    steps: tuple[Step, ...] = ()

    @property
    def clock(self) -> Clock:
        return Clock(
            started_on=local_date(self.opened_at),
            limit_days=self.limit_days,
            extension_days=self.extension.days if self.extension and self.extension.granted else 0,
            finished_on=local_date(self.closed_at) if self.closed_at else None,
        )

    def drifted(self, changes: tuple[Change, ...]) -> Self:
        """With what the latest scan says; an explanation of less has to be given again."""
        status = Status.OPEN if self.status is Status.EXPLAINED else self.status
        return replace(self, changes=changes, status=status)

    def explained(self, words: str) -> Self:
        """Handed to the head: the entry need not change (说明)."""
        self._in(Status.OPEN)
        return replace(self, status=Status.EXPLAINED, explanation=_said(words))

    def returned(self, words: str) -> Self:
        """Back to the clerk: the explanation does not do (退回)."""
        self._in(Status.EXPLAINED)
        _said(words)
        return replace(self, status=Status.OPEN)

    def agreed(self, *, at: datetime) -> Self:
        """The head agrees that the entry stays as it is (同意)."""
        self._in(Status.EXPLAINED)
        return self.closed(Outcome.EXPLAINED, at=at)

    def extension_asked(self, *, days: int, reason: str) -> Self:
        """With an extension for the authority to decide on (申请延期); one a ticket."""
        self._in(Status.OPEN, Status.EXPLAINED)
        if self.extension is not None:
            raise AskedAlready
        if not 1 <= days <= LIMITS[LIMIT].extension_days:
            raise ExtensionTooLong(most=LIMITS[LIMIT].extension_days)
        return replace(self, extension=Extension(days=days, reason=_said(reason)))

    def extension_decided(self, *, granted: bool) -> Self:
        """With the authority's decision (延期审批)."""
        self._in(Status.OPEN, Status.EXPLAINED)
        if self.extension is None or self.extension.granted is not None:
            raise NothingAsked
        return replace(self, extension=replace(self.extension, granted=granted))

    def closed(self, outcome: Outcome, *, at: datetime) -> Self:
        self._in(Status.OPEN, Status.EXPLAINED)
        return replace(self, status=Status.CLOSED, outcome=outcome, closed_at=at)

    def noted(self, step: Step) -> Self:
        return replace(self, steps=(*self.steps, step))

    def _in(self, *wanted: Status) -> None:
        if self.status not in wanted:
            raise NotAtThisStep(step=self.status.label)


def _said(words: str) -> str:
    if not words.strip():
        raise WordsRequired
    return words.strip()
