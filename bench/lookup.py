"""Governed look-ups a second, as a share of the same look-ups without any governing."""

import contextlib
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from bench.report import Bar, Report
from datahall import bootstrap, store
from datahall.client import Client
from datahall.gateway.grammar import parse
from datahall.gateway.plan import compiled
from datahall.gateway.views import view_of
from datahall.kit import postgres
from tests.gateway.hall import CODE, Caller, Hall, open_hall, person

CONCURRENCY = 16
SECONDS = 4.0
ROUNDS = 5
PERSONS = 50_000
ENOUGH = 60_000
"""Requests made for a round; a faster server than that ends its round early."""


@dataclass(frozen=True, slots=True)
class Served:
    """A server under load."""

    port: int
    process: subprocess.Popen[bytes]


@contextmanager
def served(target: str, folder: Path, **environ: str) -> Iterator[Served]:
    """One Granian worker with `target`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--no-ws",
        "--workers", "1", "--port", str(port), target,
    ]  # fmt: skip
    with (folder / f"{target.partition(':')[0]}.log").open("wb") as log:
        process = subprocess.Popen(
            command, env=os.environ | environ, stdout=log, stderr=log, start_new_session=True
        )
    try:
        _wait(port)
        yield Served(port, process)
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code in {200, 404}:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    raise TimeoutError("the server did not start")


def requests(caller: Caller, number: int, seed: int) -> list[bytes]:
    """Signed look-ups of random persons, each with a nonce of its own."""
    dice = random.Random(seed)
    client = Client("http://x", caller.grant.app_id, caller.secret, str(caller.grant.id))
    made = []
    for _ in range(number):
        path, query = f"/v1/data/{CODE}", f"id_card=eq.{person(dice.randrange(PERSONS))['id_card']}"
        head = [f"GET {path}?{query} HTTP/1.1", "Host: gateway"]
        head += [f"{name}: {value}" for name, value in client.signed(path, query).items()]
        made.append("\r\n".join([*head, "", ""]).encode())
    return made


def _cpu_s(lead: int) -> float:
    """Processor seconds of a process and all its children, living and reaped."""
    process = psutil.Process(lead)
    ended = process.cpu_times()
    total = ended.children_user + ended.children_system
    for one in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            total += times.user + times.system
    return float(total)


def load(port: int, sent: list[bytes]) -> dict[str, Any]:
    """Put the server under load from another process."""
    command = [
        sys.executable,
        "-m",
        "bench.load",
        "127.0.0.1",
        str(port),
        str(SECONDS),
        str(CONCURRENCY),
    ]
    lines = "\n".join(request.hex() for request in sent)
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    if set(figures["statuses"]) != {"200"}:
        raise RuntimeError(f"not every look-up was answered: {figures['statuses']}")
    return figures


def _same_statement(hall: Hall, caller: Caller) -> str:
    """The statement that the gateway makes of such a call."""
    with hall.units.engine.connect() as conn:
        view = view_of(caller.grant, hall.item, store.dataset_for_item(conn, hall.item.id))
    return compiled(view, parse("id_card=eq.1")).sql


def measure() -> Report:
    """Alternate rounds against both servers; the figure is the median of the rounds' ratios."""
    with (
        postgres.scratch_folder("datahall-bench-") as folder,
        postgres.Server(folder / "pg") as server,
    ):
        dsn = server.create_database("bench")
        bootstrap.migrate(dsn)
        with open_hall(dsn, folder / "keys", persons=PERSONS) as hall:
            return _measure(hall, folder, server.process.pid)


def _measure(hall: Hall, folder: Path, database: int) -> Report:
    caller = hall.grant(daily_quota=100_000_000, rate_per_s=1_000_000)
    settings = {"DATABASE_URL": hall.dsn, "DATAHALL_KEYS": str(hall.keys.folder)}
    rounds: dict[str, list[dict[str, Any]]] = {"plain": [], "governed": []}
    with (
        served(
            "bench.plain_lookup:application",
            folder,
            BENCH_SQL=_same_statement(hall, caller),
            **settings,
        ) as plain,
        served("datahall.gateway.asgi:application", folder, **settings) as governed,
    ):
        for number in range(ROUNDS + 1):
            for kind, server in (("plain", plain), ("governed", governed)):
                sent = requests(caller, ENOUGH, seed=number)
                before = _cpu_s(server.process.pid), _cpu_s(database)
                figures = load(server.port, sent)
                after = _cpu_s(server.process.pid), _cpu_s(database)
                count = figures["requests"] / 1e6
                figures["server_cpu_us"] = (after[0] - before[0]) / count
                figures["database_cpu_us"] = (after[1] - before[1]) / count
                if number:  # the first round only warms up
                    rounds[kind].append(figures)
    ratios = [
        g["per_second"] / p["per_second"]
        for g, p in zip(rounds["governed"], rounds["plain"], strict=True)
    ]
    (on_record,) = hall.fetch("select count(*) from gateway_calls where code = 'ok'")[0]
    answered = sum(r["requests"] for r in rounds["governed"])
    if on_record < answered:
        raise RuntimeError(f"{answered} calls were answered, only {on_record} are on record")
    figures = {
        f"{kind}_{name}": round(statistics.median(r[name] for r in taken), 2)
        for kind, taken in rounds.items()
        for name in ("per_second", "p50_ms", "p99_ms", "server_cpu_us", "database_cpu_us")
    }
    return Report(
        conditions={
            "concurrency": CONCURRENCY, "rounds": ROUNDS, "seconds_per_round": SECONDS,
            "rows": PERSONS, "workers": 1, "fields": len(caller.grant.fields),
        },
        figures=figures | {"ratios": [round(r, 3) for r in ratios]},
        bars=[Bar("governed_to_ungoverned", statistics.median(ratios), 0.5, ">=")],
    )  # fmt: skip
