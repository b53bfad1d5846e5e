"""Fields of entries in force as they were judged, and suggestions that were not taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from datahall.catalogue import CatalogueItem, Field
from datahall.conformance.model import (
    Deviation,
    Shown,
    Standing,
    Tally,
    deviations,
)
from datahall.conformance.tables import fields as table
from datahall.conformance.tables import rejections
from datahall.kit.ids import ItemId, OrgId
from datahall.standards import DataElement

BOUND = table.c.element.is_not(None)
CONFORMS = sa.and_(BOUND, table.c.deviations == sa.text("'[]'::jsonb"))


def keep(conn: sa.Connection, item: CatalogueItem, elements: Mapping[str, DataElement]) -> None:
    """Judge the fields of an entry in force, in the place of those of its earlier version."""
    drop(conn, item.id)
    rows = [
        {
            "item": item.id,
            "item_version": item.version,
            "item_title": item.title,
            "org": item.provider,
            "position": position,
            "field": field.name,
            "details": msgspec.to_builtins(field),
            "element": field.element,
            "is_source": field.is_source,
            **_judged(field, elements.get(field.element or "")),
        }
        for position, field in enumerate(item.fields)
    ]
    if rows:
        conn.execute(sa.insert(table), rows)


def drop(conn: sa.Connection, item: ItemId) -> None:
    """Forget the fields of an entry that is no longer in force."""
    conn.execute(sa.delete(table).where(table.c.item == item))


def judge_again(conn: sa.Connection, elements: Mapping[str, DataElement]) -> int:
    """Judge the bound fields whose element applies in another version now; how many they were."""
    stale = [
        row
        for row in conn.execute(
            sa.select(table.c.element, table.c.element_version).where(BOUND).distinct()
        )
        if _version(elements.get(row.element)) != row.element_version
    ]
    wanted = {row.element for row in stale}
    if not wanted:
        return 0
    query = sa.select(table.c.item, table.c.field, table.c.details, table.c.element)
    rows = conn.execute(query.where(table.c.element.in_(wanted))).all()
    update = (
        sa.update(table)
        .where(table.c.item == sa.bindparam("i"), table.c.field == sa.bindparam("f"))
        .values(element_version=sa.bindparam("v"), deviations=sa.bindparam("d"))
    )
    judged = []
    for row in rows:
        about = _judged(msgspec.convert(row.details, Field), elements.get(row.element))
        judged.append(
            {
                "i": row.item,
                "f": row.field,
                "v": about["element_version"],
                "d": about["deviations"],
            }
        )
    conn.execute(update, judged)
    return len(rows)


def versions_kept(conn: sa.Connection) -> dict[ItemId, int]:
    """Entry → version whose fields were judged."""
    query = sa.select(table.c.item, table.c.item_version).distinct()
    return {ItemId(row.item): row.item_version for row in conn.execute(query)}


def tallies(conn: sa.Connection) -> dict[OrgId, Tally]:
    """The counts of each department that has entries in force."""
    query = sa.select(table.c.org, *_counts()).group_by(table.c.org)
    return {OrgId(row.org): _tally(row) for row in conn.execute(query)}


def item_tallies(conn: sa.Connection, org: OrgId | None) -> list["ItemTally"]:
    """The counts of each entry in force of a department, or of all, the least conforming first."""
    query = sa.select(table.c.item, table.c.item_title, *_counts()).group_by(
        table.c.item, table.c.item_title
    )
    if org is not None:
        query = query.where(table.c.org == org)
    share = sa.func.count().filter(CONFORMS) * 1.0 / sa.func.count()
    return [
        ItemTally(item=ItemId(row.item), title=row.item_title, tally=_tally(row))
        for row in conn.execute(query.order_by(share, table.c.item_title))
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemTally:
    """One entry with its counts."""

    item: ItemId
    title: str
    tally: Tally


def standings(
    conn: sa.Connection,
    *,
    org: OrgId | None = None,
    item: ItemId | None = None,
    shown: Shown = Shown.ALL,
    limit: int,
    offset: int = 0,
) -> list[Standing]:
    """The fields that a list shows, entry by entry."""
    query = _filtered(sa.select(table), org, item, shown)
    rows = conn.execute(
        query.order_by(table.c.item_title, table.c.item, table.c.position)
        .limit(limit)
        .offset(offset)
    )
    return [_standing(row) for row in rows]


def count(conn: sa.Connection, *, org: OrgId | None, item: ItemId | None, shown: Shown) -> int:
    """How many fields a list would show in all."""
    query = _filtered(sa.select(sa.func.count()).select_from(table), org, item, shown)
    return conn.scalar(query) or 0


def bound_to(conn: sa.Connection, element: str) -> list[Standing]:
    """The fields of entries in force that are bound to an element."""
    query = sa.select(table).where(table.c.element == element)
    rows = conn.execute(query.order_by(table.c.is_source.desc(), table.c.item_title))
    return [_standing(row) for row in rows]


def binding_counts(conn: sa.Connection) -> dict[str, int]:
    """Element → number of fields of entries in force that are bound to it."""
    query = sa.select(table.c.element, sa.func.count().label("fields")).where(BOUND)
    return {row.element: row.fields for row in conn.execute(query.group_by(table.c.element))}


def rejected(conn: sa.Connection, item: ItemId) -> set[tuple[str, str]]:
    """Field and element of the suggestions that were not taken."""
    query = sa.select(rejections.c.field, rejections.c.element).where(rejections.c.item == item)
    return {(row.field, row.element) for row in conn.execute(query)}


def reject(
    conn: sa.Connection, item: ItemId, field: str, element: str, *, at: datetime, by: str
) -> None:
    values = {"item": item, "field": field, "element": element, "at": at, "by": by}
    conn.execute(insert(rejections).values(values).on_conflict_do_nothing())


def _judged(field: Field, element: DataElement | None) -> dict[str, Any]:
    found: Sequence[Deviation] = deviations(field, element) if field.element else ()
    return {"element_version": _version(element), "deviations": msgspec.to_builtins(found)}


def _version(element: DataElement | None) -> int | None:
    return element.version if element else None


def _counts() -> tuple[sa.Label[int], ...]:
    return (
        sa.func.count().label("fields"),
        sa.func.count().filter(BOUND).label("bound"),
        sa.func.count().filter(CONFORMS).label("conforming"),
    )


def _tally(row: sa.Row[Any]) -> Tally:
    return Tally(fields=row.fields, bound=row.bound, conforming=row.conforming)


def _filtered(
    query: sa.Select[Any], org: OrgId | None, item: ItemId | None, shown: Shown
) -> sa.Select[Any]:
    if org is not None:
        query = query.where(table.c.org == org)
    if item is not None:
        query = query.where(table.c.item == item)
    match shown:
        case Shown.UNBOUND:
            return query.where(~BOUND)
        case Shown.DEVIATING:
            return query.where(BOUND, ~CONFORMS)
        case Shown.CONFORMING:
            return query.where(CONFORMS)
        case Shown.ALL:
            return query


def _standing(row: sa.Row[Any]) -> Standing:
    field = msgspec.convert(row.details, Field)
    size = "" if field.length is None else f" {field.length}"
    return Standing(
        item=ItemId(row.item),
        item_title=row.item_title,
        org=OrgId(row.org),
        field=row.field,
        title=field.title,
        shape=field.type.label + size,
        element=row.element,
        is_source=row.is_source,
        deviations=tuple(msgspec.convert(row.deviations, list[Deviation])),
    )
