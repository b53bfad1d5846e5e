"""What waits for a clerk: tasks that stopped, and loads to be confirmed (归集异常、归集待确认)."""

from collections.abc import Sequence

from datahall import catalogue, security
from datahall.ingestion import repository
from datahall.ingestion.holding import repository as holds
from datahall.ingestion.model import Task
from datahall.ingestion.service.access import MANAGE
from datahall.ingestion.vocabulary import TaskStatus
from datahall.kit.todo import Todo
from datahall.kit.uow import Unit


def todos(unit: Unit, actor: security.Actor) -> Sequence[Todo]:
    """The stopped tasks of the actor's department, and those that wait for a yes."""
    if not security.may(actor, MANAGE, on=actor.org):
        return []
    tasks = repository.tasks_of(unit.conn, actor.org)
    return [*_held(unit, tasks), *_stopped(unit, tasks)]


def _held(unit: Unit, tasks: Sequence[Task]) -> Sequence[Todo]:
    return [
        Todo(
            kind="归集待确认",
            title=catalogue.get(unit.conn, task.item).title,
            url=f"/ingestion/tasks/{task.id}",
            action="去确认",
            since=hold.at,
            note=f"将删去 {hold.going:,} 行，现有 {hold.rows:,} 行",
        )
        for task in tasks
        if task.status is TaskStatus.HELD and (hold := holds.latest(unit.conn, task.id))
    ]


def _stopped(unit: Unit, tasks: Sequence[Task]) -> Sequence[Todo]:
    stopped = [task for task in tasks if task.status is TaskStatus.STOPPED]
    last = repository.latest_loads(unit.conn, [task.id for task in stopped])
    found = []
    for task in stopped:
        load = last.get(task.id)
        layer = load.error_layer.label if load and load.error_layer else "原因见任务页"
        found.append(
            Todo(
                kind="归集异常",
                title=catalogue.get(unit.conn, task.item).title,
                url=f"/ingestion/tasks/{task.id}",
                action="去处理",
                since=load.finished_at if load else task.created_at,
                note=f"停在：{layer}",
            )
        )
    return found
