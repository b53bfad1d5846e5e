"""SQL of sources, tasks and loads."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, func, select, update
from sqlalchemy.dialects.postgresql import distinct_on, insert

from datahall.ingestion.errors import PositionLost, SourceNotFound, TaskNotFound
from datahall.ingestion.model import Checkpoint, Diagnosis, Load, Sampling, Source, Task
from datahall.ingestion.tables import loads, samplings, sources, streams, tasks
from datahall.ingestion.vocabulary import Kind, Layer, LoadState, Mode, TaskStatus, Zone
from datahall.kit.ids import ItemId, LoadId, OrgId, SourceId, TableId, TaskId

_LOAD_COLUMNS = tuple(f.name for f in fields(Load))


# -- sources ---------------------------------------------------------------------------------


def _source(row: RowMapping) -> Source:
    found = row["diagnosis"]
    return Source(
        **{
            **row,
            "kind": Kind(row["kind"]),
            "zone": Zone(row["zone"]),
            "diagnosis": msgspec.convert(found, Diagnosis) if found else None,
        }
    )


def _source_values(source: Source) -> dict[str, Any]:
    values: dict[str, Any] = {f.name: getattr(source, f.name) for f in fields(Source)}
    values["diagnosis"] = msgspec.to_builtins(source.diagnosis) if source.diagnosis else None
    return values


def source(conn: Connection, id: SourceId, *, lock: bool = False) -> Source:
    query = select(sources).where(sources.c.id == id)
    row = conn.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None:
        raise SourceNotFound(source=id)
    return _source(row)


def sources_of(conn: Connection, org: OrgId | None) -> list[Source]:
    """The sources of one department, or of all."""
    query = select(sources).order_by(sources.c.org, sources.c.registered_at)
    if org is not None:
        query = query.where(sources.c.org == org)
    return [_source(row) for row in conn.execute(query).mappings()]


def add_source(conn: Connection, source: Source) -> None:
    conn.execute(insert(sources).values(_source_values(source)))


def save_source(conn: Connection, source: Source) -> None:
    conn.execute(update(sources).where(sources.c.id == source.id).values(_source_values(source)))


def scans_due(conn: Connection, now: datetime) -> list[SourceId]:
    """Sources whose scan is due; one that was never scanned waits for somebody to try it."""
    due_at = func.coalesce(sources.c.scan_due_at, sources.c.scanned_at)
    query = select(sources.c.id).where(sources.c.scan_every_s > 0, due_at <= now).order_by(due_at)
    return [SourceId(id) for id in conn.scalars(query)]


def names_taken(conn: Connection, org: OrgId, *, but: SourceId | None = None) -> set[str]:
    query = select(sources.c.name).where(sources.c.org == org)
    if but is not None:
        query = query.where(sources.c.id != but)
    return set(conn.scalars(query))


# -- samplings -------------------------------------------------------------------------------


def sampling(conn: Connection, table: TableId) -> Sampling | None:
    """The last order to sum up a table's columns."""
    query = select(samplings).where(samplings.c.table == table)
    row = conn.execute(query).mappings().one_or_none()
    return Sampling(**row) if row else None


def put_sampling(conn: Connection, sampling: Sampling) -> None:
    values = asdict(sampling)
    statement = insert(samplings).values(values)
    conn.execute(statement.on_conflict_do_update(index_elements=["table"], set_=values))


# -- tasks -----------------------------------------------------------------------------------


def _task(row: RowMapping) -> Task:
    return Task(
        **{
            **row,
            "mode": Mode(row["mode"]),
            "status": TaskStatus(row["status"]),
            "checkpoint": msgspec.convert(row["checkpoint"], Checkpoint),
        }
    )


def _task_values(task: Task) -> dict[str, Any]:
    values: dict[str, Any] = {f.name: getattr(task, f.name) for f in fields(Task)}
    values["checkpoint"] = msgspec.to_builtins(task.checkpoint)
    return values


def task(conn: Connection, id: TaskId, *, lock: bool = False) -> Task:
    query = select(tasks).where(tasks.c.id == id)
    row = conn.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None:
        raise TaskNotFound(task=id)
    return _task(row)


def task_of(conn: Connection, item: ItemId, *, lock: bool = False) -> Task | None:
    query = select(tasks).where(tasks.c.item == item)
    row = conn.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    return _task(row) if row else None


def last_agreed(
    conn: Connection, items: Sequence[ItemId]
) -> dict[ItemId, tuple[TaskId, datetime | None]]:
    query = select(tasks.c.item, tasks.c.id, tasks.c.checked_at).where(tasks.c.item.in_(items))
    return {ItemId(item): (TaskId(id), at) for item, id, at in conn.execute(query)}


def tasks_of(conn: Connection, org: OrgId | None) -> list[Task]:
    """The tasks of one department, or of all; those that wait for somebody come first."""
    waiting = tasks.c.status.in_([TaskStatus.STOPPED, TaskStatus.HELD])
    query = select(tasks).order_by(~waiting, tasks.c.created_at)
    if org is not None:
        query = query.where(tasks.c.org == org)
    return [_task(row) for row in conn.execute(query).mappings()]


def tasks_reading(conn: Connection, source: SourceId) -> int:
    query = select(func.count()).where(tasks.c.source == source, tasks.c.status != TaskStatus.ENDED)
    return conn.scalar(query) or 0


def wake(conn: Connection, source: SourceId, *, at: datetime) -> None:
    """Run the tasks again that waited for their source to be put right."""
    waiting = tasks.c.status.in_([TaskStatus.STOPPED, TaskStatus.HELD])
    conn.execute(
        update(tasks)
        .where(tasks.c.source == source, waiting)
        .values(status=TaskStatus.ACTIVE, failures=0, due_at=at)
    )


def add_task(conn: Connection, task: Task) -> None:
    conn.execute(insert(tasks).values(_task_values(task)))


def save_task(conn: Connection, task: Task) -> None:
    conn.execute(update(tasks).where(tasks.c.id == task.id).values(_task_values(task)))


PROGRESS = ("checkpoint", "failures", "whole_next", "checked_at", "due_at")
"""What a load writes; the rest of a task belongs to people, who may change it meanwhile."""


def advance(conn: Connection, task: Task, *, stop: bool = False) -> None:
    """Write what a load changes of its task, in the load's own transaction."""
    values = {name: value for name, value in _task_values(task).items() if name in PROGRESS}
    if stop:
        values["status"] = task.status
    conn.execute(update(tasks).where(tasks.c.id == task.id).values(values))


def hold_stream(conn: Connection, task: Task) -> None:
    """Make sure, until the transaction ends, that the source still has all from the position on.

    Raises:
        PositionLost
    """
    query = select(streams.c.epoch, streams.c.confirmed).where(
        streams.c.source == task.source, streams.c.mode == task.mode
    )
    row = conn.execute(query.with_for_update(read=True)).one_or_none()
    checkpoint = task.checkpoint
    if row is None or row.epoch != checkpoint.stream or tuple(row.confirmed) > checkpoint.position:
        raise PositionLost(reason="首次归集期间位置已被放行")


def unfollow(conn: Connection, ids: Sequence[TaskId]) -> None:
    """Take tasks off the streams that they follow: they begin with a first load again."""
    for id in ids:
        found = task(conn, id, lock=True)
        plain = msgspec.to_builtins(found.checkpoint.unfollowed())
        conn.execute(update(tasks).where(tasks.c.id == id).values(checkpoint=plain))


def due(conn: Connection, now: datetime) -> list[TaskId]:
    """Tasks whose time has come, the longest waiting first; those on a stream never wait."""
    query = (
        select(tasks.c.id)
        .where(
            tasks.c.status == TaskStatus.ACTIVE,
            tasks.c.due_at <= now,
            tasks.c.mode.not_in([mode for mode in Mode if mode.streams]),
        )
        .order_by(tasks.c.due_at)
    )
    return [TaskId(id) for id in conn.scalars(query)]


# -- loads -----------------------------------------------------------------------------------


def load_of_row(row: RowMapping | dict[str, Any]) -> Load:
    layer = row["error_layer"]
    return Load(
        **{
            **row,
            "state": LoadState(row["state"]),
            "error_layer": Layer(layer) if layer else None,
        }
    )


def put_load(conn: Connection, load: Load) -> None:
    """Add the load, or write how it stands now."""
    values = {name: getattr(load, name) for name in _LOAD_COLUMNS}
    statement = insert(loads).values(values)
    conn.execute(statement.on_conflict_do_update(index_elements=[loads.c.id], set_=values))


def drop_load(conn: Connection, id: LoadId) -> None:
    """Forget a load that found nothing new."""
    conn.execute(loads.delete().where(loads.c.id == id))


def interrupt(conn: Connection, task: TaskId, *, at: datetime) -> None:
    """Loads that still say "running" while nobody runs the task were cut off."""
    conn.execute(
        update(loads)
        .where(loads.c.task == task, loads.c.state == LoadState.RUNNING)
        .values(state=LoadState.INTERRUPTED, finished_at=at, error_code="ingestion.interrupted")
    )


def loads_of(conn: Connection, task: TaskId, *, limit: int = 20) -> list[Load]:
    """The latest loads of a task, newest first."""
    query = select(loads).where(loads.c.task == task).order_by(loads.c.started_at.desc())
    return [load_of_row(row) for row in conn.execute(query.limit(limit)).mappings()]


def loads_finished_since(conn: Connection, since: datetime) -> list[tuple[Load, ItemId]]:
    """Loads that ended since then, each with its task's item, in the order in which they ended."""
    query = (
        select(loads, tasks.c.item.label("of_item"))
        .join(tasks, tasks.c.id == loads.c.task)
        .where(loads.c.finished_at >= since)
        .order_by(loads.c.finished_at, loads.c.id)
    )
    found = conn.execute(query).mappings()
    return [
        (load_of_row({name: row[name] for name in _LOAD_COLUMNS}), ItemId(row["of_item"]))
        for row in found
    ]


def latest_loads(conn: Connection, of: Sequence[TaskId]) -> dict[TaskId, Load]:
    """The latest load of each task."""
    query = (
        select(loads)
        .where(loads.c.task.in_(of))
        .ext(distinct_on(loads.c.task))
        .order_by(loads.c.task, loads.c.started_at.desc())
    )
    return {TaskId(row["task"]): load_of_row(row) for row in conn.execute(query).mappings()}


def sums_since(conn: Connection, task: TaskId, since: datetime) -> Mapping[str, int]:
    """Rows by what became of them, over the loads finished since then."""
    names = ("inserted", "updated", "deleted", "quarantined")
    query = select(*(func.coalesce(func.sum(loads.c[n]), 0).label(n) for n in names)).where(
        loads.c.task == task, loads.c.state == LoadState.DONE, loads.c.finished_at >= since
    )
    row = conn.execute(query).mappings().one()
    return {name: int(row[name]) for name in names}
