"""Choosing how a task brings its rows, with what each way needs of the source (采集方式)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse
from starlette.responses import Response

from datahall.ingestion.cdc import service as cdc
from datahall.ingestion.cdc.model import StreamState
from datahall.ingestion.cdc.service import Way
from datahall.ingestion.errors import ModeUnfit
from datahall.ingestion.pages.common import TABS, Clerk, Sent, Viewer, word
from datahall.ingestion.service import tasks as service
from datahall.ingestion.service.tasks import TaskView
from datahall.ingestion.vocabulary import Kind, Mode
from datahall.kit.errors import DomainError
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.ids import TaskId
from datahall.kit.messages import sentence
from datahall.kit.uow import Unit
from datahall.security import Actor, may

router = APIRouter(prefix="/ingestion")


@dataclass(frozen=True, kw_only=True)
class ModesPage(Page):
    """The ways of bringing a task's rows (采集方式)."""

    template: ClassVar[str] = "ingestion/modes.html"
    section: ClassVar[str] = "sources"
    tabs: Sequence[tuple[str, str, str]] = TABS
    view: TaskView
    ways: Sequence[Way]
    may_manage: bool
    tried: Mode | None = None
    refusal: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRow:
    """A stream as the page of a task shows it."""

    state: StreamState
    words: tuple[str, str]  # and the dot's kind
    position: str
    failure: str
    behind_s: float | None  # since the stream last had nothing left to bring


def stream_row(state: StreamState, kind: Kind, now: datetime) -> StreamRow:
    """A stream in words."""
    words = {"streaming": ("正在跟随", ""), "broken": ("断开，自动重连", "bad")}
    return StreamRow(
        state=state,
        words=words.get(state.state, ("正在建立", "off")),
        position=_position(state, kind),
        failure=sentence(state.error_code, state.error_detail) if state.error_code else "",
        behind_s=(now - state.heard_at).total_seconds() if state.heard_at else None,
    )


def _position(state: StreamState, kind: Kind) -> str:
    """The place in the log as the source's own tools write it."""
    if not state.confirmed:
        return "—"
    if kind is Kind.POSTGRESQL and len(state.confirmed) == 1:
        lsn = state.confirmed[0]
        return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"
    file = state.about.get("file")
    return f"{file}:{state.confirmed[-1]}" if file else str(state.confirmed[-1])


@router.get("/tasks/{id}/mode")
def show_modes(id: TaskId, request: Request, unit: UnitDep, actor: Viewer) -> HTMLResponse:
    """What there is to choose from (采集方式)."""
    return respond(request, _page(unit, actor, id))


@router.post("/tasks/{id}/mode")
def set_mode(id: TaskId, request: Request, unit: UnitDep, actor: Clerk, form: Sent) -> Response:
    """Ask the source whether it gives what the way needs, and take it (检查并更换)."""
    given, keep = word(form, "mode"), word(form, "keep_days")
    mode = next((m for m in Mode if m.value == given), Mode.FULL)
    try:
        cdc.set_mode(unit, actor, id, mode, keep_days=keep)
    except DomainError as refused:
        if refused.status != ModeUnfit.status:
            raise
        page = _page(unit, actor, id, tried=mode, refused=refused, typed={"keep_days": keep})
        return respond(request, page, status=refused.status)
    return redirect(
        f"/ingestion/tasks/{id}",
        flash=f"已改为“{mode.label}”。先把整张表比对一次，再从那一刻接着归集。",
    )


@router.get("/tasks/{id}/statements.sql")
def download_script(
    id: TaskId, unit: UnitDep, actor: Viewer, mode: Mode = Mode.LOG
) -> PlainTextResponse:
    """The statements for the source's database administrator, as a file (下载语句)."""
    text = cdc.script(unit, actor, id, mode)
    name = f"datahall-{mode.value}.sql"
    return PlainTextResponse(
        text, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _page(
    unit: Unit,
    actor: Actor,
    id: TaskId,
    *,
    tried: Mode | None = None,
    refused: DomainError | None = None,
    typed: Mapping[str, str] | None = None,
) -> ModesPage:
    view = service.task(unit, actor, id)
    faults = faults_by_field(refused) if refused else {}
    return ModesPage(
        view=view,
        ways=cdc.ways(unit, actor, id),
        may_manage=may(actor, "ingestion:manage", on=view.task.org),
        tried=tried,
        refusal=sentence(refused.code, refused.detail) if refused else "",
        typed=typed or {},
        faults={name: words for name, words in faults.items() if name == "keep_days"},
    )
