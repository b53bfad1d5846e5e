"""The queue on a real PostgreSQL: a job exists exactly when its cause does, and runs."""

import asyncio
import threading

import pytest
import sqlalchemy as sa

from datahall.kit import jobs
from datahall.kit.errors import Transient


class Busy(Exception, Transient):
    """The other side is busy."""


def run_until(dsn, units, handlers, *, done: threading.Event) -> None:
    """Serve jobs until `done`, ten seconds at most."""
    stop = threading.Event()
    threading.Thread(target=lambda: (done.wait(10), stop.set()), daemon=True).start()
    asyncio.run(jobs.serve(dsn, units, handlers, stop=stop))


def test_a_job_runs_with_its_payload(fresh_dsn, units):
    done, seen = threading.Event(), []

    def handler(_units, payload):
        seen.append(payload)
        done.set()

    with units.open() as unit:
        jobs.enqueue(unit, "greet", {"name": "六安"})
    run_until(fresh_dsn, units, {"greet": handler}, done=done)

    assert seen == [{"name": "六安"}]


def test_a_failed_cause_leaves_no_job(units):
    with pytest.raises(ZeroDivisionError), units.open() as unit:
        jobs.enqueue(unit, "greet", {})
        raise ZeroDivisionError

    with units.open() as unit:
        assert unit.conn.scalar(sa.text("select count(*) from pgqueuer")) == 0


def test_one_key_is_queued_once(units):
    with units.open() as unit:
        jobs.enqueue(unit, "load", {"task": 1}, key="load:1")
        jobs.enqueue(unit, "load", {"task": 1}, key="load:1")

    with units.open() as unit:
        assert unit.conn.scalar(sa.text("select count(*) from pgqueuer")) == 1


def test_a_transient_failure_is_tried_again(fresh_dsn, units, monkeypatch):
    monkeypatch.setattr(jobs, "FIRST_DELAY_S", 0.1)
    done, attempts = threading.Event(), []

    def handler(_units, _payload):
        attempts.append(1)
        if len(attempts) < 3:
            raise Busy
        done.set()

    with units.open() as unit:
        jobs.enqueue(unit, "call", {})
    run_until(fresh_dsn, units, {"call": handler}, done=done)

    assert len(attempts) == 3


def test_a_terminal_failure_is_kept_for_people(fresh_dsn, units):
    done = threading.Event()

    def handler(_units, _payload):
        threading.Timer(0.5, done.set).start()
        raise ValueError("a bug")

    with units.open() as unit:
        jobs.enqueue(unit, "call", {})
    run_until(fresh_dsn, units, {"call": handler}, done=done)

    with units.open() as unit:
        assert unit.conn.scalar(sa.text("select status::text from pgqueuer")) == "failed"


def test_a_loop_turns_in_one_worker_at_a_time(fresh_dsn, units):
    holders, stop = set(), threading.Event()

    def run(_units):
        holders.add(threading.current_thread().name)
        if len(holders) > 1:
            stop.set()

    loop = jobs.Loop("tick", 0.01, run)
    workers = [
        threading.Thread(target=jobs.turn, args=[loop, fresh_dsn, units, stop], name=str(n))
        for n in range(2)
    ]
    for worker in workers:
        worker.start()
    stop.wait(1)
    stop.set()
    for worker in workers:
        worker.join()

    assert len(holders) == 1
