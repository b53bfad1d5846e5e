"""One row of a list as a form: for filling without a table, and for remarks of a reviewer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from datahall.kit.clock import local_date
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.ids import ListId, ListRowId
from datahall.kit.messages import sentence
from datahall.kit.uow import Unit
from datahall.lists import checks, repository
from datahall.lists.errors import CellTooLong, EditedMeanwhile, TooManyRows
from datahall.lists.kinds import Definition, definition
from datahall.lists.model import ListVersion, Remark, Row, RowEdit
from datahall.lists.pages.common import Clerk, Sent, Viewer, word
from datahall.lists.service import filling, reading, reviewing
from datahall.lists.vocabulary import EDITABLE, CellType
from datahall.organisations import Organisation, organisation
from datahall.security import Actor, may

router = APIRouter(prefix="/lists/{id}/rows")

FLAGS: Final = (("是", "是"), ("否", "否"))


@dataclass(frozen=True, kw_only=True)
class RowPage(Page):
    """One row: to fill, to remark on, or to read (清单行)."""

    template: ClassVar[str] = "lists/row.html"
    section: ClassVar[str] = "lists"
    version: ListVersion
    about: Definition
    org: Organisation
    row: Row | None  # None: a new one
    number: int
    before: ListRowId | None  # the rows beside it
    after: ListRowId | None
    mode: str  # fill, remark or read
    values: Mapping[str, str]
    options: Mapping[str, Sequence[tuple[str, str]]]
    faults: Mapping[str, str]
    labels: Mapping[str, str]
    said: Sequence[Remark]
    pending: Mapping[str, str]  # remarks that the reviewer has noted


@router.get("/new")
def show_new(id: ListId, request: Request, unit: UnitDep, actor: Clerk) -> Response:
    """An empty row (新增一行)."""
    version = reading.read(unit, actor, id)
    if version.status not in EDITABLE:
        return redirect(f"/lists/{id}")
    return respond(request, _page(unit, actor, version, None, {}))


@router.post("/new")
def add(id: ListId, request: Request, unit: UnitDep, actor: Clerk, form: Sent) -> Response:
    """Add a row (新增一行)."""
    version = reading.read(unit, actor, id)
    values = _values(form, definition(version.kind))
    if not any(text.strip() for text in values.values()):
        faults = {definition(version.kind).first.name: "先填一栏再保存"}
        return respond(request, _page(unit, actor, version, None, values, faults), status=422)
    try:
        filling.save(unit, actor, id, [RowEdit(cells=values)], edit=version.edit)
    except (CellTooLong, TooManyRows) as refused:
        page = _page(unit, actor, version, None, values, faults_by_field(refused))
        return respond(request, page, status=refused.status)
    return redirect(f"/lists/{id}/rows/new", flash="已加入一行，可以接着填下一行。")


@router.get("/{row}")
def show_row(
    id: ListId, row: ListRowId, request: Request, unit: UnitDep, actor: Viewer
) -> Response:
    """One row of a list (清单行)."""
    version = reading.read(unit, actor, id)
    found = reading.row(unit, actor, id, row)
    return respond(request, _page(unit, actor, version, found, found.cells))


@router.post("/{row}")
def save(
    id: ListId, row: ListRowId, request: Request, unit: UnitDep, actor: Clerk, form: Sent
) -> Response:
    """Save, copy or remove the row (保存一行)."""
    version = reading.read(unit, actor, id)
    found = reading.row(unit, actor, id, row)
    values = _values(form, definition(version.kind))
    edit = int(word(form, "edit")) if word(form, "edit").isdigit() else version.edit
    act = word(form, "act")
    wanted = [RowEdit(row=row, cells=None if act == "remove" else values)]
    if act == "copy":
        wanted.append(RowEdit(cells=values, after=row))
    try:
        filling.save(unit, actor, id, wanted, edit=edit, how="填一行")
    except EditedMeanwhile as refused:
        faults = {
            fault.field.rpartition(".")[2] if fault.field.count(".") > 1 else "": sentence(
                fault.code, fault.detail
            )
            for fault in refused.faults
        }
        page = _page(unit, actor, version, found, values, faults)
        return respond(request, page, status=refused.status)
    except (CellTooLong, TooManyRows) as refused:
        page = _page(unit, actor, version, found, values, faults_by_field(refused))
        return respond(request, page, status=refused.status)
    if act == "save":
        return redirect(f"/lists/{id}/rows/{row}", flash="已保存。")
    words = {"remove": "已删去这一行。", "copy": "已在下面复制一行。"}
    return redirect(f"/lists/{id}/edit", flash=words.get(act, "已保存。"))


@router.post("/{row}/remarks")
def remark(id: ListId, row: ListRowId, unit: UnitDep, actor: Viewer, form: Sent) -> Response:
    """Note what the reviewer says about the cells of a row (批注)."""
    version = reading.read(unit, actor, id)
    columns = ["", *definition(version.kind).names]
    texts = {name: word(form, f"remark.{name}") for name in columns}
    said = reviewing.remark(unit, actor, id, row, texts)
    words = f"已记下 {len(said)} 处批注，退回时一并告知。" if said else "这一行没有批注。"
    return redirect(f"/lists/{id}", flash=words)


def _values(form: "Sent", about: Definition) -> dict[str, str]:
    """The cells that the form has; several ticks of one column are one cell."""
    values = {}
    for column in about.columns:
        told = [value for value in form.getlist(column.name) if isinstance(value, str)]
        values[column.name] = "、".join(text for text in told if text)
    return values


def _page(
    unit: Unit,
    actor: Actor,
    version: ListVersion,
    row: Row | None,
    values: Mapping[str, str],
    faults: Mapping[str, str] | None = None,
) -> RowPage:
    about = definition(version.kind)
    order = [one.id for one in repository.rows_of(unit.conn, version.id)]
    at = order.index(row.id) if row is not None else len(order)
    said = reading.remarks(unit, actor, version) if row is not None else []
    of_row = [one for one in said if row is not None and one.row == row.id]
    told = dict(faults or {})
    mode = _mode(actor, version)
    if row is not None and mode == "fill":
        today = local_date(unit.now)
        for one in checks.faults(about, [row], today=today):
            told.setdefault(one.column, sentence(one.code, one.detail))
    return RowPage(
        version=version,
        about=about,
        org=organisation(unit.conn, version.org),
        row=row,
        number=at + 1,
        before=order[at - 1] if row is not None and at else None,
        after=order[at + 1] if at + 1 < len(order) else None,
        mode=mode,
        values=values,
        options={column.name: _options(column.type, column.choices, values.get(column.name, ""))
                 for column in about.columns
                 if column.type in {CellType.CHOICE, CellType.FLAG}},
        faults=told,
        labels={column.name: column.title for column in about.columns},
        said=[one for one in of_row if one.sent_at is not None],
        pending={one.column: one.text for one in of_row if one.sent_at is None},
    )  # fmt: skip


def _mode(actor: Actor, version: ListVersion) -> str:
    if version.status in EDITABLE and may(actor, "lists:fill", on=version.org):
        return "fill"
    return "remark" if reading.reviews(actor, version) else "read"


def _options(type_: CellType, choices: Sequence[str], value: str) -> list[tuple[str, str]]:
    """What can be chosen, and what stands there now though it is not offered."""
    offered = list(FLAGS) if type_ is CellType.FLAG else [(c, c) for c in choices]
    if value and value not in {key for key, _ in offered}:
        offered.append((value, f"{value}（不在可选项里）"))
    return offered
