"""Local code lists in the database, over the built-in ones."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from datahall.standards.model import CodeEntry, CodeList, builtin_code_lists
from datahall.standards.tables import code_lists as table


def code_lists(conn: sa.Connection | None) -> dict[str, CodeList]:
    """Every code list by code: the built-in ones, then the local ones of `conn` if given."""
    found = dict(builtin_code_lists())
    if conn is not None:
        for row in conn.execute(sa.select(table).order_by(table.c.code)):
            found[row.code] = _from_row(row)
    return found


def code_list(conn: sa.Connection | None, code: str) -> CodeList | None:
    """The code list named `code`; without `conn` only built-in ones are known."""
    if conn is not None:
        row = conn.execute(sa.select(table).where(table.c.code == code)).one_or_none()
        if row is not None:
            return _from_row(row)
    return builtin_code_lists().get(code)


def save(conn: sa.Connection, made: CodeList, *, at: datetime) -> None:
    """Add a local list or replace it."""
    values = {
        "name": made.name,
        "source": made.source,
        "entries": [[entry.code, entry.name] for entry in made.entries],
        "adopted_at": at,
    }
    conn.execute(
        insert(table)
        .values(code=made.code, **values)
        .on_conflict_do_update(index_elements=["code"], set_=values)
    )


def _from_row(row: sa.Row[tuple[object, ...]]) -> CodeList:
    return CodeList(
        code=row.code,
        name=row.name,
        source=row.source,
        entries=tuple(CodeEntry(code, name) for code, name in row.entries),
    )
