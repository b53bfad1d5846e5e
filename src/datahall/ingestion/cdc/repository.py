"""SQL of streams, and of the tasks that follow them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from datahall.ingestion import repository
from datahall.ingestion.cdc.model import StreamState
from datahall.ingestion.model import Load, Task
from datahall.ingestion.tables import loads, streams, tasks
from datahall.ingestion.vocabulary import LoadState, Mode, TaskStatus
from datahall.kit.ids import SourceId, TaskId

_COLUMNS = tuple(f.name for f in fields(StreamState))


def wanted(conn: Connection) -> list[tuple[SourceId, Mode]]:
    """The sources that somebody wants to follow, and how."""
    query = (
        sa.select(tasks.c.source, tasks.c.mode)
        .where(tasks.c.status == TaskStatus.ACTIVE, tasks.c.mode.in_([Mode.LOG, Mode.OUTBOX]))
        .distinct()
    )
    return [(SourceId(source), Mode(mode)) for source, mode in conn.execute(query)]


def followers(conn: Connection, source: SourceId, mode: Mode) -> list[Task]:
    """The tasks that want to follow a source in this way."""
    query = sa.select(tasks.c.id).where(
        tasks.c.source == source, tasks.c.mode == mode, tasks.c.status == TaskStatus.ACTIVE
    )
    return [repository.task(conn, TaskId(id)) for id in conn.scalars(query.order_by(tasks.c.id))]


def muster(conn: Connection, source: SourceId, mode: Mode) -> Mapping[TaskId, bool]:
    """Who wants to follow, and whether from a first load on; cheap enough to ask each second."""
    query = sa.select(tasks.c.id, tasks.c.whole_next).where(
        tasks.c.source == source, tasks.c.mode == mode, tasks.c.status == TaskStatus.ACTIVE
    )
    return {TaskId(id): whole for id, whole in conn.execute(query)}


def let_go(conn: Connection, source: SourceId, *, but: Collection[TaskId]) -> None:
    """Tasks of a source that do not follow now must join anew before they ever do.

    Written before the source may forget anything that they have not seen.
    """
    query = sa.select(tasks.c.id).where(
        tasks.c.source == source,
        tasks.c.checkpoint["stream"].astext != "",
        tasks.c.id.not_in(list(but)),
    )
    repository.unfollow(conn, [TaskId(id) for id in conn.scalars(query)])


def agreed(conn: Connection, ids: Sequence[TaskId], *, at: datetime) -> None:
    """Hall and source are the same at this moment: the stream has nothing that has not landed."""
    conn.execute(
        sa.update(tasks)
        .where(tasks.c.id.in_(ids), tasks.c.status == TaskStatus.ACTIVE)
        .values(checked_at=at, failures=0)
    )


def stream(conn: Connection, source: SourceId, mode: Mode) -> StreamState | None:
    query = sa.select(*(streams.c[name] for name in _COLUMNS)).where(
        streams.c.source == source, streams.c.mode == mode
    )
    row = conn.execute(query).mappings().one_or_none()
    return StreamState(**{**row, "confirmed": tuple(row["confirmed"])}) if row else None


def known(conn: Connection) -> list[tuple[SourceId, Mode]]:
    """Every stream that a source may still keep a place for."""
    query = sa.select(streams.c.source, streams.c.mode)
    return [(SourceId(source), Mode(mode)) for source, mode in conn.execute(query)]


def put_stream(conn: Connection, source: SourceId, mode: Mode, state: StreamState) -> None:
    """Add the stream, or write how it stands now."""
    values: dict[str, Any] = {**asdict(state), "confirmed": list(state.confirmed)}
    statement = insert(streams).values(source=source, mode=mode, **values)
    conn.execute(
        statement.on_conflict_do_update(
            index_elements=[streams.c.source, streams.c.mode], set_=values
        )
    )


def drop_stream(conn: Connection, source: SourceId, mode: Mode) -> None:
    conn.execute(sa.delete(streams).where(streams.c.source == source, streams.c.mode == mode))


def open_windows(conn: Connection, of: Sequence[TaskId]) -> list[Load]:
    """Loads that a stream had under way; all that they count is committed."""
    query = sa.select(loads).where(
        loads.c.task.in_(of), loads.c.state == LoadState.RUNNING, ~loads.c.whole
    )
    return [repository.load_of_row(row) for row in conn.execute(query).mappings()]
