"""Filling a list in the table, like a sheet; every form works without a script (填报)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from starlette.datastructures import FormData, UploadFile

from datahall.kit import grid
from datahall.kit.errors import DomainError
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.ids import ListId, ListRowId
from datahall.kit.messages import sentence
from datahall.kit.uow import Unit
from datahall.lists import prefill, repository, sheets
from datahall.lists.changes import ChangeKind, Clash, RowChange
from datahall.lists.checks import CellFault
from datahall.lists.errors import (
    BlockRefused,
    CellTooLong,
    EditedMeanwhile,
    ListEmpty,
    ListIncomplete,
    NothingToPrefill,
    TooManyRows,
)
from datahall.lists.kinds import Definition, definition
from datahall.lists.model import ListVersion, Row, RowEdit
from datahall.lists.pages.common import (
    BLANKS,
    Cell,
    Clerk,
    Notes,
    Sent,
    SheetRow,
    notes_of,
    page_size,
    pages_of,
    shown,
    word,
)
from datahall.lists.service import filling, reading
from datahall.lists.service.filling import Mode, Saved
from datahall.lists.vocabulary import EDITABLE, ListStatus
from datahall.organisations import Organisation, organisation
from datahall.security import Actor

router = APIRouter(prefix="/lists/{id}")

QUIET: Final = frozenset({"lists.required", "lists.required_when"})
"""Faults of what is not filled yet: told when the clerk wants to hand in, not before."""
FAULTS_LISTED: Final = 20


@dataclass(frozen=True, kw_only=True)
class SheetPage(Page):
    """A list as a table that is filled like a sheet (填报清单)."""

    template: ClassVar[str] = "lists/sheet.html"
    section: ClassVar[str] = "lists"
    version: ListVersion
    about: Definition
    org: Organisation
    rows: Sequence[SheetRow]
    blanks: Sequence[SheetRow]
    page: int
    pages: int
    check: bool  # say what is missing too
    wrong: int  # cells that have to change before the list can be handed in
    elsewhere: Sequence[tuple[int, str]]  # page, what is wrong there
    clashes: int
    may_prefill: bool
    columns: Sequence[tuple[str, str]]  # name and title, to choose from
    modes: Sequence[tuple[str, str]] = tuple((mode.value, mode.label) for mode in Mode)
    faults: Mapping[str, str]
    block: str  # what was pasted and refused


@router.get("/edit")
def show_sheet(
    id: ListId,
    request: Request,
    unit: UnitDep,
    actor: Clerk,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    check: bool = False,
) -> Response:
    """The sheet; `check` says what is missing for handing in (填报)."""
    version = reading.read(unit, actor, id)
    if version.status not in EDITABLE or version.org != actor.org:
        return redirect(f"/lists/{id}")
    return respond(request, _page(unit, actor, version, page=page, check=check))


@router.post("/edit")
def save(id: ListId, request: Request, unit: UnitDep, actor: Clerk, form: Sent) -> Response:
    """Save the page of the sheet; nothing that was typed is lost, whatever is wrong with it."""
    version = reading.read(unit, actor, id)
    about = definition(version.kind)
    page = int(word(form, "page") or 1) if word(form, "page").isdigit() else 1
    edits, edit = _sent(form, about, version)
    try:
        saved = filling.save(unit, actor, id, edits, edit=edit)
    except EditedMeanwhile as refused:
        again = _clashed(unit, actor, version, edits, edit, page=page)
        return respond(request, again, status=refused.status)
    except (CellTooLong, TooManyRows) as refused:
        again = _page(unit, actor, version, page=page, faults=faults_by_field(refused))
        return respond(request, _typed(again, edits), status=refused.status)
    if word(form, "act") == "hand_in":
        return _hand_in(request, unit, actor, saved.version)
    go = word(form, "go")
    return redirect(f"/lists/{id}/edit?page={go or page}", flash=_told(saved))


@router.post("/paste")
def paste(id: ListId, request: Request, unit: UnitDep, actor: Clerk, form: Sent) -> Response:
    """Take in a block from the paste box (粘贴)."""
    version = reading.read(unit, actor, id)
    about = definition(version.kind)
    text = word(form, "block")
    try:
        block = sheets.read_text(about, text, first=word(form, "first"))
        saved = filling.take(unit, actor, id, block.rows, mode=_mode(form))
    except (BlockRefused, CellTooLong, TooManyRows) as refused:
        again = _page(unit, actor, version, faults={"block": _sentence(refused)}, block=text)
        return respond(request, again, status=422)
    return redirect(f"/lists/{id}/edit", flash=_told(saved))


@router.post("/upload")
def upload(id: ListId, request: Request, unit: UnitDep, actor: Clerk, form: Sent) -> Response:
    """Take in a workbook or a CSV file (上传)."""
    version = reading.read(unit, actor, id)
    file = form.get("file")
    try:
        if not isinstance(file, UploadFile) or not file.filename:
            raise BlockRefused(reason="还没有选择文件")  # noqa: TRY301 - told beside the field
        content = file.file.read(grid.MOST_BYTES + 1)
        block = sheets.read_file(definition(version.kind), file.filename, content)
        saved = filling.take(unit, actor, id, block.rows, mode=_mode(form), how="上传")
    except (BlockRefused, CellTooLong, TooManyRows) as refused:
        again = _page(unit, actor, version, faults={"file": _sentence(refused)})
        return respond(request, again, status=422)
    return redirect(f"/lists/{id}/edit", flash=_told(saved))


@router.post("/draft")
def draft(id: ListId, unit: UnitDep, actor: Clerk) -> Response:
    """Add what the hall knows of the department (从已有数据起草)."""
    reading.read(unit, actor, id)
    try:
        saved = filling.draft_rows(unit, actor, id)
    except NothingToPrefill as refused:
        return redirect(f"/lists/{id}/edit", flash=_sentence(refused))
    return redirect(f"/lists/{id}/edit", flash=f"{_told(saved)} 请逐行核对、补全。")


def _hand_in(request: Request, unit: Unit, actor: Actor, version: ListVersion) -> Response:
    try:
        handed_in = filling.hand_in(unit, actor, version.id)
    except ListIncomplete:
        again = _page(unit, actor, version, check=True)  # saved all the same: 422 would lose it
        return respond(request, again, status=422, keep=True)
    except ListEmpty as refused:
        again = _page(unit, actor, version, check=True, faults={"": _sentence(refused)})
        return respond(request, again, status=422, keep=True)
    return redirect(f"/lists/{version.id}", flash=f"{handed_in.title}已提交部门签发。")


def _page(
    unit: Unit,
    actor: Actor,
    version: ListVersion,
    *,
    page: int = 1,
    check: bool = False,
    faults: Mapping[str, str] | None = None,
    block: str = "",
) -> SheetPage:
    about, size = definition(version.kind), page_size(version)
    pages = pages_of(version.rows, size)
    page = min(page, pages)
    check = check or version.status is ListStatus.RETURNED
    every = reading.faults(unit, version)
    told = [one for one in every if check or one.code not in QUIET]
    notes = notes_of(unit, actor, version, told)
    offset = (page - 1) * size
    stored = repository.rows_of(unit.conn, version.id, offset=offset, limit=size)
    rows = [shown(about, row, number, notes) for number, row in enumerate(stored, offset + 1)]
    ahead = version.rows if page == pages else None
    return SheetPage(
        version=version,
        about=about,
        org=organisation(unit.conn, version.org),
        rows=rows,
        blanks=[] if ahead is None else _blanks(about, ahead),
        page=page,
        pages=pages,
        check=check,
        wrong=len(every),
        elsewhere=_elsewhere(told, page, size),
        clashes=0,
        columns=[(column.name, column.title) for column in about.columns],
        may_prefill=prefill.can_prefill(version.kind),
        faults=faults or {},
        block=block,
    )


def _blanks(about: Definition, ahead: int) -> list[SheetRow]:
    empty = [Cell(column=column, value="") for column in about.columns]
    return [SheetRow(id="", number=ahead + n, cells=empty) for n in range(1, BLANKS + 1)]


def _elsewhere(found: Sequence[CellFault], page: int, size: int) -> list[tuple[int, str]]:
    """What is wrong on other pages of the sheet, so that nobody has to look for it."""
    places = [((one.number - 1) // size + 1, one) for one in found]
    away = [
        (at, f"第 {one.number} 行“{one.title}”：{sentence(one.code, one.detail)}")
        for at, one in places
        if at != page
    ]
    return away[:FAULTS_LISTED]


def _sent(form: FormData, about: Definition, version: ListVersion) -> tuple[list[RowEdit], int]:
    """The sheet as the form sent it: cell by cell, or as one text from the script."""
    edit = int(word(form, "edit")) if word(form, "edit").isdigit() else version.edit
    if text := word(form, "sheet"):
        try:
            told = msgspec.json.decode(text, type=list[_ScriptRow])
        except msgspec.DecodeError as broken:
            raise BlockRefused(reason="页面送来的内容读不出来，刷新以后再试") from broken
        return [edit_ for row in told if (edit_ := row.edit(about)) is not None], edit
    rows: dict[str, dict[str, str]] = {}
    for key, value in form.multi_items():
        prefix, _, rest = key.partition(".")
        number, _, name = rest.partition(".")
        if prefix == "r" and isinstance(value, str):
            rows.setdefault(number, {})[name] = value
    script = [
        _ScriptRow(
            id=told.pop("id", ""),
            drop=told.pop("drop", "") != "",
            cells={name: text for name, text in told.items() if about.has(name)},
        )
        for told in rows.values()
    ]
    return [edit_ for row in script if (edit_ := row.edit(about)) is not None], edit


class _ScriptRow(msgspec.Struct):
    """One row as the script sends it."""

    id: str = ""
    drop: bool = False
    cells: dict[str, str] = {}

    def edit(self, about: Definition) -> RowEdit | None:
        """What is wanted of the row; None for an empty new one."""
        cells = {name: text for name, text in self.cells.items() if about.has(name)}
        row = _row_id(self.id)
        if row is None:
            blank = self.drop or not any(text.strip() for text in cells.values())
            return None if blank else RowEdit(cells=cells)
        return RowEdit(row=row, cells=None if self.drop else cells)


def _row_id(text: str) -> ListRowId | None:
    try:
        return ListRowId(UUID(text)) if text else None
    except ValueError:
        return None


def _clashed(
    unit: Unit,
    actor: Actor,
    version: ListVersion,
    edits: Sequence[RowEdit],
    edit: int,
    *,
    page: int,
) -> SheetPage:
    """The sheet with what I typed in it, and beside each contested cell what a colleague saved."""
    again = _page(unit, actor, version, page=page)
    merged = filling.propose(unit, actor, version.id, edits, edit=edit)
    mine = {change.row: change for change in merged.changes}
    rows = [_with(row, mine, merged.clashes) for row in again.rows]
    removed = [clash for clash in merged.clashes if not clash.column and not clash.theirs]
    lost = [_restored(again.about, edits, clash, version.rows + n)
            for n, clash in enumerate(removed, start=1)]  # fmt: skip
    new = [
        _new(again.about, change, version.rows + len(lost) + n)
        for n, change in enumerate(
            (c for c in merged.changes if c.kind is ChangeKind.ADDED), start=1
        )
    ]
    return replace(
        again, rows=rows, blanks=[*lost, *new, *again.blanks], clashes=len(merged.clashes)
    )


def _with(row: SheetRow, mine: Mapping[ListRowId, RowChange], clashes: Sequence[Clash]) -> SheetRow:
    change = next((c for id, c in mine.items() if str(id) == row.id), None)
    told = {c.column: c.theirs or "（空）" for c in clashes if str(c.row) == row.id}
    if change is None:
        return row
    if change.kind is ChangeKind.REMOVED:
        words = f"同事刚改过这一行：{told['']}" if "" in told else ""
        return replace(row, dropped=True, remark=words or row.remark)
    cells = [
        replace(
            cell,
            value=change.after.get(cell.column.name, cell.value),
            theirs=told.get(cell.column.name, ""),
        )
        for cell in row.cells
    ]
    return replace(row, cells=cells)


def _restored(about: Definition, edits: Sequence[RowEdit], clash: Clash, number: int) -> SheetRow:
    """A row that a colleague removed while I changed it: saved again, it is a new row."""
    wanted = next((e.cells for e in edits if e.row == clash.row and e.cells), {})
    cells = [Cell(column=column, value=wanted.get(column.name, "")) for column in about.columns]
    return SheetRow(id="", number=number, cells=cells, remark="同事删去了这一行；保存就会加回来")


def _new(about: Definition, change: RowChange, number: int) -> SheetRow:
    cells = [Cell(column=c, value=change.after.get(c.name, "")) for c in about.columns]
    return SheetRow(id="", number=number, cells=cells)


def _typed(page: SheetPage, edits: Sequence[RowEdit]) -> SheetPage:
    """The page with everything as it was typed, for a save that was refused."""
    wanted = {str(edit.row): edit for edit in edits if edit.row is not None}
    rows = []
    for row in page.rows:
        edit = wanted.get(row.id)
        if edit is None:
            rows.append(row)
        elif edit.cells is None:
            rows.append(replace(row, dropped=True))
        else:
            typed = edit.cells
            rows.append(replace(row, cells=[
                replace(cell, value=typed.get(cell.column.name, cell.value)) for cell in row.cells
            ]))  # fmt: skip
    new = [
        Row(id=ListRowId(UUID(int=0)), position=0, cells=e.cells or {}) for e in edits if not e.row
    ]
    ahead = page.version.rows
    added = [
        replace(shown(page.about, row, ahead + n, Notes({}, {})), id="")
        for n, row in enumerate(new, start=1)
    ]
    return replace(page, rows=rows, blanks=[*added, *page.blanks])


def _mode(form: FormData) -> Mode:
    text = word(form, "mode")
    return Mode(text) if text in set(Mode) else Mode.MERGE


def _told(saved: Saved) -> str:
    """已保存：新增 3 行，修改 2 行。."""
    parts = [f"{kind.label} {count} 行" for kind in ChangeKind if (count := saved.count(kind))]
    return f"已保存：{'，'.join(parts)}。" if parts else "没有改动。"


def _sentence(refused: DomainError) -> str:
    return sentence(refused.code, refused.detail)
