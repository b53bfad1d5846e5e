"""What a changed table breaks in its entry (影响).  No I/O."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from datahall.catalogue import CatalogueItem, Field, FieldType, ScannedTable, type_of
from datahall.drift.model.changes import Change, ChangeKind

TEXT: Final = frozenset({FieldType.STRING, FieldType.TEXT})
NUMBERS: Final = frozenset(
    {FieldType.NUMBER, FieldType.MONEY, FieldType.INTEGER, FieldType.DOUBLE, FieldType.FLOAT}
)
MOMENTS: Final = frozenset({FieldType.DATE, FieldType.DATETIME})
FAMILIES: Final = (TEXT, NUMBERS, MOMENTS, frozenset({FieldType.BOOLEAN}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """A place of an entry that no longer fits the table that it is mounted on."""

    field: str  # name of the information item; empty: the entry itself
    title: str
    reason: str
    stops: bool  # loads cannot go on until the entry or the source is changed


def misfits(
    item: CatalogueItem, table: ScannedTable | None, changes: Sequence[Change]
) -> tuple[Misfit, ...]:
    """What of `item` does not fit its table as it is now.

    Args:
        table: None when it is gone.
        changes: since the entry last fitted.
    """
    if table is None:
        return (Misfit(field="", title="整张表", reason="源端已没有这张表", stops=True),)
    return tuple(_all(item, table, changes))


def _all(item: CatalogueItem, table: ScannedTable, changes: Sequence[Change]) -> Iterator[Misfit]:
    columns = {column.name: column for column in table.columns}
    renamed = {c.column: c for c in changes if c.kind is ChangeKind.COLUMN_RENAMED}
    retyped = {c.column: c for c in changes if c.kind is ChangeKind.RETYPED}
    for field in item.fields:
        if field.source_column not in columns:
            yield Misfit(
                field=field.name, title=field.title, stops=True, reason=_gone(field, renamed)
            )
        elif field.source_column in retyped and (
            reason := _unlike(field, columns[field.source_column].type)
        ):
            yield Misfit(field=field.name, title=field.title, stops=False, reason=reason)
    mark = item.watermark_column
    if mark and mark not in columns:
        yield Misfit(field="", title="增量标识", stops=True, reason=f"来源列 {mark} 已没有")
    keyed = {field.source_column for field in item.fields if field.is_key}
    key_changed = any(change.kind is ChangeKind.KEY for change in changes)
    if key_changed and table.primary_key and keyed != set(table.primary_key):
        yield Misfit(
            field="",
            title="主键",
            stops=False,
            reason=f"来源的主键现在是 {'、'.join(table.primary_key)}",
        )


def _gone(field: Field, renamed: dict[str, Change]) -> str:
    change = renamed.get(field.source_column)
    if change is None:
        return f"来源列 {field.source_column} 已没有"
    return f"来源列 {field.source_column} 多半改名为 {change.after}（把握 {change.confidence or 0:.0%}）"


def _unlike(field: Field, type_: str) -> str:
    """Why values of the source's type may not fit the field; empty: they do."""
    read = type_of(type_)
    if field.type in TEXT:
        if (
            field.length
            and read.type in TEXT
            and (read.length is None or read.length > field.length)
        ):
            return f"来源现在是 {type_}，可能超过目录写的 {field.length} 位"
        return ""
    if not any(field.type in family and read.type in family for family in FAMILIES):
        return f"来源现在是 {type_}，目录写的是{field.type.label}"
    return ""
