"""Keeping the profiles of scanned columns (列画像): SQL of `catalogue_profiles`."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from datahall import security
from datahall.catalogue.events import ColumnsProfiled
from datahall.catalogue.profile import ColumnProfile
from datahall.catalogue.scans import inventory_table
from datahall.catalogue.tables import profiles as stored
from datahall.kit.ids import TableId
from datahall.kit.uow import Unit

COLUMNS = tuple(f.name for f in fields(ColumnProfile))


def profiles(conn: sa.Connection, table: TableId) -> dict[str, ColumnProfile]:
    """What the last sample said of each column of a table; empty before there was one."""
    query = sa.select(*(stored.c[name] for name in COLUMNS)).where(stored.c.table == table)
    return {row.column: _profile(row) for row in conn.execute(query)}


def record_profile(
    unit: Unit, actor: security.Actor, table: TableId, profiles: Mapping[str, ColumnProfile]
) -> None:
    """Keep what a sample said, in the place of what the one before said (登记列画像).

    Whatever the caller sends, nothing in clear is kept of a column that tells about people.
    The caller (`ingestion`) has asked whether the actor may.

    Raises:
        TableNotFound
    """
    columns = {column.name: column for column in inventory_table(unit.conn, table).columns}
    kept = [
        replace(profile.discreet(columns[name]), sampled_at=unit.now)
        for name, profile in profiles.items()
        if name in columns
    ]
    unit.conn.execute(sa.delete(stored).where(stored.c.table == table))
    if kept:
        rows = [{**_values(profile), "table": table} for profile in kept]
        unit.conn.execute(insert(stored), rows)
    unit.record(ColumnsProfiled(at=unit.now, by=actor.by, table=table, columns=len(kept)))


def _values(profile: ColumnProfile) -> dict[str, Any]:
    return {**{name: getattr(profile, name) for name in COLUMNS}, "shares": dict(profile.shares)}


def _profile(row: sa.Row[Any]) -> ColumnProfile:
    return msgspec.convert({name: getattr(row, name) for name in COLUMNS}, ColumnProfile)
