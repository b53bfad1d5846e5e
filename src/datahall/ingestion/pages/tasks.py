"""Tasks: how fresh each hall table is, and every load with what became of its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import ClassVar, Final
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from datahall.ingestion import repository
from datahall.ingestion.cdc import service as cdc
from datahall.ingestion.errors import NothingHeld
from datahall.ingestion.holding import service as holding
from datahall.ingestion.holding.model import Guard, Hold
from datahall.ingestion.model import Load, percent
from datahall.ingestion.pages.common import TABS, Clerk, Sent, Viewer, word
from datahall.ingestion.pages.modes import StreamRow, stream_row
from datahall.ingestion.service import tasks as service
from datahall.ingestion.service.tasks import TaskView
from datahall.ingestion.vocabulary import (
    Kind,
    LoadState,
    TaskStatus,
    layer_name,
    layers_of,
)
from datahall.kit.clock import LOCAL, local_date
from datahall.kit.errors import DomainError
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.ids import LoadId, OrgId, TaskId
from datahall.kit.messages import sentence
from datahall.kit.settings import settings
from datahall.kit.uow import Unit
from datahall.organisations import Organisation, organisation, organisations
from datahall.quality import standings
from datahall.security import Actor, may

router = APIRouter(prefix="/ingestion")

LOADS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A task as a list shows it."""

    view: TaskView
    health: tuple[str, str]  # words and the dot's kind
    behind_s: float | None  # since hall and source last agreed
    promise_s: int | None

    @property
    def ratio(self) -> float | None:
        """Measured ÷ promised; above 1 the promise is missed."""
        if self.behind_s is None or not self.promise_s:
            return None
        return self.behind_s / self.promise_s


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRow:
    """A load with its failure in words."""

    load: Load
    seconds: float
    layer: str  # that failed
    failure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of the latest load (流水线)."""

    name: str
    state: str  # ok, run, todo, warn
    text: str
    percent: int
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class TasksPage(Page):
    """The standing orders that keep hall tables as their sources are (归集任务)."""

    template: ClassVar[str] = "ingestion/tasks.html"
    section: ClassVar[str] = "sources"
    tabs: Sequence[tuple[str, str, str]] = TABS
    rows: Sequence[Row]
    orgs: Mapping[OrgId, Organisation]


@dataclass(frozen=True, kw_only=True)
class TaskPage(Page):
    """One task: the running load, freshness, every load before (归集任务)."""

    template: ClassVar[str] = "ingestion/task.html"
    section: ClassVar[str] = "sources"
    row: Row
    hold: Hold | None  # waits for somebody to decide
    guard: Guard
    org: Organisation
    stages: Sequence[Stage]
    loads: Sequence[LoadRow]
    layers: Sequence[tuple[str, str]]  # of the failed load: layer and state
    today: Mapping[str, int]
    waiting: int
    stream: StreamRow | None
    may_manage: bool
    now: datetime
    typed: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)


@router.get("/tasks")
def show_tasks(request: Request, unit: UnitDep, actor: Viewer) -> HTMLResponse:
    """Every task, those that wait for somebody first (归集任务)."""
    page = TasksPage(
        rows=[_row(view, unit.now) for view in service.all_tasks(unit, actor)],
        orgs={org.id: org for org in organisations(unit.conn)},
    )
    return respond(request, page)


@router.get("/tasks/{id}")
def show_task(id: TaskId, request: Request, unit: UnitDep, actor: Viewer) -> HTMLResponse:
    """One task (归集任务)."""
    return respond(request, _page(unit, actor, id))


@router.post("/tasks/{id}/pause")
def pause(id: TaskId, unit: UnitDep, actor: Clerk) -> Response:
    """Let it rest (暂停)."""
    service.pause(unit, actor, id)
    return redirect(f"/ingestion/tasks/{id}", flash="已暂停，恢复后从检查点接着归集。")


@router.post("/tasks/{id}/resume")
def resume(id: TaskId, unit: UnitDep, actor: Clerk) -> Response:
    """Go on, or try once more (恢复、重试)."""
    service.resume(unit, actor, id)
    return redirect(f"/ingestion/tasks/{id}", flash="已恢复，几秒内开始。")


@router.post("/tasks/{id}/compare")
def compare(id: TaskId, unit: UnitDep, actor: Clerk) -> Response:
    """Compare every row with the source (全量比对)."""
    service.compare_all(unit, actor, id)
    return redirect(f"/ingestion/tasks/{id}", flash="已安排全量比对，几秒内开始。")


@router.post("/tasks/{id}/interval")
def change_interval(
    id: TaskId, request: Request, unit: UnitDep, actor: Clerk, form: Sent
) -> Response:
    """How often it looks at the source (修改间隔)."""
    seconds = word(form, "interval_s")
    try:
        service.set_interval(unit, actor, id, seconds=seconds)
    except DomainError as refused:
        page = _page(unit, actor, id, typed={"interval_s": seconds}, refused=refused)
        return respond(request, page, status=refused.status)
    return redirect(f"/ingestion/tasks/{id}", flash=f"已改为每 {int(seconds)} 秒看一次源端。")


@router.post("/tasks/{id}/hold")
def decide(id: TaskId, request: Request, unit: UnitDep, actor: Clerk, form: Sent) -> Response:
    """Say yes or no to the rows that a held load would delete (确认、退回)."""
    reason, confirms = word(form, "reason"), word(form, "act") == "confirm"
    act = holding.confirm if confirms else holding.reject
    try:
        act(unit, actor, id, _load_id(word(form, "load")), reason=reason)
    except DomainError as refused:
        page = _page(unit, actor, id, typed={"reason": reason}, refused=refused)
        return respond(request, page, status=refused.status)
    said = "已确认，几秒内入库。" if confirms else "已退回，大厅数据原样保留。"
    return redirect(f"/ingestion/tasks/{id}", flash=said)


@router.post("/tasks/{id}/guard")
def change_guard(id: TaskId, request: Request, unit: UnitDep, actor: Clerk, form: Sent) -> Response:
    """How much it may delete unasked (删除警戒线)."""
    typed = {name: word(form, name) for name in ("deletions_percent", "deletions_rows")}
    try:
        holding.set_guard(
            unit, actor, id, percent=typed["deletions_percent"], rows=typed["deletions_rows"]
        )
    except DomainError as refused:
        page = _page(unit, actor, id, typed=typed, refused=refused)
        return respond(request, page, status=refused.status)
    return redirect(f"/ingestion/tasks/{id}", flash="已保存删除警戒线。")


def _load_id(text: str) -> LoadId:
    """The load that a form is about.

    Raises:
        NothingHeld
    """
    try:
        return LoadId(UUID(text))
    except ValueError:
        raise NothingHeld from None


def _page(
    unit: Unit,
    actor: Actor,
    id: TaskId,
    *,
    typed: Mapping[str, str] | None = None,
    refused: DomainError | None = None,
) -> TaskPage:
    view = service.task(unit, actor, id)
    found = repository.loads_of(unit.conn, id, limit=LOADS)
    midnight = datetime.combine(local_date(unit.now), time(), LOCAL)
    stream = cdc.stream_of(unit.conn, view.task)
    waiting = {s.item.id: s.waiting for s in standings(unit, actor)}
    return TaskPage(
        row=_row(view, unit.now),
        hold=holding.held(unit, actor, id),
        guard=Guard.of(view.task, settings()),
        org=organisation(unit.conn, view.task.org),
        stages=stages(found[0], unit.now) if found else (),
        loads=[_load_row(load, view.source.kind, unit.now) for load in found],
        layers=layers(found[0], view.source.kind) if found else (),
        today=repository.sums_since(unit.conn, id, midnight),
        waiting=waiting.get(view.item.id, 0),
        stream=stream_row(stream, view.source.kind, unit.now) if stream else None,
        may_manage=may(actor, "ingestion:manage", on=view.task.org),
        now=unit.now,
        typed=typed or {},
        faults=faults_by_field(refused) if refused else {},
    )


def _row(view: TaskView, now: datetime) -> Row:
    at = view.task.checked_at
    return Row(
        view=view,
        health=health(view),
        # A load that began after this request did may have finished before it looked.
        behind_s=max(0.0, (now - at).total_seconds()) if at else None,
        promise_s=view.item.update_cycle.promise_s,
    )


def health(view: TaskView) -> tuple[str, str]:
    """How a task is, in a word, and the dot beside it."""
    task = view.task
    if task.status in (TaskStatus.PAUSED, TaskStatus.ENDED):
        return task.status.label, "off"
    if task.status is TaskStatus.STOPPED:
        return "停住了，待处理", "bad"
    if task.status is TaskStatus.HELD:
        return "待确认，没有入库", "bad"
    if task.failures:
        return f"连续 {task.failures} 次未成功，自动再试", "bad"
    if view.last and view.last.state is LoadState.RUNNING:
        return "正在归集", ""
    return ("等待第一次归集", "off") if task.checked_at is None else ("正常", "")


def _load_row(load: Load, kind: Kind, now: datetime) -> LoadRow:
    return LoadRow(
        load=load,
        seconds=load.seconds(now),
        layer=layer_name(load.error_layer, kind) if load.error_layer else "",
        failure=sentence(load.error_code, load.error_detail) if load.error_code else "",
    )


def stages(load: Load, now: datetime) -> Sequence[Stage]:
    """The latest load, stage by stage; they work at the same time."""
    running = load.state is LoadState.RUNNING
    done = load.state is LoadState.DONE
    state = "run" if running else ("ok" if done else "warn")
    share = 100 if done else (percent(load.read, load.expected) or 0)
    committed = "ok" if done else ("todo" if running else "warn")
    estimate = f"源端约 {load.expected:,} 行" if load.expected else ""
    return (
        Stage(name="抽取", state=state, text=f"{load.read:,} 行", percent=share, remark=estimate),
        Stage(name="检查", state=state, text=f"{load.checked:,} 行", percent=share, remark=f"隔离 {load.quarantined:,} 行"),
        Stage(name="落地", state=state, text=f"{load.landed:,} 行", percent=share, remark=f"新增 {load.inserted:,} · 更新 {load.updated:,}"),
        Stage(
            name="提交", state=committed, percent=100 if done else 0,
            text="数据与检查点一并提交" if done else ("等待" if running else "全部撤回"),
            remark=f"用时 {load.seconds(now):.1f} 秒" if done else "",
        ),
    )  # fmt: skip


def layers(load: Load, kind: Kind) -> Sequence[tuple[str, str]]:
    """Of a load that failed: which layers held, which failed, which were not reached."""
    if load.error_layer is None or load.state is not LoadState.FAILED:
        return ()
    order = layers_of(kind)
    at = order.index(load.error_layer)
    return [
        (layer_name(layer, kind), "ok" if n < at else ("bad" if n == at else "off"))
        for n, layer in enumerate(order)
    ]
