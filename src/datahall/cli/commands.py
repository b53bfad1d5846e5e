"""Every command: one a task, grouped as the capabilities are."""

import importlib
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from datahall import bootstrap
from datahall.cli import demo, doctor, up
from datahall.cli.errors import HallNotRunning
from datahall.client import commands as calls
from datahall.kit import db, postgres
from datahall.kit.settings import settings
from datahall.kit.uow import Unit

app = typer.Typer(
    help="政务数据大厅 DataHall：一条命令启动，查看与核验。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@contextmanager
def open_unit() -> Iterator[Unit]:
    """One command is one unit, on the database of the settings or of the running hall.

    Raises:
        HallNotRunning
    """
    config = settings()
    dsn = config.database_url or postgres.Server(config.home / "postgres").running_dsn("datahall")
    if dsn is None:
        raise HallNotRunning
    engine = db.engine(dsn, pool_size=1)
    try:
        with bootstrap.units(engine).open() as unit:
            yield unit
    finally:
        engine.dispose()


@app.callback()
def prepare(context: typer.Context) -> None:
    """政务数据大厅 DataHall：一条命令启动，查看与核验。"""
    context.obj = open_unit  # a capability's command works in `with context.obj() as unit:`


app.command("up")(up.up)
app.command("demo")(demo.demo)
app.command("doctor")(doctor.doctor)
app.command("migrate")(up.migrate)
app.command("worker")(up.worker)
app.add_typer(calls.app)
for _name in bootstrap.CAPABILITIES:
    if importlib.util.find_spec(f"datahall.{_name}.commands"):
        _commands = importlib.import_module(f"datahall.{_name}.commands")
        app.add_typer(_commands.app)
