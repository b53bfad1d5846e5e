"""JSON API of lists."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Query, UploadFile
from fastapi.responses import Response

from datahall.kit import grid
from datahall.kit.clock import local_date
from datahall.kit.http import UnitDep, problems
from datahall.kit.ids import ListId, ListRowId, OrgId
from datahall.kit.messages import sentence
from datahall.lists import desk, repository, sheets
from datahall.lists.changes import RowChange
from datahall.lists.errors import (
    AlreadyStarted,
    BlockRefused,
    CellTooLong,
    DueInThePast,
    EditedMeanwhile,
    ListEmpty,
    ListIncomplete,
    ListNotFound,
    NoListChosen,
    NothingToPrefill,
    PeriodNotOpen,
    PeriodUnreadable,
    RemarksRequired,
    RowNotFound,
    TooManyRows,
    UnknownColumn,
    WrongStage,
)
from datahall.lists.kinds import Definition, definition, definitions
from datahall.lists.model import ListVersion, Remark, Round, Row, RowEdit, Save, check_period
from datahall.lists.schemas import (
    BlockIn,
    ChangeOut,
    DefinitionOut,
    FaultOut,
    ListOut,
    PeriodIn,
    PeriodOut,
    RemarkOut,
    RemarksIn,
    ReturnIn,
    RowOut,
    RowsIn,
    SavedOut,
    SaveOut,
    StandingOut,
    StartIn,
)
from datahall.lists.service import filling, reading, reviewing
from datahall.lists.service.filling import Mode, Saved
from datahall.security import Actor, NotPermitted, may, permits

router = APIRouter(prefix="/api/v1/lists", tags=["lists"])

Viewer = Annotated[Actor, Depends(permits("lists:view"))]
Clerk = Annotated[Actor, Depends(permits("lists:fill"))]
Signer = Annotated[Actor, Depends(permits("lists:sign"))]
Bureau = Annotated[Actor, Depends(permits("lists:review"))]
Opener = Annotated[Actor, Depends(permits("lists:open_period"))]

FILLING = (ListNotFound, NotPermitted, WrongStage, UnknownColumn, CellTooLong, TooManyRows)


@router.get("/kinds", response_model=list[DefinitionOut])
def list_kinds(_actor: Viewer) -> list[Definition]:
    """The five lists with their columns (清单定义)."""
    return list(definitions().values())


@router.get("/periods", response_model=list[PeriodOut])
def list_periods(unit: UnitDep, _actor: Viewer) -> list[Round]:
    """The periods that the authority has opened, the newest first (填报期)."""
    return repository.all_rounds(unit.conn)


@router.post(
    "/periods",
    response_model=PeriodOut,
    status_code=201,
    responses=problems(NotPermitted, PeriodUnreadable, DueInThePast, NoListChosen),
)
def open_period(sent: PeriodIn, unit: UnitDep, actor: Opener) -> Round:
    """Ask departments for lists until a day; asked again, the new day holds (开放填报期)."""
    return reviewing.open_period(
        unit, actor, sent.period, due_on=sent.due_on, kinds=sent.kinds, note=sent.note
    )


@router.get(
    "/standings",
    response_model=list[StandingOut],
    responses=problems(PeriodUnreadable, PeriodNotOpen),
)
def list_standings(
    unit: UnitDep, actor: Viewer, period: Annotated[str, Query(examples=["2026-Q4"])]
) -> list[dict[str, object]]:
    """Which list of which department is handed in, and which is late (报送情况)."""
    opened = reading.round_of(unit.conn, check_period(period))
    if opened is None:
        raise PeriodNotOpen(period=period)
    return [
        {
            "org": one.org.id,
            "kind": one.kind,
            "list": one.version.id if one.version else None,
            "status": one.version.status if one.version else None,
            "handed_in": one.handed_in,
            "late": one.late,
        }
        for one in desk.standings(unit.conn, opened, local_date(unit.now))
        if may(actor, "lists:view", on=one.org.id)
    ]


@router.get("", response_model=list[ListOut])
def list_lists(unit: UnitDep, actor: Viewer, org: UUID | None = None) -> list[ListVersion]:
    """Every version of a department's lists, the newest first; one's own unless another is asked."""
    owner = actor.org if org is None else OrgId(org)
    if not may(actor, "lists:view", on=owner):
        raise NotPermitted(act="lists:view")
    return repository.of_org(unit.conn, owner)


@router.post(
    "",
    response_model=ListOut,
    status_code=201,
    responses=problems(NotPermitted, PeriodUnreadable, PeriodNotOpen, AlreadyStarted),
)
def start_list(sent: StartIn, unit: UnitDep, actor: Clerk) -> ListVersion:
    """Begin the department's list for a period from the version last published (开始填报)."""
    return filling.start(unit, actor, sent.kind, sent.period)


@router.get("/{id}", response_model=ListOut, responses=problems(ListNotFound))
def read_list(id: ListId, unit: UnitDep, actor: Viewer) -> ListVersion:
    """One version (清单)."""
    return reading.read(unit, actor, id)


@router.get("/{id}/versions", response_model=list[ListOut], responses=problems(ListNotFound))
def list_versions(id: ListId, unit: UnitDep, actor: Viewer) -> list[ListVersion]:
    """Every version of the same list, the newest first (历次版本)."""
    return reading.history(unit, actor, id)


@router.get("/{id}/rows", response_model=list[RowOut], responses=problems(ListNotFound))
def list_rows(
    id: ListId,
    unit: UnitDep,
    actor: Viewer,
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[dict[str, object]]:
    """Rows in the order of the sheet (清单行)."""
    found = reading.rows(unit, actor, id, offset=offset, limit=limit)
    return [_row(row) for row in found]


@router.patch(
    "/{id}/rows",
    response_model=SavedOut,
    responses=problems(*FILLING, EditedMeanwhile),
)
def save_rows(id: ListId, sent: RowsIn, unit: UnitDep, actor: Clerk) -> Saved:
    """Add, change and remove rows; a colleague's save of the same cells is refused with both values.

    What is wrong in a cell is kept; it is told by `faults` and when the list is handed in.
    """
    edits = [
        RowEdit(
            row=None if one.row is None else ListRowId(one.row),
            cells=one.cells,
            after=None if one.after is None else ListRowId(one.after),
        )
        for one in sent.rows
    ]
    return filling.save(unit, actor, id, edits, edit=sent.edit, how="接口")


@router.post("/{id}/block", response_model=SavedOut, responses=problems(*FILLING, BlockRefused))
def take_block(id: ListId, sent: BlockIn, unit: UnitDep, actor: Clerk) -> Saved:
    """Take in a block copied from a spreadsheet (粘贴)."""
    about = definition(reading.read(unit, actor, id).kind)
    block = sheets.read_text(about, sent.text, first=sent.first)
    return filling.take(unit, actor, id, block.rows, mode=sent.mode)


@router.post("/{id}/sheet", response_model=SavedOut, responses=problems(*FILLING, BlockRefused))
def upload_sheet(
    id: ListId,
    unit: UnitDep,
    actor: Clerk,
    file: Annotated[UploadFile | None, File(description="An .xlsx or .csv file")] = None,
    mode: Annotated[Mode, Form()] = Mode.MERGE,
) -> Saved:
    """Take in a workbook or a CSV file (上传)."""
    about = definition(reading.read(unit, actor, id).kind)
    if file is None:
        raise BlockRefused(reason="没有选择文件")
    block = sheets.read_file(about, file.filename or "", file.file.read(grid.MOST_BYTES + 1))
    return filling.take(unit, actor, id, block.rows, mode=mode, how="上传")


@router.get("/{id}/sheet", response_class=Response, responses=problems(ListNotFound))
def download_sheet(
    id: ListId, unit: UnitDep, actor: Viewer, format: Literal["xlsx", "csv"] = "xlsx"
) -> Response:
    """The list as a workbook or a CSV file; what looks like a formula stays text (下载)."""
    version = reading.read(unit, actor, id)
    about = definition(version.kind)
    write = sheets.write_xlsx if format == "xlsx" else sheets.write_csv
    content = write(about, (row.cells for row in reading.rows(unit, actor, id)))
    name = f"{version.kind.value}-{version.period}-v{version.number}.{format}"
    return Response(
        content,
        media_type=sheets.MEDIA[format],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.post(
    "/{id}/draft",
    response_model=SavedOut,
    responses=problems(ListNotFound, NotPermitted, WrongStage, NothingToPrefill),
)
def draft_rows(id: ListId, unit: UnitDep, actor: Clerk) -> Saved:
    """Add what the hall knows and the list does not name yet (从已有数据起草)."""
    return filling.draft_rows(unit, actor, id)


@router.get("/{id}/faults", response_model=list[FaultOut], responses=problems(ListNotFound))
def list_faults(id: ListId, unit: UnitDep, actor: Viewer) -> list[dict[str, object]]:
    """Every cell that has to change before the list can be handed in."""
    version = reading.read(unit, actor, id)
    return [
        {
            "row": one.row,
            "number": one.number,
            "column": one.column,
            "code": one.code,
            "message": sentence(one.code, one.detail),
        }
        for one in reading.faults(unit, version)
    ]


@router.post(
    "/{id}/hand-in",
    response_model=ListOut,
    responses=problems(ListNotFound, NotPermitted, WrongStage, ListEmpty, ListIncomplete),
)
def hand_in(id: ListId, unit: UnitDep, actor: Clerk) -> ListVersion:
    """Put a complete list before the head or the CDO (提交部门签发)."""
    return filling.hand_in(unit, actor, id)


@router.post(
    "/{id}/sign",
    response_model=ListOut,
    responses=problems(ListNotFound, NotPermitted, WrongStage),
)
def sign(id: ListId, unit: UnitDep, actor: Signer) -> ListVersion:
    """Sign the list for the department; it goes to the authority (部门签发)."""
    return reviewing.sign(unit, actor, id)


@router.post(
    "/{id}/return",
    response_model=ListOut,
    responses=problems(ListNotFound, NotPermitted, WrongStage, RemarksRequired),
)
def return_list(id: ListId, sent: ReturnIn, unit: UnitDep, actor: Viewer) -> ListVersion:
    """Send a list back, as the head or as the authority (退回)."""
    reading.read(unit, actor, id)
    return reviewing.return_(unit, actor, id, remarks=sent.remarks)


@router.post(
    "/{id}/publish",
    response_model=ListOut,
    responses=problems(ListNotFound, NotPermitted, WrongStage),
)
def publish(id: ListId, unit: UnitDep, actor: Bureau) -> ListVersion:
    """Accept a list; nothing in this version changes any more (审核发布)."""
    return reviewing.publish(unit, actor, id)


@router.get("/{id}/remarks", response_model=list[RemarkOut], responses=problems(ListNotFound))
def list_remarks(id: ListId, unit: UnitDep, actor: Viewer) -> list[dict[str, object]]:
    """What reviewers said about cells (批注)."""
    version = reading.read(unit, actor, id)
    return [_remark(one) for one in reading.remarks(unit, actor, version)]


@router.put(
    "/{id}/rows/{row}/remarks",
    response_model=list[RemarkOut],
    responses=problems(ListNotFound, RowNotFound, NotPermitted, WrongStage, UnknownColumn),
)
def remark_row(
    id: ListId, row: ListRowId, sent: RemarksIn, unit: UnitDep, actor: Viewer
) -> list[dict[str, object]]:
    """Note remarks on the cells of a row; the decision tells them to the department (批注)."""
    reading.read(unit, actor, id)
    return [_remark(one) for one in reviewing.remark(unit, actor, id, row, sent.remarks)]


@router.get("/{id}/changes", response_model=list[ChangeOut], responses=problems(ListNotFound))
def compare(
    id: ListId, unit: UnitDep, actor: Viewer, before: UUID | None = None
) -> tuple[RowChange, ...]:
    """Rows added, removed and changed since the version it started from, or another one (对照)."""
    other = None if before is None else ListId(before)
    return reading.compare(unit, actor, id, before=other).changes


@router.get("/{id}/saves", response_model=list[SaveOut], responses=problems(ListNotFound))
def list_saves(id: ListId, unit: UnitDep, actor: Viewer) -> list[Save]:
    """Every save of a version with the cells that it changed, the oldest first (保存记录)."""
    reading.read(unit, actor, id)
    return repository.saves_of(unit.conn, id)


def _row(row: Row) -> dict[str, object]:
    return {"id": row.id, "cells": dict(row.cells)}


def _remark(remark: Remark) -> dict[str, object]:
    return {name: getattr(remark, name) for name in RemarkOut.model_fields}
