"""Commands on the server itself: the first-run link, and a link for who is locked out."""

from typing import Annotated

import typer

from datahall.kit.settings import settings
from datahall.kit.uow import Unit
from datahall.organisations.errors import PersonNotFound
from datahall.organisations.repository import structure
from datahall.organisations.service import credentials, second_factor, setup

app = typer.Typer()


def link_address(unit: Unit, login: str | None) -> str:
    """The address of a new one-time link: of the first run, or of the person with this login.

    Raises:
        AlreadySetUp, PersonNotFound
    """
    config = settings()
    if login is None:
        path = f"/setup/{setup.setup_link(unit)}"
    else:
        person = structure.person_by_login(unit.conn, login.strip().lower())
        if person is None:
            raise PersonNotFound(login=login)
        path = f"/links/{credentials.make_link(unit, person.id, by=setup.CONSOLE)}"
    scheme = "https" if config.https else "http"
    return f"{scheme}://{config.host}:{config.port}{path}"


@app.command("setup-link")
def setup_link(
    context: typer.Context,
    login: Annotated[
        str | None,
        typer.Option(
            help="登录名：为这个人发放设密链接（管理员忘记密码时用）。不填则发放初始设置链接。"
        ),
    ] = None,
) -> None:
    """打印一次性链接：首次启用时设置三名管理员，或为忘记密码的人重新设密。"""
    with context.obj() as unit:
        address = link_address(unit, login)
    typer.echo(
        f"{address}\n链接只能用一次，{settings().link_hours} 小时内有效。请当面或经可靠渠道交给本人。"
    )


@app.command("forget-phone")
def forget_phone(
    context: typer.Context, login: Annotated[str, typer.Argument(help="登录名")]
) -> None:
    """手机遗失时，取消一个人的动态口令；下次登录按设置重新绑定。"""
    with context.obj() as unit:
        person = structure.person_by_login(unit.conn, login.strip().lower())
        if person is None:
            raise PersonNotFound(login=login)
        had = second_factor.forget(unit, person.id, by=setup.CONSOLE)
    typer.echo(f"{person.name}的动态口令已取消。" if had else f"{person.name}没有绑定动态口令。")
