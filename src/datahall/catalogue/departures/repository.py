"""SQL of planned withdrawals."""

from dataclasses import fields
from typing import Any

import msgspec
import sqlalchemy as sa

from datahall.catalogue.departures.model import OPEN, Departure, DepartureStatus
from datahall.catalogue.tables import departures
from datahall.kit.ids import ItemId

COLUMNS = tuple(f.name for f in fields(Departure))
IS_OPEN = departures.c.status.in_([str(stage) for stage in OPEN])


def of_item(conn: sa.Connection, item: ItemId, *, lock: bool = False) -> Departure | None:
    """The open plan to take an entry down, if there is one."""
    query = sa.select(departures).where(departures.c.item == item, IS_OPEN)
    row = conn.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _departure(row)


def is_leaving(conn: sa.Connection, item: ItemId) -> bool:
    """Whether it is announced that the entry will be taken down."""
    found = of_item(conn, item)
    return found is not None and found.status is DepartureStatus.ANNOUNCED


def proposed(conn: sa.Connection) -> list[Departure]:
    """What waits for the authority, oldest first."""
    return _in_stage(conn, DepartureStatus.PROPOSED)


def announced(conn: sa.Connection) -> list[Departure]:
    """What waits for its day, held until the unit commits."""
    return _in_stage(conn, DepartureStatus.ANNOUNCED, lock=True)


def add(conn: sa.Connection, departure: Departure) -> None:
    conn.execute(sa.insert(departures).values(**_row(departure)))


def save(conn: sa.Connection, departure: Departure) -> None:
    values = _row(departure)
    conn.execute(sa.update(departures).where(departures.c.id == departure.id).values(**values))


def _in_stage(
    conn: sa.Connection, stage: DepartureStatus, *, lock: bool = False
) -> list[Departure]:
    query = sa.select(departures).where(departures.c.status == str(stage))
    query = query.order_by(departures.c.proposed_at)
    return [_departure(row) for row in conn.execute(query.with_for_update() if lock else query)]


def _row(departure: Departure) -> dict[str, Any]:
    return {name: getattr(departure, name) for name in COLUMNS}


def _departure(row: sa.Row[Any]) -> Departure:
    return msgspec.convert({name: getattr(row, name) for name in COLUMNS}, Departure)
