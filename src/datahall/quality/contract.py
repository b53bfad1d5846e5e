"""The types that an item promises (数据约定): a source's columns become the hall's types.

Files bring text, databases bring types of their own; both leave here as the type of the field.
Text loses the spaces around it, and empty text is no value.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from datahall.catalogue import Field, FieldType

DATE_FORMATS: Final = (
    "%Y-%m-%d",
    "%Y%m%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y年%m月%d日",
    "%Y-%m-%d %H:%M:%S%.f",
)
DATETIME_FORMATS: Final = (
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y/%m/%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y%m%d%H%M%S",
    "%Y-%m-%d",
)
TRUE: Final = ("1", "true", "t", "yes", "y", "是", "有")
FALSE: Final = ("0", "false", "f", "no", "n", "否", "无")
LOCAL: Final = "Asia/Shanghai"  # a source's clock without a zone shows Beijing time
MAX_DIGITS: Final = 38  # of a decimal: Arrow's limit
EXACT: Final = pl.Decimal(MAX_DIGITS, 12)


@dataclass(frozen=True, slots=True)
class Typed:
    """A batch in the hall's types, and where a value has no such type (True = misfit)."""

    frame: pl.DataFrame
    misfits: Mapping[str, pl.Series]


def apply(frame: pl.DataFrame, fields: Iterable[Field]) -> Typed:
    """The batch with each field's column in the field's type; other columns stay as they are."""
    fields = tuple(fields)
    clean = frame.with_columns(
        _trimmed(f.name) for f in fields if frame.schema[f.name] == pl.String
    )
    columns: list[pl.Series] = []
    misfits: dict[str, pl.Series] = {}
    for field in fields:
        given = clean.get_column(field.name)
        typed = CASTS[field.type](given, field)
        columns.append(typed)
        if typed.null_count() > given.null_count():
            misfits[field.name] = given.is_not_null() & typed.is_null()
    return Typed(clean.with_columns(columns), misfits)


def typed_keys(keys: pl.DataFrame, fields: Iterable[Field]) -> pl.DataFrame:
    """Keys as the source writes them, in the hall's types; what has no such type is missing."""
    return apply(keys, fields).frame


def _trimmed(name: str) -> pl.Expr:
    text = pl.col(name).str.strip_chars()
    return pl.when(text.str.len_bytes() > 0).then(text).alias(name)


def _text(values: pl.Series, _field: Field) -> pl.Series:
    """Text without NUL, which PostgreSQL cannot keep; 340000.0 from a spreadsheet is 340000."""
    if values.dtype == pl.String:
        nul = values.str.contains("\0", literal=True)
        return values.set(nul, None) if nul.any() else values
    if values.dtype.is_float():
        whole = values.cast(pl.Int64, strict=False)
        return whole.cast(pl.String).zip_with(whole == values, values.cast(pl.String))
    return values.cast(pl.String, strict=False)


def _decimal(values: pl.Series, field: Field) -> pl.Series:
    """Neither digits nor decimals beyond the field's; binary fractions are rounded."""
    scale = field.scale if field.scale is not None else DEFAULT_SCALE[field.type]
    digits = min(field.length or MAX_DIGITS, MAX_DIGITS)
    wanted = pl.Decimal(digits, min(scale, digits))
    if values.dtype == wanted:
        return values
    typed = values.cast(wanted, strict=False)
    if values.dtype.is_float() or values.dtype.is_integer():
        return typed
    return typed.set(values.cast(EXACT, strict=False) != typed.cast(EXACT, strict=False), None)


def _integer(values: pl.Series, _field: Field) -> pl.Series:
    typed = values.cast(pl.Int64, strict=False)
    if values.dtype.is_float() or values.dtype.is_decimal():
        return typed.set(typed.cast(values.dtype, strict=False) != values, None)
    return typed


def _double(values: pl.Series, _field: Field) -> pl.Series:
    typed = values.cast(pl.Float64, strict=False)
    return typed.set(~typed.is_finite(), None)


def _boolean(values: pl.Series, _field: Field) -> pl.Series:
    if values.dtype == pl.Boolean:
        return values
    words = values.cast(pl.String, strict=False).str.to_lowercase()
    both = [*TRUE, *FALSE]
    return words.replace_strict(
        both, [w in TRUE for w in both], default=None, return_dtype=pl.Boolean
    )


def _date(values: pl.Series, _field: Field) -> pl.Series:
    if values.dtype == pl.String:
        return _parsed(values, DATE_FORMATS, lambda v, f: v.str.to_date(f, strict=False))
    if isinstance(values.dtype, pl.Datetime) and values.dtype.time_zone:
        return values.dt.convert_time_zone(LOCAL).dt.date()
    return values.cast(pl.Date, strict=False)


def _datetime(values: pl.Series, _field: Field) -> pl.Series:
    """UTC; a value without a zone is Beijing time."""
    if values.dtype == pl.String:
        values = _parsed(
            values,
            DATETIME_FORMATS,
            lambda v, f: v.str.to_datetime(f, strict=False, time_unit="us"),
        )
    if isinstance(values.dtype, pl.Datetime) and values.dtype.time_zone:
        return values.cast(pl.Datetime("us", values.dtype.time_zone)).dt.convert_time_zone("UTC")
    local = values.cast(pl.Datetime("us"), strict=False).dt.replace_time_zone(
        LOCAL, ambiguous="earliest", non_existent="null"
    )
    return local.dt.convert_time_zone("UTC")


def _parsed(
    values: pl.Series, formats: Iterable[str], parse: Callable[[pl.Series, str], pl.Series]
) -> pl.Series:
    """Each value by the first format that reads it; usually the first format reads all."""
    first, *others = formats
    found = parse(values, first)
    for form in others:
        if found.null_count() == values.null_count():
            break
        found = found.zip_with(found.is_not_null(), parse(values, form))
    return found


CASTS: Final[Mapping[FieldType, Callable[[pl.Series, Field], pl.Series]]] = {
    FieldType.STRING: _text,
    FieldType.TEXT: _text,
    FieldType.GENERAL: _text,
    FieldType.NUMBER: _decimal,
    FieldType.MONEY: _decimal,
    FieldType.INTEGER: _integer,
    FieldType.DOUBLE: _double,
    FieldType.FLOAT: _double,
    FieldType.BOOLEAN: _boolean,
    FieldType.DATE: _date,
    FieldType.DATETIME: _datetime,
}
DEFAULT_SCALE: Final = {FieldType.NUMBER: 0, FieldType.MONEY: 2}
