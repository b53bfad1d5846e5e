"""Every scanned table beside the entry that covers it: what an account of assets is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from datahall.catalogue.repository import IN_FORCE, OPEN
from datahall.catalogue.tables import items, resources, tables
from datahall.catalogue.vocabulary import ItemStatus
from datahall.kit.ids import ItemId, OrgId, SourceId, TableId


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A table that a scan sees now, and the entry that it is mounted to (数据资产)."""

    table: TableId
    source: SourceId
    org: OrgId
    schema: str
    name: str
    comment: str
    row_estimate: int | None
    columns: int
    scanned_at: datetime  # UTC
    entry: ItemId | None = None  # the one in force, else the one on its way
    entry_title: str = ""
    entry_status: ItemStatus | None = None

    @property
    def title(self) -> str:
        """The comment, or the name when the source has none."""
        return self.comment or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryName:
    """What an entry in force is called, and which system it says that it comes from."""

    id: ItemId
    provider: OrgId
    title: str
    system: str


def assets(conn: sa.Connection, org: OrgId | None = None) -> list[Asset]:
    """The tables of one department, or of all, that are not gone."""
    besides = (
        sa.exists()
        .where(
            resources.c.item == items.c.id,
            resources.c.table == tables.c.id,
            resources.c.ended_at.is_(None),
        )
        .correlate(items, tables)
    )
    mounted = (
        sa.select(items.c.id, items.c.title, items.c.status)
        .where(sa.or_(items.c.table == tables.c.id, besides), sa.or_(IN_FORCE, OPEN))
        .order_by(IN_FORCE.desc(), items.c.version.desc())
        .limit(1)
        .correlate(tables)
        .lateral("mounted")
    )
    query: sa.Select[Any] = (
        sa.select(
            tables.c.id, tables.c.source, tables.c.org, tables.c.schema, tables.c.name,
            tables.c.comment, tables.c.row_estimate, tables.c.scanned_at,
            sa.func.jsonb_array_length(tables.c.columns).label("columns"),
            mounted.c.id.label("entry"), mounted.c.title.label("entry_title"),
            mounted.c.status.label("entry_status"),
        )
        .select_from(tables.outerjoin(mounted, sa.true()))
        .where(tables.c.gone_at.is_(None))
        .order_by(tables.c.org, tables.c.schema, tables.c.name)
    )  # fmt: skip
    if org is not None:
        query = query.where(tables.c.org == org)
    return [_asset(row) for row in conn.execute(query)]


def entry_names(conn: sa.Connection, org: OrgId | None = None) -> Sequence[EntryName]:
    """The entries in force of one department, or of all, by what they are called."""
    query = sa.select(
        items.c.id, items.c.provider, items.c.title, items.c.details["system"].astext
    ).where(IN_FORCE)
    if org is not None:
        query = query.where(items.c.provider == org)
    return [
        EntryName(id=ItemId(id), provider=OrgId(provider), title=title, system=system or "")
        for id, provider, title, system in conn.execute(query)
    ]


def _asset(row: sa.Row[Any]) -> Asset:
    return Asset(
        table=TableId(row.id),
        source=SourceId(row.source),
        org=OrgId(row.org),
        schema=row.schema,
        name=row.name,
        comment=row.comment,
        row_estimate=row.row_estimate,
        columns=row.columns,
        scanned_at=row.scanned_at,
        entry=None if row.entry is None else ItemId(row.entry),
        entry_title=row.entry_title or "",
        entry_status=None if row.entry_status is None else ItemStatus(row.entry_status),
    )
