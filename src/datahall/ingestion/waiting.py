"""What waits for a clerk: tasks that stopped because trying again cannot help (归集异常)."""

from collections.abc import Sequence

from datahall import catalogue, security
from datahall.ingestion import repository
from datahall.ingestion.service.access import MANAGE
from datahall.ingestion.vocabulary import TaskStatus
from datahall.kit.todo import Todo
from datahall.kit.uow import Unit


def todos(unit: Unit, actor: security.Actor) -> Sequence[Todo]:
    """The stopped tasks of the actor's department, with the layer that failed."""
    if not security.may(actor, MANAGE, on=actor.org):
        return []
    stopped = [
        task
        for task in repository.tasks_of(unit.conn, actor.org)
        if task.status is TaskStatus.STOPPED
    ]
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
