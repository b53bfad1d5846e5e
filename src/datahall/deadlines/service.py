"""Editing the calendar, and the limits in force."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from datahall import security
from datahall.deadlines import repository
from datahall.deadlines.errors import DayIsOrdinary, DayNameRequired
from datahall.deadlines.model.calendar import SATURDAY, SpecialDay
from datahall.deadlines.model.limits import Limit, local_limits
from datahall.kit.events import Event
from datahall.kit.settings import settings
from datahall.kit.uow import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingDayChanged(Event):
    """A day of the calendar was entered or changed; running clocks follow (调整工作日历)."""

    tag: ClassVar[str] = "deadlines:day:change"

    day: date
    works: bool
    name: str

    @property
    def subject(self) -> str:
        return f"day:{self.day}"


def set_day(unit: Unit, actor: security.Actor, day: date, *, works: bool, name: str) -> SpecialDay:
    """Enter a holiday or a make-up day, or change one (登记节假日、调休).

    Raises:
        NotPermitted, DayNameRequired, DayIsOrdinary
    """
    security.require(actor, "deadlines:manage")
    if not name.strip():
        raise DayNameRequired
    special = SpecialDay(day, works=works, name=name.strip())
    known = repository.calendar(unit.conn).special
    if works is (day.weekday() < SATURDAY) and day not in known:
        raise DayIsOrdinary(usual="上班" if works else "休息")
    repository.save(unit.conn, special)
    unit.record(
        WorkingDayChanged(at=unit.now, by=actor.by, day=day, works=works, name=special.name)
    )
    return special


def limits() -> Mapping[str, Limit]:
    """The limits in force in this city: the law's, shortened by the setting `limits`."""
    return local_limits(settings().limits)
