"""Versions of data elements."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on, insert

from datahall.kit.clock import local_date, utc_now
from datahall.standards.errors import ElementNotFound
from datahall.standards.model.elements import DataElement, ElementStatus
from datahall.standards.tables import elements as table

COLUMNS = ("code", "version", "status", "name", "effective_on", "edited_at", "published_at")
DETAILS = tuple(f.name for f in fields(DataElement) if f.name not in COLUMNS)


def elements(conn: sa.Connection, on: date | None = None) -> dict[str, DataElement]:
    """The data elements that apply `on` a day (today), by code."""
    latest = _begun(on).subquery()
    query = sa.select(latest).where(latest.c.status == ElementStatus.PUBLISHED)
    rows = conn.execute(query.order_by(latest.c.code))
    return {row.code: _element(row) for row in rows}


def element(conn: sa.Connection, code: str, on: date | None = None) -> DataElement | None:
    """The data element `code` as it applies `on` a day (today)."""
    row = conn.execute(_begun(on).where(table.c.code == code)).one_or_none()
    if row is None or row.status != ElementStatus.PUBLISHED:
        return None
    return _element(row)


def element_codes(conn: sa.Connection) -> set[str]:
    """The codes of every data element that was ever published, retired ones too."""
    query = sa.select(table.c.code).where(table.c.status != ElementStatus.DRAFT)
    return set(conn.scalars(query.distinct()))


def versions(conn: sa.Connection, code: str, *, lock: bool = False) -> list[DataElement]:
    """Every version of an element, drafts too, newest first.

    Raises:
        ElementNotFound
    """
    if lock:
        key = sa.func.hashtext(f"element:{code}")
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
    query = sa.select(table).where(table.c.code == code).order_by(table.c.version.desc())
    found = [_element(row) for row in conn.execute(query)]
    if not found:
        raise ElementNotFound(code=code)
    return found


def newest(conn: sa.Connection) -> list[DataElement]:
    """The newest version of every element, drafts too, by code."""
    query = sa.select(table).ext(distinct_on(table.c.code))
    rows = conn.execute(query.order_by(table.c.code, table.c.version.desc()))
    return [_element(row) for row in rows]


def taken(conn: sa.Connection, codes: Collection[str]) -> set[str]:
    """Those of `codes` that an element has, in any stage."""
    return set(conn.scalars(sa.select(table.c.code).where(table.c.code.in_(codes)).distinct()))


def code_of_name(conn: sa.Connection, name: str, *, but: str = "") -> str | None:
    """The element whose newest version has this name."""
    latest = (
        sa.select(table.c.code, table.c.name)
        .ext(distinct_on(table.c.code))
        .order_by(table.c.code, table.c.version.desc())
        .subquery()
    )
    query = sa.select(latest.c.code).where(latest.c.name == name, latest.c.code != but).limit(1)
    return conn.scalar(query)


def add(conn: sa.Connection, made: Sequence[DataElement]) -> None:
    """Add versions; one that is there already stays as it is."""
    if made:
        conn.execute(insert(table).on_conflict_do_nothing(), [_row(one) for one in made])


def save(conn: sa.Connection, element: DataElement) -> None:
    """Write a version as it is now."""
    mine = (table.c.code == element.code) & (table.c.version == element.version)
    conn.execute(sa.update(table).where(mine).values(_row(element)))


def delete(conn: sa.Connection, element: DataElement) -> None:
    """Remove a version that was never published."""
    mine = (table.c.code == element.code) & (table.c.version == element.version)
    conn.execute(sa.delete(table).where(mine, table.c.status == ElementStatus.DRAFT))


def _begun(on: date | None) -> sa.Select[Any]:
    """One row a code: the latest version begun by the day, be it published or retired."""
    day = on or local_date(utc_now())
    return (
        sa.select(table)
        .ext(distinct_on(table.c.code))
        .where(table.c.effective_on <= day)
        .order_by(table.c.code, table.c.effective_on.desc(), table.c.version.desc())
    )


def _element(row: sa.Row[Any]) -> DataElement:
    columns = {name: getattr(row, name) for name in COLUMNS}
    return msgspec.convert({**columns, **row.details}, DataElement, strict=False)


def _row(element: DataElement) -> dict[str, Any]:
    plain = msgspec.to_builtins(element)
    return {
        **{name: getattr(element, name) for name in COLUMNS},
        "details": {name: plain[name] for name in DETAILS},
    }
