"""One text for a value on both sides, so that a database's own digests can be compared (规范文本).

Each kind of column has one expression here per server, and one for rows that were read.  The
rule that all of them keep: what the contract would turn into another value never has the same
text.  So equal sums mean equal rows, and at worst rows that are equal are looked at in vain (a
space that only the contract strips, a time of day in a summer of 1987).

    numbers     as few digits as say it: 1.50 → 1.5
    doubles     their eight bytes, since every program writes them in its own way
    instants    UTC with six decimals and the era
    text        without the spaces around it; nothing left is no value
    a row       value|value|…, each text led by its length, a missing value as -
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import polars as pl

from datahall.catalogue import Field, FieldType

_WHOLE: Final = frozenset({FieldType.INTEGER, FieldType.NUMBER, FieldType.MONEY})
_TEXTS: Final = frozenset({FieldType.STRING, FieldType.TEXT})
_DOUBLES: Final = frozenset({FieldType.DOUBLE, FieldType.FLOAT})
_SPACES: Final = "".join(
    map(chr, (*range(9, 14), 32, 133, 160, 5760, *range(8192, 8203), 8232, 8233, 8239, 8287, 12288))
)
"""What the contract strips: the white space of Unicode."""
_STRIP: Final = f"'{_SPACES}'"
_STAMP: Final = "'YYYY-MM-DD HH24:MI:SS.US BC'"

Expression = Callable[[str], str]


# -- PostgreSQL: the hall, and sources of this kind --------------------------------------------


def _pg_text(c: str) -> str:
    return f"nullif(btrim({c}::text, {_STRIP}), '')"


def _pg_number(c: str) -> str:
    return f"trim_scale({c}::numeric)::text"


def _pg_double(c: str) -> str:
    return f"encode(float8send({c}::float8 + 0), 'hex')"  # + 0 makes one nought of two


def _pg_instant(c: str) -> str:
    return f"to_char({c} at time zone 'UTC', {_STAMP})"


def _pg_local(c: str) -> str:
    """A clock without a zone shows Beijing time; infinity is no day, as the connector has it."""
    utc = f"({c} at time zone 'Asia/Shanghai') at time zone 'UTC'"
    return f"case when isfinite({c}) then to_char({utc}, {_STAMP}) end"


_HALL: Final[Mapping[FieldType, Expression]] = {
    FieldType.STRING: lambda c: c,
    FieldType.TEXT: lambda c: c,
    FieldType.INTEGER: lambda c: f"{c}::text",
    FieldType.NUMBER: _pg_number,
    FieldType.MONEY: _pg_number,
    FieldType.DOUBLE: _pg_double,
    FieldType.FLOAT: _pg_double,
    FieldType.BOOLEAN: lambda c: f"case when {c} then '1' else '0' end",
    FieldType.DATE: lambda c: f"to_char({c}, 'YYYY-MM-DD BC')",
    FieldType.DATETIME: _pg_instant,
}

_PG_TEXTS: Final = frozenset(
    {"text", "varchar", "bpchar", "name", "uuid", "json", "jsonb", "inet", "cidr", "macaddr",
     "citext", "xml", "enum", "time", "timetz", "interval", "char"}
)  # fmt: skip


def hall(field: Field, column: str) -> str:
    """The text of a hall column, null for a missing value."""
    text = _HALL[field.type](column)
    return f"case when {column} is not null then {text} end" if "case" in text else text


def postgres(kind: str, field: Field, column: str) -> str | None:
    """The text of a source's column of this type; None when only the contract can tell."""
    match kind, field.type:
        case ("int2" | "int4" | "int8", type_) if type_ in _WHOLE | _TEXTS:
            return f"{column}::text"
        case ("numeric", type_) if type_ in _WHOLE:
            return _pg_number(column)
        case ("numeric", type_) if type_ in _TEXTS:
            return f"{column}::text"
        case (text, type_) if text in _PG_TEXTS and type_ in _TEXTS:
            return _pg_text(column)
        case ("float4" | "float8", type_) if type_ in _DOUBLES:
            return _pg_double(column)
        case ("bool", FieldType.BOOLEAN):
            return f"case when {column} then '1' when not {column} then '0' end"
        case ("date", FieldType.DATE):
            return f"case when isfinite({column}) then to_char({column}, 'YYYY-MM-DD BC') end"
        case ("timestamp", FieldType.DATETIME):
            return _pg_local(column)
        case ("timestamptz", FieldType.DATETIME):
            return f"case when isfinite({column}) then {_pg_instant(column)} end"
    return None


# -- MySQL and MariaDB -------------------------------------------------------------------------

_MY_TEXTS: Final = frozenset(
    {"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set", "json", "uuid",
     "inet6", "time", "year"}
)  # fmt: skip
_MY_INTEGERS: Final = frozenset({"tinyint", "smallint", "mediumint", "int", "bigint"})


def _my_number(c: str) -> str:
    text = f"cast({c} as char)"
    short = f"trim(trailing '.' from trim(trailing '0' from {text}))"
    return f"if(locate('.', {text}) > 0, {short}, {text})"


def mysql(kind: str, field: Field, column: str) -> str | None:
    """As `postgres`; a clock without a zone is taken back by the eight hours of Beijing."""
    match kind, field.type:
        case (number, type_) if number in _MY_INTEGERS and type_ in _WHOLE | _TEXTS:
            return f"cast({column} + 0 as char)"  # + 0: without the zeros of ZEROFILL
        case ("tinyint" | "smallint" | "int", FieldType.BOOLEAN):
            return f"cast({column} + 0 as char)"
        case ("decimal" | "numeric", type_) if type_ in _WHOLE:
            return _my_number(column)
        case ("decimal" | "numeric", type_) if type_ in _TEXTS:
            return f"cast({column} as char)"
        case (text, type_) if text in _MY_TEXTS and type_ in _TEXTS:
            return f"nullif(trim(convert({column} using utf8mb4)), '')"
        case ("date", FieldType.DATE):
            return f"concat(date_format({column}, '%Y-%m-%d'), ' AD')"
        case ("datetime" | "timestamp", FieldType.DATETIME):
            utc = f"{column} - interval 8 hour"
            return f"concat(date_format({utc}, '%Y-%m-%d %H:%i:%s.%f'), ' AD')"
    return None


# -- rows that were read -----------------------------------------------------------------------


def of_rows(frame: pl.DataFrame, fields: Sequence[Field]) -> pl.Series:
    """The text of each row of a batch in the types of the fields."""
    texts = frame.select(
        _parted(_read(field, frame.get_column(field.name)), field).alias(str(place))
        for place, field in enumerate(fields)
    )
    return texts.select(pl.concat_str(pl.all())).to_series()


def _parted(text: pl.Series, field: Field) -> pl.Series:
    if field.type in _TEXTS:
        text = text.str.len_chars().cast(pl.String) + ":" + text
    return text.fill_null("-") + "|"


def _read(field: Field, values: pl.Series) -> pl.Series:
    """The text of one column."""
    match field.type:
        case FieldType.BOOLEAN:
            return values.cast(pl.Int8).cast(pl.String)
        case FieldType.NUMBER | FieldType.MONEY:
            text = values.cast(pl.String)
            short = text.str.strip_chars_end("0").str.strip_chars_end(".")
            return short.zip_with(text.str.contains(".", literal=True), text)
        case FieldType.DOUBLE | FieldType.FLOAT:
            raw = (values.fill_null(0.0).to_numpy() + 0.0).astype(">f8").tobytes().hex()
            text = pl.Series([raw[i : i + 16] for i in range(0, len(raw), 16)], dtype=pl.String)
            return text.zip_with(values.is_not_null(), pl.Series([None], dtype=pl.String))
        case FieldType.DATE:
            return values.dt.to_string("%Y-%m-%d") + " AD"
        case FieldType.DATETIME:
            return values.dt.replace_time_zone(None).dt.to_string("%Y-%m-%d %H:%M:%S%.6f") + " AD"
    return values.cast(pl.String)


def parted(
    expression: str, field: Field, *, join: Callable[[Sequence[str]], str], length: str
) -> str:
    """`_parted` in SQL: how the server joins texts and what it calls their length is given."""
    if field.type in _TEXTS:
        long = join([f"{length}({expression})", "':'", expression])
        return join([f"coalesce({long}, '-')", "'|'"])
    return join([f"coalesce({expression}, '-')", "'|'"])
