"""Gateways as processes: what holds across several of them, and across their sudden death."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest
from psycopg import sql

import datahall
from datahall.client import CallRefused, Client, Unreachable
from datahall.gateway import usage
from datahall.kit.clock import utc_now
from datahall.supply_demand import GrantStatus
from tests.gateway.hall import CODE, Caller, Hall, open_hall, person

ID = person(0)["id_card"]
KILLS = 8


class Process:
    """One gateway, as `datahall up` starts it."""

    def __init__(self, hall: Hall, log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._hall, self._log = hall, log
        self._clients: list[Client] = []
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [
            sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--no-ws",
            "--port", str(self.port), "datahall.gateway.asgi:application",
        ]  # fmt: skip
        place = {
            "DATABASE_URL": self._hall.dsn,
            "DATAHALL_KEYS": str(self._hall.keys.folder),
            "PYTHONPATH": str(Path(datahall.__file__).parents[1]),
        }
        with self._log.open("ab") as log:
            self._lead = subprocess.Popen(command, env=os.environ | place, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/readyz").is_success:
                    return
            except httpx.HTTPError:
                assert self._lead.poll() is None, self._log.read_text()
            time.sleep(0.05)
        pytest.fail(f"the gateway did not get ready:\n{self._log.read_text()[-2000:]}")

    def kill(self) -> None:
        """As a power cut: no process of it says goodbye."""
        everyone = [*psutil.Process(self._lead.pid).children(recursive=True), self._lead]
        for one in everyone:
            one.send_signal(signal.SIGKILL)
        psutil.wait_procs(everyone[:-1], timeout=10)
        self._lead.wait(10)

    def stop(self) -> None:
        for client in self._clients:
            client.close()
        if self._lead.poll() is None:
            self._lead.terminate()
            self._lead.wait(20)

    def client(self, caller: Caller) -> Client:
        made = Client(self.url, caller.grant.app_id, caller.secret, str(caller.grant.id))
        self._clients.append(made)
        return made


@contextmanager
def running(hall: Hall, folder: Path, name: str = "gateway") -> Iterator[Process]:
    process = Process(hall, folder / f"{name}.log")
    try:
        yield process
    finally:
        process.stop()


@pytest.fixture
def hall(fresh_dsn: str, tmp_path: Path) -> Iterator[Hall]:
    with open_hall(fresh_dsn, tmp_path / "keys") as made:
        yield made


def outcome(call: Callable[[], object]) -> str:
    try:
        call()
    except CallRefused as refused:
        return refused.code
    return "ok"


def eventually(client: Client, wanted: str, *, within_s: float) -> float:
    """Seconds until calls of the grant have the wanted outcome."""
    began = time.monotonic()
    while time.monotonic() - began < within_s:
        if outcome(lambda: client.get(CODE, id_card=ID)) == wanted:
            return time.monotonic() - began
        time.sleep(0.02)
    pytest.fail(f"not {wanted} within {within_s} s")


class TestRevocation:
    def test_is_felt_by_the_next_call(self, hall, tmp_path):
        with running(hall, tmp_path) as gateway:
            caller = hall.grant()
            client = gateway.client(caller)
            eventually(client, "ok", within_s=5)
            hall.end(caller, GrantStatus.REVOKED)
            eventually(client, "consumer.grant_revoked", within_s=5)

    def test_is_felt_within_seconds_when_nobody_can_listen(self, hall, tmp_path):
        """Every listening connection is ended, again and again; asking must do."""
        stop = threading.Event()

        def deafen() -> None:
            while not stop.wait(0.02):
                hall.fetch(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where datname = current_database() and query ilike 'listen %'"
                )

        with running(hall, tmp_path) as gateway, ThreadPoolExecutor(1) as pool:
            caller = hall.grant()
            client = gateway.client(caller)
            deaf = pool.submit(deafen)
            try:
                eventually(client, "ok", within_s=5)
                hall.end(caller, GrantStatus.REVOKED)
                eventually(client, "consumer.grant_revoked", within_s=5)
            finally:
                stop.set()
                deaf.result()

    def test_a_gateway_without_its_database_serves_nobody(self, server, hall, tmp_path):
        name = sql.Identifier(str(hall.units.engine.url.database))
        ends = sql.SQL(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = {}"
        ).format(str(hall.units.engine.url.database))
        shut, open_ = (
            sql.SQL("alter database {} allow_connections {}").format(name, sql.SQL(word))
            for word in ("false", "true")
        )
        with (
            running(hall, tmp_path) as gateway,
            psycopg.connect(server.dsn(), autocommit=True) as admin,
        ):
            client = gateway.client(hall.grant())
            eventually(client, "ok", within_s=5)
            admin.execute(shut)
            admin.execute(ends)
            assert outcome(lambda: client.get(CODE, id_card=ID)).startswith("platform.")
            eventually(client, "platform.evidence_unavailable", within_s=12)
            admin.execute(open_)
            eventually(client, "ok", within_s=12)


class TestTwoGateways:
    def test_share_nonces_and_quota(self, hall, tmp_path):
        with running(hall, tmp_path, "one") as one, running(hall, tmp_path, "two") as two:
            caller = hall.grant(daily_quota=25)
            clients = [one.client(caller), two.client(caller)]
            for client in clients:
                eventually(client, "ok", within_s=5)
            used = len(clients)

            headers = clients[0].signed(f"/v1/data/{CODE}", f"id_card=eq.{ID}")
            urls = [f"{g.url}/v1/data/{CODE}?id_card=eq.{ID}" for g in (one, two)] * 4
            with ThreadPoolExecutor(8) as pool:
                codes = sorted(
                    pool.map(lambda url: httpx.get(url, headers=headers).status_code, urls)
                )
                assert codes == [200] + [401] * 7

                used += 1
                got = list(
                    pool.map(
                        lambda n: outcome(lambda: clients[n % 2].get(CODE, id_card=ID)), range(60)
                    )
                )
            assert got.count("ok") == 25 - used
            assert got.count("consumer.over_quota") == 60 - (25 - used)
            with hall.units.engine.connect() as conn:
                today = usage(conn, caller.grant.id, now=utc_now())[-1]
            assert (today.calls, today.rows) == (25, 25)


def test_an_answered_call_is_always_on_record(hall, tmp_path):
    """Kill the gateway at random moments under load; every receipt handed out must exist."""
    answered: list[str] = []
    stop = threading.Event()
    with running(hall, tmp_path) as gateway:
        caller = hall.grant()

        def call_on() -> None:
            client = gateway.client(caller)
            while not stop.is_set():
                try:
                    answered.append(client.get(CODE, id_card=ID).receipt)
                except (CallRefused, Unreachable):
                    time.sleep(0.01)

        with ThreadPoolExecutor(4) as pool:
            callers = [pool.submit(call_on) for _ in range(4)]
            for kill in range(KILLS):
                before = len(answered)
                deadline = time.monotonic() + 30
                while len(answered) < before + 5 + 3 * kill and time.monotonic() < deadline:
                    time.sleep(0.001)
                time.sleep((kill * 37 % 50) / 1000)
                gateway.kill()
                gateway.start()
            stop.set()
            for one in callers:
                one.result()
    on_record = {str(leaf) for (leaf,) in hall.fetch("select leaf from ledger_records")}
    noted = {
        str(leaf) for (leaf,) in hall.fetch("select leaf from gateway_calls where code = 'ok'")
    }
    assert len(answered) > KILLS * 5
    assert set(answered) <= on_record
    assert set(answered) <= noted
    with hall.units.engine.connect() as conn:
        counted = usage(conn, caller.grant.id, now=utc_now())[-1].calls
    assert counted == len(noted) >= len(answered)
