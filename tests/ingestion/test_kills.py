"""kill -9 of the worker at any moment: nothing is lost, nothing is doubled, nothing is half there.

The checker knows the source: when the last worker has settled, the hall holds exactly its good
rows, quarantine exactly its bad ones, and the counts of the loads explain both.
"""

import os
import random
import subprocess
import sys
import threading
import time

import pytest
import sqlalchemy as sa

from datahall import ingestion
from datahall.ingestion import LoadState, tables
from tests.ingestion.conftest import CLERK, PERSONS

KILLS = 20
ROWS = 30_000
SEED = int(os.environ.get("KILL_SEED", "20261016"))


class Workers:
    """Workers one after the other; the next one is already imported, so that a kill costs little."""

    def __init__(self, dsn):
        self.dsn = dsn
        self.current = None
        self.next = self._spawn()

    def _spawn(self):
        return subprocess.Popen(
            [sys.executable, "-m", "tests.ingestion.worker", self.dsn],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def start(self):
        self.current, self.next = self.next, self._spawn()
        assert self.current.stdout.readline() == "ready\n"
        self.current.stdin.write("go\n")
        self.current.stdin.flush()

    def kill(self):
        self.current.kill()
        self.current.communicate()

    def end(self):
        for process in (self.current, self.next):
            if process is not None and process.poll() is None:
                process.kill()
                process.communicate()


class Changes(threading.Thread):
    """The department at work: inserts, corrections and mistakes, each in a transaction."""

    def __init__(self, db, dice):
        super().__init__()
        self.db, self.dice = db, dice
        self.over = threading.Event()
        self.made = 0

    def run(self):
        while not self.over.wait(0.02):
            id = self.dice.randrange(1, ROWS + self.made + 2)
            name = self.dice.choice(["", f"张{self.dice.random()}", f"李{self.dice.random()}"])
            if self.dice.random() < 0.3:
                self.made += 1
                id = ROWS + self.made
            self.db.execute(
                "insert into person values (%s, %s, 1, null, true, clock_timestamp()) "
                "on conflict (id) do update "
                "set xm = excluded.xm, update_time = excluded.update_time",
                [id, name],
            )


@pytest.fixture
def mounted(source_db, mount):
    source_db.execute(PERSONS)
    source_db.execute(
        "insert into person select i, case when i %% 50 = 0 then '' else '张' || i end, i, null, "
        "true, '2026-10-16' from generate_series(1, %s) i",
        [ROWS],
    )
    made = mount(source_db.form(), "person")
    with made.units.open() as unit:
        unit.conn.execute(sa.update(tables.tasks).values(interval_s=1))
    return made


@pytest.fixture
def workers(fresh_dsn):
    made = Workers(fresh_dsn)
    yield made
    made.end()


def is_running(mounted):
    with mounted.units.open() as unit:
        query = sa.select(sa.func.count()).where(tables.loads.c.state == LoadState.RUNNING)
        return unit.conn.scalar(query) > 0


def until_running(mounted, *, within_s=60):
    deadline = time.monotonic() + within_s
    while not is_running(mounted):
        assert time.monotonic() < deadline, "the worker began no load"
        time.sleep(0.01)


def judge(mounted):
    """What must hold at any moment, whatever was killed."""
    with mounted.units.open() as unit:
        one = unit.conn.exec_driver_sql
        (table, rows, revision) = one("select table_name, rows, revision from store_datasets").one()
        there = one("select table_name from information_schema.tables where table_schema='hall'")
        assert [r[0] for r in there] == [table]
        count, newest = one(
            f'select count(*) filter (where not _deleted), max(_revision) from hall."{table}"'
        ).one()
        assert (count, newest or 0) == (rows, revision)
        done = one("select coalesce(max(revision), 0) from ingestion_loads where state = 'done'")
        assert done.scalar() == revision


def settled(mounted, source_db, *, within_s=120):
    """Wait until the hall is what the source is."""
    good = source_db.execute(
        "select id, xm, update_time from person where xm <> '' order by id"
    ).fetchall()
    bad = source_db.execute("select count(*) from person where xm = ''").fetchone()[0]
    known = {row[0] for row in good}
    deadline = time.monotonic() + within_s
    while True:
        here = mounted.rows("id, xm")
        with mounted.units.open() as unit:
            waiting = unit.conn.exec_driver_sql(
                "select count(*) from quality_quarantine where status = 'waiting'"
            ).scalar()
        # A row that was good and is bad now keeps its last good state in the hall.
        if [row for row in here if row[0] in known] == [row[:2] for row in good] and (
            waiting == bad
        ):
            return
        assert time.monotonic() < deadline, f"{len(here)} rows, {waiting} of {bad} wait"
        time.sleep(0.2)


@pytest.mark.timeout(600)
def test_random_kills_lose_and_double_nothing(source_db, mounted, workers):
    dice = random.Random(SEED)
    hits = 0
    changes = Changes(source_db, dice)
    for number in range(KILLS):
        if number == KILLS // 2:
            workers.start()
            settled(mounted, source_db)
            workers.kill()
            changes.start()
        whole = number < KILLS // 2 or number % 3 == 0
        if whole:
            with mounted.units.open() as unit:
                ingestion.compare_all(unit, CLERK, mounted.task.id)
        workers.start()
        if whole and number % 5:  # of the others the kill comes whenever it comes
            until_running(mounted)
        time.sleep(dice.uniform(0, 0.8))
        workers.kill()
        hits += is_running(mounted)
        judge(mounted)
    changes.over.set()
    changes.join()
    workers.start()
    settled(mounted, source_db)
    judge(mounted)

    assert hits >= KILLS // 4, "too few kills hit a load at work"
    states = {load.state for load in mounted.loads()}
    assert LoadState.INTERRUPTED in states
