"""How a failure is answered: problem+json to programs, a page to people, the log to operators."""

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar, Final
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from datahall import ledger, organisations
from datahall.kit import csrf, edge
from datahall.kit.errors import DomainError
from datahall.kit.html import Page, respond
from datahall.kit.http import problem, problem_response
from datahall.security import LoginRequired
from datahall.web.errors import Internal, Malformed, MethodNotAllowed, PageNotFound

log = logging.getLogger(__name__)

REASONS: Final[Mapping[str, str]] = {
    "missing": "缺少此项",
    "json_invalid": "不是有效的 JSON",
    "uuid_parsing": "编号格式不对",
    "enum": "不在可选范围内",
    "int_parsing": "应为整数",
    "date_from_datetime_parsing": "应为日期，如 2026-10-16",
    "string_too_long": "太长",
    "string_too_short": "太短",
    "extra_forbidden": "没有这一项",
}


@dataclass(frozen=True, kw_only=True)
class ErrorPage(Page):
    """What went wrong, whether anything was lost, what to do next (出错页)."""

    template: ClassVar[str] = "error.html"
    title: str
    sentence: str
    art: str
    ways: tuple[tuple[str, str], ...]
    incident: str | None = None


TITLES: Final[Mapping[int, tuple[str, str]]] = {
    401: ("请先登录", "lock"),
    403: ("没有这项权限", "lock"),
    404: ("没有找到", "search"),
    405: ("此处不能这样操作", "broken"),
    500: ("系统出错了", "broken"),
}


def wants_page(request: Request) -> bool:
    """Whether a person in a browser is asking, rather than a program."""
    if request.url.path.startswith("/api/"):
        return False
    return "text/html" in request.headers.get("Accept", "")


def answer(request: Request, error: DomainError) -> Response:
    """The answer to a refusal, in the form that the caller reads."""
    if not wants_page(request):
        return problem_response(error)
    if isinstance(error, LoginRequired):
        with request.app.state.units.open() as unit:
            again = organisations.login_again(unit, request)
        if again is not None:
            return again
        return RedirectResponse(f"/login?next={quote(_way_back(request))}", status_code=303)
    title, art = TITLES.get(error.status, ("没有办成", "broken"))
    if isinstance(error, csrf.ForeignForm):
        title = "页面已过期"
    page = ErrorPage(
        title=title,
        sentence=problem(error)["title"],
        art=art,
        ways=(("回大厅首页", "/"),),
        incident=str(error.detail["incident"]) if isinstance(error, Internal) else None,
    )
    return respond(request, page, status=error.status)


def _way_back(request: Request) -> str:
    """Where to go on after the login; what was being sent has to be sent again."""
    if request.method != "GET":
        return "/"
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def reasons(error: RequestValidationError) -> str:
    """Which places of what was sent are wrong, in one line."""
    return "；".join(
        f"{'.'.join(str(part) for part in e['loc'][1:]) or '正文'} {REASONS.get(e['type'], '格式不对')}"
        for e in error.errors()
    )


def record(request: Request, error: DomainError) -> None:
    """Keep who was refused what (被拒绝的操作), in a unit of its own.

    Mistakes in a form and addresses that do not exist are no acts.  What strangers try goes to
    the log, or anybody could fill the ledger.
    """
    if error.status in (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.NOT_FOUND):
        return
    if request.method in csrf.SAFE and error.status != HTTPStatus.FORBIDDEN:
        return
    act = f"{request.method} {request.url.path}"
    try:
        with request.app.state.units.open() as unit:
            actor = request.app.state.identify(unit, request)
            if actor is not None:
                ledger.record_refusal(unit, by=actor.by, act=act, code=error.code)
    except DBAPIError:
        log.exception("refusal not recorded: %s %s", act, error.code)
        return
    log.info("refused: %s %s by %s", act, error.code, actor.by if actor else "anonymous")


def install(app: FastAPI) -> None:
    """Answer every failure of `app` in one of the two forms."""

    @app.exception_handler(DomainError)
    def refused(request: Request, error: DomainError) -> Response:
        record(request, error)
        return answer(request, error)

    @app.exception_handler(RequestValidationError)
    def unreadable(request: Request, error: RequestValidationError) -> Response:
        return answer(request, Malformed(reason=reasons(error)))

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            return answer(request, MethodNotAllowed())
        if error.status_code == HTTPStatus.NOT_FOUND:
            return answer(request, PageNotFound())
        reason = (
            "内容太大或格式不对"
            if error.status_code == HTTPStatus.BAD_REQUEST
            else str(error.detail)
        )
        return answer(request, Malformed(reason=reason))

    @app.exception_handler(Exception)
    def failed(request: Request, error: Exception) -> Response:
        incident = f"E-{secrets.token_hex(3).upper()}"
        request.scope[edge.TOLD] = True
        log.error("incident %s: %s %s", incident, request.method, request.url.path, exc_info=error)
        return answer(request, Internal(incident=incident))
