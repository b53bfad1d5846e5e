"""SQL of reconciliation."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, RowMapping, func, select, update
from sqlalchemy.dialects.postgresql import distinct_on, insert

from datahall.kit.ids import OrgId, RunId, TaskId
from datahall.reconciliation.errors import CertificateNotFound, RunNotFound
from datahall.reconciliation.model import Counts, Difference, Run, Schedule, Value
from datahall.reconciliation.tables import certificates, differences, runs, schedules
from datahall.reconciliation.vocabulary import Asker, Fate, Kind, Method, Ordering, RunState

_COUNTS = tuple(f.name for f in fields(Counts))


# -- schedules -------------------------------------------------------------------------------


def schedule(conn: Connection, task: TaskId) -> Schedule | None:
    row = conn.execute(select(schedules).where(schedules.c.task == task)).mappings().one_or_none()
    return Schedule(**row) if row else None


def add_schedule(conn: Connection, schedule: Schedule) -> None:
    """Unless the task has one."""
    conn.execute(insert(schedules).values(asdict(schedule)).on_conflict_do_nothing())


def save_schedule(conn: Connection, schedule: Schedule) -> None:
    values = asdict(schedule)
    statement = insert(schedules).values(values)
    conn.execute(statement.on_conflict_do_update(index_elements=[schedules.c.task], set_=values))


def due(conn: Connection, now: datetime) -> list[Schedule]:
    """Whose time has come, the longest waiting first; held until the unit commits."""
    query = select(schedules).where(schedules.c.due_at <= now).order_by(schedules.c.due_at)
    query = query.with_for_update(skip_locked=True)
    return [Schedule(**row) for row in conn.execute(query).mappings()]


def drop_schedule(conn: Connection, task: TaskId) -> None:
    conn.execute(schedules.delete().where(schedules.c.task == task))


# -- runs ------------------------------------------------------------------------------------


def _run(row: RowMapping) -> Run:
    plain = {name: value for name, value in row.items() if name not in _COUNTS}
    return Run(
        **{
            **plain,
            "state": RunState(row["state"]),
            "asker": Asker(row["asker"]),
            "method": Method(row["method"]) if row["method"] else None,
            "ordering": Ordering(row["ordering"]) if row["ordering"] else None,
            "counts": Counts(**{name: row[name] for name in _COUNTS}),
        }
    )


def _values(run: Run) -> dict[str, Any]:
    values = {f.name: getattr(run, f.name) for f in fields(Run) if f.name != "counts"}
    return values | asdict(run.counts)


def run(conn: Connection, id: RunId, *, lock: bool = False) -> Run:
    query = select(runs).where(runs.c.id == id)
    row = conn.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None:
        raise RunNotFound(run=id)
    return _run(row)


def add_run(conn: Connection, run: Run) -> bool:
    """Add the run; False when one of its task is open."""
    statement = insert(runs).values(_values(run)).on_conflict_do_nothing()
    return conn.scalar(statement.returning(runs.c.id)) is not None


def save_run(conn: Connection, run: Run) -> None:
    conn.execute(update(runs).where(runs.c.id == run.id).values(_values(run)))


def runs_of(conn: Connection, task: TaskId, *, limit: int) -> list[Run]:
    """The latest runs of a task, newest first."""
    query = select(runs).where(runs.c.task == task).order_by(runs.c.asked_at.desc()).limit(limit)
    return [_run(row) for row in conn.execute(query).mappings()]


def latest_runs(conn: Connection, of: Sequence[TaskId]) -> dict[TaskId, Run]:
    """The latest run of each task."""
    query = select(runs).where(runs.c.task.in_(of)).ext(distinct_on(runs.c.task))
    query = query.order_by(runs.c.task, runs.c.asked_at.desc())
    return {TaskId(row["task"]): _run(row) for row in conn.execute(query).mappings()}


def interrupted(conn: Connection, *, before: datetime) -> list[Run]:
    """Runs that say they are running and began long ago, so that nobody runs them any more."""
    query = select(runs).where(runs.c.state == RunState.RUNNING, runs.c.started_at < before)
    return [_run(row) for row in conn.execute(query).mappings()]


def with_remains(conn: Connection, org: OrgId) -> list[Run]:
    """Of each task of a department the latest finished run, if it left differences."""
    latest = (
        select(runs)
        .where(runs.c.org == org, runs.c.state == RunState.DONE)
        .ext(distinct_on(runs.c.task))
        .order_by(runs.c.task, runs.c.asked_at.desc())
        .subquery()
    )
    query = select(latest).where(latest.c.remaining > 0)
    return [_run(row) for row in conn.execute(query).mappings()]


# -- differences -----------------------------------------------------------------------------


def add_differences(conn: Connection, found: Sequence[Difference]) -> None:
    if found:
        rows = [{**asdict(d), "values": msgspec.to_builtins(d.values)} for d in found]
        conn.execute(insert(differences), rows)


def differences_of(
    conn: Connection, run: RunId, *, limit: int, fate: Fate | None = None
) -> list[Difference]:
    """Of a run, those that wait for somebody first."""
    query = select(differences).where(differences.c.run == run)
    if fate is not None:
        query = query.where(differences.c.fate == fate)
    query = query.order_by(differences.c.fate != Fate.LEFT, differences.c.kind, differences.c.id)
    return [
        Difference(
            **{
                **row,
                "kind": Kind(row["kind"]),
                "fate": Fate(row["fate"]),
                "values": tuple(Value(**value) for value in row["values"]),
            }
        )
        for row in conn.execute(query.limit(limit)).mappings()
    ]


def tally(conn: Connection, run: RunId) -> dict[Kind, int]:
    """Rows that were kept, by kind."""
    query = select(differences.c.kind, func.count()).where(differences.c.run == run)
    return {Kind(k): n for k, n in conn.execute(query.group_by(differences.c.kind))}


def settle(conn: Connection, id: UUID, fate: Fate) -> None:
    conn.execute(update(differences).where(differences.c.id == id).values(fate=fate))


# -- certificates ----------------------------------------------------------------------------


def add_certificate(
    conn: Connection, *, id: UUID, run: RunId, statement: str, signature: str, issued_at: datetime
) -> None:
    conn.execute(
        insert(certificates).values(
            id=id, run=run, statement=statement, signature=signature, issued_at=issued_at
        )
    )


def certificate(conn: Connection, id: UUID) -> tuple[RunId, str, str]:
    """The run, the statement and the signature.

    Raises:
        CertificateNotFound
    """
    query = select(certificates.c.run, certificates.c.statement, certificates.c.signature)
    row = conn.execute(query.where(certificates.c.id == id)).one_or_none()
    if row is None:
        raise CertificateNotFound(certificate=id)
    return RunId(row.run), row.statement, row.signature
