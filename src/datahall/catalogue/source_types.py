"""A source's own type names, read as the guide's data types (来源类型 → 数据类型)."""

import re
from dataclasses import dataclass
from typing import Final

from datahall.catalogue.vocabulary import FieldType

SHAPE: Final = re.compile(
    r"(?P<name>[a-z_0-9]+)( [a-z]+)*\s*(\((?P<args>[^)]*)\))?\s*(?P<tail>[a-z ]*)"
)

TYPES: Final = {
    FieldType.STRING: (
        "char character varchar nvarchar varchar2 nvarchar2 nchar bpchar citext uuid enum set inet "
        "cidr macaddr string utf8 large_string large_utf8 str object categorical name"
    ),
    FieldType.TEXT: "text tinytext mediumtext longtext clob nclob ntext json jsonb xml long",
    FieldType.INTEGER: (
        "int integer bigint smallint tinyint mediumint int2 int4 int8 int16 int32 int64 uint8 uint16 "
        "uint32 uint64 serial bigserial smallserial year"
    ),
    FieldType.NUMBER: "numeric decimal number dec decimal128 decimal256",
    FieldType.MONEY: "money smallmoney",
    FieldType.DOUBLE: "double float8 float64 binary_double",
    FieldType.FLOAT: "float real float4 float32 halffloat binary_float",
    FieldType.DATE: "date date32 date64",
    FieldType.DATETIME: "timestamp timestamptz datetime datetime2 smalldatetime timestamp_ntz",
    FieldType.BOOLEAN: "bool boolean bit",
}
BY_NAME: Final = {name: type for type, names in TYPES.items() for name in names.split()}


@dataclass(frozen=True, slots=True)
class SourceType:
    """A source type as read: `known` is False when it was not recognised and text is assumed."""

    type: FieldType
    length: int | None = None
    scale: int | None = None
    known: bool = True


def type_of(name: str) -> SourceType:
    """The guide's type of a source type such as `character varying(18)` or `Decimal(12, 2)`."""
    plain = re.sub(r"\s+", " ", name.strip().casefold()).replace("[us]", "").replace("[ns]", "")
    plain = re.sub(r"\[(us|ns|ms|s)[^\]]*\]", "", plain)
    matched = SHAPE.fullmatch(plain)
    if matched is None:
        return SourceType(FieldType.TEXT, known=False)
    base = matched["name"]
    if "double precision" in plain:
        base = "double"
    if plain == "tinyint(1)":  # how MySQL writes a boolean
        return SourceType(FieldType.BOOLEAN)
    found = BY_NAME.get(base)
    if found is None:
        return SourceType(FieldType.TEXT, known=False)
    numbers = _numbers(matched["args"])
    if found is FieldType.STRING and numbers and base not in {"enum", "set"}:
        return SourceType(found, length=numbers[0])
    if found is FieldType.STRING and base == "uuid":
        return SourceType(found, length=36)
    if found is FieldType.NUMBER and numbers:
        scale = numbers[1] if len(numbers) > 1 else 0
        return SourceType(found, length=numbers[0], scale=scale)
    return SourceType(found)


def _numbers(arguments: str | None) -> list[int]:
    parts = [part.strip() for part in (arguments or "").split(",")]
    return [int(part) for part in parts if part.isdigit()]
