"""Writes the city where departments keep it: databases of their own, a workbook, an old CSV.

And changes single rows there, as a clerk at the counter would.
"""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import xlsxwriter
from psycopg import sql
from psycopg.conninfo import make_conninfo

from datahall.demo.city.tables import DatabaseTable
from datahall.kit.clock import LOCAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a department tells the hall's operators: where its table is and who may read it."""

    dsn: str  # of the owner, for changes at the source
    table: DatabaseTable
    role: str
    password: str


def plant_database(
    admin_dsn: str, table: DatabaseTable, rows: pl.DataFrame, *, password: str
) -> Reading:
    """Make the department's database with its table, its rows and a role that may only read.

    Args:
        admin_dsn: who may create databases and roles on the server.
    """
    with psycopg.connect(admin_dsn, autocommit=True) as server:
        server.execute(sql.SQL("create database {}").format(sql.Identifier(table.database)))
    owner = make_conninfo(admin_dsn, dbname=table.database)
    with psycopg.connect(owner) as db:
        db.execute(sql.SQL("create schema {}").format(sql.Identifier(table.schema)))
        db.execute(_create(table))
        _copy(db, table, rows)
        made = (*_keys(table), *_comments(table), *_reader(table, password), *_published(table))
        for statement in made:
            db.execute(statement)
        db.execute(sql.SQL("analyze {}").format(_name(table)))
    return Reading(dsn=owner, table=table, role=table.role, password=password)


def change_row(reading: Reading, key: str, values: Mapping[str, Any], *, at: datetime) -> None:
    """Change columns of one row at the source and stamp it, as the department's system does."""
    changed = {**values, reading.table.changed: at.astimezone(LOCAL).replace(tzinfo=None)}
    statement = sql.SQL("update {} set {} where {} = %(key)s").format(
        _name(reading.table),
        sql.SQL(", ").join(
            sql.SQL("{} = {}").format(sql.Identifier(c), sql.Placeholder(c)) for c in changed
        ),
        sql.Identifier(reading.table.key),
    )
    with psycopg.connect(reading.dsn) as db:
        if db.execute(statement, {**changed, "key": key}).rowcount != 1:
            raise KeyError(key)


def add_rows(reading: Reading, rows: pl.DataFrame) -> None:
    """Add rows at the source."""
    with psycopg.connect(reading.dsn) as db:
        _copy(db, reading.table, rows)


def write_xlsx(path: Path, sheet: str, rows: pl.DataFrame) -> None:
    """One sheet of text cells under a bold head, without merged cells."""
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        page = book.add_worksheet(sheet)
        bold = book.add_format({"bold": True})
        page.freeze_panes(1, 0)
        page.write_row(0, 0, rows.columns, bold)
        for number, row in enumerate(rows.iter_rows(), start=1):
            for column, value in enumerate(row):
                if value is not None:
                    page.write_string(number, column, value)


def write_csv(path: Path, rows: pl.DataFrame, *, encoding: str = "gb18030") -> None:
    """Text as older systems export it: GB18030, lines ending in CR LF."""
    text = rows.write_csv(line_terminator="\r\n")
    path.write_bytes(text.encode(encoding))


def _name(table: DatabaseTable) -> sql.Identifier:
    return sql.Identifier(table.schema, table.name)


def _create(table: DatabaseTable) -> sql.Composed:
    columns = (
        sql.SQL("{} {}{}").format(
            sql.Identifier(c.name),
            sql.SQL(c.type),
            sql.SQL(" not null" if c.required else ""),
        )
        for c in table.columns
    )
    return sql.SQL("create table {} ({})").format(_name(table), sql.SQL(", ").join(columns))


def _keys(table: DatabaseTable) -> Iterator[sql.Composed]:
    """Built after the rows are in, which is faster."""
    key, changed = sql.Identifier(table.key), sql.Identifier(table.changed)
    yield sql.SQL("alter table {} add primary key ({})").format(_name(table), key)
    yield sql.SQL("create index on {} ({})").format(_name(table), changed)


def _comments(table: DatabaseTable) -> Iterator[sql.Composed]:
    yield sql.SQL("comment on table {} is {}").format(_name(table), sql.Literal(table.comment))
    for column in table.columns:
        yield sql.SQL("comment on column {}.{} is {}").format(
            _name(table), sql.Identifier(column.name), sql.Literal(column.comment)
        )


def _reader(table: DatabaseTable, password: str) -> Iterator[sql.Composed]:
    """The account that the department hands out: it may read this table and nothing else."""
    role, schema = sql.Identifier(table.role), sql.Identifier(table.schema)
    database = sql.Identifier(table.database)
    yield sql.SQL("drop role if exists {}").format(role)
    yield sql.SQL("create role {} login password {}").format(role, sql.Literal(password))
    yield sql.SQL("revoke all on database {} from public").format(database)
    yield sql.SQL("grant connect on database {} to {}").format(database, role)
    yield sql.SQL("grant usage on schema {} to {}").format(schema, role)
    yield sql.SQL("grant select on {} to {}").format(_name(table), role)


def _published(table: DatabaseTable) -> Iterator[sql.Composed]:
    """What the hall's page asks of the database administrator, for following the log."""
    if table.followed:
        yield sql.SQL("alter role {} replication").format(sql.Identifier(table.role))
        yield sql.SQL(
            "create publication datahall for table {} with (publish_via_partition_root = true)"
        ).format(_name(table))


def _copy(db: psycopg.Connection, table: DatabaseTable, rows: pl.DataFrame) -> None:
    """COPY of CSV, in which an empty text is quoted and a missing one is not."""
    columns = sql.SQL(", ").join(sql.Identifier(c.name) for c in table.columns)
    statement = sql.SQL("copy {} ({}) from stdin (format csv)").format(_name(table), columns)
    text = io.BytesIO()
    rows.select(c.name for c in table.columns).write_csv(text, include_header=False)
    with db.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(text.getbuffer())
