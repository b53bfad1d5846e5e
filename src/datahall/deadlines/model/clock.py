"""A running limit: what has passed, what is left, what was paused (时钟)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from datahall.deadlines.model.calendar import ONE_DAY, Calendar
from datahall.kit.labels import Labelled

NEARLY_USED = 0.8
"""A clock is shown as near its end from this share of its days on; a reminder goes out too."""


class ClockState(Labelled):
    RUNNING = "running", "进行中"
    DUE = "due", "临近截止"
    OVERDUE = "overdue", "已超期"
    PAUSED = "paused", "已暂停"
    DONE = "done", "按时办结"
    LATE = "latedone", "超期办结"


class DayKind(Labelled):
    """What became of one working day; the values are the design's classes."""

    ELAPSED = "e", "已用"
    PAUSED = "p", "暂停"
    REMAINING = "r", "剩余"
    OVER = "x", "超期"


@dataclass(frozen=True, slots=True)
class Pause:
    """While material is being completed the clock stands still (补正)."""

    after: date  # the day of the request, which counts as used
    until: date | None = None  # the day of the answer, which does not count; None: still waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The facts of one limit; `read` says how it stands on a day."""

    started_on: date  # the day of receipt; not counted
    limit_days: int
    extension_days: int = 0
    pauses: tuple[Pause, ...] = ()
    finished_on: date | None = None

    def due_on(self, calendar: Calendar, today: date) -> date:
        """The last day, as it stands `today`; an open pause moves it day by day."""
        return calendar.due_on(
            self._original(calendar), self.extension_days + self._paused(calendar, today)
        )

    def read(self, calendar: Calendar, today: date) -> "Reading":
        end = self.finished_on or today
        due = self.due_on(calendar, end)
        original = self._original(calendar)
        days = tuple(self._days(calendar, due, end))
        worked = [day for day in days if isinstance(day, Day)]
        used = sum(day.kind in {DayKind.ELAPSED, DayKind.OVER} for day in worked)
        left = calendar.between(end, due)
        return Reading(
            started_on=self.started_on,
            limit_days=self.limit_days,
            extension_days=self.extension_days,
            paused_days=self._paused(calendar, end),
            used_days=used,
            left_days=left,
            due_on=due,
            original_due_on=original,
            finished_on=self.finished_on,
            state=self._state(used=used, left=left),
            days=days,
        )

    def _state(self, *, used: int, left: int) -> ClockState:
        if self.finished_on:
            return ClockState.LATE if left < 0 else ClockState.DONE
        if any(pause.until is None for pause in self.pauses):
            return ClockState.PAUSED
        if left < 0:
            return ClockState.OVERDUE
        near = used >= NEARLY_USED * (self.limit_days + self.extension_days)
        return ClockState.DUE if left == 0 or near else ClockState.RUNNING

    def _original(self, calendar: Calendar) -> date:
        return calendar.due_on(self.started_on, self.limit_days)

    def _paused(self, calendar: Calendar, today: date) -> int:
        return sum(
            calendar.between(pause.after, pause.until or max(today, pause.after))
            for pause in self.pauses
        )

    def _is_paused(self, day: date) -> bool:
        return any(
            pause.after < day and (pause.until is None or day <= pause.until)
            for pause in self.pauses
        )

    def _days(self, calendar: Calendar, due: date, end: date) -> "Iterator[Day | Gap]":
        """Every working day from the start to the later of `due` and `end`, gaps between."""
        day, off = self.started_on, 0
        last = max(due, end)
        while day < last:
            day += ONE_DAY
            if not calendar.works(day):
                off += 1
                continue
            if off:
                yield Gap(off, calendar.name_of_gap(day - off * ONE_DAY))
                off = 0
            yield Day(
                day,
                self._kind(day, due=due, end=end),
                is_today=day == end and self.finished_on is None,
                is_due=day == due,
                is_make_up=day in calendar.special,
            )

    def _kind(self, day: date, *, due: date, end: date) -> DayKind:
        if day > end:
            return DayKind.REMAINING
        if self._is_paused(day):
            return DayKind.PAUSED
        return DayKind.OVER if day > due else DayKind.ELAPSED


@dataclass(frozen=True, slots=True)
class Day:
    """One working day of the strip."""

    day: date
    kind: DayKind
    is_today: bool = False
    is_due: bool = False
    is_make_up: bool = False  # a weekend day that is worked (调休上班)


@dataclass(frozen=True, slots=True)
class Gap:
    """Days off between two working days; `name` is the holiday, empty for a weekend."""

    days: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a clock stands; what the pages draw (dh-clock, dh-bigclock)."""

    started_on: date
    limit_days: int
    extension_days: int
    paused_days: int
    used_days: int
    left_days: int  # negative when overdue
    due_on: date
    original_due_on: date
    finished_on: date | None
    state: ClockState
    days: Sequence[Day | Gap]

    @property
    def label(self) -> str:
        """The state in the fewest words."""
        if self.finished_on:
            return f"用时 {self.used_days} 个工作日"
        if self.state is ClockState.PAUSED:
            return f"已暂停 {self.paused_days} 个工作日"
        if self.left_days < 0:
            return f"超期 {-self.left_days} 个工作日"
        return "今日截止" if self.left_days == 0 else f"剩 {self.left_days} 个工作日"

    @property
    def share_used(self) -> float:
        """How much of the limit has been used, for reminders at a half and at four fifths."""
        return self.used_days / (self.limit_days + self.extension_days)
