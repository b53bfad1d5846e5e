"""What a hall table is made of.  No I/O."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from datahall.catalogue import CatalogueItem, Field, FieldType
from datahall.kit.ids import DatasetId, ItemId

SCHEMA: Final = "hall"
READER: Final = "datahall_reader"
"""The database role that may only read hall tables; the gateway reads as this role."""

SYSTEM_COLUMNS: Final = ("_revision", "_load", "_loaded_at", "_deleted")
"""Beside the fields of the item: the commit that last changed the row, the load, when, and
whether the row is gone at the source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One typed column of a hall table."""

    name: str
    type: str  # as PostgreSQL writes it, e.g. numeric(18,2)
    nullable: bool
    comment: str
    indexed: bool = False  # people look rows up by it: ID card numbers and credit codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """The hall table behind one catalogue item (汇聚数据集)."""

    id: DatasetId
    item: ItemId
    title: str
    table: str  # name in schema `hall`
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetState:
    """How far a dataset has come."""

    rows: int  # without those gone at the source
    deleted: int
    revision: int  # 0 until the first load commits; then one more with each load that changed rows
    loaded_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """What one load did to the hall table."""

    inserted: int = 0  # rows that were not live in the hall before, those that came back too
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0

    @property
    def changed(self) -> int:
        return self.inserted + self.updated + self.deleted


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What the hall would lose by a load that has not landed yet."""

    rows: int  # that the hall has now
    going: int = 0  # of them, those that the source no longer has
    examples: tuple[tuple[str, ...], ...] = ()  # keys of some of them, in clear


_TYPES: Final = {
    FieldType.STRING: "text",  # lengths are a rule of quality, so that a long value is explained
    FieldType.TEXT: "text",
    FieldType.GENERAL: "text",
    FieldType.DATE: "date",
    FieldType.DATETIME: "timestamptz",
    FieldType.BOOLEAN: "boolean",
    FieldType.INTEGER: "bigint",
    FieldType.DOUBLE: "double precision",
    FieldType.FLOAT: "double precision",
}
_MONEY_SCALE: Final = 2
_MAX_PRECISION: Final = 38


def sql_type(field: Field) -> str:
    """The column type that holds every value of `field` exactly."""
    if field.type in _TYPES:
        return _TYPES[field.type]
    if field.type is FieldType.MONEY:
        return (
            f"numeric({field.length or 18},{_MONEY_SCALE if field.scale is None else field.scale})"
        )
    if field.length and field.length <= _MAX_PRECISION:
        return f"numeric({field.length},{field.scale or 0})"
    return "numeric"


def key_of(item: CatalogueItem) -> tuple[str, ...]:
    """The fields that identify a row, in the order of the entry."""
    return tuple(f.name for f in item.fields if f.is_key)


def columns_of(item: CatalogueItem) -> tuple[Column, ...]:
    """The columns that the hall table of `item` must have."""
    key = key_of(item)
    return tuple(
        Column(
            name=f.name,
            type=sql_type(f),
            nullable=not f.is_key,  # what is required is a rule of quality, not of the table
            comment=f.title,
            indexed=f.sensitive.name in {"ID_CARD", "USCC"} and key != (f.name,),
        )
        for f in item.fields
    )


def reshaped(dataset: Dataset, item: CatalogueItem) -> Dataset:
    """The dataset in the shape that the entry asks for now."""
    return replace(dataset, title=item.title, key=key_of(item), columns=columns_of(item))


def fits(dataset: Dataset, item: CatalogueItem) -> bool:
    """Whether the table as built can hold the rows of the entry as it is now."""
    wanted = reshaped(dataset, item)
    built = {(c.name, c.type) for c in dataset.columns}
    return dataset.key == wanted.key and built == {(c.name, c.type) for c in wanted.columns}
