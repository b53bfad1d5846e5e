"""SQL of scans and tickets."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from datahall.drift.errors import TicketNotFound
from datahall.drift.model.scan import Scan
from datahall.drift.model.ticket import Status, Ticket
from datahall.drift.tables import scans, tickets
from datahall.kit.ids import ItemId, OrgId, SourceId, TableId, TicketId

_SCAN = tuple(f.name for f in fields(Scan))
_TICKET = tuple(f.name for f in fields(Ticket))
_NESTED = ("baseline", "extension", "changes", "steps", "error_detail")


def _values(thing: Scan | Ticket) -> dict[str, Any]:
    """Column values: what is nested as JSON, the rest as it is."""
    return {
        f.name: msgspec.to_builtins(value) if f.name in _NESTED else value
        for f in fields(thing)
        for value in [getattr(thing, f.name)]
    }


def _ticket(row: sa.RowMapping) -> Ticket:
    return msgspec.convert({name: row[name] for name in _TICKET}, Ticket)


# -- scans -----------------------------------------------------------------------------------


def add_scan(conn: sa.Connection, scan: Scan) -> None:
    conn.execute(insert(scans).values(_values(scan)))


def scans_of(conn: sa.Connection, source: SourceId, *, most: int = 20) -> list[Scan]:
    """The latest scans of a source, newest first."""
    query = sa.select(scans).where(scans.c.source == source).order_by(scans.c.at.desc())
    rows = conn.execute(query.limit(most)).mappings()
    return [msgspec.convert({name: row[name] for name in _SCAN}, Scan) for row in rows]


# -- tickets ---------------------------------------------------------------------------------


def next_code(conn: sa.Connection, day: date) -> str:
    """The next ticket code of a day, in the order of opening."""
    conn.execute(sa.text("select pg_advisory_xact_lock(hashtext('drift_codes'))"))
    prefix = f"BG{day:%Y%m%d}-"
    begun = sa.select(sa.func.count()).where(tickets.c.code.startswith(prefix))
    return f"{prefix}{conn.execute(begun).scalar_one() + 1:04}"


def ticket(conn: sa.Connection, id: TicketId, *, lock: bool = False) -> Ticket:
    """One ticket; `lock` holds its row until the unit commits.

    Raises:
        TicketNotFound
    """
    query = sa.select(tickets).where(tickets.c.id == id)
    row = conn.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None:
        raise TicketNotFound(ticket=id)
    return _ticket(row)


def put_ticket(conn: sa.Connection, ticket: Ticket) -> None:
    """Add the ticket, or write how it stands now."""
    values = _values(ticket)
    statement = insert(tickets).values(values)
    conn.execute(statement.on_conflict_do_update(index_elements=[tickets.c.id], set_=values))


def open_tickets(conn: sa.Connection, tables: Sequence[TableId]) -> Mapping[TableId, Ticket]:
    """The open ticket of each of `tables` that has one, locked until the unit commits."""
    query = sa.select(tickets).where(tickets.c.table.in_(tables), _is_open())
    rows = conn.execute(query.with_for_update()).mappings()
    return {found.table: found for row in rows for found in [_ticket(row)]}


def open_ticket(conn: sa.Connection, table: TableId) -> Ticket | None:
    """The open ticket of a table, if it has one."""
    query = sa.select(tickets).where(tickets.c.table == table, _is_open())
    row = conn.execute(query).mappings().one_or_none()
    return None if row is None else _ticket(row)


def open_tickets_of_item(conn: sa.Connection, item: ItemId) -> list[Ticket]:
    """The open tickets of an entry, locked until the unit commits."""
    query = sa.select(tickets).where(tickets.c.item == item, _is_open()).with_for_update()
    return [_ticket(row) for row in conn.execute(query).mappings()]


def tickets_of(conn: sa.Connection, org: OrgId | None, *, closed: bool = False) -> list[Ticket]:
    """Tickets of one department or of all: open ones the oldest first, closed ones the latest."""
    query = sa.select(tickets).where(sa.not_(_is_open()) if closed else _is_open())
    if org is not None:
        query = query.where(tickets.c.org == org)
    order = tickets.c.closed_at.desc() if closed else tickets.c.opened_at
    return [_ticket(row) for row in conn.execute(query.order_by(order).limit(MOST)).mappings()]


MOST = 500  # shown on one page


def _is_open() -> sa.ColumnElement[bool]:
    return tickets.c.status != Status.CLOSED
