"""PostgreSQL: metadata by psycopg, rows by ADBC (COPY in binary, decoded outside Python)."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, cast

import polars as pl
import psycopg
import pyarrow as pa
from adbc_driver_manager import Error as AdbcError
from adbc_driver_postgresql import StatementOptions, dbapi
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row, tuple_row

from datahall.catalogue import ScannedColumn, ScannedTable
from datahall.ingestion import errors
from datahall.ingestion.connectors import addresses
from datahall.ingestion.connectors.base import (
    BATCH_BYTES,
    CONNECT_TIMEOUT_S,
    DATABASE_LAYERS,
    SAMPLE_CHARACTERS,
    SAMPLE_WITHIN_S,
    UNKNOWN,
    Keys,
    Reading,
    diagnose,
    found,
)
from datahall.ingestion.model import Diagnosis, Finding, Source
from datahall.ingestion.vocabulary import Layer

AS_IS: Final = frozenset({"int2", "int4", "int8", "float4", "float8", "bool", "text", "varchar"})
AS_TEXT: Final = frozenset(
    {
        "bpchar", "name", "char", "numeric", "money", "time", "timetz", "uuid", "json", "jsonb",
        "inet", "cidr", "macaddr", "xml", "citext", "interval",
    }
)  # fmt: skip
MOMENTS: Final = frozenset({"date", "timestamp", "timestamptz"})
_NUMBERS: Final = frozenset({"int2", "int4", "int8", "float4", "float8"})
ENUM: Final = "e"
_LARGE: Final = 4  # times the rows of a sample: from here on it is taken from all over

_TABLES: Final = """
select n.nspname as schema, c.relname as name, obj_description(c.oid, 'pg_class') as comment,
       case when c.reltuples >= 0 and c.relkind in ('r', 'm') then c.reltuples::bigint end as rows,
       has_table_privilege(c.oid, 'select') as readable, c.oid,
       coalesce((
           select array_agg(a.attname::text order by k.position)
           from (
               select i.indkey from pg_index i
               where i.indrelid = c.oid and i.indisunique and i.indisvalid
                 and i.indpred is null and i.indexprs is null
                 and not exists (
                     select from pg_attribute a
                     where a.attrelid = c.oid and a.attnum = any (i.indkey) and not a.attnotnull
                 )
               order by i.indisprimary desc, i.indnatts limit 1
           ) best, unnest(best.indkey) with ordinality k (attnum, position)
           join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
       ), '{}') as key
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
  and n.nspname not like 'pg\\_%%' and n.nspname <> 'information_schema'
  and (%(schema)s = '' or n.nspname = %(schema)s)
order by 1, 2
"""

_CHANGES: Final = """
select (n_tup_ins + n_tup_upd + n_tup_del)::text
from pg_stat_all_tables where relid = to_regclass(%s)
"""

_COLUMNS: Final = """
select a.attrelid, a.attname::text as name, format_type(a.atttypid, a.atttypmod) as type,
       coalesce(base.typname, t.typname)::text as base,
       coalesce(base.typtype, t.typtype)::text as kind,
       coalesce(col_description(a.attrelid, a.attnum), '') as comment,
       not a.attnotnull as nullable, a.attnum as position
from pg_attribute a
join pg_type t on t.oid = a.atttypid
left join pg_type base on t.typtype = 'd' and base.oid = t.typbasetype
where a.attrelid = any (%s) and a.attnum > 0 and not a.attisdropped
order by a.attrelid, a.attnum
"""


@dataclass(slots=True)
class Postgres:
    """A department's PostgreSQL, read with its own read-only account."""

    source: Source
    password: str

    # -- the contract of connectors ----------------------------------------------------------

    def test(self) -> Diagnosis:
        return diagnose(DATABASE_LAYERS, self._steps())

    def tables(self) -> list[ScannedTable]:
        with self.translated(), self.connect() as conn:
            tables = self._readable(conn)
            rows = conn.execute(_COLUMNS, [[t["oid"] for t in tables]]).fetchall()
        columns: dict[int, list[ScannedColumn]] = {}
        for row in rows:
            columns.setdefault(row["attrelid"], []).append(
                ScannedColumn(
                    name=row["name"],
                    type=_spelled(row),
                    comment=row["comment"],
                    nullable=row["nullable"],
                    position=row["position"],
                )
            )
        return [
            ScannedTable(
                schema=t["schema"],
                name=t["name"],
                comment=t["comment"] or "",
                row_estimate=t["rows"],
                primary_key=tuple(t["key"]),
                columns=tuple(columns.get(t["oid"], ())),
            )
            for t in tables
        ]

    def fingerprint(self) -> str:
        return ""

    def read(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        with self.translated(reading), self.connect() as conn:
            query = self._query(conn, reading)
        rows = 0
        try:
            with dbapi.connect(self.conninfo()) as db, db.cursor() as cursor:
                cursor.adbc_statement.set_options(
                    **{StatementOptions.BATCH_SIZE_HINT_BYTES.value: str(BATCH_BYTES)}
                )
                if reading.snapshot:
                    cursor.execute("set transaction isolation level repeatable read")
                    cursor.execute(f"set transaction snapshot '{reading.snapshot}'")
                cursor.execute(query)
                for batch in cursor.fetch_record_batch():
                    rows += batch.num_rows
                    yield batch
        except (AdbcError, pa.ArrowException, OSError) as error:
            raise self._broken(error, reading, rows) from error

    def sample(self, reading: Reading, *, rows: int) -> pl.DataFrame:
        with self.translated(reading), self.connect(within_s=SAMPLE_WITHIN_S) as conn:
            described = self.described(conn, reading)
            parts = [_sampled(described[name], reading) for name in reading.all_columns]
            query = sql.SQL("select {} from {}{} limit {}").format(
                sql.SQL(", ").join(parts),
                sql.Identifier(reading.schema, reading.table),
                _spread(conn, reading, rows),
                rows,
            )
            found = conn.cursor(row_factory=tuple_row).execute(query).fetchall()
        return pl.DataFrame(
            found, schema=list(reading.all_columns), orient="row", infer_schema_length=None
        )

    def has_rows(self, reading: Reading) -> bool:
        with self.translated(reading), self.connect() as conn:
            name = sql.Identifier(reading.schema, reading.table)
            row = conn.execute(sql.SQL("select 1 from {} limit 1").format(name)).fetchone()
        return row is not None

    # -- what it can be asked for sums -------------------------------------------------------

    def kinds(self, reading: Reading) -> Mapping[str, str]:
        with self.translated(reading), self.connect() as conn:
            described = self.described(conn, reading)
        return {name: _plain(described[name]) for name in reading.all_columns}

    def ask(self, statement: str, reading: Reading, *, within_s: int) -> list[tuple[Any, ...]]:
        with self.translated(reading), self.connect(within_s=within_s) as conn:
            conn.execute("set timezone to 'UTC'")
            cursor = conn.cursor(row_factory=tuple_row)
            return cursor.execute(cast("Any", statement)).fetchall()

    def sees_text_as_unicode(self) -> bool:
        with self.translated(), self.connect() as conn:
            row = conn.execute("show server_encoding").fetchone()
        return row is not None and row["server_encoding"] == "UTF8"

    def position(self, reading: Reading, *, within_s: int) -> str:
        with self.translated(reading), self.connect(within_s=within_s) as conn:
            cursor = conn.cursor(row_factory=tuple_row)
            if reading.watermark:
                column = sql.Identifier(reading.watermark)
                query = sql.SQL("select max({})::text from {}{}").format(
                    column,
                    sql.Identifier(reading.schema, reading.table),
                    sql.SQL(" where {} <= {}").format(column, sql.Literal(reading.upto))
                    if reading.upto
                    else sql.SQL(""),
                )
                found = cursor.execute(query).fetchone()
            else:
                name = _quoted(reading.schema, reading.table)
                found = cursor.execute(_CHANGES, [name]).fetchone()
        return str(found[0]) if found and found[0] is not None else ""

    def _steps(self) -> Iterator[Finding]:
        host, user = self.source.host, self.source.user
        began = time.perf_counter()
        address = self._address()
        if not self._is_socket:
            addresses.knock(address, host, self._port)
        ms = round((time.perf_counter() - began) * 1000)
        yield found(Layer.REACH, "reach", host=host, port=self._port, ms=ms)
        with self.translated(), self.connect() as conn:
            version = f"PostgreSQL {conn.info.server_version // 10000}"
            yield found(Layer.LOGIN, "login", user=user, version=version)
            readable = self._readable(conn)
            yield found(Layer.PRIVILEGE, "privilege", tables=len(readable))
            table = readable[0]
            name = sql.Identifier(table["schema"], table["name"])
            row = conn.execute(sql.SQL("select 1 from {} limit 1").format(name)).fetchone()
            code = "read" if row else "read_empty"
            yield found(Layer.READ, code, table=f"{table['schema']}.{table['name']}")

    # -- inside ------------------------------------------------------------------------------

    @property
    def _is_socket(self) -> bool:
        return self.source.host.startswith("/")

    @property
    def _port(self) -> int:
        return self.source.port or 5432

    def _address(self) -> str:
        if self._is_socket:
            addresses.allow_socket(self.source.host)
            return ""
        return addresses.resolve(self.source.host, self._port)

    def conninfo(self, *, within_s: int = 0, options: str = "") -> str:
        """Pinned to the judged address; read-only; a dead network is noticed within a minute."""
        return make_conninfo(
            host=self.source.host,
            hostaddr=self._address() or None,
            port=self._port,
            dbname=self.source.database,
            user=self.source.user,
            password=self.password,
            connect_timeout=CONNECT_TIMEOUT_S,
            application_name="datahall",
            client_encoding="UTF8",
            keepalives_idle=15,
            keepalives_interval=5,
            keepalives_count=4,
            tcp_user_timeout=60_000,
            options="-c default_transaction_read_only=on -c lock_timeout=30s -c datestyle=ISO "
            f"-c statement_timeout={within_s}s{options}",
        )

    def connect(self, *, within_s: int = 0) -> psycopg.Connection[dict[str, Any]]:
        conninfo = self.conninfo(within_s=within_s)
        return psycopg.connect(conninfo, autocommit=True, row_factory=dict_row)

    @contextmanager
    def translated(self, reading: Reading | None = None) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise self.failure(error.sqlstate, str(error), reading) from error

    def _readable(self, conn: psycopg.Connection[dict[str, Any]]) -> list[dict[str, Any]]:
        schema = self.source.schema
        if schema:
            seen = conn.execute(
                "select has_schema_privilege(oid, 'usage') as ok from pg_namespace where nspname = %s",
                [schema],
            ).fetchone()
            if not seen or not seen["ok"]:
                raise errors.SchemaMissing(
                    database=self.source.database, schema=schema, user=self.source.user
                )
        tables = conn.execute(_TABLES, {"schema": schema}).fetchall()
        readable = [t for t in tables if t["readable"]]
        if not readable:
            grant = (
                f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema or 'public'} TO {self.source.user};"
            )
            raise errors.NothingReadable(user=self.source.user, grant=grant)
        return readable

    def _query(self, conn: psycopg.Connection[dict[str, Any]], reading: Reading) -> str:
        """The SELECT of `reading`, with each column in a form that Arrow has."""
        types = self.described(conn, reading)
        parts = [_expression(types[name], reading) for name in reading.all_columns]
        where: sql.Composable = sql.SQL("")
        if reading.watermark and reading.after is not None:
            where = sql.SQL(" where {} > {}").format(
                sql.Identifier(reading.watermark), sql.Literal(reading.after)
            )
        if reading.keys is not None:
            where = _picked(reading.keys)
        return (
            sql.SQL("select {} from {}{}")
            .format(sql.SQL(", ").join(parts), sql.Identifier(reading.schema, reading.table), where)
            .as_string(conn)
        )

    def described(
        self, conn: psycopg.Connection[dict[str, Any]], reading: Reading
    ) -> Mapping[str, dict[str, Any]]:
        """What the server says of each column of the table.

        Raises:
            TableGone, ColumnsGone
        """
        found = conn.execute(
            "select to_regclass(%s)::oid as oid", [_quoted(reading.schema, reading.table)]
        ).fetchone()
        if found is None or found["oid"] is None:
            raise errors.TableGone(table=reading.name)
        rows = conn.execute(_COLUMNS, [[found["oid"]]]).fetchall()
        types = {row["name"]: row for row in rows}
        gone = [name for name in reading.all_columns if name not in types]
        if gone:
            raise errors.ColumnsGone(table=reading.name, columns="、".join(gone))
        return types

    def failure(
        self, state: str | None, text: str, reading: Reading | None = None
    ) -> errors.LoadFailure:
        """Our refusal for the server's own code."""
        source = self.source
        state = state or _state_of_text(text)
        if state.startswith("28"):
            return errors.LoginRefused(user=source.user)
        if state == "3D000" or (state == "42501" and reading is None):
            return errors.DatabaseMissing(database=source.database, user=source.user)
        if state == "42501" and reading is not None:
            name = _quoted(reading.schema, reading.table)
            grant = f"GRANT SELECT ON {name} TO {source.user};"
            return errors.PrivilegeMissing(user=source.user, table=reading.name, grant=grant)
        if state == "42P01" and reading is not None:
            return errors.TableGone(table=reading.name)
        if state == "57014":
            name = reading.name if reading else ""
            return errors.SampleTooSlow(table=name, seconds=SAMPLE_WITHIN_S)
        if state in {"53300", "57P03"}:
            return errors.SourceBusy(host=source.host, port=self._port)
        if not state or state.startswith(("08", "57P")):
            return errors.SourceUnreachable(host=source.host, port=self._port)
        return errors.ReadFailed(reason=_first_line(text))

    def _broken(self, error: Exception, reading: Reading, rows: int) -> errors.LoadFailure:
        """Why reading ended early."""
        state = getattr(error, "sqlstate", None) or ""
        if rows or not state or state.startswith(("08", "57P")):
            lost = not state or state.startswith(("08", "57P"))
            if lost and "connect" not in str(error).lower()[:60]:
                return errors.ConnectionLost(rows=rows)
        return self.failure(state, str(error), reading)


def _picked(keys: Keys) -> sql.Composed:
    """Values as quoted literals take the type of the column, so that its index serves."""
    columns = sql.SQL(", ").join(map(sql.Identifier, keys.columns))
    rows = sql.SQL(", ").join(
        sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Literal, value))) for value in keys.values
    )
    return sql.SQL(" where ({}) in ({})").format(columns, rows)


def _plain(row: Mapping[str, Any]) -> str:
    return "enum" if row["kind"] == ENUM else str(row["base"])


def _is_known(row: Mapping[str, Any]) -> bool:
    return row["kind"] == ENUM or row["base"] in AS_IS | AS_TEXT | MOMENTS


def _spelled(row: Mapping[str, Any]) -> str:
    return row["type"] if _is_known(row) else f"{UNKNOWN}{row['type']}"


def _expression(row: Mapping[str, Any], reading: Reading) -> sql.Composable:
    column = sql.Identifier(row["name"])
    if row["kind"] != ENUM and row["base"] in AS_IS:
        return column
    if row["base"] in MOMENTS:
        # "infinity" means that no day was set; no other system can say it.
        return sql.SQL("case when isfinite({0}) then {0} end as {0}").format(column)
    if _is_known(row):
        return sql.SQL("{0}::text as {0}").format(column)
    raise errors.TypeUnknown(table=reading.name, column=row["name"], type=row["type"])


def _sampled(row: Mapping[str, Any], reading: Reading) -> sql.Composable:
    """A column of a sample: a number as it is, all else as text that is not too long."""
    column = sql.Identifier(row["name"])
    if row["kind"] != ENUM and row["base"] in _NUMBERS:
        return column
    if not _is_known(row):
        raise errors.TypeUnknown(table=reading.name, column=row["name"], type=row["type"])
    return sql.SQL("left({}::text, {})").format(column, SAMPLE_CHARACTERS)


def _spread(
    conn: psycopg.Connection[dict[str, Any]], reading: Reading, rows: int
) -> sql.Composable:
    """Blocks from all over a large table; a view has none, and a small table is read from its start."""
    found = conn.execute(
        "select relkind, reltuples from pg_class where oid = to_regclass(%s)",
        [_quoted(reading.schema, reading.table)],
    ).fetchone()
    if not found or found["relkind"] not in ("r", "m") or found["reltuples"] < rows * _LARGE:
        return sql.SQL("")
    percent = 100 * _LARGE / 2 * rows / found["reltuples"]  # a little more than is taken of it
    return sql.SQL(" tablesample system ({})").format(percent)


def _quoted(schema: str, table: str) -> str:
    return sql.Identifier(schema, table).as_string()


def _state_of_text(text: str) -> str:
    """libpq gives no code for a refused login; its sentence tells."""
    low = text.lower()
    if "password authentication failed" in low or "no password supplied" in low:
        return "28P01"
    if "pg_hba.conf" in low or ("role" in low and "does not exist" in low):
        return "28000"
    if "database" in low and "does not exist" in low:
        return "3D000"
    if "permission denied for database" in low:
        return "42501"
    if "too many" in low or "starting up" in low or "remaining connection slots" in low:
        return "53300"
    return ""


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0][:200] if text.strip() else "没有说明原因"
