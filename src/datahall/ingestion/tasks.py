"""What the worker does for ingestion: every second, start the tasks whose time has come."""

import threading
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from datahall.ingestion import repository
from datahall.ingestion.cdc.streams import Streams
from datahall.ingestion.load import run
from datahall.ingestion.memory import Memory
from datahall.ingestion.model import Load
from datahall.ingestion.service import scanning
from datahall.ingestion.service.tables import JOB, make_profile
from datahall.kit.ids import SourceId, TableId, TaskId
from datahall.kit.jobs import Loop, Payload
from datahall.kit.uow import Units

log = structlog.get_logger(__name__)

AT_ONCE: Final = 4  # loads of one worker; each holds a few batches in memory
TICK_S: Final = 1.0


class Runner:
    """Runs due tasks in threads, each task at most once at a time.

    One worker holds the loop's lease; should two ever run, the dataset's lock keeps their loads
    apart.
    """

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._running: dict[TaskId, threading.Thread] = {}
        self._memories: dict[TaskId, Memory] = {}
        self._lock = threading.Lock()

    def tick(self, units: Units) -> None:
        """Start what is due and return at once."""
        with units.open() as unit:
            due = repository.due(unit.conn, unit.now)
        for id in due:
            with self._lock:
                if id in self._running or len(self._running) >= self._at_once:
                    continue
                thread = threading.Thread(target=self._run, args=[units, id], name=f"load-{id}")
                self._running[id] = thread
            thread.start()

    def finish(self) -> None:
        """Wait for what runs."""
        for thread in list(self._running.values()):
            thread.join()

    def _run(self, units: Units, id: TaskId) -> None:
        try:
            run(units, id, self._memories.setdefault(id, Memory()))
        except Exception:
            log.exception("load crashed", task=str(id))
        finally:
            with self._lock:
                del self._running[id]


def run_due(units: Units, *, now: datetime | None = None) -> list[Load]:
    """Run every task whose time has come, one after the other; what they brought."""
    with units.open() as unit:
        due = repository.due(unit.conn, now or unit.now)
    return [load for id in due if (load := run(units, id)) is not None]


def _profile(units: Units, payload: Payload) -> None:
    make_profile(units, TableId(UUID(payload["table"])))


def _scan(units: Units, payload: Payload) -> None:
    scanning.scan_by_schedule(units, SourceId(UUID(payload["source"])))


JOBS: Final = {JOB: _profile, scanning.JOB: _scan}
SCANS_S: Final = 60.0
LOOPS: Final = (
    Loop("ingestion", TICK_S, Runner().tick),
    Loop("scans", SCANS_S, scanning.order_due),
    Loop("streams", TICK_S, Streams().tick),
)
