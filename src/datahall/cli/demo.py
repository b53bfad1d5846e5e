"""The demo city: `datahall demo` plays its story, `datahall up --demo` keeps it in the hall."""

import os
import socket
import tempfile
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column, Table

from datahall import bootstrap
from datahall.cli import hall
from datahall.cli.console import console
from datahall.demo import bindings, cast, city, life, listing, seed, story
from datahall.demo.departments import Departments
from datahall.demo.plans import PLANS
from datahall.demo.stage import Stage
from datahall.kit import db
from datahall.kit.clock import local_date, utc_now
from datahall.kit.settings import settings
from datahall.kit.uow import Units

LEAST_SCALE: Final = 0.001


def use(**changes: Any) -> None:
    """Change settings for this process and all that it starts."""
    for name, value in changes.items():
        os.environ[f"DATAHALL_{name.upper()}"] = str(value)
    settings.cache_clear()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def demo(
    report: Annotated[Path, typer.Option(help="结果写入的文件。")] = Path("demo.json"),
    scale: Annotated[
        float, typer.Option(help="示例城市的规模，1 约 25 万行。", min=LEAST_SCALE)
    ] = 1.0,
) -> None:
    """在临时大厅里把主流程走一遍，逐步检查；全部成立时退出码为 0。"""
    outcome: dict[str, Any] = {"ok": False, "steps": []}
    with tempfile.TemporaryDirectory(prefix="datahall-demo-") as folder:
        home = Path(folder)
        home.chmod(0o755)  # the database's own user must walk through
        ports = [_free_port() for _ in range(3)]
        os.environ.pop("DATABASE_URL", None)
        use(home=home, port=ports[0], gateway_port=ports[1], sources_on_this_machine=True)
        console.print("造一座示例城市……")
        made = city.build(scale=scale, today=local_date(utc_now()))
        departments = Departments(home / "departments", port=ports[2])

        def tell(running: hall.Hall) -> None:
            departments.plant(made)
            units = bootstrap.units(db.engine(running.dsn))
            with units.open() as unit:
                cast.assemble(unit)
            stage = Stage(
                units=units,
                departments=departments,
                city=made,
                gateway=running.gateway,
                home=home,
                worker=lambda: running.process_id("worker"),
                say=lambda sentence: console.print(f"  {sentence}"),
            )
            outcome.update(story.play(stage))

        with departments.server, hall.running(settings()) as running:
            running.keep(tell, stay=False)
    report.write_bytes(orjson.dumps(outcome, option=orjson.OPT_INDENT_2) + b"\n")
    _conclude(outcome, report)
    if not outcome["ok"]:
        raise typer.Exit(1)


def _conclude(outcome: dict[str, Any], report: Path) -> None:
    table = Table("", Column("步骤", overflow="fold"), "结果", "用时")
    for step in outcome["steps"]:
        mark = "[green]成立[/]" if step["ok"] else f"[red]不成立[/]　{step['error']}"
        table.add_row(str(step["n"]), step["name"], mark, f"{step['seconds']} 秒")
    console.print(table)
    console.print(f"结果已写入 {report}。")


def bring_in(running: hall.Hall, departments: Departments, *, scale: float) -> None:
    """Fill the hall with the demo city, with progress bars; what is there stays."""
    units = bootstrap.units(db.engine(running.dsn))
    if not seed.planted(units):
        _fill(units, departments, scale=scale)
    _accounts(running)
    life.live(
        departments.reading(city.PERSONS),
        per_minute=settings().demo_changes,
        stop=running.stop,
    )


def _fill(units: Units, departments: Departments, *, scale: float) -> None:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    today = local_date(utc_now())
    with Progress(*columns, console=console) as progress:
        step = progress.add_task("造示例城市：人口、企业、救助、火化", total=4)
        if not departments.planted:
            made = city.build(scale=scale, today=today)
            progress.advance(step)
            departments.plant(made)
        progress.update(step, completed=2, description="登记单位与人员")
        with units.open() as unit:
            if not cast.assembled(unit):
                cast.assemble(unit)
        progress.update(step, completed=3, description="登记数据源、编目、发布")
        items = {plan.dataset: seed.enter(units, plan, departments, today=today) for plan in PLANS}
        bindings.state(units)
        progress.update(step, completed=4, description="示例城市已编目")
        for plan in PLANS:
            bar = progress.add_task(f"归集：{plan.title}", total=None)
            for load in seed.loading(units, plan, items[plan.dataset]):
                progress.update(bar, total=load.expected or None, completed=load.read)
            progress.update(bar, total=load.read, completed=load.read)
        seed.disturb(units, departments)
        listing.fill(units, today=today)


def _accounts(running: hall.Hall) -> None:
    table = Table("登录名", "姓名", "来做什么", title=f"示例账号（口令都是 {cast.PASSWORD}）")
    for member in cast.CAST:
        table.add_row(member.login, member.name, member.shows)
    console.print(table)
    console.print(
        f"大厅已打开：[bold]{running.address}[/bold]　网关：{running.gateway}　按 Ctrl-C 停止"
    )
