"""`datahall receipt …` and `datahall ledger …`: checking evidence from the command line."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from datahall.kit import db, postgres
from datahall.kit.formats import stamp
from datahall.kit.keys import key_store
from datahall.kit.settings import settings
from datahall.ledger import service
from datahall.ledger.audit import LogVerdict, verify_log
from datahall.ledger.certificates import MOST_BYTES, verify_certificate
from datahall.ledger.checkpoint import Checkpoint
from datahall.ledger.note import NoteRefused, VerifierKey
from datahall.ledger.receipts import MAX_BYTES, State, Verdict, verify_receipt
from datahall.ledger.words import said, stated

app = typer.Typer()
receipts = typer.Typer(help="核验存证回执，不需要联网。", no_args_is_help=True)
certificates = typer.Typer(help="核验证书（如对账证书），不需要联网。", no_args_is_help=True)
ledger = typer.Typer(help="核验整个存证台账，导出检查点与公钥。", no_args_is_help=True)
app.add_typer(receipts, name="receipt")
app.add_typer(ledger, name="ledger")
app.add_typer(certificates, name="certificate")

MARKS = {
    State.PASSED: "[green]通过[/]",
    State.FAILED: "[red]不通过[/]",
    State.SKIPPED: "[yellow]未核[/]",
}
KeyOption = Annotated[
    str | None,
    typer.Option("--key", help="大厅公布的公钥（一行文字，或存有它的文件）；省略时用本机的。"),
]


def _stop(why: str) -> typer.Exit:
    Console(stderr=True).print(f"[red]{why}[/]")
    return typer.Exit(2)


def _key(given: str | None) -> VerifierKey:
    """The key as given, or that of the hall on this machine; none is made for the occasion."""
    if given is not None:
        path = Path(given)
        text = path.read_text() if "+" not in given and path.is_file() else given
        try:
            return VerifierKey.parse(text)
        except NoteRefused:
            raise _stop(
                f"{given} 不是公钥。公钥是一行“名称+编号+内容”，在大厅的存证核验页可以下载。"
            ) from None
    keys = key_store()
    if not (keys.folder / "ledger.pem").exists():
        raise _stop("这台机器上没有大厅的密钥。请用 --key 指定大厅公布的公钥。")
    return service.published_key(keys.signer("ledger"))


@receipts.command("verify")
def verify_one(
    file: Annotated[
        Path, typer.Argument(help="下载的回执文件（.json）。", exists=True, dir_okay=False)
    ],
    key: KeyOption = None,
) -> None:
    """逐项核验一份回执：全部通过退出码为 0，否则为 1。"""
    with file.open("rb") as opened:
        _print(verify_receipt(opened.read(MAX_BYTES + 1), _key(key)))


@certificates.command("verify")
def verify_certificate_file(
    file: Annotated[
        Path, typer.Argument(help="下载的证书文件（.json）。", exists=True, dir_okay=False)
    ],
    key: KeyOption = None,
) -> None:
    """逐项核验一份证书：全部通过退出码为 0，否则为 1。"""
    with file.open("rb") as opened:
        _print(verify_certificate(opened.read(MOST_BYTES + 1), _key(key)))


def _print(verdict: Verdict) -> None:
    console = Console()
    checks = Table("核验", "结果", "说明")
    for check in verdict.checks:
        checks.add_row(check.title, MARKS[check.state], check.sentence)
    console.print(checks)
    _print_record(console, verdict)
    if not verdict.ok:
        raise typer.Exit(1)


def _print_record(console: Console, verdict: Verdict) -> None:
    if verdict.receipt is None:
        return
    title = "回执内容" if verdict.ok else "回执自称的内容（核验未通过，不能采信）"
    record = Table("项目", "内容", title=title, title_justify="left")
    rows = said(verdict.receipt.record)
    for term, value in rows + (stated(verdict.statement) if verdict.statement else []):
        record.add_row(term, value)
    console.print(record)


@ledger.command("verify")
def verify_all(
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            help="以前留存的检查点：核对账本是否从它延续而来。", exists=True, dir_okay=False
        ),
    ] = None,
    key: KeyOption = None,
) -> None:
    """从头核验整个账本：没有问题退出码为 0，否则为 1。"""
    verifier = _key(key)
    kept = None
    if checkpoint is not None:
        try:
            kept = Checkpoint.open(checkpoint.read_text(), verifier)
        except (NoteRefused, UnicodeDecodeError):
            raise _stop(f"{checkpoint} 不是用这把密钥签名的检查点。") from None
    console = Console()
    engine = db.engine(_dsn())
    with (
        engine.connect().execution_options(isolation_level="REPEATABLE READ") as conn,
        Progress(TextColumn("核验账本"), BarColumn(), MofNCompleteColumn(), console=console) as bar,
    ):
        latest = service.latest_checkpoint(conn)
        task = bar.add_task("", total=latest.size if latest else 0)
        verdict = verify_log(
            conn, verifier, kept=kept, progress=lambda done: bar.update(task, completed=done)
        )
        bar.update(task, completed=verdict.size)
    engine.dispose()
    _print_verdict(console, verdict)
    if not verdict.ok:
        raise typer.Exit(1)


def _print_verdict(console: Console, verdict: LogVerdict) -> None:
    console.print(
        f"账本 {verdict.size:,} 条，检查点 {verdict.checkpoints:,} 个，"
        f"待入账 {verdict.waiting:,} 条，依法删除 {verdict.erased:,} 条。"
    )
    for fault in verdict.faults:
        console.print(f"[red]✗[/] {fault.sentence}")
    console.print(
        "[green]全部一致。[/]" if verdict.ok else "[red]账本被改动过，请保留现场并报告审计部门。[/]"
    )


@ledger.command("checkpoint")
def show_checkpoint() -> None:
    """输出最新的检查点；另存他处，日后可以核对账本没有被改写。"""
    engine = db.engine(_dsn())
    with engine.connect() as conn:
        latest = service.latest_checkpoint(conn)
    engine.dispose()
    if latest is None:
        raise _stop("账本还是空的，没有检查点。")
    Console(stderr=True).print(f"共 {latest.size:,} 条，{stamp(latest.at)} 签名")
    typer.echo(latest.note, nl=False)


@ledger.command("key")
def show_key() -> None:
    """输出大厅公布的公钥。"""
    typer.echo(str(_key(None)))


def _dsn() -> str:
    """Where the hall's database is running."""
    config = settings()
    dsn = config.database_url or postgres.Server(config.home / "postgres").running_dsn("datahall")
    if dsn is None:
        raise _stop("数据库没有运行：请先用 datahall up 启动大厅，或设置 DATABASE_URL。")
    return dsn
