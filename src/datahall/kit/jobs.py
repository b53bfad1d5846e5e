"""Work outside a request: finite jobs from a queue in PostgreSQL, and loops that never end.

A job is enqueued in the transaction that causes it, so that it exists exactly when its cause
does.  PgQueuer keeps the queue; handlers are plain functions that open their own units.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final, cast

import asyncpg
import orjson
import psycopg
import structlog
from pgqueuer import AsyncpgDriver, PgQueuer, RetryRequested
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder
from pgqueuer.models import Job
from sqlalchemy import Connection, Engine, text

from datahall.kit import db, logs
from datahall.kit.errors import Terminal, Transient
from datahall.kit.uow import Unit, Units

log = structlog.get_logger(__name__)

Payload = Mapping[str, Any]
Handler = Callable[[Units, Payload], None]

MAX_ATTEMPTS: Final = 8
POLL_S: Final = 0.2
FIRST_DELAY_S: Final = 2.0  # doubles with each attempt: the last retry comes after four minutes


@dataclass(frozen=True, slots=True)
class Loop:
    """A function that one worker at a time runs every `interval_s` seconds.

    `run` should return quickly; what takes long goes into a job.  A failing turn is logged and
    the next one comes all the same.
    """

    name: str
    interval_s: float
    run: Callable[[Units], None]


def install(conn: Connection) -> None:
    """Create the queue's tables unless they are there."""
    if conn.scalar(text("select to_regclass('pgqueuer')")) is None:
        cursor = _psycopg(conn).cursor()
        cursor.execute(cast("Any", QueryBuilderEnvironment().build_install_query()))


def enqueue(
    unit: Unit,
    name: str,
    payload: Payload,
    *,
    key: str | None = None,
    after: timedelta | None = None,
) -> None:
    """Queue the job `name` in the unit's transaction.

    Args:
        unit: the cause; without its commit there is no job.
        name: as in the `JOBS` of a package's `tasks.py`.
        payload: what JSON can say.
        key: while a job with this key waits or runs, a second one is not queued.
        after: wait this long first.
    """
    query = QueryQueueBuilder().build_enqueue_query("skip")
    psycopg.RawCursor(_psycopg(unit.conn)).execute(
        cast("Any", query),
        [[0], [name], [orjson.dumps(payload)], [after or timedelta()], [key], ["{}"]],
    )


def _psycopg(conn: Connection) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", conn.connection.driver_connection)


async def serve(
    dsn: str,
    units: Units,
    jobs: Mapping[str, Handler],
    *,
    stop: threading.Event,
    concurrency: int = 4,
) -> None:
    """Run queued jobs until `stop`; a lost database connection raises.

    asyncpg, because PgQueuer's psycopg driver holds the one connection while it listens and
    so delays every job by up to a second.
    """
    conn = await asyncpg.connect(db.plain_dsn(dsn))
    try:
        queue = PgQueuer(AsyncpgDriver(conn))
        for name, handler in jobs.items():
            queue.entrypoint(name, on_failure="hold")(_runner(name, handler, units))

        async def end() -> None:
            while not stop.is_set():  # noqa: ASYNC110 - a thread's event cannot be awaited
                await asyncio.sleep(POLL_S)
            queue.shutdown.set()

        ending = asyncio.create_task(end())
        try:
            await queue.run(
                dequeue_timeout=timedelta(seconds=1),
                batch_size=concurrency,
                max_concurrent_tasks=concurrency * 2,
                shutdown_on_listener_failure=True,
            )
        finally:
            ending.cancel()
    finally:
        conn.terminate()


def _runner(name: str, handler: Handler, units: Units) -> Callable[[Job], Any]:
    async def run(job: Job) -> None:
        payload = orjson.loads(job.payload or b"{}")
        try:
            await asyncio.to_thread(handler, units, payload)
        except Exception as error:
            if isinstance(error, Terminal) or not isinstance(
                error, Transient | OSError | psycopg.OperationalError
            ):
                log.exception("job failed", job=name, attempt=job.attempts)
                raise
            if job.attempts >= MAX_ATTEMPTS:
                log.exception("job gave up", job=name, attempt=job.attempts)
                raise
            delay = timedelta(seconds=FIRST_DELAY_S * 2**job.attempts)
            log.warning(
                "job will be tried again",
                job=name,
                in_s=delay.total_seconds(),
                why=logs.told(error),
            )
            raise RetryRequested(delay, reason=type(error).__name__) from error

    return run


def _lease_key(name: str) -> int:
    return int.from_bytes(sha256(f"loop:{name}".encode()).digest()[:8], signed=True)


@contextmanager
def lease(engine: Engine, name: str) -> Iterator[bool]:
    """Hold a lease of this name while the block runs; False when somebody else does."""
    with engine.connect() as conn:
        conn.execution_options(isolation_level="AUTOCOMMIT")
        key = {"key": _lease_key(name)}
        got = bool(conn.scalar(text("select pg_try_advisory_lock(:key)"), key))
        try:
            yield got
        finally:
            if got:
                conn.execute(text("select pg_advisory_unlock(:key)"), key)


def turn(loop: Loop, dsn: str, units: Units, stop: threading.Event) -> None:
    """Hold the loop's lease and run its turns until `stop`; return when the lease is lost.

    The lease is an advisory lock of a connection of its own: it falls free at the moment the
    worker that holds it is gone.
    """
    with psycopg.connect(db.plain_dsn(dsn), autocommit=True) as lease:
        while not stop.is_set():
            got = lease.execute("select pg_try_advisory_lock(%s)", [_lease_key(loop.name)])
            if (row := got.fetchone()) and row[0]:
                break
            stop.wait(1)
        while not stop.is_set():
            lease.execute("select 1")  # raises when the connection, and with it the lease, is gone
            try:
                loop.run(units)
            except Exception:
                log.exception("loop turn failed", loop=loop.name)
            stop.wait(loop.interval_s)
