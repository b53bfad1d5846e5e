"""`datahall catalogue …`: workbooks of entries in and out from the command line."""

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from datahall import organisations
from datahall.catalogue import sheets
from datahall.catalogue.sheets import Import, ImportState
from datahall.kit.messages import sentence
from datahall.kit.uow import Unit
from datahall.organisations import PersonNotFound
from datahall.security import Actor

app = typer.Typer()
catalogue = typer.Typer(help="目录的导入和导出。", no_args_is_help=True)
app.add_typer(catalogue, name="catalogue")

SHOWN: Final = 20  # remarks in the terminal; the workbook has them all
LoginOption = Annotated[
    str, typer.Option("--login", help="以谁的名义：经办人的登录名，目录归其单位。")
]


@catalogue.command("import")
def import_workbook(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="目录工作簿（.xlsx）。", exists=True, dir_okay=False)
    ],
    login: LoginOption,
    remarked: Annotated[
        Path | None, typer.Option(help="批注工作簿存到哪里；省略时与原文件同名加“-批注”。")
    ] = None,
) -> None:
    """导入一个目录工作簿：填对的成为草稿，有错的写进批注工作簿；有错时退出码为 1。"""
    with context.obj() as unit:
        actor = _actor(unit, login)
        sent = sheets.receive(unit, actor, name=file.name, content=file.read_bytes())
    with _bar() as bar:
        task = bar.add_task("导入目录", total=None)
        ended = sheets.run(
            context.obj,
            sent.id,
            progress=lambda now: bar.update(task, total=now.total, completed=now.done),
        )
    _tell(ended)
    if ended.remarks:
        target = remarked or file.with_name(f"{file.stem}-批注.xlsx")
        with context.obj() as unit:
            target.write_bytes(sheets.remarked_file(unit, actor, ended.id))
        Console().print(f"批注工作簿：{target}")
    if ended.refused or ended.state is ImportState.REFUSED:
        raise typer.Exit(1)


@catalogue.command("export")
def export_workbook(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="存到哪个文件（.xlsx）。", dir_okay=False)],
    login: LoginOption,
    official: Annotated[bool, typer.Option("--official", help="只要官方 27 列。")] = False,
) -> None:
    """导出一个单位的目录，草稿也在内。"""
    with context.obj() as unit:
        content = sheets.export_own(unit, _actor(unit, login), official_only=official)
    file.write_bytes(content)
    Console().print(f"已导出到 {file}")


def _actor(unit: Unit, login: str) -> Actor:
    """Who the command acts as; their posts decide what they may."""
    person = organisations.person_by_login(unit.conn, login.strip().lower())
    if person is None or not person.active:
        raise PersonNotFound(login=login)
    return organisations.actor_of(unit, person)


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )


def _tell(ended: Import) -> None:
    console = Console()
    if ended.refusal:
        console.print(f"[red]没有导入：{sentence(ended.refusal, ended.refusal_detail)}[/]")
        return
    console.print(
        f"共 {ended.total} 个目录：新建 {ended.drafted}，修改 {ended.revised}，"
        f"没有变化 {ended.unchanged}，有错没有导入 {ended.refused}。"
    )
    if not ended.remarks:
        return
    listed = Table("工作表", "单元格", "程度", "怎样改")
    for remark in ended.remarks[:SHOWN]:
        told = sentence(remark.code, remark.detail)
        listed.add_row(remark.sheet, remark.cell, remark.weight.label, told)
    console.print(listed)
    if len(ended.remarks) > SHOWN:
        console.print(f"还有 {len(ended.remarks) - SHOWN} 条，见批注工作簿。")
