"""Which days are worked (工作日历): special days first, else Monday to Friday."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Self

SATURDAY = 5
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A holiday (法定节假日), or a weekend day that is worked instead of one (调休上班)."""

    day: date
    works: bool
    name: str  # 国庆节


@dataclass(frozen=True, slots=True)
class Calendar:
    """Counts working days (工作日) as the law does: the day of the event is not counted."""

    special: Mapping[date, SpecialDay]

    @classmethod
    def of(cls, days: Iterable[SpecialDay]) -> Self:
        return cls({special.day: special for special in days})

    def works(self, day: date) -> bool:
        special = self.special.get(day)
        return day.weekday() < SATURDAY if special is None else special.works

    def knows(self, year: int) -> bool:
        """Whether the State Council's holidays of that year are in the calendar."""
        return any(day.year == year for day in self.special)

    def due_on(self, start: date, working_days: int) -> date:
        """The last day of a limit: the n-th working day after `start`, to its end (24:00)."""
        day, left = start, working_days
        while left > 0:
            day += ONE_DAY
            left -= self.works(day)
        return day

    def between(self, after: date, until: date) -> int:
        """Working days after `after` up to and including `until`; negative when it lies before."""
        if until < after:
            return -self.between(until, after)
        return sum(self.works(after + n * ONE_DAY) for n in range(1, (until - after).days + 1))

    def name_of_gap(self, day: date) -> str:
        """The holiday around a day off, empty for a plain weekend."""
        for n in count():
            if self.works(at := day + n * ONE_DAY):
                return ""
            if special := self.special.get(at):
                return special.name
        raise AssertionError
