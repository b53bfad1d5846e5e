"""Deadlines (法定时限): the working-day calendar, the law's limits, and clocks that run on them."""

from datahall.deadlines.model.calendar import Calendar, SpecialDay
from datahall.deadlines.model.clock import Clock, ClockState, Pause, Reading
from datahall.deadlines.model.limits import LIMITS, Limit
from datahall.deadlines.repository import calendar, seed
from datahall.deadlines.service import WorkingDayChanged, limits, set_day

__all__ = [
    "LIMITS",
    "Calendar",
    "Clock",
    "ClockState",
    "Limit",
    "Pause",
    "Reading",
    "SpecialDay",
    "WorkingDayChanged",
    "calendar",
    "limits",
    "seed",
    "set_day",
]
