"""SQL of held loads."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, RowMapping, select, update
from sqlalchemy.dialects.postgresql import insert

from datahall.ingestion.holding.model import Hold
from datahall.ingestion.tables import holds, loads
from datahall.ingestion.vocabulary import LoadState
from datahall.kit.ids import LoadId, TaskId


def _hold(row: RowMapping) -> Hold:
    return Hold(**{**row, "examples": tuple(row["examples"])})


def add(conn: Connection, hold: Hold) -> None:
    conn.execute(insert(holds).values(asdict(hold)))


def save(conn: Connection, hold: Hold) -> None:
    """Keep what was decided, and let the list of loads say it."""
    conn.execute(update(holds).where(holds.c.load == hold.load).values(asdict(hold)))
    state = LoadState.CONFIRMED if hold.confirmed else LoadState.REJECTED
    conn.execute(update(loads).where(loads.c.id == hold.load).values(state=state))


def latest(conn: Connection, task: TaskId) -> Hold | None:
    """The last load of a task that was held, decided or not."""
    query = select(holds).where(holds.c.task == task).order_by(holds.c.at.desc()).limit(1)
    row = conn.execute(query).mappings().one_or_none()
    return _hold(row) if row else None


def of_load(conn: Connection, load: LoadId) -> Hold | None:
    row = conn.execute(select(holds).where(holds.c.load == load)).mappings().one_or_none()
    return _hold(row) if row else None


def cleared(conn: Connection, task: TaskId) -> Hold | None:
    """The last hold of a task, if it was confirmed and no load has used that yet."""
    found = latest(conn, task)
    return found if found and found.confirmed and found.used_at is None else None


def use(conn: Connection, task: TaskId, *, at: datetime) -> None:
    """A load of everything landed: what was confirmed before it is over."""
    query = update(holds).where(holds.c.task == task, holds.c.used_at.is_(None))
    conn.execute(query.where(holds.c.confirmed).values(used_at=at))


def supersede(conn: Connection, task: TaskId) -> None:
    """Loads that were held when the task was read again are for nobody to decide any more."""
    conn.execute(
        update(loads)
        .where(loads.c.task == task, loads.c.state == LoadState.HELD)
        .values(state=LoadState.SUPERSEDED, error_code=None)
    )
