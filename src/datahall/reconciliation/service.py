"""Use cases of reconciliation; one function each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final, cast
from uuid import UUID

import orjson

from datahall import catalogue, ingestion, ledger, organisations, security
from datahall.catalogue import CatalogueItem
from datahall.ingestion import LoadLanded, Task, TaskStatus
from datahall.kit import jobs
from datahall.kit.errors import Fault, Invalid
from datahall.kit.events import Event
from datahall.kit.ids import RunId, TaskId, new_id
from datahall.kit.todo import Todo
from datahall.kit.uow import Unit
from datahall.organisations import SYSTEM
from datahall.reconciliation import repository
from datahall.reconciliation.errors import (
    AlreadyRunning,
    CertificateNotFound,
    NothingLeft,
    RunNotFound,
)
from datahall.reconciliation.events import ReconciliationOrdered, ScheduleChanged
from datahall.reconciliation.model import (
    LONGEST_INTERVAL_S,
    MOST_KEPT,
    SHORTEST_INTERVAL_S,
    Difference,
    Run,
    Schedule,
)
from datahall.reconciliation.vocabulary import Asker, RunState

VIEW: Final = "reconciliation:view"
MANAGE: Final = "reconciliation:manage"
JOB: Final = "reconcile"
MENDING: Final = "reconcile_mend"
LONGEST_RUN: Final = timedelta(hours=2)
AT_ONCE: Final = 8  # scheduled runs that one look puts into the queue
HISTORY: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a task stands with its source."""

    task: Task
    item: CatalogueItem
    schedule: Schedule | None
    last: Run | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run with what a person wants to see beside it."""

    run: Run
    item: CatalogueItem
    differences: Sequence[Difference]
    parts: Sequence[Mapping[str, Any]]


def follow_landed(unit: Unit, event: Event) -> None:
    """The first load of a task makes its schedule; the first comparison follows at once."""
    landed = cast("LoadLanded", event)
    repository.add_schedule(unit.conn, Schedule(task=landed.task, due_at=unit.now))


def order(unit: Unit, actor: security.Actor, task: TaskId) -> Run:
    """Have source and hall compared now (立即对账).

    Raises:
        TaskNotFound, NotPermitted, AlreadyRunning
    """
    view = ingestion.task(unit, actor, task)
    security.require(actor, MANAGE, on=view.task.org)
    made = _ordered(unit, view.task, asker=Asker.PERSON, by=actor.by)
    if made is None:
        raise AlreadyRunning
    unit.record(ReconciliationOrdered(at=unit.now, by=actor.by, run=made.id, task=task))
    return made


def order_due(unit: Unit) -> list[Run]:
    """Queue the runs whose time has come; called by the worker's loop."""
    _give_up_lost(unit)
    made = []
    for schedule in repository.due(unit.conn, unit.now)[:AT_ONCE]:
        try:
            task = ingestion.task_by_id(unit.conn, schedule.task)
        except ingestion.TaskNotFound:
            task = None
        if task is None or task.status is TaskStatus.ENDED:
            repository.drop_schedule(unit.conn, schedule.task)
            continue
        repository.save_schedule(unit.conn, schedule.after(unit.now, failed=False))
        if task.status is TaskStatus.PAUSED:
            continue
        run = _ordered(unit, task, asker=Asker.SCHEDULE, by=SYSTEM.by)
        made += [run] if run else []
    return made


def _ordered(unit: Unit, task: Task, *, asker: Asker, by: str) -> Run | None:
    made = Run(
        id=RunId(new_id()),
        task=task.id,
        item=task.item,
        org=task.org,
        state=RunState.WAITING,
        asker=asker,
        asked_by=by,
        asked_at=unit.now,
    )
    if not repository.add_run(unit.conn, made):
        return None
    jobs.enqueue(unit, JOB, {"run": str(made.id)}, key=f"{JOB}:{made.id}")
    return made


def _give_up_lost(unit: Unit) -> None:
    """Runs whose worker is long gone are over."""
    for run in repository.interrupted(unit.conn, before=unit.now - LONGEST_RUN):
        lost = replace(
            run,
            state=RunState.INTERRUPTED,
            finished_at=unit.now,
            error_code="reconciliation.interrupted",
        )
        repository.save_run(unit.conn, lost)


def order_mending(unit: Unit, actor: security.Actor, id: RunId) -> Run:
    """Have the differences that a run left brought again (补正剩余差异).

    Raises:
        RunNotFound, NotPermitted, NothingLeft
    """
    found = _seen(unit, actor, id)
    security.require(actor, MANAGE, on=found.org)
    if not found.counts.remaining:
        raise NothingLeft
    jobs.enqueue(unit, MENDING, {"run": str(id), "by": actor.by}, key=f"{MENDING}:{id}")
    return found


def set_schedule(
    unit: Unit, actor: security.Actor, task: TaskId, *, minutes: str, automatic: bool
) -> Schedule:
    """How often a task is reconciled, and whether without asking repaired (修改对账安排).

    Raises:
        TaskNotFound, NotPermitted, Invalid
    """
    view = ingestion.task(unit, actor, task)
    security.require(actor, MANAGE, on=view.task.org)
    text = minutes.strip()
    seconds = int(text) * 60 if text.isascii() and text.isdigit() and len(text) < 6 else 0  # noqa: PLR2004
    if not SHORTEST_INTERVAL_S <= seconds <= LONGEST_INTERVAL_S:
        raise Invalid([Fault("minutes", "reconciliation.interval_malformed")])
    found = repository.schedule(unit.conn, task) or Schedule(task=task, due_at=unit.now)
    last = repository.latest_runs(unit.conn, [task]).get(task)
    due = (last.asked_at if last else unit.now) + timedelta(seconds=seconds)
    changed = replace(found, interval_s=seconds, automatic=automatic, due_at=max(due, unit.now))
    repository.save_schedule(unit.conn, changed)
    unit.record(
        ScheduleChanged(
            at=unit.now, by=actor.by, task=task, interval_s=seconds, automatic=automatic
        )
    )
    return changed


# -- reading ---------------------------------------------------------------------------------


def standings(unit: Unit, actor: security.Actor) -> list[Standing]:
    """The tasks that the actor may see, those with differences first."""
    views = ingestion.all_tasks(unit, actor)
    last = repository.latest_runs(unit.conn, [v.task.id for v in views])
    found = [
        Standing(
            task=v.task,
            item=v.item,
            schedule=repository.schedule(unit.conn, v.task.id),
            last=last.get(v.task.id),
        )
        for v in views
        if v.task.status is not TaskStatus.ENDED
    ]
    return sorted(found, key=_trouble)


def _trouble(standing: Standing) -> tuple[bool, bool]:
    last = standing.last
    return (
        not (last and (last.counts.remaining or last.state is RunState.FAILED)),
        last is None,
    )


def history(unit: Unit, actor: security.Actor, task: TaskId) -> tuple[Standing, list[Run]]:
    """A task's schedule and its latest runs, newest first.

    Raises:
        TaskNotFound
    """
    view = ingestion.task(unit, actor, task)
    runs = repository.runs_of(unit.conn, task, limit=HISTORY)
    standing = Standing(
        task=view.task,
        item=view.item,
        schedule=repository.schedule(unit.conn, task),
        last=runs[0] if runs else None,
    )
    return standing, runs


def look(unit: Unit, actor: security.Actor, id: RunId) -> RunView:
    """A run with its ranges and its differences.

    Raises:
        RunNotFound
    """
    found = _seen(unit, actor, id)
    parts: Sequence[Mapping[str, Any]] = []
    if found.certificate is not None:
        _, statement, _ = repository.certificate(unit.conn, found.certificate)
        parts = orjson.loads(statement)["parts"]
    return RunView(
        run=found,
        item=catalogue.get(unit.conn, found.item),
        differences=repository.differences_of(unit.conn, id, limit=MOST_KEPT),
        parts=parts,
    )


def certificate(unit: Unit, actor: security.Actor, id: UUID) -> ledger.Certificate:
    """The certificate with the receipt of its entry in the ledger (对账证书).

    Raises:
        CertificateNotFound, LogBroken
    """
    run, statement, signature = repository.certificate(unit.conn, id)
    if not security.may(actor, VIEW, on=repository.run(unit.conn, run).org):
        raise CertificateNotFound(certificate=id)
    (act,) = ledger.acts_of(unit.conn, f"certificate:{id}")
    return ledger.Certificate(
        statement=orjson.loads(statement),
        signature=signature,
        receipt=ledger.receipt(unit.conn, act.leaf, signer=unit.keys.signer("ledger")),
    )


def todos(unit: Unit, actor: security.Actor) -> list[Todo]:
    """Differences that wait for the clerk's decision (对账差异待处理)."""
    if not security.may(actor, MANAGE, on=actor.org):
        return []
    found = repository.with_remains(unit.conn, actor.org)
    if not found:
        return []
    org = organisations.organisation(unit.conn, actor.org)
    return [
        Todo(
            kind="对账差异",
            title=catalogue.get(unit.conn, run.item).title,
            url=f"/reconciliation/runs/{run.id}",
            action="去处理",
            org=org.short_name,
            org_seal=org.seal,
            since=run.finished_at,
            note=f"{run.counts.remaining:,} 行与源端不一致，没有自动补正",
        )
        for run in found
    ]


def _seen(unit: Unit, actor: security.Actor, id: RunId) -> Run:
    found = repository.run(unit.conn, id)
    if not security.may(actor, VIEW, on=found.org):
        raise RunNotFound(run=id)
    return found
