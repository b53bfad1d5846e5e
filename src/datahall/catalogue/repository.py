"""SQL for entries: the only module that reads or writes `catalogue_items` by version."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from datahall.catalogue import index
from datahall.catalogue.errors import ItemNotFound
from datahall.catalogue.model import CatalogueItem
from datahall.catalogue.queries import Draft
from datahall.catalogue.tables import codes, edits, items
from datahall.catalogue.vocabulary import OPEN_STAGES, ItemStatus
from datahall.kit.ids import ItemId, OrgId, TableId

COLUMNS = tuple(f.name for f in fields(CatalogueItem) if f.name in items.c)
DETAILS = tuple(f.name for f in fields(CatalogueItem) if f.name not in items.c)
IN_FORCE = items.c.status == ItemStatus.PUBLISHED
MOST_LINKED: Final = 50
KEPT_EDITS: Final = 100
SCHEDULED = items.c.status == ItemStatus.SCHEDULED
OPEN = items.c.status.in_([str(stage) for stage in OPEN_STAGES])
HELD = sa.or_(IN_FORCE, SCHEDULED, OPEN)


def get(conn: sa.Connection, id: ItemId, *, version: int | None = None) -> CatalogueItem:
    """One entry: the version in force, else the newest; or the `version` asked for.

    Raises:
        ItemNotFound
    """
    query = sa.select(items).where(items.c.id == id)
    if version is not None:
        query = query.where(items.c.version == version)
    return _one(conn, query.order_by(IN_FORCE.desc(), items.c.version.desc()).limit(1), item=id)


def by_code(conn: sa.Connection, code: str) -> CatalogueItem:
    """The entry of a resource code or an alias: the version in force, else the newest.

    Raises:
        ItemNotFound
    """
    held = sa.select(codes.c.item).where(codes.c.code == code)
    query = sa.select(items).where(sa.or_(items.c.code == code, items.c.id.in_(held)))
    return _one(conn, query.order_by(IN_FORCE.desc(), items.c.version.desc()).limit(1), code=code)


def newest(conn: sa.Connection, id: ItemId) -> CatalogueItem:
    """The newest version of an entry, locked until the unit commits.

    Raises:
        ItemNotFound
    """
    query = sa.select(items).where(items.c.id == id).order_by(items.c.version.desc()).limit(1)
    return _one(conn, query.with_for_update(), item=id)


def in_force(conn: sa.Connection, id: ItemId) -> CatalogueItem | None:
    """The published version, locked until the unit commits."""
    row = conn.execute(
        sa.select(items).where(items.c.id == id, IN_FORCE).with_for_update()
    ).one_or_none()
    return None if row is None else item_of(row)


def scheduled(conn: sa.Connection) -> list[CatalogueItem]:
    """Versions that wait for their day, held until the unit commits."""
    query = sa.select(items).where(SCHEDULED).order_by(items.c.published_at)
    return [item_of(row) for row in conn.execute(query.with_for_update())]


def in_force_on(conn: sa.Connection, id: ItemId, day: date) -> CatalogueItem:
    """The version of an entry that was, is or will be in force on a day, as is known now.

    Raises:
        ItemNotFound
    """
    for item in history(conn, id):  # the newest first: of two that began on one day it counts
        if item.was_in_force(day):
            return item
    raise ItemNotFound(item=id, on=day)


def in_force_or_none(conn: sa.Connection, id: ItemId) -> CatalogueItem | None:
    """The published version, to be read only."""
    row = conn.execute(sa.select(items).where(items.c.id == id, IN_FORCE)).one_or_none()
    return None if row is None else item_of(row)


def history(conn: sa.Connection, id: ItemId) -> list[CatalogueItem]:
    """Every version of an entry, newest first."""
    query = sa.select(items).where(items.c.id == id).order_by(items.c.version.desc())
    return [item_of(row) for row in conn.execute(query)]


def add(conn: sa.Connection, item: CatalogueItem) -> None:
    conn.execute(sa.insert(items).values(**row_of(item)))
    index.follow(conn, item)


def save(conn: sa.Connection, item: CatalogueItem) -> None:
    index.follow(conn, item)
    conn.execute(
        sa.update(items)
        .where(items.c.id == item.id, items.c.version == item.version)
        .values(**row_of(item))
    )


def keep_edit(conn: sa.Connection, item: CatalogueItem) -> None:
    """Keep a draft as it is before the next save; the last `KEPT_EDITS` of them stay."""
    whole = msgspec.to_builtins(item)
    conn.execute(
        insert(edits)
        .values(item=item.id, version=item.version, edit=item.edit, content=whole)
        .on_conflict_do_nothing(index_elements=["item", "version", "edit"])
    )
    conn.execute(sa.delete(edits).where(_edits(item), edits.c.edit <= item.edit - KEPT_EDITS))


def as_of_edit(conn: sa.Connection, item: CatalogueItem, edit: int) -> CatalogueItem | None:
    """The draft as it was at an earlier save; None when that is too long ago."""
    query = sa.select(edits.c.content).where(_edits(item), edits.c.edit == edit)
    kept = conn.scalar(query)
    return None if kept is None else msgspec.convert(kept, CatalogueItem, strict=False)


def forget_edits(conn: sa.Connection, item: CatalogueItem) -> None:
    """A version that is no longer written needs no earlier saves."""
    conn.execute(sa.delete(edits).where(_edits(item)))


def _edits(item: CatalogueItem) -> sa.ColumnElement[bool]:
    return sa.and_(edits.c.item == item.id, edits.c.version == item.version)


def delete(conn: sa.Connection, item: CatalogueItem) -> None:
    """Remove one version; only one that was never in force is removed."""
    conn.execute(
        sa.delete(items).where(
            items.c.id == item.id, items.c.version == item.version, sa.or_(OPEN, SCHEDULED)
        )
    )


def titles(conn: sa.Connection, provider: OrgId, *, but: ItemId | None = None) -> set[str]:
    """Titles of a provider's entries in force or on their way, without those of `but`.

    Holds the provider's lock, so that no title is given twice at once.
    """
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_lock_of(provider))))
    query = sa.select(items.c.title).where(items.c.provider == provider, HELD)
    if but is not None:
        query = query.where(items.c.id != but)
    return set(conn.scalars(query))


def mounted(conn: sa.Connection, tables: Sequence[TableId]) -> dict[TableId, Draft]:
    """The entry in force or on its way of each of `tables` that has one."""
    query = _drafts().where(items.c.table.in_(tables), HELD)
    rows = conn.execute(query.add_columns(items.c.table).order_by(items.c.version))
    return {TableId(row.table): _draft(row) for row in rows}


def drafts(
    conn: sa.Connection,
    *,
    provider: OrgId | None = None,
    stages: Sequence[ItemStatus] = (
        *OPEN_STAGES,
        ItemStatus.SCHEDULED,
        ItemStatus.PUBLISHED,
    ),
) -> list[Draft]:
    """Versions in `stages`, of one provider or of all, those waiting longest first."""
    query = _drafts().where(items.c.status.in_([str(stage) for stage in stages]))
    if provider is not None:
        query = query.where(items.c.provider == provider)
    waiting = sa.func.coalesce(items.c.agreed_at, items.c.submitted_at, items.c.drafted_at)
    return [_draft(row) for row in conn.execute(query.order_by(waiting, items.c.title))]


def linking_to(conn: sa.Connection, codes: Sequence[str]) -> list[CatalogueItem]:
    """Entries in force that name one of `codes` as related, by title."""
    if not codes:
        return []
    names_one = items.c.linked.op("&&")(sa.cast(codes, items.c.linked.type))
    query = sa.select(items).where(IN_FORCE, names_one).order_by(items.c.title).limit(MOST_LINKED)
    return [item_of(row) for row in conn.execute(query)]


def _one(conn: sa.Connection, query: sa.Select[Any], **wanted: object) -> CatalogueItem:
    row = conn.execute(query).one_or_none()
    if row is None:
        raise ItemNotFound(**wanted)
    return item_of(row)


def _lock_of(provider: OrgId) -> int:
    """A lock number of our own for one provider."""
    return (provider.int ^ 0xCA7A_0000_0000_0000) % 2**63


def item_of(row: sa.Row[Any]) -> CatalogueItem:
    """The entry of a whole row."""
    columns = {name: getattr(row, name) for name in COLUMNS}
    return msgspec.convert({**columns, **row.details}, CatalogueItem, strict=False)


def row_of(item: CatalogueItem) -> dict[str, Any]:
    """The columns of an entry."""
    plain = msgspec.to_builtins(item)
    return {
        **{name: getattr(item, name) for name in COLUMNS},
        "share_methods": [str(method) for method in item.share_methods],
        "details": {name: plain[name] for name in DETAILS},
        "grade": item.grade,
        "linked": [link.code for link in item.links],
    }


def _drafts() -> sa.Select[Any]:
    return sa.select(
        *(items.c[f.name] for f in fields(Draft) if f.name != "remarks"),
        items.c.details["remarks"].astext.label("remarks"),
    )


def _draft(row: sa.Row[Any]) -> Draft:
    return msgspec.convert({f.name: getattr(row, f.name) for f in fields(Draft)}, Draft)
