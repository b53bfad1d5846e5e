"""Kills while a stream is followed: the worker, the connection, the source.

The checker wrote every change itself and knows which ones the source has acknowledged: when the
last worker has settled, hall and quarantine hold exactly what the source has, and a log that
the hall's table keeps of itself shows no change of a key before an earlier one.
"""

import os
import random
import threading
import time

import pytest
import sqlalchemy as sa

from datahall.ingestion import Mode, tables
from tests.ingestion.conftest import PERSONS
from tests.ingestion.following import choose, publish_changes, story
from tests.ingestion.test_kills import Workers

SEED = int(os.environ.get("KILL_SEED", "20261123"))
ROWS = 2_000

TRAIL = """
create table trail (n bigserial, id bigint, version bigint);
create function keep_trail() returns trigger language plpgsql as $$ begin
    if not new._deleted then insert into trail (id, version) values (new.id, new.amount::bigint); end if;
    return null;
end $$;
"""


class Changes(threading.Thread):
    """The department at work; `version` of a row grows with each of its changes."""

    def __init__(self, db, dice):
        super().__init__()
        self.db, self.dice = db, dice
        self.over = threading.Event()
        self.made = 0

    def run(self):
        next_id = ROWS
        while not self.over.wait(0.005):
            self.made += 1
            id, kind = self.dice.randrange(1, next_id + 1), self.dice.random()
            if kind < 0.2:
                next_id += 1
                self._do("insert into person values (%s, '新', %s, null, true, now())", next_id)
            elif kind < 0.3:
                self._do("delete from person where id = %s", id, plain=True)
            elif kind < 0.4:
                self._do("update person set xm = '', amount = %s where id = %s", id, first=True)
            elif kind < 0.45:
                next_id += 1
                with self.db.conn.transaction():
                    self.db.execute(
                        "update person set id = %s, amount = %s where id = %s",
                        [next_id, self.made, id],
                    )
            else:
                self._do("update person set xm = '改', amount = %s where id = %s", id, first=True)

    def _do(self, statement, id, *, plain=False, first=False):
        values = [id] if plain else ([self.made, id] if first else [id, self.made])
        self.db.execute(statement, values)


@pytest.fixture
def workers(fresh_dsn):
    made = Workers(fresh_dsn)
    yield made
    made.end()


@pytest.fixture
def mounted(source_db, mount):
    source_db.execute(PERSONS)
    source_db.execute(
        "insert into person select i, '张' || i, 0, null, true, now() from generate_series(1, %s) i",
        [ROWS],
    )
    made = mount(source_db.form(), "person")
    publish_changes(source_db, "person")
    choose(made, Mode.LOG)
    with made.units.open() as unit:  # what is deleted here is meant to be
        unit.conn.execute(sa.update(tables.tasks).values(deletions_percent=100))
    return made


def watch(mounted):
    """Keep a trail of what the hall's table becomes, beside it."""
    with mounted.units.open() as unit:
        one = unit.conn.exec_driver_sql
        table = one("select table_name from store_datasets").scalar()
        for statement in TRAIL.strip().split(";\n", 1):
            one(statement)
        one(
            f'create trigger t after insert or update on hall."{table}" '
            "for each row execute function keep_trail()"
        )


def settled(mounted, db, *, within_s=60):
    good = db.execute("select id, xm, amount from person where xm <> '' order by id").fetchall()
    bad = {row[0] for row in db.execute("select id from person where xm = ''")}
    deadline = time.monotonic() + within_s
    while True:
        here = [row for row in mounted.rows("id, xm, amount") if row[0] not in bad]
        with mounted.units.open() as unit:
            waiting = unit.conn.scalar(
                sa.text("select count(*) from quality_quarantine where status = 'waiting'")
            )
        if here == good and waiting == len(bad):
            return
        assert time.monotonic() < deadline, (
            f"{set(here) ^ set(good)!s:.500} {waiting} of {len(bad)} {story(mounted)}"
        )
        time.sleep(0.1)


def judge_order(mounted):
    """No version of a key ever replaced a later one, and none landed twice in a row's life."""
    with mounted.units.open() as unit:
        wrong = unit.conn.exec_driver_sql(
            "select id, version, before from (select id, version, lag(version) over "
            "(partition by id order by n) as before from trail) t where before > version"
        ).all()
    assert wrong == []


def kill_all(mounted, db, workers, number, dice):
    changes = Changes(db, dice)
    workers.start()
    settled(mounted, db)
    watch(mounted)
    changes.start()
    try:
        for _ in range(number):
            time.sleep(dice.uniform(0.0, 0.8))
            match dice.choice(["worker", "worker", "connection", "hall"]):
                case "worker":
                    workers.kill()
                    workers.start()
                case "connection":
                    db.execute(
                        "select pg_terminate_backend(active_pid) from pg_replication_slots "
                        "where active_pid > 0"
                    )
                case "hall":
                    with mounted.units.open() as unit:
                        unit.conn.exec_driver_sql(
                            "select pg_terminate_backend(pid) from pg_stat_activity "
                            "where datname = current_database() and pid <> pg_backend_pid()"
                        )
    finally:
        changes.over.set()
        changes.join()
    settled(mounted, db)
    judge_order(mounted)
    assert changes.made > number


@pytest.mark.timeout(240)
def test_random_kills_lose_and_double_nothing(source_db, mounted, workers):
    kill_all(mounted, source_db, workers, 4, random.Random(SEED))


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_two_hundred_random_kills(source_db, mounted, workers):
    number = int(os.environ.get("KILLS", "200"))
    kill_all(mounted, source_db, workers, number, random.Random(SEED + 1))
