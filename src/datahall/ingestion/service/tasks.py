"""The standing orders to keep hall tables as their sources are (归集任务)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, cast

from sqlalchemy import Connection

from datahall import catalogue, drift, security, store
from datahall.catalogue import CatalogueItem, Finding, ItemPublished, ItemWithdrawn, TableState
from datahall.drift import Ticket
from datahall.ingestion import repository
from datahall.ingestion.errors import TaskNotFound
from datahall.ingestion.events import (
    IntervalChanged,
    TaskCreated,
    TaskEnded,
    TaskPaused,
    TaskResumed,
    WholeLoadOrdered,
)
from datahall.ingestion.model import Load, Source, Task, plan
from datahall.ingestion.service.access import MANAGE, VIEW, scope
from datahall.ingestion.vocabulary import Mode, TaskStatus
from datahall.kit.errors import Fault, Invalid
from datahall.kit.events import Event
from datahall.kit.ids import ItemId, TaskId, new_id
from datahall.kit.uow import Unit

SHORTEST_INTERVAL_S: Final = 5
LONGEST_INTERVAL_S: Final = 86_400


def follow_published(unit: Unit, event: Event) -> None:
    """Publishing an item that is mounted sets up its task and hall table, or adapts them."""
    item = catalogue.get(unit.conn, cast("ItemPublished", event).item)
    if item.table is None:
        return
    table = catalogue.inventory_table(unit.conn, item.table)
    source = repository.source(unit.conn, table.source)
    types = {column.name: column.type for column in table.columns}
    mode, interval_s = plan(
        item, kind=source.kind, watermark_type=types.get(item.watermark_column or "", "")
    )
    watermark = item.watermark_column if mode is Mode.INCREMENTAL else None
    store.ensure(unit, item)
    found = repository.task_of(unit.conn, item.id, lock=True)
    if found is None:
        task = Task(
            id=TaskId(new_id()),
            item=item.id,
            org=item.provider,
            source=source.id,
            table=table.id,
            mode=mode,
            watermark=watermark,
            interval_s=interval_s,
            due_at=unit.now,
            created_at=unit.now,
        )
        repository.add_task(unit.conn, task)
        unit.record(TaskCreated(at=unit.now, by=event.by, task=task.id, item=item.id))
        return
    if found.mode.streams and found.source == source.id:
        mode, watermark = found.mode, None  # chosen by a person, and not for this version only
    changed = replace(found, source=source.id, table=table.id, mode=mode, watermark=watermark)
    repository.save_task(unit.conn, changed.whole(at=unit.now))


def follow_withdrawn(unit: Unit, event: Event) -> None:
    """Withdrawing an item ends its task; the hall table stays for the evidence."""
    found = repository.task_of(unit.conn, cast("ItemWithdrawn", event).item, lock=True)
    if found is not None and found.status is not TaskStatus.ENDED:
        repository.save_task(unit.conn, replace(found, status=TaskStatus.ENDED))
        unit.record(TaskEnded(at=unit.now, by=event.by, task=found.id))


def pause(unit: Unit, actor: security.Actor, id: TaskId) -> Task:
    """Let a task rest until somebody resumes it (暂停).

    Raises:
        TaskNotFound, NotPermitted
    """
    changed = managed(unit, actor, id).paused()
    repository.save_task(unit.conn, changed)
    unit.record(TaskPaused(at=unit.now, by=actor.by, task=id))
    return changed


def resume(unit: Unit, actor: security.Actor, id: TaskId) -> Task:
    """Run a paused task again, or try a stopped one once more (恢复、重试).

    Raises:
        TaskNotFound, NotPermitted
    """
    changed = managed(unit, actor, id).resumed(at=unit.now)
    repository.save_task(unit.conn, changed)
    unit.record(TaskResumed(at=unit.now, by=actor.by, task=id))
    return changed


def compare_all(unit: Unit, actor: security.Actor, id: TaskId) -> Task:
    """Compare every row with the source at the next run (全量比对).

    Finds what a watermark cannot show: rows deleted at the source, and rows changed without a
    new watermark.

    Raises:
        TaskNotFound, NotPermitted
    """
    changed = managed(unit, actor, id).whole(at=unit.now)
    repository.save_task(unit.conn, changed)
    unit.record(WholeLoadOrdered(at=unit.now, by=actor.by, task=id))
    return changed


def set_interval(unit: Unit, actor: security.Actor, id: TaskId, *, seconds: str) -> Task:
    """Change how often a task looks at its source (修改间隔).

    Raises:
        TaskNotFound, NotPermitted, Invalid
    """
    found = managed(unit, actor, id)
    text = seconds.strip()
    usable = text.isascii() and text.isdigit() and len(text) < len(str(LONGEST_INTERVAL_S)) + 1
    if not usable or not SHORTEST_INTERVAL_S <= int(text) <= LONGEST_INTERVAL_S:
        raise Invalid([Fault("interval_s", "ingestion.interval_malformed")])
    changed = replace(found, interval_s=int(text), due_at=unit.now)
    repository.save_task(unit.conn, changed)
    unit.record(IntervalChanged(at=unit.now, by=actor.by, task=id, interval_s=changed.interval_s))
    return changed


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """A task with what a person wants to see beside it."""

    task: Task
    item: CatalogueItem
    source: Source
    table: str  # as the source calls it
    last: Load | None
    rows: int
    revision: int
    ticket: Ticket | None  # its table changed and the entry has not followed


def task(unit: Unit, actor: security.Actor, id: TaskId) -> TaskView:
    """A task that the actor may see.

    Raises:
        TaskNotFound
    """
    found = seen(unit, actor, id)
    return _view(unit.conn, found, repository.latest_loads(unit.conn, [id]).get(id))


def all_tasks(unit: Unit, actor: security.Actor) -> list[TaskView]:
    """The tasks that the actor may see, those that wait for somebody first."""
    found = repository.tasks_of(unit.conn, scope(actor))
    last = repository.latest_loads(unit.conn, [t.id for t in found])
    return [_view(unit.conn, t, last.get(t.id)) for t in found]


def loads(unit: Unit, actor: security.Actor, id: TaskId, *, limit: int = 20) -> list[Load]:
    """The latest loads of a task that the actor may see, newest first.

    Raises:
        TaskNotFound
    """
    task(unit, actor, id)
    return repository.loads_of(unit.conn, id, limit=limit)


def task_by_id(conn: Connection, id: TaskId) -> Task:
    """A task, for the program's own work.

    Raises:
        TaskNotFound
    """
    return repository.task(conn, id)


def task_of_item(conn: Connection, item: ItemId) -> Task | None:
    """The task that keeps an item's hall table, if it has one."""
    return repository.task_of(conn, item)


def last_agreed(
    conn: Connection, items: Sequence[ItemId]
) -> Mapping[ItemId, tuple[TaskId, datetime | None]]:
    """Of each of `items` that has a task: the task, and when hall and source last agreed."""
    return repository.last_agreed(conn, items)


def _view(conn: Connection, task: Task, last: Load | None) -> TaskView:
    table = catalogue.inventory_table(conn, task.table)
    dataset = store.dataset_for_item(conn, task.item)
    state = store.state(conn, dataset.id) if dataset else None
    return TaskView(
        task=task,
        item=catalogue.get(conn, task.item),
        source=repository.source(conn, task.source),
        table=f"{table.schema}.{table.name}" if table.schema else table.name,
        last=last,
        rows=state.rows if state else 0,
        revision=state.revision if state else 0,
        ticket=drift.open_ticket(conn, task.table),
    )


def seen(unit: Unit, actor: security.Actor, id: TaskId) -> Task:
    """A task that the actor may see.

    Raises:
        TaskNotFound
    """
    found = repository.task(unit.conn, id)
    if not security.may(actor, VIEW, on=found.org):
        raise TaskNotFound(task=id)
    return found


def managed(unit: Unit, actor: security.Actor, id: TaskId) -> Task:
    """A task that the actor may change, held until the unit commits.

    Raises:
        TaskNotFound, NotPermitted
    """
    found = repository.task(unit.conn, id, lock=True)
    if not security.may(actor, VIEW, on=found.org) or found.status is TaskStatus.ENDED:
        raise TaskNotFound(task=id)
    security.require(actor, MANAGE, on=found.org)
    return found


def table_state(unit: Unit, question: TableState) -> Iterator[Finding]:
    """How the table of an entry is read: by its task, if it has one (`catalogue.TableState`)."""
    task = repository.task_of(unit.conn, question.item)
    if task is None or task.table != question.table:
        return
    if task.status in STANDING:
        yield Finding(ok=False, code=STANDING[task.status])
    elif task.checked_at is None:
        yield Finding(ok=False, code="catalogue.probe_table_never_read")
    else:
        yield Finding(ok=True, code="catalogue.probe_table_read", as_of=task.checked_at)


STANDING: Final = {
    TaskStatus.STOPPED: "catalogue.probe_table_stopped",
    TaskStatus.HELD: "catalogue.probe_table_stopped",
    TaskStatus.ENDED: "catalogue.probe_table_stopped",
    TaskStatus.PAUSED: "catalogue.probe_table_paused",
}
"""What the probe of a table says when nobody reads it."""
