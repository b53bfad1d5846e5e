"""Whether given rows stand in a hall table as they are given (逐行比对).

The database itself compares, in the types of the table: what a load would not touch is the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
from psycopg import sql
from sqlalchemy import Connection

from datahall.kit.ids import new_id
from datahall.store import repository
from datahall.store.loader import encode
from datahall.store.model import Column, Dataset

Texts = dict[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlike:
    """A given row that the hall does not have so; values as text."""

    place: int  # of the row among those given
    given: Texts
    hall: Texts | None  # None: the hall has no such row
    columns: tuple[str, ...]  # in which they differ; empty without a row


def unlike(conn: Connection, dataset: Dataset, rows: pl.DataFrame) -> list[Unlike]:
    """Those of `rows`, in the types of the table, that the hall lacks or has otherwise."""
    if rows.is_empty():
        return []
    numbered = rows.select(dataset.names).with_row_index("_place")
    staged = _staged(conn, dataset.columns, numbered)
    found = (
        repository.raw(conn)
        .execute(
            sql.SQL(_UNLIKE).format(
                **_names(dataset),
                staged=staged,
                unequal=sql.SQL(", ").join(
                    sql.SQL("case when s.{0} is distinct from h.{0} then {1} end").format(
                        sql.Identifier(name), sql.Literal(name)
                    )
                    for name in dataset.names
                ),
                given=_texts("s", dataset),
            )
        )
        .fetchall()
    )
    return [_unlike(dataset, row) for row in found]


def _staged(conn: Connection, columns: Sequence[Column], rows: pl.DataFrame) -> sql.Identifier:
    name = sql.Identifier(f"compared_{new_id().hex[-12:]}")
    db = repository.raw(conn)
    db.execute(
        sql.SQL("create temp table {} ({}, _place bigint) on commit drop").format(
            name, repository.definitions(columns, strict=False)
        )
    )
    copy_in = sql.SQL("copy {} ({}) from stdin (format csv)").format(
        name, repository.idents(rows.columns)
    )
    with db.cursor() as cursor, cursor.copy(copy_in) as copy:
        copy.write(encode(rows))
    return name


def _names(dataset: Dataset) -> dict[str, sql.Composable]:
    same = (sql.SQL("s.{0} = h.{0}").format(sql.Identifier(name)) for name in dataset.key)
    return {
        "hall": repository.table(dataset.table),
        "same_key": sql.SQL(" and ").join(same),
        "old": _texts("h", dataset),
    }


def _texts(table: str, dataset: Dataset) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{}::text").format(sql.Identifier(table, name)) for name in dataset.names
    )


def _unlike(dataset: Dataset, row: tuple[Any, ...]) -> Unlike:
    place, present, columns, *values = row
    many = len(dataset.names)
    return Unlike(
        place=place,
        given=dict(zip(dataset.names, values[:many], strict=True)),
        hall=dict(zip(dataset.names, values[many:], strict=True)) if present else None,
        columns=tuple(columns) if present else (),
    )


_UNLIKE: Final = """
select * from (
    select s._place, h._revision is not null as present,
           array_remove(array[{unequal}], null) as columns, {given}, {old}
    from {staged} s left join {hall} h on {same_key} and not h._deleted
) compared where not present or columns <> '{{}}'
"""
