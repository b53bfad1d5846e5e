"""`datahall doctor`: is this hall healthy, and what to do when it is not (体检)."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import httpx
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from datahall import bootstrap
from datahall.kit import db, postgres
from datahall.kit.settings import Settings, settings

ENOUGH_DISK_GIB: Final = 5.0
MOST_SKEW_S: Final = 2.0
GIB: Final = 1024**3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `advice` says what to do when it is not well."""

    what: str
    well: bool
    found: str
    advice: str = ""


def _disk(config: Settings) -> Finding:
    place = config.home if config.home.exists() else config.home.absolute().parent
    free = shutil.disk_usage(place).free / GIB
    return Finding(
        "磁盘空间", free >= ENOUGH_DISK_GIB, f"剩余 {free:.1f} GiB",
        f"少于 {ENOUGH_DISK_GIB:.0f} GiB 时归集可能中断：请清理或扩容数据目录 {place.absolute()}。",
    )  # fmt: skip


def _keys(config: Settings) -> Iterator[Finding]:
    for path in sorted((config.home / "keys").glob("*")):
        mode = path.stat().st_mode & 0o777
        yield Finding(
            f"密钥文件 {path.name}", mode & 0o077 == 0, f"权限 {mode:o}",
            f"其他用户可以读取：请执行 chmod 600 {path}。",
        )  # fmt: skip


def _schema(conn: Connection) -> Finding:
    behind = bootstrap.pending_migrations(conn)
    return Finding(
        "库结构",
        not behind,
        f"落后 {'、'.join(sorted(behind))}" if behind else "已是最新",
        "请执行 datahall migrate。",
    )


def _clock(conn: Connection) -> Finding:
    there: datetime = conn.execute(text("select clock_timestamp()")).scalar_one()
    skew = abs((datetime.now(UTC) - there).total_seconds())
    return Finding(
        "时钟", skew <= MOST_SKEW_S, f"与数据库相差 {skew:.1f} 秒",
        "相差过大会误判签名与时限：请为两台机器配置同一时间服务器。",
    )  # fmt: skip


def _queue(conn: Connection) -> Finding:
    failed = conn.execute(
        text("select count(*) from pgqueuer where status = 'failed'")
    ).scalar_one()
    return Finding(
        "后台任务", failed == 0, "没有失败的任务" if failed == 0 else f"{failed} 个任务失败后搁置",
        "请查看 logs/worker.log 中 job failed 的记录，处理原因后重新发起。",
    )  # fmt: skip


def _reachable(what: str, url: str) -> Finding:
    try:
        answer = httpx.get(f"{url}/readyz", timeout=5)
    except httpx.HTTPError as error:
        return Finding(
            what,
            False,
            f"{url} 没有应答（{type(error).__name__}）",
            "请用 datahall up 启动，或查看日志。",
        )
    return Finding(
        what, answer.is_success, f"{url} 应答 {answer.status_code}", "请查看该进程的日志。"
    )


DATABASE_CHECKS: Final[tuple[Callable[[Connection], Finding], ...]] = (_schema, _clock, _queue)


def examine(config: Settings, engine: Engine | None) -> Iterator[Finding]:
    """Look at everything, worst news included; nothing is changed."""
    yield _disk(config)
    yield from _keys(config)
    if engine is None:
        yield Finding(
            "数据库", False, "没有运行",
            "请先用 datahall up 启动大厅，或设置 DATABASE_URL。",
        )  # fmt: skip
        return
    try:
        with engine.connect() as conn:
            version = conn.execute(text("show server_version")).scalar_one()
            yield Finding("数据库", True, f"PostgreSQL {version}")
            for check in DATABASE_CHECKS:
                yield check(conn)
    except SQLAlchemyError as error:
        yield Finding(
            "数据库",
            False,
            f"连接失败（{type(error).__name__}）",
            "请检查 DATABASE_URL 与数据库是否在运行。",
        )
    yield _reachable("页面", f"http://{config.host}:{config.port}")
    yield _reachable("网关", f"http://{config.gateway_host}:{config.gateway_port}")


def doctor() -> None:
    """检查这台机器上的大厅是否健康；有问题时说明怎么办，退出码为 1。"""
    config = settings()
    dsn = config.database_url or postgres.Server(config.home / "postgres").running_dsn("datahall")
    findings = list(examine(config, db.engine(dsn) if dsn else None))
    table = Table("检查", "结果", "情况", "怎么办", show_lines=False)
    for f in findings:
        table.add_row(
            f.what,
            "[green]正常[/]" if f.well else "[red]有问题[/]",
            f.found,
            "" if f.well else f.advice,
        )
    Console().print(table)
    if not all(f.well for f in findings):
        raise typer.Exit(1)
