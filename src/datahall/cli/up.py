"""`datahall up` and its parts: migrate, worker."""

from pathlib import Path
from typing import Annotated

import typer

from datahall import bootstrap, organisations
from datahall import worker as worker_process
from datahall.cli import demo as demo_city
from datahall.cli import hall
from datahall.cli.console import console
from datahall.demo.departments import Departments
from datahall.kit import db
from datahall.kit.settings import settings


def up(
    demo: Annotated[bool, typer.Option("--demo", help="带示例城市（六安）。")] = False,
    scale: Annotated[float, typer.Option(help="示例城市的规模，1 约 25 万行。")] = 1.0,
    demo_port: Annotated[int, typer.Option(help="示例部门数据库的端口。")] = 8200,
    port: Annotated[int | None, typer.Option(help="页面端口，默认取配置。")] = None,
    gateway_port: Annotated[int | None, typer.Option(help="网关端口，默认取配置。")] = None,
    home: Annotated[Path | None, typer.Option(help="数据目录，默认取配置。")] = None,
) -> None:
    """启动大厅：数据库、页面、网关、后台任务；按 Ctrl-C 全部停止。"""
    given = {"port": port, "gateway_port": gateway_port, "home": home}
    demo_city.use(**{name: value for name, value in given.items() if value is not None})
    if not demo:
        with hall.running(settings()) as running:
            running.keep(_greet)
        return
    demo_city.use(sources_on_this_machine=True)
    departments = Departments(settings().home / "departments", port=demo_port)
    with departments.server, hall.running(settings()) as running:
        running.keep(lambda it: demo_city.bring_in(it, departments, scale=scale))


def _greet(running: hall.Hall) -> None:
    """On the first run, the one-time link that sets up the hall."""
    with bootstrap.units(db.engine(running.dsn)).open() as unit:
        if organisations.authority(unit.conn) is None:
            link = f"{running.address}/setup/{organisations.setup_link(unit)}"
            console.print(f"第一次启用，请打开一次性链接完成初始设置：\n[bold]{link}[/bold]")
    console.print(f"大厅已打开：[bold]{running.address}[/bold]　按 Ctrl-C 停止")


def migrate() -> None:
    """把 DATABASE_URL 指向的数据库更新到当前版本。"""
    bootstrap.migrate(_required_dsn())


def worker() -> None:
    """只运行后台任务（由 datahall up 启动，也可单独部署）。"""
    worker_process.run(_required_dsn())


def _required_dsn() -> str:
    dsn = settings().database_url
    if dsn is None:
        console.print("请先设置 DATABASE_URL，例如 postgresql://datahall@db.example/datahall。")
        raise typer.Exit(2)
    return dsn
