"""SQL of the store: the register of datasets, and the DDL of hall tables."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, cast

import psycopg
from psycopg import sql
from sqlalchemy import Connection, RowMapping, select, text, update
from sqlalchemy.dialects.postgresql import insert

from datahall.kit.ids import DatasetId, ItemId
from datahall.store.errors import DatasetNotFound
from datahall.store.model import READER, SCHEMA, Column, Dataset, DatasetState, Landed
from datahall.store.tables import datasets


def raw(conn: Connection) -> psycopg.Connection[Any]:
    """The driver's connection under `conn`, in the same transaction; for COPY and DDL."""
    return cast("psycopg.Connection[Any]", conn.connection.driver_connection)


def prepare(conn: Connection) -> None:
    """Create the schema of hall tables and the role that may only read them."""
    conn.execute(text(f"create schema if not exists {SCHEMA}"))
    # The role belongs to the server, not to the database: another database may have made it.
    conn.execute(
        text(f"""
        do $$ begin
            create role {READER} nologin;
        exception when duplicate_object or unique_violation then null;
        end $$
        """)
    )
    conn.execute(text(f"grant usage on schema {SCHEMA} to {READER}"))
    conn.execute(text(f"grant {READER} to current_user"))


def _dataset(row: RowMapping) -> Dataset:
    return Dataset(
        id=DatasetId(row["id"]),
        item=ItemId(row["item"]),
        title=row["title"],
        table=row["table_name"],
        key=tuple(row["key"]),
        columns=tuple(Column(**c) for c in row["columns"]),
    )


def get(conn: Connection, id: DatasetId) -> Dataset:
    row = conn.execute(select(datasets).where(datasets.c.id == id)).mappings().one_or_none()
    if row is None:
        raise DatasetNotFound(dataset=id)
    return _dataset(row)


def for_item(conn: Connection, item: ItemId) -> Dataset | None:
    row = conn.execute(select(datasets).where(datasets.c.item == item)).mappings().one_or_none()
    return _dataset(row) if row else None


def save(conn: Connection, dataset: Dataset) -> None:
    """Add the dataset, or take over its new shape."""
    shape = {
        "title": dataset.title,
        "key": list(dataset.key),
        "columns": [asdict(c) for c in dataset.columns],
    }
    statement = insert(datasets).values(
        id=dataset.id, item=dataset.item, table_name=dataset.table, **shape
    )
    conn.execute(statement.on_conflict_do_update(index_elements=[datasets.c.id], set_=shape))


_STATE = (datasets.c.rows, datasets.c.deleted, datasets.c.revision, datasets.c.loaded_at)


def states(conn: Connection, items: Sequence[ItemId]) -> dict[ItemId, DatasetState]:
    query = select(datasets.c.item, *_STATE).where(datasets.c.item.in_(items))
    return {
        ItemId(item): DatasetState(rows=rows, deleted=deleted, revision=revision, loaded_at=at)
        for item, rows, deleted, revision, at in conn.execute(query)
    }


def state(conn: Connection, id: DatasetId, *, lock: bool = False) -> DatasetState:
    query = select(*_STATE).where(datasets.c.id == id)
    row = conn.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None:
        raise DatasetNotFound(dataset=id)
    return DatasetState(**row)


def set_state(conn: Connection, id: DatasetId, state: DatasetState) -> None:
    conn.execute(update(datasets).where(datasets.c.id == id).values(**asdict(state)))


def try_lock(conn: Connection, id: DatasetId) -> bool:
    """Hold the dataset until the transaction ends; False when somebody else does.

    A lock of the transaction, so a loader that is killed gives it back at once.
    """
    return bool(
        conn.scalar(
            text("select pg_try_advisory_xact_lock(hashtextextended(:name, 0))"),
            {"name": f"dataset:{id}"},
        )
    )


def table(name: str) -> sql.Identifier:
    return sql.Identifier(SCHEMA, name)


def idents(names: Sequence[str], *, prefix: str | None = None) -> sql.Composed:
    parts = [sql.Identifier(prefix, n) if prefix else sql.Identifier(n) for n in names]
    return sql.SQL(", ").join(parts)


def definitions(columns: Sequence[Column], *, strict: bool) -> sql.Composed:
    """Columns for CREATE TABLE; without `strict` every column may be null."""
    return sql.SQL(", ").join(
        sql.SQL("{} {}{}").format(
            sql.Identifier(c.name),
            sql.SQL(c.type),  # made by model.sql_type, never by a person
            sql.SQL("" if c.nullable or not strict else " not null"),
        )
        for c in columns
    )


def create_table(conn: Connection, name: str, dataset: Dataset) -> None:
    """An empty hall table without indexes or system columns, readable by the reader."""
    db = raw(conn)
    where = table(name)
    columns = definitions(dataset.columns, strict=True)
    db.execute(sql.SQL("create table {} ({})").format(where, columns))
    db.execute(sql.SQL("comment on table {} is {}").format(where, sql.Literal(dataset.title)))
    for column in dataset.columns:
        db.execute(
            sql.SQL("comment on column {} is {}").format(
                sql.Identifier(SCHEMA, name, column.name), sql.Literal(column.comment)
            )
        )
    db.execute(sql.SQL("grant select on {} to {}").format(where, sql.Identifier(READER)))


def add_system_columns(
    conn: Connection, name: str, *, revision: int, load: str, loaded_at: str
) -> None:
    """Give every row of the table the same system values, without touching a row.

    PostgreSQL keeps a constant default of a new column in its catalogue; the rows of a first
    load therefore carry these columns for nothing.
    """
    db = raw(conn)
    where = table(name)
    db.execute(
        sql.SQL("""
        alter table {}
            add column _revision bigint not null default {},
            add column _load uuid not null default {},
            add column _loaded_at timestamptz not null default {},
            add column _deleted boolean not null default false
        """).format(where, sql.Literal(revision), sql.Literal(load), sql.Literal(loaded_at))
    )
    for column in ("_revision", "_load", "_loaded_at"):
        db.execute(
            sql.SQL("alter table {} alter column {} drop default").format(
                where, sql.Identifier(column)
            )
        )


def create_indexes(conn: Connection, name: str, dataset: Dataset) -> None:
    """The unique key, and one index a column that people look rows up by.

    Names carry the table's, which is new with each build, so they never collide.
    """
    db = raw(conn)
    where = table(name)
    db.execute(
        sql.SQL("create unique index {} on {} ({})").format(
            sql.Identifier(f"{name}_key"), where, idents(dataset.key)
        )
    )
    for column in dataset.columns:
        if column.indexed:
            db.execute(
                sql.SQL("create index on {} ({})").format(where, sql.Identifier(column.name))
            )
    db.execute(sql.SQL("analyze {}").format(where))


def swap(conn: Connection, *, built: str, dataset: Dataset) -> None:
    """Put the table `built` in the dataset's place; readers see the old one until commit."""
    db = raw(conn)
    db.execute(sql.SQL("drop table if exists {}").format(table(dataset.table)))
    db.execute(
        sql.SQL("alter table {} rename to {}").format(table(built), sql.Identifier(dataset.table))
    )


def settle(before: DatasetState, landed: Landed, *, revived: int) -> tuple[int, int]:
    """Live and deleted rows after a merge; the revived ones are among the inserted."""
    rows = before.rows + landed.inserted - landed.deleted
    return rows, before.deleted + landed.deleted - revived
