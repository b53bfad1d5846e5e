"""JSON API of ingestion."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from datahall.catalogue import TableNotFound
from datahall.ingestion.cdc import service as cdc
from datahall.ingestion.errors import (
    LoadFailure,
    ModeNotReady,
    ModeUnfit,
    NothingHeld,
    SourceNotFound,
    TableGoneAlready,
    TaskNotFound,
)
from datahall.ingestion.holding import service as holding
from datahall.ingestion.schemas import (
    AssetOut,
    DecisionIn,
    FindingOut,
    GuardIn,
    HoldOut,
    LoadOut,
    ModeIn,
    SamplingOut,
    Scanned,
    ScheduleIn,
    SourceIn,
    SourceOut,
    StreamOut,
    TableOut,
    TaskOut,
    WayOut,
)
from datahall.ingestion.service import scanning, sources, tables, tasks
from datahall.ingestion.service.assets import State, assets
from datahall.kit.errors import Invalid
from datahall.kit.http import UnitDep, problems
from datahall.kit.ids import LoadId, SourceId, TableId, TaskId
from datahall.security import Actor, NotPermitted, permits

router = APIRouter(prefix="/api/v1/ingestion", tags=["ingestion"])

Viewer = Annotated[Actor, Depends(permits("ingestion:view"))]
Clerk = Annotated[Actor, Depends(permits("ingestion:manage"))]


@router.get("/sources")
def list_sources(unit: UnitDep, actor: Viewer) -> list[SourceOut]:
    """The sources that the caller may see (数据源)."""
    return [SourceOut.of(source) for source in sources.sources(unit, actor)]


@router.post("/sources", status_code=201, responses=problems(Invalid, NotPermitted))
def register_source(unit: UnitDep, actor: Clerk, sent: SourceIn) -> SourceOut:
    """Register a source of the caller's department (登记数据源)."""
    return SourceOut.of(sources.register_source(unit, actor, sent.form()))


@router.get("/sources/{id}", responses=problems(SourceNotFound))
def get_source(unit: UnitDep, actor: Viewer, id: SourceId) -> SourceOut:
    """One source (数据源)."""
    return SourceOut.of(sources.source(unit, actor, id))


@router.put("/sources/{id}", responses=problems(SourceNotFound, NotPermitted, Invalid))
def revise_source(unit: UnitDep, actor: Clerk, id: SourceId, sent: SourceIn) -> SourceOut:
    """Change how a source is reached (修改数据源)."""
    return SourceOut.of(sources.revise_source(unit, actor, id, sent.form()))


@router.post("/sources/{id}/test", responses=problems(SourceNotFound, NotPermitted))
def test_source(unit: UnitDep, actor: Clerk, id: SourceId) -> list[FindingOut]:
    """Try the way into a source, layer by layer (连接测试)."""
    return [FindingOut.of(f) for f in sources.test_source(unit, actor, id).findings]


@router.post("/sources/{id}/scan", responses=problems(SourceNotFound, NotPermitted, LoadFailure))
def scan_source(unit: UnitDep, actor: Clerk, id: SourceId) -> Scanned:
    """Read tables and columns from metadata into the inventory (元数据扫描)."""
    made = scanning.scan(unit, actor, id)
    return Scanned(tables=made.tables, changes=len(made.changes))


@router.put("/sources/{id}/schedule", responses=problems(SourceNotFound, NotPermitted, Invalid))
def schedule_scans(unit: UnitDep, actor: Clerk, id: SourceId, sent: ScheduleIn) -> SourceOut:
    """Change how often a source is scanned by itself (扫描间隔)."""
    return SourceOut.of(scanning.set_interval(unit, actor, id, seconds=str(sent.scan_every_s)))


@router.get("/tables")
def list_tables(
    unit: UnitDep,
    actor: Viewer,
    q: Annotated[str, Query(max_length=100)] = "",
    state: State | None = None,
) -> list[AssetOut]:
    """The asset inventory: tables by words of their names and columns, and by state (数据资产)."""
    found = assets(unit, actor, words=q, state=state)
    return [AssetOut.of(source, asset) for source, asset in found.tables]


@router.get("/tables/{id}", responses=problems(TableNotFound))
def get_table(unit: UnitDep, actor: Viewer, id: TableId) -> TableOut:
    """One table of the asset inventory with its column profiles (数据表、列画像)."""
    return TableOut.of(tables.table(unit, actor, id))


@router.post(
    "/tables/{id}/profile",
    status_code=202,
    responses=problems(TableNotFound, NotPermitted, TableGoneAlready),
)
def order_profile(unit: UnitDep, actor: Clerk, id: TableId) -> SamplingOut:
    """Have a table's columns summed up from a bounded sample; poll the table for the outcome."""
    return SamplingOut.of(tables.order_profile(unit, actor, id))


@router.get("/tasks")
def list_tasks(unit: UnitDep, actor: Viewer) -> list[TaskOut]:
    """The ingestion tasks that the caller may see (归集任务)."""
    return [TaskOut.of(view) for view in tasks.all_tasks(unit, actor)]


@router.get("/tasks/{id}", responses=problems(TaskNotFound))
def get_task(unit: UnitDep, actor: Viewer, id: TaskId) -> TaskOut:
    """One ingestion task (归集任务)."""
    return TaskOut.of(tasks.task(unit, actor, id))


@router.get("/tasks/{id}/loads", responses=problems(TaskNotFound))
def list_loads(unit: UnitDep, actor: Viewer, id: TaskId) -> list[LoadOut]:
    """The latest loads of a task, newest first (归集批次)."""
    return [LoadOut.of(load) for load in tasks.loads(unit, actor, id)]


@router.post("/tasks/{id}/pause", responses=problems(TaskNotFound, NotPermitted))
def pause(unit: UnitDep, actor: Clerk, id: TaskId) -> TaskOut:
    """Let a task rest (暂停)."""
    tasks.pause(unit, actor, id)
    return TaskOut.of(tasks.task(unit, actor, id))


@router.post("/tasks/{id}/resume", responses=problems(TaskNotFound, NotPermitted))
def resume(unit: UnitDep, actor: Clerk, id: TaskId) -> TaskOut:
    """Run a paused or stopped task again (恢复、重试)."""
    tasks.resume(unit, actor, id)
    return TaskOut.of(tasks.task(unit, actor, id))


@router.post("/tasks/{id}/compare", responses=problems(TaskNotFound, NotPermitted))
def compare_all(unit: UnitDep, actor: Clerk, id: TaskId) -> TaskOut:
    """Compare every row with the source at the next run (全量比对)."""
    tasks.compare_all(unit, actor, id)
    return TaskOut.of(tasks.task(unit, actor, id))


@router.get("/tasks/{id}/hold", responses=problems(TaskNotFound))
def get_hold(unit: UnitDep, actor: Viewer, id: TaskId) -> HoldOut | None:
    """The load that waits for a decision because of what it would delete; null: none does."""
    found = holding.held(unit, actor, id)
    return HoldOut.model_validate(found) if found else None


@router.post(
    "/tasks/{id}/hold/confirm", responses=problems(TaskNotFound, NotPermitted, NothingHeld, Invalid)
)
def confirm_hold(unit: UnitDep, actor: Clerk, id: TaskId, sent: DecisionIn) -> HoldOut:
    """Say that the rows are really gone; the next run deletes them (确认删除)."""
    decided = holding.confirm(unit, actor, id, LoadId(sent.load), reason=sent.reason)
    return HoldOut.model_validate(decided)


@router.post(
    "/tasks/{id}/hold/reject", responses=problems(TaskNotFound, NotPermitted, NothingHeld, Invalid)
)
def reject_hold(unit: UnitDep, actor: Clerk, id: TaskId, sent: DecisionIn) -> HoldOut:
    """Keep the hall as it is; the task rests until its source was put right (退回)."""
    decided = holding.reject(unit, actor, id, LoadId(sent.load), reason=sent.reason)
    return HoldOut.model_validate(decided)


@router.put("/tasks/{id}/guard", responses=problems(TaskNotFound, NotPermitted, Invalid))
def set_guard(unit: UnitDep, actor: Clerk, id: TaskId, sent: GuardIn) -> TaskOut:
    """Change how much a load of this task may delete unasked (删除警戒线)."""
    percent, rows = (("" if n is None else str(n)) for n in (sent.percent, sent.rows))
    holding.set_guard(unit, actor, id, percent=percent, rows=rows)
    return TaskOut.of(tasks.task(unit, actor, id))


@router.get("/tasks/{id}/modes", responses=problems(TaskNotFound))
def list_modes(unit: UnitDep, actor: Viewer, id: TaskId) -> list[WayOut]:
    """The ways of bringing a task's rows, with the statements that each needs (采集方式)."""
    return [WayOut.of(way) for way in cdc.ways(unit, actor, id)]


@router.put(
    "/tasks/{id}/mode",
    responses=problems(TaskNotFound, NotPermitted, ModeUnfit, ModeNotReady, Invalid),
)
def set_mode(unit: UnitDep, actor: Clerk, id: TaskId, sent: ModeIn) -> TaskOut:
    """Bring a task's rows in another way from now on (更换采集方式)."""
    cdc.set_mode(unit, actor, id, sent.mode, keep_days=str(sent.keep_days))
    return TaskOut.of(tasks.task(unit, actor, id))


@router.get("/tasks/{id}/stream", responses=problems(TaskNotFound))
def get_stream(unit: UnitDep, actor: Viewer, id: TaskId) -> StreamOut | None:
    """How the stream stands that the task follows; null when it looks by itself (变更流)."""
    found = cdc.stream(unit, actor, id)
    return StreamOut.of(found) if found else None
