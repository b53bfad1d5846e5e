"""SQL of calls and their figures for people; the hot path writes through `evidence`."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy as sa

from datahall.gateway.model import CallLine, DayUsage
from datahall.gateway.tables import calls
from datahall.gateway.tables import usage as days_of
from datahall.kit.ids import GrantId
from datahall.supply_demand import Usage

ITEMS_CHANNEL: Final = "datahall_items"
"""NOTIFY of catalogue items whose fields or grades changed; the payload is the item's id."""


def usage(conn: sa.Connection, grant: GrantId, *, today: date, days: int) -> list[DayUsage]:
    """Each of the last `days` days, those without calls too."""
    first = today - timedelta(days=days - 1)
    query = sa.select(days_of).where(days_of.c.grant == grant, days_of.c.day >= first)
    counted = {row.day: row for row in conn.execute(query)}
    return [
        DayUsage(day=day, calls=row.calls, rows=row.rows, refused=row.refused)
        if (row := counted.get(day))
        else DayUsage(day=day)
        for day in (first + timedelta(days=n) for n in range(days))
    ]


def totals(
    conn: sa.Connection, grants: Sequence[GrantId], *, today: date, since: date
) -> dict[GrantId, Usage]:
    d = days_of.c
    query = (
        sa.select(
            d.grant,
            sa.func.coalesce(sa.func.sum(d.calls).filter(d.day == today), 0),
            sa.func.sum(d.calls),
            sa.func.sum(d.rows),
            sa.func.sum(d.refused),
        )
        .where(d.grant.in_(grants), d.day >= since)
        .group_by(d.grant)
    )
    newest = (
        sa.select(calls.c.grant, sa.func.max(calls.c.at))
        .where(calls.c.grant.in_(grants))
        .group_by(calls.c.grant)
    )
    last: dict[GrantId, datetime] = {row[0]: row[1] for row in conn.execute(newest)}
    found = {
        grant: Usage(
            today=int(of_today),
            last_30_days=int(called),
            rows_30_days=int(rows),
            refused_30_days=int(refused),
            last_at=last.get(grant),
        )
        for grant, of_today, called, rows, refused in conn.execute(query)
    }
    return {grant: found.get(grant, Usage()) for grant in grants}


def calls_on(conn: sa.Connection, day: date) -> int:
    """Calls that counted against a quota on one day, over all grants."""
    query = sa.select(sa.func.coalesce(sa.func.sum(days_of.c.calls), 0)).where(days_of.c.day == day)
    return int(conn.execute(query).scalar_one())


def latest_calls(conn: sa.Connection, grant: GrantId, *, most: int = 50) -> list[CallLine]:
    """The newest calls of a grant, refused ones too."""
    c = calls.c
    query = (
        sa.select(c.leaf, c.at, c.address, c.code, c.rows, c.bytes)
        .where(c.grant == grant)
        .order_by(c.leaf.desc())
        .limit(most)
    )
    return [CallLine(**row) for row in conn.execute(query).mappings()]


def notify(conn: sa.Connection, channel: str, payload: str) -> None:
    """Tell whoever listens, at commit."""
    conn.execute(sa.select(sa.func.pg_notify(channel, payload)))
