"""What differs between two states of a list, and how two people's edits come together.  No I/O.

A difference is a tuple of `RowChange`; `apply` and `undo` go from one state to the other, so
that the saves of a version are its whole history: any earlier state can be told from them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from datahall.kit.ids import ListRowId
from datahall.kit.labels import Labelled
from datahall.lists.model import Cells, Row, RowEdit


class ChangeKind(Labelled):
    """What happened to a row (变动)."""

    ADDED = "added", "新增"
    REMOVED = "removed", "删去"
    CHANGED = "changed", "修改"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """One row that differs; of a changed row only the cells that do (清单变动)."""

    kind: ChangeKind
    row: ListRowId
    position: float
    before: Cells = field(default_factory=dict)  # a cell that was empty is ""
    after: Cells = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """A cell that two people changed to different values since it was read (冲突)."""

    row: ListRowId
    column: str  # empty: the row itself was removed by one of them
    mine: str
    theirs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What a save does to the rows as they stand, and where it contradicts a colleague's."""

    changes: tuple[RowChange, ...]
    clashes: tuple[Clash, ...]


def filled(cells: Mapping[str, str]) -> dict[str, str]:
    """Only the cells that hold something."""
    return {name: text for name, text in cells.items() if text}


def differences(before: Iterable[Row], after: Iterable[Row]) -> tuple[RowChange, ...]:
    """Rows added, removed and changed, in the order of the sheet after; the removed ones last."""
    old = {row.id: row for row in before}
    found = []
    for row in after:
        was = old.pop(row.id, None)
        if was is None:
            found.append(added(row))
        elif (change := changed(row, was.cells, row.cells)) is not None:
            found.append(change)
    return (*found, *(removed(row) for row in old.values()))


def added(row: Row) -> RowChange:
    return RowChange(
        kind=ChangeKind.ADDED, row=row.id, position=row.position, after=filled(row.cells)
    )


def removed(row: Row) -> RowChange:
    return RowChange(
        kind=ChangeKind.REMOVED, row=row.id, position=row.position, before=filled(row.cells)
    )


def changed(row: Row, before: Cells, after: Cells) -> RowChange | None:
    """The cells that differ; None when none does."""
    names = [n for n in {**before, **after} if before.get(n, "") != after.get(n, "")]
    if not names:
        return None
    return RowChange(
        kind=ChangeKind.CHANGED,
        row=row.id,
        position=row.position,
        before={name: before.get(name, "") for name in names},
        after={name: after.get(name, "") for name in names},
    )


def apply(rows: Iterable[Row], changes: Iterable[RowChange]) -> list[Row]:
    """The rows after `changes`, in the order of the sheet."""
    state = {row.id: row for row in rows}
    for change in changes:
        match change.kind:
            case ChangeKind.ADDED:
                state[change.row] = Row(
                    id=change.row, position=change.position, cells=filled(change.after)
                )
            case ChangeKind.REMOVED:
                state.pop(change.row, None)
            case ChangeKind.CHANGED:
                row = state[change.row]
                cells = filled({**row.cells, **change.after})
                state[change.row] = Row(id=row.id, position=row.position, cells=cells)
    return in_order(state.values())


def undo(rows: Iterable[Row], changes: Sequence[RowChange]) -> list[Row]:
    """The rows before `changes`."""
    return apply(rows, [inverse(change) for change in reversed(changes)])


def inverse(change: RowChange) -> RowChange:
    """The change that takes this one back."""
    back = {ChangeKind.ADDED: ChangeKind.REMOVED, ChangeKind.REMOVED: ChangeKind.ADDED}
    return RowChange(
        kind=back.get(change.kind, ChangeKind.CHANGED),
        row=change.row,
        position=change.position,
        before=change.after,
        after=change.before,
    )


def in_order(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row.position, row.id))


def merge(
    base: Mapping[ListRowId, Row],
    now: Mapping[ListRowId, Row],
    edits: Sequence[RowEdit],
    places: Mapping[int, Row],
) -> Merged:
    """Three-way: what `edits`, made on `base`, do to the rows as they stand `now`.

    A cell that only one of the two changed is that one's; the same cell changed to different
    values is a clash, and so is a row that one changed and the other removed.

    Args:
        base: the rows as the editor saw them.
        now: the same rows as they are.
        edits: cells are in plain form.
        places: id and position of each new row, by the index of its edit.
    """
    changes: list[RowChange] = []
    clashes: list[Clash] = []
    for index, edit in enumerate(edits):
        if edit.row is None:
            if cells := filled(edit.cells or {}):
                place = places[index]
                changes.append(added(Row(id=place.id, position=place.position, cells=cells)))
            continue
        seen, stands = base.get(edit.row), now.get(edit.row)
        if seen is None:
            continue  # never was in this list, or was gone before the editor looked
        if stands is None:
            clashes += _on_a_removed_row(edit, seen)
        elif edit.cells is None:
            clashes += _on_removing(seen, stands)
            changes.append(removed(stands))
        else:
            wanted, found = _cells(edit, seen, stands)
            clashes += found
            if (change := changed(stands, stands.cells, {**stands.cells, **wanted})) is not None:
                changes.append(change)
    return Merged(changes=tuple(changes), clashes=tuple(clashes))


def _cells(edit: RowEdit, seen: Row, stands: Row) -> tuple[dict[str, str], list[Clash]]:
    """What I changed of the row, and which of it a colleague changed too."""
    wanted: dict[str, str] = {}
    clashes = []
    for name, mine in (edit.cells or {}).items():
        was, theirs = seen.cells.get(name, ""), stands.cells.get(name, "")
        if mine in (was, theirs):
            continue
        wanted[name] = mine
        if theirs != was:
            clashes.append(Clash(row=stands.id, column=name, mine=mine, theirs=theirs))
    return wanted, clashes


def _on_a_removed_row(edit: RowEdit, seen: Row) -> Iterator[Clash]:
    """A colleague removed the row: that stands, unless I have changed something in it."""
    mine = [text for n, text in (edit.cells or {}).items() if text != seen.cells.get(n, "")]
    if mine:
        yield Clash(row=seen.id, column="", mine="、".join(mine), theirs="")


def _on_removing(seen: Row, stands: Row) -> Iterator[Clash]:
    """I remove a row in which a colleague has changed something."""
    if (change := changed(stands, seen.cells, stands.cells)) is not None:
        theirs = "、".join(text for text in change.after.values() if text)
        yield Clash(row=stands.id, column="", mine="", theirs=theirs)


def plain(changes: Iterable[RowChange]) -> list[dict[str, Any]]:
    """The changes as they are stored."""
    return [
        {
            "kind": change.kind.value,
            "row": str(change.row),
            "position": change.position,
            "before": dict(change.before),
            "after": dict(change.after),
        }
        for change in changes
    ]
