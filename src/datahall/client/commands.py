"""`datahall call`: one signed call from the terminal."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from datahall.client.calls import CallRefused, Client, Unreachable

app = typer.Typer()


@app.command("call")
def call(
    item: Annotated[str, typer.Argument(help="目录项代码或编号")],
    conditions: Annotated[
        list[str] | None, typer.Argument(help="筛选条件，如 id_card=341502198001011234")
    ] = None,
    *,
    app_id: Annotated[str, typer.Option(help="调用方标识", envvar="DATAHALL_APP_ID")],
    secret: Annotated[
        str,
        typer.Option(help="密钥；写在环境变量里，不留在命令历史中", envvar="DATAHALL_APP_SECRET"),
    ],
    grant: Annotated[str, typer.Option(help="授权编号", envvar="DATAHALL_GRANT")],
    url: Annotated[
        str, typer.Option(help="网关地址", envvar="DATAHALL_GATEWAY")
    ] = "http://127.0.0.1:8100",
    algorithm: Annotated[str, typer.Option(help="签名算法")] = "HMAC-SHA256",
    select: Annotated[str, typer.Option(help="需要的信息项，逗号分隔")] = "",
    limit: Annotated[int | None, typer.Option(help="最多行数")] = None,
    receipt: Annotated[Path | None, typer.Option(help="把本次调用的回执存到此文件")] = None,
) -> None:
    """调用一次数据接口：自动签名，打印所得各行（每行一个 JSON）。"""
    filters = dict(_pair(c) for c in conditions or [])
    fields = [name for name in select.split(",") if name]
    with Client(url, app_id, secret, grant, algorithm=algorithm) as client:
        try:
            answer = client.get(item, select=fields, limit=limit, **filters)
            if receipt is not None:
                receipt.write_bytes(client.receipt(answer.receipt))
        except CallRefused as refused:
            side = {"consumer": "调用方", "platform": "平台", "provider": "数源部门"}
            sys.stderr.write(f"被拒绝（{side.get(refused.side, '')}）：{refused}\n")
            raise typer.Exit(1) from None
        except Unreachable as failed:
            sys.stderr.write(f"{failed}\n")
            raise typer.Exit(2) from None
    for row in answer.rows:
        typer.echo(json.dumps(row, ensure_ascii=False))
    if answer.masked:
        sys.stderr.write(f"已脱敏：{'、'.join(answer.masked)}\n")
    sys.stderr.write(f"共 {len(answer.rows)} 行，回执 {answer.receipt}\n")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text}：筛选条件应写作 信息项=值")
    return name, value
