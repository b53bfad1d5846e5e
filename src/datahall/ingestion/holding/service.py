"""What a person may do about a held load, and where the line is drawn (待确认、删除警戒线)."""

from dataclasses import replace

from datahall import security
from datahall.ingestion import repository
from datahall.ingestion.errors import NothingHeld
from datahall.ingestion.events import DeletionsConfirmed, DeletionsRejected, GuardChanged
from datahall.ingestion.holding import repository as holds
from datahall.ingestion.holding.model import LONGEST_REASON, Guard, Hold
from datahall.ingestion.model import Task
from datahall.ingestion.service import tasks
from datahall.ingestion.vocabulary import TaskStatus
from datahall.kit.errors import Fault, Invalid
from datahall.kit.ids import LoadId, TaskId
from datahall.kit.settings import settings
from datahall.kit.uow import Unit


def held(unit: Unit, actor: security.Actor, id: TaskId) -> Hold | None:
    """The load of a task that waits for a decision.

    Raises:
        TaskNotFound
    """
    return _open(unit, tasks.seen(unit, actor, id))


def confirm(unit: Unit, actor: security.Actor, id: TaskId, load: LoadId, *, reason: str) -> Hold:
    """Say that the rows are really gone at the source; the next run deletes them (确认删除).

    Raises:
        TaskNotFound, NotPermitted, NothingHeld: another load is held by now, or none; Invalid
    """
    task, hold = _to_decide(unit, actor, id, load, reason)
    decided = hold.decided(at=unit.now, by=actor.by, confirmed=True, reason=reason.strip())
    holds.save(unit.conn, decided)
    repository.save_task(unit.conn, task.resumed(at=unit.now))
    unit.record(
        DeletionsConfirmed(
            at=unit.now, by=actor.by, task=id, load=load, rows=hold.rows, going=hold.going,
            reason=decided.reason,
        )
    )  # fmt: skip
    return decided


def reject(unit: Unit, actor: security.Actor, id: TaskId, load: LoadId, *, reason: str) -> Hold:
    """Keep the hall as it is; the task rests until the source was put right (退回).

    Raises:
        As `confirm`.
    """
    task, hold = _to_decide(unit, actor, id, load, reason)
    decided = hold.decided(at=unit.now, by=actor.by, confirmed=False, reason=reason.strip())
    holds.save(unit.conn, decided)
    repository.save_task(unit.conn, replace(task, status=TaskStatus.STOPPED))
    unit.record(
        DeletionsRejected(
            at=unit.now, by=actor.by, task=id, load=load, rows=hold.rows, going=hold.going,
            reason=decided.reason,
        )
    )  # fmt: skip
    return decided


def set_guard(unit: Unit, actor: security.Actor, id: TaskId, *, percent: str, rows: str) -> Task:
    """Draw the task's own line; an empty text takes the city's (删除警戒线).

    Raises:
        TaskNotFound, NotPermitted, Invalid
    """
    task = tasks.managed(unit, actor, id)
    faults = [
        Fault(name, f"ingestion.{name}_malformed")
        for name, text, most in (
            ("deletions_percent", percent, 100),
            ("deletions_rows", rows, 10**9),
        )
        if text.strip() and not _is_count(text.strip(), most)
    ]
    if faults:
        raise Invalid(faults)
    changed = replace(
        task,
        deletions_percent=int(percent) if percent.strip() else None,
        deletions_rows=max(1, int(rows)) if rows.strip() else None,
    )
    repository.save_task(unit.conn, changed)
    guard = Guard.of(changed, settings())
    unit.record(
        GuardChanged(at=unit.now, by=actor.by, task=id, percent=guard.percent, rows=guard.rows)
    )
    return changed


def _open(unit: Unit, task: Task) -> Hold | None:
    if task.status is not TaskStatus.HELD:
        return None
    found = holds.latest(unit.conn, task.id)
    return found if found and found.decided_at is None else None


def _to_decide(
    unit: Unit, actor: security.Actor, id: TaskId, load: LoadId, reason: str
) -> tuple[Task, Hold]:
    task = tasks.managed(unit, actor, id)
    hold = _open(unit, task)
    if hold is None or hold.load != load:
        raise NothingHeld
    if not reason.strip() or len(reason.strip()) > LONGEST_REASON:
        raise Invalid([Fault("reason", "ingestion.hold_reason")])
    return task, hold


def _is_count(text: str, most: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= len(str(most)) and int(text) <= most
