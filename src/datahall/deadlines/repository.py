"""SQL for the working-day calendar, and its seed."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date

import sqlalchemy as sa
from chinese_calendar import constants
from sqlalchemy.dialects.postgresql import insert

from datahall.deadlines.model.calendar import Calendar, SpecialDay
from datahall.deadlines.tables import special_days


def calendar(conn: sa.Connection) -> Calendar:
    """The working days as they stand in the table."""
    return Calendar.of(
        SpecialDay(row.day, works=row.works, name=row.name)
        for row in conn.execute(sa.select(special_days))
    )


def save(conn: sa.Connection, day: SpecialDay) -> None:
    values = asdict(day)
    statement = insert(special_days).values(values)
    conn.execute(statement.on_conflict_do_update(index_elements=["day"], set_=values))


def seed(conn: sa.Connection) -> None:
    """Add the days published by the State Council that are missing; what was edited stays."""
    statement = insert(special_days).on_conflict_do_nothing()
    conn.execute(statement, [asdict(day) for day in published()])


def published() -> Iterator[SpecialDay]:
    """Holidays and make-up days of the State Council's yearly notices, from `chinesecalendar`."""
    for works, days in ((False, constants.holidays), (True, constants.workdays)):
        for day, holiday in days.items():
            yield SpecialDay(day, works=works, name=_chinese(holiday))


def _chinese(name: str) -> str:
    chinese: str = next(h.chinese for h in constants.Holiday if h.value == name)
    return chinese


def days_of(conn: sa.Connection, year: int) -> list[SpecialDay]:
    """The special days of one year in their order."""
    query = (
        sa.select(special_days)
        .where(special_days.c.day.between(date(year, 1, 1), date(year, 12, 31)))
        .order_by(special_days.c.day)
    )
    return [SpecialDay(row.day, row.works, row.name) for row in conn.execute(query)]
