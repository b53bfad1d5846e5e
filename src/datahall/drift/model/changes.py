"""What differs between two scans of a source (结构变更).  No I/O.

A column that was renamed looks like one that went and one that came.  The two are taken for one
when type, comment and place agree, with a confidence that is always shown: a person decides.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from datahall.catalogue import ScannedColumn, ScannedTable
from datahall.kit.labels import Labelled


class ChangeKind(Labelled):
    """What changed (变更类型)."""

    TABLE_GONE = "table_gone", "表已消失"
    TABLE_NEW = "table_new", "新增表"
    COLUMN_GONE = "column_gone", "列已消失"
    COLUMN_RENAMED = "column_renamed", "列改名"
    COLUMN_NEW = "column_new", "新增列"
    RETYPED = "retyped", "类型改变"
    NULLABLE = "nullable", "可空改变"
    KEY = "key", "主键改变"
    COMMENT = "comment", "注释改变"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that differs."""

    kind: ChangeKind
    schema: str = ""
    table: str
    column: str = ""  # as it was called; of a new column its name; empty: the table itself
    before: str = ""
    after: str = ""
    confidence: float | None = None  # of what is recognised and not told: a renaming

    @property
    def place(self) -> str:
        return f"{self.table}.{self.column}" if self.column else self.table


RENAMED: Final[Mapping[tuple[bool, bool, bool], float]] = {
    (True, True, True): 0.95,
    (True, True, False): 0.6,
    (True, False, True): 0.6,
    (False, True, True): 0.7,
}
"""(same place, same type, same comment) → how sure it is that a column was renamed [P]."""
UNCOMMENTED: Final = 0.8  # same place and type, and neither of the two ever had a comment
SAME_TABLE: Final = 0.9  # [P] a table of the same columns came when one went


def find(before: Sequence[ScannedTable], after: Sequence[ScannedTable]) -> tuple[Change, ...]:
    """Every difference, table by table in the order of names."""
    old = {(t.schema, t.name): t for t in before}
    new = {(t.schema, t.name): t for t in after}
    came = [new[key] for key in sorted(new.keys() - old.keys())]
    found: list[Change] = []
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        if was and now:
            found.extend(_of_table(was, now))
        elif was:
            found.append(_gone(was, came))
        elif now:
            found.append(
                Change(kind=ChangeKind.TABLE_NEW, schema=now.schema, table=now.name, after=now.name)
            )
    return tuple(found)


def _gone(was: ScannedTable, came: Sequence[ScannedTable]) -> Change:
    """A table that went, and where it may have gone: the only new one with the same columns."""
    shape = [(column.name, column.type) for column in was.columns]
    same = [t.name for t in came if [(c.name, c.type) for c in t.columns] == shape]
    return Change(
        kind=ChangeKind.TABLE_GONE,
        schema=was.schema,
        table=was.name,
        before=was.name,
        after=same[0] if len(same) == 1 else "",
        confidence=SAME_TABLE if len(same) == 1 else None,
    )


def _of_table(was: ScannedTable, now: ScannedTable) -> Iterator[Change]:
    old = {column.name: column for column in was.columns}
    new = {column.name: column for column in now.columns}
    went = [column for column in was.columns if column.name not in new]
    came = [column for column in now.columns if column.name not in old]
    renamed = _renamings(went, came)
    names = {before: after.name for before, (after, _) in renamed.items()}

    def change(kind: ChangeKind, column: str, before: str = "", after: str = "") -> Change:
        return Change(
            kind=kind, schema=now.schema, table=now.name, column=column, before=before, after=after
        )

    if was.comment != now.comment:
        yield change(ChangeKind.COMMENT, "", was.comment, now.comment)
    # A key whose columns were only renamed is the same key.
    if tuple(names.get(name, name) for name in was.primary_key) != now.primary_key:
        yield change(ChangeKind.KEY, "", "、".join(was.primary_key), "、".join(now.primary_key))
    for column in was.columns:
        if column.name in renamed:
            successor, confidence = renamed[column.name]
            yield Change(
                kind=ChangeKind.COLUMN_RENAMED,
                schema=now.schema,
                table=now.name,
                column=column.name,
                before=column.name,
                after=successor.name,
                confidence=confidence,
            )
        elif column.name in new:
            successor = new[column.name]
        else:
            yield change(ChangeKind.COLUMN_GONE, column.name, column.type)
            continue
        for kind, one, other in (
            (ChangeKind.RETYPED, column.type, successor.type),
            (ChangeKind.NULLABLE, _nullable(column), _nullable(successor)),
            (ChangeKind.COMMENT, column.comment, successor.comment),
        ):
            if one != other:
                yield change(kind, column.name, one, other)
    successors = {column.name for column, _ in renamed.values()}
    for column in came:
        if column.name not in successors:
            yield change(ChangeKind.COLUMN_NEW, column.name, "", column.type)


def _nullable(column: ScannedColumn) -> str:
    return "可空" if column.nullable else "必填"


def _renamings(
    went: Sequence[ScannedColumn], came: Sequence[ScannedColumn]
) -> dict[str, tuple[ScannedColumn, float]]:
    """Name before → the column it became and how sure that is; the surest pairs first."""
    pairs = [(_likeness(a, b), n, a, b) for n, a in enumerate(went) for b in came]
    found: dict[str, tuple[ScannedColumn, float]] = {}
    taken: set[str] = set()
    for confidence, _, a, b in sorted(
        pairs, key=lambda pair: (-pair[0], pair[1], pair[3].position)
    ):
        if confidence and a.name not in found and b.name not in taken:
            found[a.name] = (b, confidence)
            taken.add(b.name)
    return found


def _likeness(a: ScannedColumn, b: ScannedColumn) -> float:
    place, type_ = a.position == b.position, a.type == b.type
    if not a.comment and not b.comment:
        return UNCOMMENTED if place and type_ else 0.0
    return RENAMED.get((place, type_, a.comment == b.comment), 0.0)
