"""Reading a list, and deciding about it: the department's signature, the authority's review."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, Response

from datahall.kit.errors import DomainError
from datahall.kit.formats import minute
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.ids import ListId, PersonId
from datahall.kit.uow import Unit
from datahall.ledger import acts_of
from datahall.lists import repository
from datahall.lists.changes import ChangeKind
from datahall.lists.errors import DecisionMissing, RemarksRequired
from datahall.lists.kinds import Definition, definition
from datahall.lists.model import ListVersion, Round
from datahall.lists.pages.common import (
    ROWS_SHOWN,
    TAGS,
    Notes,
    SheetRow,
    Viewer,
    pages_of,
    shown,
)
from datahall.lists.service import reading, reviewing
from datahall.lists.vocabulary import EDITABLE, ListStatus
from datahall.organisations import Organisation, PersonNotFound, organisation, person
from datahall.security import Actor, may

router = APIRouter(prefix="/lists/{id}")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way to publication; the shape of `ui.timeline`."""

    state: str  # done, now or todo
    title: str
    at: str = ""
    text: str = ""
    due: bool = False


@dataclass(frozen=True, kw_only=True)
class ListPage(Page):
    """One version of a list, with the decision that it waits for (清单)."""

    template: ClassVar[str] = "lists/list.html"
    section: ClassVar[str] = "lists"
    version: ListVersion
    about: Definition
    org: Organisation
    opened: Round | None
    rows: Sequence[SheetRow]
    page: int
    pages: int
    before: ListVersion | None
    counts: Mapping[ChangeKind, int]  # of rows since the version before
    decides: str  # sign, publish, or "" when the viewer only looks
    pending: int  # remarks noted and not told yet
    noted: int  # remarks that are told
    may_edit: bool
    steps: Sequence[Step]
    tags: Mapping[ListStatus, str] = field(default_factory=lambda: TAGS)
    faults: Mapping[str, str]
    remarks: str


@router.get("")
def show_list(
    id: ListId,
    request: Request,
    unit: UnitDep,
    actor: Viewer,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """One version of a list (清单)."""
    return respond(request, _page(unit, actor, reading.read(unit, actor, id), page))


@router.post("/decide")
def decide(
    id: ListId,
    request: Request,
    unit: UnitDep,
    actor: Viewer,
    decision: Annotated[str, Form()] = "",
    remarks: Annotated[str, Form()] = "",
) -> Response:
    """Sign, publish or return, as the viewer's post allows (签发、审核)."""
    version = reading.read(unit, actor, id)
    try:
        match decision:
            case "sign":
                reviewing.sign(unit, actor, id)
                return redirect("/workbench", flash=f"已签发{version.title}，转市数管局审核。")
            case "publish":
                reviewing.publish(unit, actor, id)
                return redirect(f"/lists/{id}", flash=f"已发布{version.title}。")
            case "return":
                reviewing.return_(unit, actor, id, remarks=remarks)
                return redirect("/workbench", flash=f"已退回{version.title}。")
    except RemarksRequired as refused:
        return _again(request, unit, actor, version, refused, remarks)
    return _again(request, unit, actor, version, DecisionMissing(), remarks)


def _again(
    request: Request,
    unit: Unit,
    actor: Actor,
    version: ListVersion,
    refused: DomainError,
    remarks: str,
) -> HTMLResponse:
    page = _page(unit, actor, version, 1, faults_by_field(refused), remarks)
    return respond(request, page, status=422)


def _page(
    unit: Unit,
    actor: Actor,
    version: ListVersion,
    page: int,
    faults: Mapping[str, str] | None = None,
    remarks: str = "",
) -> ListPage:
    about = definition(version.kind)
    pages = pages_of(version.rows, ROWS_SHOWN)
    page = min(page, pages)
    offset = (page - 1) * ROWS_SHOWN
    said = reading.remarks(unit, actor, version)
    notes = Notes.of([], [one for one in said if one.round >= version.round - 1])
    stored = repository.rows_of(unit.conn, version.id, offset=offset, limit=ROWS_SHOWN)
    compared = reading.compare(unit, actor, version.id)
    return ListPage(
        version=version,
        about=about,
        org=organisation(unit.conn, version.org),
        opened=reading.round_of(unit.conn, version.period),
        rows=[shown(about, row, n, notes) for n, row in enumerate(stored, offset + 1)],
        page=page,
        pages=pages,
        before=compared.before,
        counts={kind: sum(c.kind is kind for c in compared.changes) for kind in ChangeKind},
        decides=reviewing.decides(actor, version),
        pending=sum(one.sent_at is None for one in said),
        noted=sum(one.sent_at is not None for one in said),
        may_edit=version.status in EDITABLE and may(actor, "lists:fill", on=version.org),
        steps=tuple(_steps(unit, version)),
        faults=faults or {},
        remarks=remarks,
    )


def _steps(unit: Unit, version: ListVersion) -> Iterator[Step]:
    """What was done to this version by whom, where it stands, and what is ahead."""
    for act in acts_of(unit.conn, f"list:{version.id}"):
        if act.kind in DONE:
            told = act.body or {}
            text = f"{_name(unit, act.by)}　{told.get('remarks', '')}".strip()
            yield Step(state="done", title=DONE[act.kind], at=minute(act.at), text=text)
    for index, title in enumerate(AHEAD.get(version.status, ())):
        yield Step(state="todo" if index else "now", title=title)


DONE: Final = {
    "lists:list:start": "开始填报",
    "lists:list:hand_in": "提交签发",
    "lists:list:sign": "部门签发",
    "lists:list:return": "退回",
    "lists:list:publish": "审核发布",
}
AHEAD: Final[Mapping[ListStatus, Sequence[str]]] = {
    ListStatus.FILLING: ("单位填报", "部门签发", "市数管局审核"),
    ListStatus.RETURNED: ("单位修改", "部门签发", "市数管局审核"),
    ListStatus.SIGN_OFF: ("部门签发", "市数管局审核"),
    ListStatus.REVIEW: ("市数管局审核",),
}


def _name(unit: Unit, by: str) -> str:
    """Who an act names."""
    try:
        return person(unit.conn, PersonId(UUID(by))).name
    except (ValueError, PersonNotFound):
        return "系统"
