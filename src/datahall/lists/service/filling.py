"""Filling a list: start, save, take in a block, start from what the hall knows, hand in."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from datahall import security
from datahall.kit.errors import Fault
from datahall.kit.ids import ListId, ListRowId, OrgId, new_id
from datahall.kit.labels import Labelled
from datahall.kit.uow import Unit
from datahall.lists import prefill, repository
from datahall.lists.cells import LIMIT, plain
from datahall.lists.changes import ChangeKind, Clash, Merged, RowChange, merge
from datahall.lists.checks import identity
from datahall.lists.errors import (
    AlreadyStarted,
    CellTooLong,
    EditedMeanwhile,
    ListEmpty,
    ListIncomplete,
    NothingToPrefill,
    PeriodNotOpen,
    TooManyRows,
    UnknownColumn,
)
from datahall.lists.events import ListHandedIn, ListSaved, ListStarted
from datahall.lists.kinds import Definition, definition
from datahall.lists.model import (
    MOST_ROWS,
    Cells,
    ListVersion,
    Row,
    RowEdit,
    Save,
    check_period,
)
from datahall.lists.service.reading import faults, round_of, state_at
from datahall.lists.vocabulary import ListKind, ListStatus

FAULTS_TOLD: Final = 200  # in one refusal; the sheet shows them all


class Mode(Labelled):
    """How a block of rows comes into a list (导入方式)."""

    MERGE = "merge", "并入：同名的更新，其余追加"
    APPEND = "append", "追加：全部加在后面"
    REPLACE = "replace", "替换：表里没有的行删去"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A list after a save, and what the save changed."""

    version: ListVersion
    changes: tuple[RowChange, ...]

    def count(self, kind: ChangeKind) -> int:
        return sum(change.kind is kind for change in self.changes)


def start(unit: Unit, actor: security.Actor, kind: ListKind, period: str) -> ListVersion:
    """Begin the department's list for a period, from the version last published (开始填报).

    A period that has a published version gets a next one.

    Raises:
        NotPermitted, PeriodUnreadable, PeriodNotOpen, AlreadyStarted
    """
    security.require(actor, "lists:fill", on=actor.org)
    period = check_period(period)
    if round_of(unit.conn, period) is None:
        raise PeriodNotOpen(period=period)
    repository.hold(unit.conn, actor.org, kind)
    of_period = [v for v in repository.of_org(unit.conn, actor.org, kind) if v.period == period]
    if unfinished := next((v for v in of_period if v.status.is_open), None):
        raise AlreadyStarted(list=unfinished.id, title=unfinished.title)
    last = repository.in_force(unit.conn, actor.org, kind)
    version = ListVersion(
        id=ListId(new_id()),
        org=actor.org,
        kind=kind,
        period=period,
        number=len(of_period) + 1,
        rows=last.rows if last else 0,
        based_on=last.id if last else None,
        started_at=unit.now,
    )
    repository.add(unit.conn, version)
    if last is not None:
        repository.copy_rows(unit.conn, last.id, version.id)
    unit.record(
        ListStarted(
            at=unit.now,
            by=actor.by,
            list=version.id,
            org=version.org,
            kind=version.kind,
            period=version.period,
            rows=version.rows,
        )
    )
    return version


def save(
    unit: Unit,
    actor: security.Actor,
    id: ListId,
    edits: Sequence[RowEdit],
    *,
    edit: int,
    how: str = "填表",
) -> Saved:
    """Save rows as they were typed (保存); what is wrong may stay until the list is handed in.

    Args:
        edit: the `edit` of the version that the edits were made on.  What a colleague has saved
            since stays; where both changed the same cell to different values nothing is saved.

    Raises:
        ListNotFound, NotPermitted, WrongStage, UnknownColumn, CellTooLong, TooManyRows,
        EditedMeanwhile
    """
    version = _editable(unit, actor, id)
    asked = [_plain_edit(definition(version.kind), wanted) for wanted in edits]
    merged = _merge(unit, version, asked, edit=edit)
    if merged.clashes:
        raise EditedMeanwhile([_fault(clash) for clash in merged.clashes], list=id)
    return _write(unit, actor, version, merged.changes, how=how)


def propose(
    unit: Unit, actor: security.Actor, id: ListId, edits: Sequence[RowEdit], *, edit: int
) -> Merged:
    """What a save would do, and where it contradicts a colleague's, without saving.

    Raises:
        ListNotFound, NotPermitted, WrongStage, UnknownColumn, CellTooLong
    """
    version = _editable(unit, actor, id)
    asked = [_plain_edit(definition(version.kind), wanted) for wanted in edits]
    return _merge(unit, version, asked, edit=edit)


def take(
    unit: Unit,
    actor: security.Actor,
    id: ListId,
    block: Sequence[Cells],
    *,
    mode: Mode = Mode.MERGE,
    how: str = "粘贴",
) -> Saved:
    """Take in a block of rows, as pasted or uploaded (导入).

    A row of the same name keeps its place and its history; of it only the columns of the block
    change.

    Raises:
        ListNotFound, NotPermitted, WrongStage, UnknownColumn, CellTooLong, TooManyRows
    """
    version = _editable(unit, actor, id)
    about = definition(version.kind)
    wanted = [_plain_cells(about, cells) for cells in block]
    there = repository.rows_of(unit.conn, id)
    edits = _matched(about, there, wanted, mode)
    merged = merge(*_both(there), edits, _places(unit, version, edits))
    return _write(unit, actor, version, merged.changes, how=how)


def draft_rows(unit: Unit, actor: security.Actor, id: ListId) -> Saved:
    """Add what the hall knows of the department and the list does not name yet (从已有数据起草).

    Systems come from registered sources, data from scanned tables and entries.

    Raises:
        ListNotFound, NotPermitted, WrongStage, NothingToPrefill
    """
    version = _editable(unit, actor, id)
    about = definition(version.kind)
    known = {identity(about, row) for row in repository.rows_of(unit.conn, id)}
    found = prefill.rows(unit, actor, version.kind)
    new = [
        cells
        for cells in (_plain_cells(about, made) for made in found)
        if _key(about, cells) not in known
    ]
    if not new:
        raise NothingToPrefill(kind=version.kind.label)
    return take(unit, actor, id, new, mode=Mode.APPEND, how="起草")


def hand_in(unit: Unit, actor: security.Actor, id: ListId) -> ListVersion:
    """Put a complete list before the head or the CDO of the department (提交部门签发).

    Raises:
        ListNotFound, NotPermitted, WrongStage, ListEmpty, ListIncomplete
    """
    version = _editable(unit, actor, id)
    if not version.rows:
        raise ListEmpty(kind=version.kind.label)
    if found := faults(unit, version):
        raise ListIncomplete([one.fault for one in found[:FAULTS_TOLD]], cells=len(found))
    handed_in = version.handed_in(at=unit.now)
    repository.save(unit.conn, handed_in)
    unit.record(
        ListHandedIn(
            at=unit.now,
            by=actor.by,
            list=id,
            org=version.org,
            kind=version.kind,
            period=version.period,
            rows=version.rows,
        )
    )
    return handed_in


def _editable(unit: Unit, actor: security.Actor, id: ListId) -> ListVersion:
    version = repository.get(unit.conn, id, lock=True)
    security.require(actor, "lists:fill", on=version.org)
    version.check_editable()
    return version


def _merge(unit: Unit, version: ListVersion, edits: Sequence[RowEdit], *, edit: int) -> Merged:
    touched = [wanted.row for wanted in edits if wanted.row is not None]
    now = {row.id: row for row in repository.rows_of(unit.conn, version.id, only=touched)}
    base = now if edit >= version.edit else state_at(unit, version.id, edit, touched)
    return merge(base, now, edits, _places(unit, version, edits))


def _write(
    unit: Unit,
    actor: security.Actor,
    version: ListVersion,
    changes: tuple[RowChange, ...],
    *,
    how: str,
) -> Saved:
    """Store the changes, and the save as a part of the history; nothing when nothing changed."""
    if not changes:
        return Saved(version=version, changes=())
    kinds = Counter(change.kind for change in changes)
    size = version.rows + kinds[ChangeKind.ADDED] - kinds[ChangeKind.REMOVED]
    if size > MOST_ROWS:
        raise TooManyRows(most=MOST_ROWS, rows=size)
    saved = version.saved(rows=size)
    repository.write(unit.conn, version.id, changes)
    repository.save(unit.conn, saved)
    made = Save(edit=saved.edit, at=unit.now, name=actor.name, how=how, changes=changes)
    repository.add_save(unit.conn, version.id, made, by=actor.by)
    unit.record(
        ListSaved(
            at=unit.now,
            by=actor.by,
            list=version.id,
            org=version.org,
            kind=version.kind,
            period=version.period,
            edit=saved.edit,
            added=kinds[ChangeKind.ADDED],
            changed=kinds[ChangeKind.CHANGED],
            removed=kinds[ChangeKind.REMOVED],
        )
    )
    return Saved(version=saved, changes=changes)


def _plain_edit(about: Definition, edit: RowEdit) -> RowEdit:
    return edit if edit.cells is None else replace(edit, cells=_plain_cells(about, edit.cells))


def _plain_cells(about: Definition, cells: Cells) -> dict[str, str]:
    for name, text in cells.items():
        if not about.has(name):
            raise UnknownColumn(column=name, kind=about.kind.label)
        if len(text) > LIMIT:
            raise CellTooLong(title=about.column(name).title, most=LIMIT, length=len(text))
    return {name: plain(about.column(name), text) for name, text in cells.items()}


def _key(about: Definition, cells: Cells) -> tuple[str, ...]:
    return identity(about, Row(id=ListRowId(new_id()), position=0, cells=cells))


def _matched(
    about: Definition, there: Sequence[Row], wanted: Sequence[Cells], mode: Mode
) -> list[RowEdit]:
    """The block as edits: a row of the list is met by the first row of the block of its name."""
    if mode is Mode.APPEND:
        return [RowEdit(cells=cells) for cells in wanted]
    by_key = {identity(about, row): row.id for row in reversed(there)}
    met: set[ListRowId] = set()
    edits = []
    for cells in wanted:
        key = _key(about, cells)
        row = by_key.get(key) if all(key) else None
        if row is not None and row not in met:
            met.add(row)
            edits.append(RowEdit(row=row, cells=cells))
        else:
            edits.append(RowEdit(cells=cells))
    if mode is Mode.REPLACE:
        edits += [RowEdit(row=row.id) for row in there if row.id not in met]
    return edits


def _both(there: Sequence[Row]) -> tuple[Mapping[ListRowId, Row], Mapping[ListRowId, Row]]:
    """Base and present of an edit that is made on the rows as they stand."""
    by_id = {row.id: row for row in there}
    return by_id, by_id


def _places(unit: Unit, version: ListVersion, edits: Sequence[RowEdit]) -> dict[int, Row]:
    """Id and position of each new row: behind the one it follows, else at the end."""
    following: dict[ListRowId | None, list[int]] = {}
    for index, edit in enumerate(edits):
        if edit.row is None:
            following.setdefault(edit.after, []).append(index)
    places = {}
    for after, indexes in following.items():
        low, high = repository.ends(unit.conn, version.id, after)
        step = 1.0 if high is None else (high - low) / (len(indexes) + 1)
        for n, index in enumerate(indexes, start=1):
            places[index] = Row(id=ListRowId(new_id()), position=low + n * step, cells={})
    return places


def _fault(clash: Clash) -> Fault:
    place = f"rows.{clash.row}" + (f".{clash.column}" if clash.column else "")
    code = "lists.clash" if clash.column else "lists.row_clash"
    return Fault(place, code, {"mine": clash.mine or "（空）", "theirs": clash.theirs or "（空）"})


def unfinished(unit: Unit, org: OrgId, kind: ListKind, period: str) -> ListVersion | None:
    """The newest version of the department's list in a period, whatever its stage."""
    versions = repository.of_org(unit.conn, org, kind)
    shown = [v for v in versions if v.period == period and v.status is not ListStatus.SUPERSEDED]
    return shown[0] if shown else None
