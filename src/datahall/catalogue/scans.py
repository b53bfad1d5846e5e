"""The asset inventory: SQL of `catalogue_tables` (数据资产清单)."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from datahall.catalogue.errors import TableNotFound
from datahall.catalogue.model import InventoryTable, ScannedTable
from datahall.catalogue.tables import tables
from datahall.kit.ids import OrgId, SourceId, TableId, new_id

COLUMNS = tuple(f.name for f in fields(InventoryTable))


def record(
    conn: sa.Connection,
    source: SourceId,
    org: OrgId,
    seen: Sequence[ScannedTable],
    *,
    kind: str,
    at: datetime,
) -> None:
    """Make the inventory of `source` what was `seen`; a table no longer there is marked gone.

    A table keeps its id as long as its schema and name stay.
    """
    for table in seen:
        plain = msgspec.to_builtins(table, builtin_types=(datetime,))
        values = {**plain, "org": org, "kind": kind, "scanned_at": at, "gone_at": None}
        conn.execute(
            insert(tables)
            .values(id=new_id(), source=source, **values)
            .on_conflict_do_update(index_elements=["source", "schema", "name"], set_=values)
        )
    conn.execute(
        sa.update(tables)
        .where(tables.c.source == source, tables.c.scanned_at < at, tables.c.gone_at.is_(None))
        .values(gone_at=at)
    )


def inventory(conn: sa.Connection, source: SourceId) -> list[InventoryTable]:
    """The tables of a source, those that are gone last."""
    query = sa.select(tables).where(tables.c.source == source)
    order = (tables.c.gone_at.is_not(None), tables.c.schema, tables.c.name)
    return [_table(row) for row in conn.execute(query.order_by(*order))]


def tables_of(conn: sa.Connection, org: OrgId) -> list[InventoryTable]:
    """The tables that a department has now, of all its sources."""
    query = sa.select(tables).where(tables.c.org == org, tables.c.gone_at.is_(None))
    return [_table(row) for row in conn.execute(query.order_by(tables.c.schema, tables.c.name))]


def inventory_table(conn: sa.Connection, id: TableId) -> InventoryTable:
    """One scanned table.

    Raises:
        TableNotFound
    """
    row = conn.execute(sa.select(tables).where(tables.c.id == id)).one_or_none()
    if row is None:
        raise TableNotFound(table=id)
    return _table(row)


def _table(row: sa.Row[Any]) -> InventoryTable:
    return msgspec.convert({name: getattr(row, name) for name in COLUMNS}, InventoryTable)
