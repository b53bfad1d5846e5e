"""PostgreSQL's text of a value → the very type in which a load of the same table reads it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import polars as pl
import psycopg

from datahall.ingestion.connectors.postgres import AS_TEXT, ENUM
from datahall.kit.clock import LOCAL

Make = Callable[[str, Sequence[Any]], pl.Series]

_TYPES: Final = """
select t.oid, coalesce(b.typname, t.typname)::text as base,
       coalesce(b.typtype, t.typtype)::text as kind, format_type(t.oid, null) as spelled
from pg_type t left join pg_type b on t.typtype = 'd' and b.oid = t.typbasetype
where t.oid = any (%s)
"""
_INFINITE: Final = ("infinity", "-infinity")


def described(
    conn: psycopg.Connection[dict[str, Any]], oids: Iterable[int]
) -> dict[int, tuple[str, Make | None]]:
    """Of each type: its name, and how to read its text; None for one that we cannot bring."""
    rows = conn.execute(_TYPES, [list(oids)]).fetchall()
    return {row["oid"]: (row["spelled"], _make(row)) for row in rows}


def _make(row: Mapping[str, Any]) -> Make | None:
    base = row["base"]
    if row["kind"] == ENUM or base in AS_TEXT or base in {"text", "varchar"}:
        return _text
    return _MAKES.get(base)


def _text(name: str, values: Sequence[Any]) -> pl.Series:
    return pl.Series(name, values, pl.String)


def _as(kind: pl.DataType) -> Make:
    def make(name: str, values: Sequence[Any]) -> pl.Series:
        return pl.Series(name, values, pl.String).cast(kind)

    return make


def _boolean(name: str, values: Sequence[Any]) -> pl.Series:
    return pl.Series(name, [None if v is None else v in {"t", "true"} for v in values], pl.Boolean)


def _date(name: str, values: Sequence[Any]) -> pl.Series:
    text = _finite(name, values)
    read = text.str.to_date("%Y-%m-%d", strict=False)
    return _whole(text, read, lambda found: found.dt.strftime("%Y-%m-%d"))


def _timestamp(name: str, values: Sequence[Any]) -> pl.Series:
    text = _finite(name, values)
    read = text.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)
    return _whole(text, read, _spelled)


def _timestamptz(name: str, values: Sequence[Any]) -> pl.Series:
    """The stream's session runs in UTC, so every instant ends in +00."""
    text = _finite(name, values)
    read = (
        text.str.strip_suffix("+00")
        .str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)
        .dt.replace_time_zone("UTC")
    )
    return _whole(text, read, lambda found: _spelled(found.dt.convert_time_zone(str(LOCAL))))


def _finite(name: str, values: Sequence[Any]) -> pl.Series:
    """Without "infinity", which means that no day was set."""
    return pl.Series(name, [None if v in _INFINITE else v for v in values], pl.String)


def _spelled(found: pl.Series) -> pl.Series:
    return found.dt.strftime("%Y-%m-%d %H:%M:%S%.f")


def _whole(text: pl.Series, read: pl.Series, spell: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """`read`, or all as text when a value (year -44, year 12026) is no moment that we have.

    The contract then finds those values, says so beside the field and keeps them in quarantine.
    """
    if read.null_count() == text.null_count():
        return read
    return spell(read).zip_with(read.is_not_null(), text)


_MAKES: Final[Mapping[str, Make]] = {
    "int2": _as(pl.Int16()),
    "int4": _as(pl.Int32()),
    "int8": _as(pl.Int64()),
    "float4": _as(pl.Float32()),
    "float8": _as(pl.Float64()),
    "bool": _boolean,
    "date": _date,
    "timestamp": _timestamp,
    "timestamptz": _timestamptz,
}
