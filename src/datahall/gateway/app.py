"""The gateway (共享通道): authenticate → grant → query → read → mask → evidence → answer."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from datahall.gateway.admission import (
    Claim,
    Headers,
    Strangers,
    authenticate,
    name_item,
    permit,
)
from datahall.gateway.book import GrantBook
from datahall.gateway.call import Call
from datahall.gateway.errors import (
    AnswerTooLarge,
    Broken,
    Busy,
    EvidenceUnavailable,
    GrantsStale,
    MalformedCall,
    NoSuchPath,
    NotInScope,
    OverQuota,
    OverRate,
    ReceiptNotFound,
    Refusal,
    Replayed,
    UnknownApp,
)
from datahall.gateway.evidence import Evidence, Verdict
from datahall.gateway.grammar import parse
from datahall.gateway.plan import bound, cursor
from datahall.gateway.readers import Readers
from datahall.kit.clock import utc_now
from datahall.kit.http import PROBLEM_JSON, problem

log = structlog.get_logger()

Receipts = Callable[[UUID, str], bytes]
"""The receipt of a record that `by` made, as a file; it blocks, and raises ReceiptNotFound."""

Answer = Callable[[Call, Request, Headers], Awaitable[bytes]]


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)  # exact: amounts are not for floating point
    raise TypeError(type(value).__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Answers calls with what it was given."""

    book: GrantBook
    readers: Readers
    evidence: Evidence
    receipts: Receipts
    strangers: Strangers = field(default_factory=Strangers)
    clock: Callable[[], datetime] = utc_now

    async def data(self, request: Request) -> Response:
        """`GET /v1/data/{item}`: the rows that the grant gives (数据调用)."""
        return await self._on_record(request, self._rows)

    async def receipt(self, request: Request) -> Response:
        """`GET /v1/receipts/{leaf}`: the proof of a call, to whoever made it (回执)."""
        return await self._on_record(request, self._receipt)

    async def elsewhere(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Any other path or method: not a call, so nothing is put on record."""
        await _refusal(NoSuchPath())(scope, receive, send)

    async def ready(self, _request: Request) -> Response:
        """Whether calls can be answered now."""
        try:
            self.book.find("")
            await self.readers.check()
        except Refusal as refused:
            return _refusal(refused)
        return JSONResponse({"status": "ok"})

    async def alive(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def _on_record(self, request: Request, answer: Answer) -> Response:
        """Answer or refuse, but in either case only once that is on record."""
        with self.evidence.expecting():
            return await self._answer_or_refuse(request, answer)

    async def _answer_or_refuse(self, request: Request, answer: Answer) -> Response:
        headers: Headers = dict(request.scope["headers"])
        address = request.client.host if request.client else "?"
        call = Call(at=self.clock(), address=address)
        refused: Refusal | None = None
        try:
            call.body = await answer(call, request, headers)
        except Refusal as expected:
            refused = expected
        except Exception:  # the outermost edge: a bug is refused and on record too
            incident = secrets.token_hex(4)
            log.exception("call_failed", incident=incident)
            refused = Broken(incident=incident)
        if refused is not None and call.nonce is None and not self.strangers.may_be_noted():
            return _refusal(refused)
        try:
            return await self._keep(call, refused)
        except EvidenceUnavailable as unavailable:
            return _refusal(unavailable)

    async def _keep(self, call: Call, refused: Refusal | None) -> Response:
        """Put the call on record; return what may be said now.

        Raises:
            EvidenceUnavailable
        """
        if refused is not None:
            call.refuse(refused)
        verdict, entry = await self.evidence.keep(call)
        if verdict is Verdict.KEPT:
            receipt = str(entry.leaf)
            return _refusal(refused, receipt) if refused else _answer(call.body, receipt)
        if verdict is Verdict.OVER_QUOTA:
            refused = OverQuota(daily_quota=entry.quota)
            call.take_back()
        else:
            refused = Replayed()
        call.nonce, call.counts = None, False
        return await self._keep(call, refused)

    def _authenticated(self, call: Call, request: Request, headers: Headers) -> Claim:
        """Find out who is calling; sets `call.known` and, once that is certain, `call.nonce`."""
        if headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers:
            raise MalformedCall(header="Content-Length", reason="请求不带正文")
        claim = Claim.of(headers)
        known = call.known = self.book.find(claim.app_id)
        if known is None:
            raise UnknownApp
        call.app_id = claim.app_id
        path = request.scope.get("raw_path") or request.scope["path"].encode()
        authenticate(
            claim,
            known,
            method=request.method,
            path=path.decode("latin-1"),
            query=request.scope["query_string"].decode("latin-1"),
            now=call.at,
        )
        call.nonce = claim.nonce_key
        return claim

    async def _rows(self, call: Call, request: Request, headers: Headers) -> bytes:
        claim = self._authenticated(call, request, headers)
        known = call.known
        assert known is not None  # noqa: S101 - just authenticated
        permit(known, claim, address=call.address, now=call.at, monotonic=time.monotonic())
        name_item(known, request.path_params["item"])
        view = known.view
        if isinstance(view, Refusal):
            raise type(view)(**view.detail)
        query = call.query = parse(request.scope["query_string"].decode("latin-1"))
        plan = call.plan = known.plan(query)
        rows = await self.readers.fetch(plan.sql, bound(view, plan, query))
        call.counts = True
        if plan.pinned and not rows:
            raise NotInScope
        more = len(rows) > plan.limit
        if more and not plan.pages:
            raise AnswerTooLarge(limit=plan.limit)
        rows = rows[: plan.limit]
        call.rows = len(rows)
        content = {"item": known.item_code, "data": plan.shown(rows), "masked": plan.masked}
        if view.gone:
            content["gone"] = view.gone
        if more:
            content["next"] = cursor(plan, rows[-1])
        return orjson.dumps(content, default=_plain)

    async def _receipt(self, call: Call, request: Request, headers: Headers) -> bytes:
        self._authenticated(call, request, headers)
        known = call.known
        assert known is not None  # noqa: S101 - just authenticated
        if not known.rate.admits(time.monotonic()):
            raise OverRate(rate_per_s=known.grant.rate_per_s)
        try:
            leaf = UUID(request.path_params["leaf"])
        except ValueError:
            raise ReceiptNotFound from None
        return await asyncio.to_thread(self.receipts, leaf, f"app:{call.app_id}")


def _answer(body: bytes, receipt: str) -> Response:
    return Response(
        body,
        media_type="application/json",
        headers={"X-Receipt": receipt, "Cache-Control": "no-store"},
    )


_RETRY_AFTER_S: Final = {OverRate: 1, Busy: 1, GrantsStale: 5, EvidenceUnavailable: 5}


def _refusal(refused: Refusal, receipt: str | None = None) -> Response:
    """The problem, with the side that has to act and the receipt when it is on record."""
    body = problem(refused) | {"side": refused.side}
    headers = {"Cache-Control": "no-store"}
    if receipt is not None:
        headers["X-Receipt"] = body["receipt"] = receipt
    if wait_s := _RETRY_AFTER_S.get(type(refused)):
        headers["Retry-After"] = str(wait_s)
    return JSONResponse(body, refused.status, headers=headers, media_type=PROBLEM_JSON)


def routes(gateway: Gateway) -> list[BaseRoute]:
    """What the gateway serves."""
    return [
        Route("/v1/data/{item:path}", gateway.data),
        Route("/v1/receipts/{leaf}", gateway.receipt),
        Route("/healthz", gateway.alive),
        Route("/readyz", gateway.ready),
        Mount("", gateway.elsewhere),
    ]
