"""Changes followed by the log while a department works: how long until the gateway says so.

A department's server takes changes at a steady rate.  Beside them, probes change a row of their
own, wait for the commit, and call the gateway, signed and recorded as any caller, until it
answers with the new value: that time is the figure, nothing is taken off it.
"""

import os
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from bench.first_load import units
from bench.lookup import served
from bench.report import Bar, Report
from datahall import bootstrap, catalogue, ingestion
from datahall.catalogue import CatalogueItem
from datahall.client import Client
from datahall.ingestion import Mode, SourceForm
from datahall.kit import postgres
from datahall.kit.keys import key_store
from datahall.kit.settings import settings
from datahall.kit.uow import Units
from datahall.supply_demand import GrantedField
from tests.gateway.hall import Hall
from tests.ingestion.conftest import CLERK, HEAD, publish

SECONDS = float(os.environ.get("BENCH_CDC_SECONDS", "300"))
RATE = int(os.environ.get("BENCH_CDC_RATE", "1000"))  # changes a second
FLOOD = int(os.environ.get("BENCH_CDC_FLOOD", "100000"))  # changes at once, for the highest rate
ROWS = 50_000
PROBES = 4
TOGETHER = 10  # changes of one transaction
CODE_WAIT_S = 60.0


class Department(Protocol):
    """A department's server with one table `person (id, xm, version)` of `ROWS` rows."""

    name: str

    def form(self) -> SourceForm: ...

    def session(self) -> "Session": ...


class Session(Protocol):
    """One connection to it."""

    def change(self, ids: list[int], version: int) -> None:
        """Give rows another version, in one transaction; return after its commit."""

    def flood(self, rows: int) -> None:
        """Change so many rows in one statement."""

    def versions(self) -> dict[int, int]: ...


@dataclass(eq=False)
class Work(threading.Thread):
    """The department's steady work, paced by the clock; late work is made up for."""

    session: Session
    until: float
    made: int = 0
    late_s: float = 0.0

    def __post_init__(self) -> None:
        super().__init__()

    def run(self) -> None:
        dice, began = random.Random(1), time.perf_counter()
        while (now := time.perf_counter()) < self.until:
            due = began + self.made / RATE
            if due > now:
                time.sleep(due - now)
            self.late_s = max(self.late_s, now - due)
            ids = dice.sample(range(PROBES + 1, ROWS + 1), TOGETHER)
            self.session.change(ids, self.made)
            self.made += TOGETHER


@dataclass(eq=False)
class Probe(threading.Thread):
    """One row, changed again and again and looked for at the gateway."""

    id: int
    session: Session
    ask: Callable[[int], int]
    until: float
    seconds: list[float] = field(default_factory=list)
    calls: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def run(self) -> None:
        dice, version = random.Random(self.id), 0
        while time.perf_counter() < self.until:
            time.sleep(dice.uniform(0.2, 0.8))
            version += 1
            self.session.change([self.id], version)
            committed = time.perf_counter()
            while True:
                self.calls += 1
                if self.ask(self.id) == version:
                    break
                if time.perf_counter() - committed > CODE_WAIT_S:
                    break
                time.sleep(0.01)
            self.seconds.append(time.perf_counter() - committed)


def mount(opened: Units, department: Department) -> CatalogueItem:
    """Register, scan, draft, publish, follow: what people do before."""
    with opened.open() as unit:
        source = ingestion.register_source(unit, CLERK, department.form())
        ingestion.scan(unit, CLERK, source.id)
        table = next(t for t in catalogue.inventory(unit.conn, source.id) if t.name == "person")
        draft = catalogue.draft_from_table(unit, CLERK, table.id)
        item = publish(unit, draft, clerk=CLERK, head=HEAD)
    with opened.open() as unit:
        task = ingestion.task_of_item(unit.conn, item.id)
        assert task is not None
        ingestion.set_mode(unit, CLERK, task.id, Mode.LOG)
    return item


@contextmanager
def worker(dsn: str, folder: Path) -> Iterator[None]:
    """The hall's own worker, in a process of its own."""
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "datahall.cli.main", "worker"],
            env=os.environ | {"DATABASE_URL": dsn},
            stdout=log,
            stderr=log,
        )
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def measure(start: Callable[[Path], Any]) -> Report:
    """`start` opens the department in a folder."""
    with ExitStack() as stack:
        folder = stack.enter_context(postgres.scratch_folder("datahall-bench-"))
        os.environ |= {
            "DATAHALL_HOME": f"{folder}/home",
            "DATAHALL_KEYS": f"{folder}/keys",
            "DATAHALL_SOURCES_ON_THIS_MACHINE": "1",
        }
        settings.cache_clear()
        department: Department = stack.enter_context(start(folder))
        server = stack.enter_context(postgres.Server(folder / "hall"))
        dsn = server.create_database("bench")
        bootstrap.migrate(dsn)
        opened = stack.enter_context(units(dsn))
        item = mount(opened, department)
        stack.enter_context(worker(dsn, folder))
        gateway = stack.enter_context(
            served("datahall.gateway.asgi:application", folder, DATABASE_URL=dsn)
        )
        hall = Hall(dsn, key_store(), opened, item)
        _until(lambda: len(_versions(hall)) == ROWS)
        _until(lambda: _follows(hall))
        caller = hall.grant(
            fields=(GrantedField("id", masked=False), GrantedField("version", masked=False)),
            daily_quota=100_000_000,
            rate_per_s=1_000_000,
        )

        def asking() -> Callable[[int], int]:
            client = Client(
                f"http://127.0.0.1:{gateway.port}",
                caller.grant.app_id,
                caller.secret,
                str(caller.grant.id),
            )
            return lambda key: int(client.get(str(item.code), id=key).rows[0]["version"])

        return _measure(hall, department, asking)


def _measure(
    hall: Hall, department: Department, asking: Callable[[], Callable[[int], int]]
) -> Report:
    until = time.perf_counter() + SECONDS
    work = Work(department.session(), until)
    probes = [Probe(n + 1, department.session(), asking(), until) for n in range(PROBES)]
    for thread in (work, *probes):
        thread.start()
    for thread in (work, *probes):
        thread.join()
    truth = department.session().versions()
    caught_up = _until(lambda: _versions(hall) == truth)
    here = _versions(hall)
    differing = {key for key in truth | here if truth.get(key) != here.get(key)}
    doubled = hall.fetch(f"select count(*) - count(distinct id) from {_table(hall)}")[0][0]  # noqa: S608
    flooded = time.perf_counter()
    department.session().flood(FLOOD)
    truth = department.session().versions()
    _until(lambda: _versions(hall) == truth)
    flood_s = time.perf_counter() - flooded
    seconds = sorted(s for probe in probes for s in probe.seconds)
    cuts = statistics.quantiles(seconds, n=100)
    return Report(
        conditions={
            "source": department.name, "rows": ROWS, "seconds": SECONDS,
            "changes_per_second": RATE, "changes_per_transaction": TOGETHER,
            "probes": len(seconds), "measured_to": "a signed, recorded answer of the gateway",
        },
        figures={
            "changes": work.made, "made_per_second": round(work.made / SECONDS, 1),
            "p50_s": round(cuts[49], 3), "p95_s": round(cuts[94], 3), "p99_s": round(cuts[98], 3),
            "worst_s": round(seconds[-1], 3), "writer_late_s": round(work.late_s, 2),
            "caught_up_s": round(caught_up, 2), "lost": len(differing), "doubled": int(doubled),
            "gateway_calls": sum(probe.calls for probe in probes),
            "flood": FLOOD, "sustained_per_second": round(FLOOD / flood_s),
        },
        bars=[
            Bar("p99_s", cuts[98], 1.0, "<="),
            Bar("lost", len(differing), 0, "<="),
            Bar("doubled", int(doubled), 0, "<="),
            Bar("made_per_second", work.made / SECONDS, RATE * 0.99, ">="),
        ],
    )  # fmt: skip


def _table(hall: Hall) -> str:
    (name,) = hall.fetch(
        "select table_name from store_datasets where item = :item", item=hall.item.id
    )[0]
    return f'hall."{name}"'


def _versions(hall: Hall) -> dict[int, int]:
    with hall.units.engine.connect() as conn:
        rows = conn.execute(
            sa.text(f"select id, version from {_table(hall)} where not _deleted")  # noqa: S608
        )
        return {int(id): int(version) for id, version in rows}


def _follows(hall: Hall) -> bool:
    states = hall.fetch("select state from ingestion_streams")
    followed = hall.fetch("select checkpoint->>'stream' from ingestion_tasks")
    return [tuple(s) for s in states] == [("streaming",)] and bool(followed[0][0])


def _until(holds: Callable[[], bool], *, within_s: float = 300.0) -> float:
    """Seconds until `holds()`; a bench that waits too long says so by what it compares after."""
    began = time.perf_counter()
    while not holds() and time.perf_counter() - began < within_s:
        time.sleep(0.1)
    return time.perf_counter() - began
