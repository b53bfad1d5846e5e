"""A planned withdrawal: asked for, announced with a date, carried out or called off.  No I/O."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Self
from uuid import UUID

from datahall.catalogue.errors import DateTooEarly, DepartureNotOpen, RemarksRequired
from datahall.kit.ids import ItemId
from datahall.kit.labels import Labelled


class DepartureStatus(Labelled):
    """How a planned withdrawal stands (下架状态)."""

    PROPOSED = "proposed", "下架审核"
    DECLINED = "declined", "不同意下架"
    ANNOUNCED = "announced", "已公告下架"
    CANCELLED = "cancelled", "已撤销下架"
    DONE = "done", "已下架"


OPEN: Final = (DepartureStatus.PROPOSED, DepartureStatus.ANNOUNCED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """The plan to take one entry down (下架计划)."""

    id: UUID
    item: ItemId
    reason: str  # consumers read it
    status: DepartureStatus
    proposed_at: datetime  # UTC
    announced_at: datetime | None = None  # UTC
    effective_on: date | None = None  # in China; from this day on it is down
    remarks: str = ""  # why it was declined or called off
    ended_at: datetime | None = None  # UTC

    def announced(self, *, effective_on: date, earliest: date, at: datetime) -> Self:
        """Told to everybody who uses the entry, with the day (公告)."""
        self._in(DepartureStatus.PROPOSED)
        if effective_on < earliest:
            raise DateTooEarly(earliest=earliest)
        return replace(
            self, status=DepartureStatus.ANNOUNCED, effective_on=effective_on, announced_at=at
        )

    def declined(self, remarks: str, *, at: datetime) -> Self:
        """The authority does not agree; the entry stays (不同意)."""
        self._in(DepartureStatus.PROPOSED)
        return self._ended(DepartureStatus.DECLINED, remarks, at)

    def cancelled(self, remarks: str, *, at: datetime) -> Self:
        """Called off after it was announced; the entry stays (撤销公告)."""
        self._in(DepartureStatus.ANNOUNCED)
        return self._ended(DepartureStatus.CANCELLED, remarks, at)

    def done(self, *, at: datetime) -> Self:
        """The entry is down (已下架)."""
        self._in(*OPEN)
        return replace(self, status=DepartureStatus.DONE, ended_at=at)

    def _ended(self, status: DepartureStatus, remarks: str, at: datetime) -> Self:
        if not remarks.strip():
            raise RemarksRequired
        return replace(self, status=status, remarks=remarks.strip(), ended_at=at)

    def _in(self, *stages: DepartureStatus) -> None:
        if self.status not in stages:
            raise DepartureNotOpen(stage=self.status.label)
