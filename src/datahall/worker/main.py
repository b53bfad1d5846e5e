"""Runs what `tasks.py` of each capability lists, until it is told to stop."""

import asyncio
import importlib
import importlib.util
import signal
import threading
from collections.abc import Sequence

import asyncpg
import psycopg
import structlog

from datahall import bootstrap
from datahall.kit import db, jobs, logs

log = structlog.get_logger(__name__)

RETRY_S = 1.0  # the database may be restarting


def listed() -> tuple[dict[str, jobs.Handler], Sequence[jobs.Loop]]:
    """All jobs by name, and all loops."""
    handlers: dict[str, jobs.Handler] = {}
    loops: list[jobs.Loop] = []
    for name in bootstrap.CAPABILITIES:
        if importlib.util.find_spec(f"datahall.{name}.tasks"):
            tasks = importlib.import_module(f"datahall.{name}.tasks")
            handlers |= getattr(tasks, "JOBS", {})
            loops += getattr(tasks, "LOOPS", ())
    return handlers, loops


def run(dsn: str) -> None:
    """Work until SIGTERM or SIGINT; jobs in hand are finished first."""
    engine = db.engine(dsn, pool_size=16)
    units = bootstrap.units(engine)
    handlers, loops = listed()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    def keep(loop: jobs.Loop) -> None:
        while not stop.is_set():
            try:
                jobs.turn(loop, dsn, units, stop)
            except psycopg.Error as error:
                log.warning("loop lost its lease", loop=loop.name, why=logs.told(error))
                stop.wait(RETRY_S)

    threads = [threading.Thread(target=keep, args=[loop], name=loop.name) for loop in loops]
    for thread in threads:
        thread.start()
    log.info("worker started", jobs=sorted(handlers), loops=[loop.name for loop in loops])
    while not stop.is_set():
        try:
            asyncio.run(jobs.serve(dsn, units, handlers, stop=stop))
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            log.warning("queue lost its connection", why=logs.told(error))
            stop.wait(RETRY_S)
    for thread in threads:
        thread.join()
    engine.dispose()
    log.info("worker stopped")
