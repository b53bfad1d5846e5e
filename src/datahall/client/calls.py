"""Signing and sending calls; everything that a consumer's program needs."""

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote, urlencode

import httpx

from datahall.kit import signing
from datahall.kit.crypto import hmac_

TIMEOUT_S: Final = 30.0

Value = str | int | float | bool | Decimal | date | datetime
_SUFFIXES: Final = frozenset({"ge", "le", "prefix"})


class Unreachable(Exception):
    """The gateway could not be reached, or what answered is not a gateway."""


class CallRefused(Exception):
    """The gateway refused the call; `code` begins with the side that has to act."""

    def __init__(self, problem: Mapping[str, Any], status: int) -> None:
        self.code = str(problem.get("code", "?"))
        self.side = str(problem.get("side", "?"))  # consumer, platform or provider
        self.title = str(problem.get("title", ""))  # the sentence for people
        self.receipt: str | None = problem.get("receipt")
        self.status = status
        super().__init__(f"{self.code}（{status}）：{self.title}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call gave."""

    rows: list[dict[str, Any]]
    masked: tuple[str, ...]  # fields whose values are masked
    next: str | None  # where the next page begins; None after the last one
    receipt: str  # number of the receipt that proves the call
    body: bytes  # as received; the receipt's `answer` is its keyed digest


class Client:
    """Calls of one grant.

    Args:
        url: of the gateway, as in the call examples of the grant's page.
        app_id: 调用方标识.
        secret: 密钥, shown once when the grant was issued.
        grant: 授权编号.
        algorithm: as the credential was issued for, HMAC-SHA256 or HMAC-SM3.
        transport: for tests and for proxies; httpx's own by default.
    """

    def __init__(
        self,
        url: str,
        app_id: str,
        secret: str,
        grant: str,
        *,
        algorithm: str = "HMAC-SHA256",
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        if algorithm not in signing.ALGORITHMS:
            raise ValueError(f"algorithm is one of {', '.join(signing.ALGORITHMS)}")
        self._app_id, self._secret, self._grant = app_id, secret, grant
        self._algorithm = algorithm
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT_S, transport=transport)

    def get(
        self,
        item: str,
        *,
        select: Sequence[str] = (),
        limit: int | None = None,
        after: str | None = None,
        **filters: Value | Sequence[Value],
    ) -> Answer:
        """The rows of a catalogue item that the grant gives.

        Args:
            item: its resource code or id.
            select: fields wanted; all that the grant gives by default.
            limit: rows at most, 500 unless told.
            after: `next` of the answer before.
            filters: `field=value`, or `field=[values]`, or `field__ge`, `field__le`,
                `field__prefix` = value.

        Raises:
            CallRefused, Unreachable
        """
        query = [_condition(name, wanted) for name, wanted in filters.items()]
        if select:
            query.append(("select", ",".join(select)))
        if limit is not None:
            query.append(("limit", str(limit)))
        if after is not None:
            query.append(("after", after))
        got = self._send(f"/v1/data/{quote(item, safe='/')}", urlencode(query, quote_via=quote))
        content = got.json()
        return Answer(
            rows=content["data"],
            masked=tuple(content["masked"]),
            next=content.get("next"),
            receipt=got.headers["X-Receipt"],
            body=got.content,
        )

    def rows(self, item: str, **asked: Any) -> Iterator[dict[str, Any]]:
        """Every row, page after page; as `get`."""
        after: str | None = None
        while True:
            page = self.get(item, after=after, **asked)
            yield from page.rows
            after = page.next
            if after is None:
                return

    def receipt(self, id: str) -> bytes:
        """The receipt of a call of ours: a file to keep byte for byte and verify offline (回执).

        Raises:
            CallRefused, Unreachable
        """
        return self._send(f"/v1/receipts/{quote(id, safe='')}", "").content

    def answer_code(self, answer: Answer) -> str:
        """What a receipt of this answer must say under `answer`: proof of what was given."""
        suite = signing.ALGORITHMS[self._algorithm]
        return hmac_(suite, self._secret.encode(), answer.body).hex()

    def signed(self, path: str, query: str, *, method: str = "GET") -> dict[str, str]:
        """The headers of a call, with a fresh time stamp and nonce."""
        timestamp, nonce = str(time.time_ns() // 1_000_000), secrets.token_urlsafe(18)
        digest = signing.body_digest(self._algorithm, b"")
        text = signing.string_to_sign(method, path, query, digest, timestamp, nonce)
        return {
            "X-App-Id": self._app_id,
            "X-Grant": self._grant,
            "X-Timestamp": timestamp,
            "X-Nonce": nonce,
            "X-Sign-Alg": self._algorithm,
            "X-Sign": signing.sign(self._algorithm, self._secret, text),
        }

    def _send(self, path: str, query: str) -> httpx.Response:
        url = f"{path}?{query}" if query else path
        try:
            got = self._http.get(url, headers=self.signed(path, query))
        except httpx.HTTPError as failed:
            raise Unreachable(f"无法连接网关 {self._http.base_url}：{failed}") from failed
        if got.is_success:
            return got
        try:
            problem = got.json()
        except ValueError:
            problem = None
        if not isinstance(problem, dict) or "code" not in problem:
            raise Unreachable(f"{self._http.base_url} 不像是网关：返回状态 {got.status_code}")
        raise CallRefused(problem, got.status_code)

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()


def _text(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _listed(value: Value) -> str:
    text = _text(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _condition(name: str, wanted: Value | Sequence[Value]) -> tuple[str, str]:
    """A keyword of `get` in the gateway's grammar."""
    field, _, suffix = name.partition("__")
    if suffix and suffix not in _SUFFIXES:
        raise TypeError(f"{name}: a field is followed by __ge, __le or __prefix")
    if isinstance(wanted, Sequence) and not isinstance(wanted, str):
        if suffix:
            raise TypeError(f"{name}: takes one value")
        return field, f"in.({','.join(map(_listed, wanted))})"
    return field, f"{suffix or 'eq'}.{_text(wanted)}"
