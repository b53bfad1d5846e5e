"""MySQL and MariaDB: metadata from information_schema, rows by an unbuffered cursor."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import polars as pl
import pyarrow as pa
import pymysql
from pymysql.constants import FIELD_TYPE
from pymysql.cursors import Cursor, SSCursor

from datahall.catalogue import ScannedColumn, ScannedTable
from datahall.ingestion import errors
from datahall.ingestion.connectors import addresses
from datahall.ingestion.connectors.base import (
    BATCH_ROWS,
    CONNECT_TIMEOUT_S,
    DATABASE_LAYERS,
    SAMPLE_CHARACTERS,
    SAMPLE_WITHIN_S,
    UNKNOWN,
    Reading,
    diagnose,
    found,
)
from datahall.ingestion.model import Diagnosis, Finding, Source
from datahall.ingestion.vocabulary import Layer

Conn: TypeAlias = "pymysql.Connection[Cursor]"  # generic only in its stub

_TEXT: Final = frozenset(
    {
        "char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set", "json",
        "decimal", "numeric", "date", "datetime", "timestamp", "time", "year", "uuid", "inet6",
    }
)  # fmt: skip
"""Brought as the server writes them; the contract makes the field's type of it."""

_INTEGERS: Final = frozenset({"tinyint", "smallint", "mediumint", "int", "bigint"})
_FLOATS: Final = frozenset({"float", "double"})

_DECODERS: Final[dict[int | type[Any], Callable[[Any], Any]]] = {
    FIELD_TYPE.TINY: int, FIELD_TYPE.SHORT: int, FIELD_TYPE.INT24: int, FIELD_TYPE.LONG: int,
    FIELD_TYPE.LONGLONG: int, FIELD_TYPE.FLOAT: float, FIELD_TYPE.DOUBLE: float,
}  # fmt: skip

_TABLES: Final = """
select table_schema, table_name, table_comment, table_rows, table_type,
       unix_timestamp(greatest(create_time, coalesce(update_time, create_time)))
from information_schema.tables
where table_schema = %s and table_type in ('BASE TABLE', 'VIEW')
order by table_name
"""
_UPDATED: Final = """
select update_time from information_schema.tables where table_schema = %s and table_name = %s
"""
_COLUMNS: Final = """
select table_name, column_name, data_type, column_type, column_comment, is_nullable,
       ordinal_position
from information_schema.columns where table_schema = %s order by table_name, ordinal_position
"""
_KEYS: Final = """
select table_name, index_name, column_name, nullable
from information_schema.statistics
where table_schema = %s and non_unique = 0 order by table_name, index_name, seq_in_index
"""

_LOGIN: Final = frozenset({1045, 1698, 1130, 1862, 4151})
_DATABASE: Final = frozenset({1044, 1049})
_PRIVILEGE: Final = frozenset({1142, 1143, 1370})
_BUSY: Final = frozenset({1040, 1203, 1226})
_LOST: Final = frozenset({2006, 2013, 2014, 1927, 1053})
_TOO_SLOW: Final = frozenset({1969, 3024})  # MariaDB, MySQL
_NO_TABLE: Final = 1146
_NO_COLUMN: Final = 1054


@dataclass(slots=True)
class MySql:
    """A department's MySQL or MariaDB, read with its own read-only account."""

    source: Source
    password: str

    # -- the contract of connectors ----------------------------------------------------------

    def test(self) -> Diagnosis:
        return diagnose(DATABASE_LAYERS, self._steps())

    def tables(self) -> list[ScannedTable]:
        with self._connect() as conn:
            tables = self._described(conn)
        if not tables:
            raise errors.NothingReadable(user=self.source.user, grant=self._grant("*"))
        return tables

    def fingerprint(self) -> str:
        return ""

    def read(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """Rows of one consistent snapshot."""
        with self._connect(reading) as conn:
            types = self._types(conn, reading)
            schema = pa.schema([(name, types[name]) for name in reading.all_columns])
            statement, values = _select(reading, types)
            rows = 0
            with self._translated(reading, rows), conn.cursor(SSCursor) as cursor:
                cursor.execute("start transaction with consistent snapshot, read only")
                cursor.execute(statement, values)
                while batch := cursor.fetchmany(BATCH_ROWS):
                    rows += len(batch)
                    columns = [
                        pa.array(values, type=field.type)
                        for values, field in zip(zip(*batch, strict=True), schema, strict=True)
                    ]
                    yield pa.RecordBatch.from_arrays(columns, schema=schema)

    def sample(self, reading: Reading, *, rows: int) -> pl.DataFrame:
        """The first rows as they are stored: to jump about in a table costs this server a scan."""
        with self._connect(reading) as conn:
            types = self._types(conn, reading)
            schema = pa.schema([(name, types[name]) for name in reading.all_columns])
            parts = ", ".join(
                f"left({_quoted(name)}, {SAMPLE_CHARACTERS})"
                if types[name] == pa.string()
                else _quoted(name)
                for name in reading.all_columns
            )
            with self._translated(reading), conn.cursor() as cursor:
                cursor.execute(_limit(_server_info(conn), SAMPLE_WITHIN_S))
                name = _quoted(reading.table)
                cursor.execute(f"select {parts} from {name} limit {rows:d}")  # noqa: S608 - quoted
                found = cursor.fetchall()
        columns = zip(*found, strict=True) if found else [()] * len(schema)
        arrays = [pa.array(v, type=field.type) for v, field in zip(columns, schema, strict=True)]
        return pl.DataFrame(pa.Table.from_arrays(arrays, schema=schema))

    def has_rows(self, reading: Reading) -> bool:
        with self._connect(reading) as conn, self._translated(reading), conn.cursor() as cursor:
            cursor.execute(f"select 1 from {_quoted(reading.table)} limit 1")  # noqa: S608 - quoted
            return cursor.fetchone() is not None

    # -- what it can be asked for sums -------------------------------------------------------

    def kinds(self, reading: Reading) -> Mapping[str, str]:
        with self._connect(reading) as conn, conn.cursor() as cursor:
            cursor.execute(_COLUMNS, [self.source.database])
            kinds = {r[1]: str(r[2]) for r in cursor.fetchall() if r[0] == reading.table}
        if not kinds:
            raise errors.TableGone(table=reading.name)
        gone = [name for name in reading.all_columns if name not in kinds]
        if gone:
            raise errors.ColumnsGone(table=reading.name, columns="、".join(gone))
        return {name: kinds[name] for name in reading.all_columns}

    def ask(self, statement: str, reading: Reading, *, within_s: int) -> list[tuple[Any, ...]]:
        with self._connect(reading) as conn, self._translated(reading), conn.cursor() as cursor:
            cursor.execute(_limit(_server_info(conn), within_s))
            cursor.execute("set session transaction read only")
            cursor.execute(statement)
            return list(cursor.fetchall())

    def sees_text_as_unicode(self) -> bool:
        return True  # statements convert every text to utf8mb4

    def position(self, reading: Reading, *, within_s: int) -> str:
        if reading.watermark:
            column = _quoted(reading.watermark)
            statement = f"select max({column}) from {_quoted(reading.table)}"  # noqa: S608 - quoted
            values: list[object] = [reading.upto] if reading.upto else []
            statement += f" where {column} <= %s" if values else ""
        else:  # when the server last saw a change; it forgets at a restart, and some never know
            statement, values = _UPDATED, [self.source.database, reading.table]
        with self._connect(reading) as conn, self._translated(reading), conn.cursor() as cursor:
            cursor.execute(_limit(_server_info(conn), within_s))
            cursor.execute(statement, values)
            row = cursor.fetchone()
        return "" if row is None or row[0] is None else str(row[0])

    def _steps(self) -> Iterator[Finding]:
        source = self.source
        began = time.perf_counter()
        addresses.knock(addresses.resolve(source.host, self._port), source.host, self._port)
        ms = round((time.perf_counter() - began) * 1000)
        yield found(Layer.REACH, "reach", host=source.host, port=self._port, ms=ms)
        with self._connect() as conn:
            version = _version(_server_info(conn))
            yield found(Layer.LOGIN, "login", user=source.user, version=version)
            tables = self._described(conn)
            if not tables:
                raise errors.NothingReadable(user=source.user, grant=self._grant("*"))
            yield found(Layer.PRIVILEGE, "privilege", tables=len(tables))
            name = tables[0].name
            with conn.cursor() as cursor:
                cursor.execute(f"select 1 from {_quoted(name)} limit 1")  # noqa: S608 - quoted
                code = "read" if cursor.fetchone() else "read_empty"
            yield found(Layer.READ, code, table=name)

    # -- inside ------------------------------------------------------------------------------

    @property
    def _port(self) -> int:
        return self.source.port or 3306

    @contextmanager
    def _connect(self, reading: Reading | None = None) -> Iterator[Conn]:
        """To the judged address, as text in UTF-8, with dates as the server writes them."""
        address = addresses.resolve(self.source.host, self._port)
        with self._translated(reading):
            conn = pymysql.connect(
                host=address,
                port=self._port,
                user=self.source.user,
                password=self.password,
                database=self.source.database,
                charset="utf8mb4",
                connect_timeout=CONNECT_TIMEOUT_S,
                read_timeout=120,
                conv=dict(_DECODERS),
                autocommit=True,
                local_infile=False,
            )
        try:
            with self._translated(reading):
                yield conn
        finally:
            conn.close()

    @contextmanager
    def _translated(self, reading: Reading | None = None, rows: int = 0) -> Iterator[None]:
        try:
            yield
        except pymysql.Error as error:
            raise self._failure(error, reading, rows) from error
        except OSError as error:
            raise errors.ConnectionLost(rows=rows) from error

    def _failure(
        self, error: pymysql.Error, reading: Reading | None, rows: int
    ) -> errors.LoadFailure:
        """Our refusal for the server's own number."""
        source = self.source
        number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
        text = str(error.args[1]) if len(error.args) > 1 else str(error)
        if number in _LOGIN:
            return errors.LoginRefused(user=source.user)
        if number in _DATABASE:
            return errors.DatabaseMissing(database=source.database, user=source.user)
        if number in _PRIVILEGE and reading:
            return errors.PrivilegeMissing(
                user=source.user, table=reading.name, grant=self._grant(reading.table)
            )
        if number in _PRIVILEGE:
            return errors.NothingReadable(user=source.user, grant=self._grant("*"))
        if number in _TOO_SLOW:
            return errors.SampleTooSlow(
                table=reading.name if reading else "", seconds=SAMPLE_WITHIN_S
            )
        if number in _BUSY:
            return errors.SourceBusy(host=source.host, port=self._port)
        if number == _NO_TABLE and reading:
            return errors.TableGone(table=reading.name)
        if number == _NO_COLUMN and reading:
            return errors.ColumnsGone(table=reading.name, columns=text[:100])
        if number in _LOST or (not number and rows):
            return errors.ConnectionLost(rows=rows)
        if not number or number == 2003:  # noqa: PLR2004 - CR_CONN_HOST_ERROR
            return errors.SourceUnreachable(host=source.host, port=self._port)
        return errors.ReadFailed(reason=text[:200])

    def _grant(self, table: str) -> str:
        return f"GRANT SELECT ON {self.source.database}.{table} TO '{self.source.user}'@'%';"

    def _described(self, conn: Conn) -> list[ScannedTable]:
        database = self.source.database
        with conn.cursor() as cursor:
            cursor.execute(_TABLES, [database])
            tables = cursor.fetchall()
            cursor.execute(_COLUMNS, [database])
            columns: dict[str, list[ScannedColumn]] = {}
            for table, name, data_type, column_type, comment, nullable, position in cursor:
                known = data_type in _TEXT | _INTEGERS | _FLOATS
                columns.setdefault(table, []).append(
                    ScannedColumn(
                        name=name,
                        type=column_type if known else f"{UNKNOWN}{column_type}",
                        comment=comment or "",
                        nullable=nullable == "YES",
                        position=position,
                    )
                )
            cursor.execute(_KEYS, [database])
            keys = _best_keys(cursor.fetchall())
        return [
            ScannedTable(
                schema=database,
                name=name,
                comment="" if kind == "VIEW" else comment or "",  # a view's comment is "VIEW"
                row_estimate=None if rows is None else int(rows),
                primary_key=keys.get(name, ()),
                columns=tuple(columns[name]),
                changed_at=None if changed is None else datetime.fromtimestamp(float(changed), UTC),
            )
            for _, name, comment, rows, kind, changed in tables
            if name in columns  # a table whose columns we may not see is none of ours
        ]

    def _types(self, conn: Conn, reading: Reading) -> dict[str, pa.DataType]:
        """Arrow types of the table's columns.

        Raises:
            TableGone, ColumnsGone, TypeUnknown
        """
        with conn.cursor() as cursor:
            cursor.execute(_COLUMNS, [self.source.database])
            rows = {r[1]: (r[2], r[3]) for r in cursor.fetchall() if r[0] == reading.table}
        if not rows:
            raise errors.TableGone(table=reading.name)
        gone = [name for name in reading.all_columns if name not in rows]
        if gone:
            raise errors.ColumnsGone(table=reading.name, columns="、".join(gone))
        types: dict[str, pa.DataType] = {}
        for name in reading.all_columns:
            data_type, column_type = rows[name]
            if data_type in _INTEGERS:
                # An unsigned bigint may not fit in 64 bits with a sign; text keeps it whole.
                wide = data_type == "bigint" and "unsigned" in column_type
                types[name] = pa.uint64() if wide else pa.int64()
            elif data_type in _FLOATS:
                types[name] = pa.float64()
            elif data_type in _TEXT:
                types[name] = pa.string()
            else:
                raise errors.TypeUnknown(table=reading.name, column=name, type=column_type)
        return types


def _limit(info: str, seconds: int) -> str:
    """Makes the server stop what takes longer than so many seconds."""
    if "mariadb" in info.lower():
        return f"set session max_statement_time = {seconds:d}"
    return f"set session max_execution_time = {seconds * 1000:d}"


def _select(reading: Reading, types: Mapping[str, pa.DataType]) -> tuple[str, list[object]]:
    names = ", ".join(_quoted(name) for name in reading.all_columns)
    statement = f"select {names} from {_quoted(reading.table)}"  # noqa: S608 - quoted
    if reading.watermark and reading.after is not None:
        return f"{statement} where {_quoted(reading.watermark)} > %s", [reading.after]
    if reading.keys is not None:
        columns = ", ".join(map(_quoted, reading.keys.columns))
        one = f"({', '.join(['%s'] * len(reading.keys.columns))})"
        rows = ", ".join([one] * len(reading.keys.values))
        # A number as one: compared as text, two large ones would count as the same.
        number = [pa.types.is_integer(types[name]) for name in reading.keys.columns]
        values: list[object] = [
            int(value) if is_number else value
            for row in reading.keys.values
            for value, is_number in zip(row, number, strict=True)
        ]
        return f"{statement} where ({columns}) in ({rows})", values
    return statement, []


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _best_keys(rows: Any) -> dict[str, tuple[str, ...]]:
    """The primary key of each table, else its shortest unique index without nulls."""
    indexes: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for table, index, column, nullable in rows:
        indexes.setdefault(table, {}).setdefault(index, []).append((column, nullable))
    best: dict[str, tuple[str, ...]] = {}
    for table, named in indexes.items():
        whole = {
            index: tuple(column for column, _ in columns)
            for index, columns in named.items()
            if all(nullable != "YES" for _, nullable in columns)
        }
        if whole:
            index = min(whole, key=lambda i: (i != "PRIMARY", len(whole[i]), i))
            best[table] = whole[index]
    return best


def _server_info(conn: Conn) -> str:
    with conn.cursor() as cursor:
        cursor.execute("select version()")
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def _version(info: str) -> str:
    name = "MariaDB" if "mariadb" in info.lower() else "MySQL"
    number = info.removeprefix("5.5.5-").split("-")[0]
    return f"{name} {number}"
