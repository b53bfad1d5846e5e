"""The hall's pages and its gateway in processes of their own, for a browser to open."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from datahall.kit.supervise import dying_with_us


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextmanager
def pages(dsn: str, log: Path, **env: str) -> Iterator[str]:
    """The address of the pages over a migrated database; the process ends with the block."""
    with _serving("datahall.web.asgi:application", dsn, log, env) as address:
        yield address


@contextmanager
def gateway(dsn: str, log: Path) -> Iterator[str]:
    """The address of the gateway over the same database."""
    with _serving("datahall.gateway.asgi:application", dsn, log, {}) as address:
        yield address


@contextmanager
def _serving(application: str, dsn: str, log: Path, env: dict[str, str]) -> Iterator[str]:
    port = free_port()
    command = [
        sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--no-ws",
        "--host", "127.0.0.1", "--port", str(port), application,
    ]  # fmt: skip
    source = str(Path(__file__).parents[2] / "src")
    with log.open("wb") as out:
        process = subprocess.Popen(
            dying_with_us(command),
            stdout=out,
            stderr=out,
            start_new_session=True,
            env={**os.environ, "DATABASE_URL": dsn, "PYTHONPATH": source, **env},
        )
    try:
        _wait(f"http://127.0.0.1:{port}", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # the server and its worker
        process.wait()


def _wait(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{address}/readyz", timeout=2).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"{log.stem} did not start:\n{log.read_text()[-3000:]}")
