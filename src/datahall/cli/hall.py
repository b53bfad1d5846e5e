"""The whole hall on one machine: its processes, supervised."""

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import httpx
import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from datahall import bootstrap
from datahall.cli.console import console
from datahall.kit import logs, postgres
from datahall.kit.settings import Settings
from datahall.kit.supervise import Child, Supervisor

READY_TIMEOUT_S: Final = 180.0  # a busy small machine may take long to load everything


@contextmanager
def database(config: Settings) -> Iterator[tuple[str, postgres.Server | None]]:
    """The database of the settings, or our own server for as long as the block runs."""
    if config.database_url is not None:
        yield config.database_url, None
        return
    with postgres.Server(config.home / "postgres") as server:
        yield server.create_database("datahall"), server


def _processes(config: Settings, dsn: str) -> list[Child]:
    env = {"DATABASE_URL": dsn}
    folder = config.home / "logs"
    serve = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "asgi",
        "--factory",
        "--no-ws",
        "--log-config",
        str(logs.GRANIAN),
    ]
    return [
        Child(
            "web",
            [*serve, "--host", config.host, "--port", str(config.port), "--blocking-threads", "1",
             "datahall.web.asgi:application"],
            folder / "web.log", env,
        ),
        Child(
            "gateway",
            [*serve, "--host", config.gateway_host, "--port", str(config.gateway_port),
             "datahall.gateway.asgi:application"],
            folder / "gateway.log", env,
        ),
        Child("worker", [sys.executable, "-m", "datahall.cli.main", "worker"], folder / "worker.log", env),
    ]  # fmt: skip


def _wait_ready(url: str, child: Child) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/readyz", timeout=2).is_success:
                return
        except httpx.HTTPError:
            pass
        if not child.alive():
            break
        time.sleep(0.1)
    raise typer.Exit(_complain(child))


def _complain(child: Child) -> int:
    console.print(f"[red]{child.name} 没有启动成功。[/red]日志：{child.log_file}")
    console.print(child.last_lines(), markup=False)
    return 1


@dataclass(slots=True)
class Hall:
    """The running hall, as the command that started it sees it."""

    config: Settings
    dsn: str
    server: postgres.Server | None
    supervisor: Supervisor
    stop: threading.Event  # set by Ctrl-C, SIGTERM or a closed terminal

    @property
    def address(self) -> str:
        return f"http://{self.config.host}:{self.config.port}"

    @property
    def gateway(self) -> str:
        return f"http://{self.config.gateway_host}:{self.config.gateway_port}"

    def process_id(self, name: str) -> int | None:
        """The process of a child, while it lives."""
        child = next(c for c in self.supervisor.children if c.name == name)
        return child.process.pid if child.process and child.alive() else None

    def keep(self, work: Callable[["Hall"], None] | None = None, *, stay: bool = True) -> None:
        """Keep everything alive until asked to stop, or until `work` is done unless we `stay`.

        Processes are started only from this, the main, thread: the kernel ends a child when the
        thread that started it is gone.  `work` runs beside, and its error is raised here.
        """
        failure: list[BaseException] = []

        def run() -> None:
            try:
                if work is not None:
                    work(self)
            except BaseException as error:  # noqa: BLE001 - handed to the main thread below
                failure.append(error)
                self.stop.set()
            if not stay:
                self.stop.set()

        beside = threading.Thread(target=run, daemon=True)
        beside.start()
        while not self.stop.wait(0.25):
            if self.server is not None and not self.server.alive():
                self.server.start()
            self.supervisor.revive()
        if failure:
            raise failure[0]


@contextmanager
def running(config: Settings) -> Iterator[Hall]:
    """The hall with its pages, gateway and worker ready; all of it ends with the block."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        step = progress.add_task("启动数据库", total=None)
        with database(config) as (dsn, server):
            progress.update(step, description="更新库结构")
            bootstrap.migrate(dsn)
            hall = Hall(config, dsn, server, Supervisor(), stop)
            try:
                progress.update(step, description="启动页面、网关与后台任务")
                for child in _processes(config, dsn):
                    hall.supervisor.add(child)
                web, gateway, _worker = hall.supervisor.children
                _wait_ready(hall.address, web)
                _wait_ready(hall.gateway, gateway)
                progress.update(step, description="大厅已就绪", total=1, completed=1)
                progress.stop()
                yield hall
            finally:
                hall.supervisor.stop()
