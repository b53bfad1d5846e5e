"""SQL of what was sent on."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from datahall.lineage.tables import pushed


def taken(conn: sa.Connection, events: Iterable[str]) -> set[str]:
    """Those of `events` that the address has taken."""
    return set(conn.scalars(sa.select(pushed.c.event).where(pushed.c.event.in_(list(events)))))


def mark(conn: sa.Connection, event: str, *, at: datetime) -> None:
    """Note that the address has taken an event."""
    conn.execute(insert(pushed).values(event=event, at=at).on_conflict_do_nothing())


def forget(conn: sa.Connection, before: datetime) -> None:
    """Drop what is too old to be sent again."""
    conn.execute(sa.delete(pushed).where(pushed.c.at < before))
