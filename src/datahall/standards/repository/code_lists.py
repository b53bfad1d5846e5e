"""Versions of code lists in the database, over the built-in ones."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on, insert

from datahall.kit.clock import local_date, utc_now
from datahall.standards.model.code_lists import CodeEntry, CodeList, builtin_code_lists
from datahall.standards.tables import code_lists as table


def code_lists(conn: sa.Connection | None, on: date | None = None) -> dict[str, CodeList]:
    """Every code list that applies `on` a day (today), by code; without `conn` the built-in ones."""
    found = dict(builtin_code_lists())
    if conn is not None:
        for row in conn.execute(_in_force(on)):
            found[row.code] = _from_row(row)
    return found


def code_list(conn: sa.Connection | None, code: str, on: date | None = None) -> CodeList | None:
    """The code list named `code` as it applies `on` a day (today)."""
    if conn is not None:
        row = conn.execute(_in_force(on).where(table.c.code == code)).one_or_none()
        if row is not None:
            return _from_row(row)
    return builtin_code_lists().get(code)


def code_list_names(conn: sa.Connection, on: date | None = None) -> dict[str, str]:
    """Code → name of every list that applies, without reading the entries."""
    query = _in_force(on).with_only_columns(table.c.code, table.c.name)
    names = {code: found.name for code, found in builtin_code_lists().items()}
    return names | {row.code: row.name for row in conn.execute(query)}


def versions(conn: sa.Connection, code: str) -> list[CodeList]:
    """Every version of a list, newest first."""
    query = sa.select(table).where(table.c.code == code).order_by(table.c.version.desc())
    return [_from_row(row) for row in conn.execute(query)]


def newest(conn: sa.Connection, code: str) -> CodeList | None:
    """The last version adopted, whether it applies yet or not; its code is locked."""
    key = sa.func.hashtext(f"code_list:{code}")
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
    query = sa.select(table).where(table.c.code == code)
    row = conn.execute(query.order_by(table.c.version.desc()).limit(1)).one_or_none()
    return None if row is None else _from_row(row)


def add(conn: sa.Connection, made: Sequence[CodeList], *, at: datetime) -> None:
    """Add versions; one that is there already stays as it is."""
    rows = [_to_row(one, at=at) for one in made]
    if rows:
        conn.execute(insert(table).on_conflict_do_nothing(), rows)


def _in_force(on: date | None) -> sa.Select[Any]:
    """One row a code: the latest begun by the day, of one day the later version."""
    day = on or local_date(utc_now())
    return (
        sa.select(table)
        .ext(distinct_on(table.c.code))
        .where(table.c.effective_on <= day)
        .order_by(table.c.code, table.c.effective_on.desc(), table.c.version.desc())
    )


def _to_row(made: CodeList, *, at: datetime) -> dict[str, Any]:
    return {
        "code": made.code,
        "version": made.version,
        "name": made.name,
        "source": made.source,
        "note": made.note,
        "effective_on": made.effective_on,
        "entries": [[entry.code, entry.name] for entry in made.entries],
        "adopted_at": at,
    }


def _from_row(row: sa.Row[Any]) -> CodeList:
    return CodeList(
        code=row.code,
        version=row.version,
        name=row.name,
        source=row.source,
        note=row.note,
        effective_on=row.effective_on,
        entries=tuple(CodeEntry(code, name) for code, name in row.entries),
    )
