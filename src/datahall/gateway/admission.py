"""Who is calling, and whether the grant allows a call now (鉴权).  Pure; in the order of checks."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final, NamedTuple

import structlog

from datahall.gateway.errors import (
    ClockSkew,
    CredentialUnreadable,
    GrantExpired,
    GrantMismatch,
    GrantNotYet,
    GrantRevoked,
    GrantSuspended,
    MalformedCall,
    OutsideAddresses,
    OutsideHours,
    OverRate,
    Refusal,
    WrongAlgorithm,
    WrongItem,
    WrongSignature,
)
from datahall.gateway.grammar import Query
from datahall.gateway.model import View
from datahall.gateway.plan import Plan, compiled
from datahall.kit import signing
from datahall.kit.clock import LOCAL
from datahall.kit.crypto import Mac
from datahall.supply_demand import Grant, GrantStatus

log = structlog.get_logger()

TELL_EVERY_S: Final = 60
PLANS: Final = 256  # shapes of queries remembered per grant

_FORMS: Final = (
    (b"x-app-id", re.compile(r"[A-Za-z0-9._-]{1,64}"), "应为授权页上的调用方标识"),
    (b"x-timestamp", re.compile(r"[0-9]{13}"), "应为 13 位毫秒时间戳"),
    (b"x-nonce", re.compile(r"[A-Za-z0-9_-]{16,64}"), "应为 16 至 64 位字母、数字、_ 或 -"),
    (
        b"x-sign-alg",
        re.compile("|".join(map(re.escape, signing.ALGORITHMS))),
        f"应为 {' 或 '.join(signing.ALGORITHMS)}",
    ),
    (b"x-sign", re.compile(r"[A-Za-z0-9+/]{43}="), "应为 Base64"),
    (b"x-grant", re.compile(r"[0-9a-f-]{36}"), "应为授权编号"),
)
"""Headers in the order of `Claim`'s fields: name, form, what the caller should have sent."""

Headers = Mapping[bytes, bytes]


class Claim(NamedTuple):
    """What a request says about itself, in form but not yet believed."""

    app_id: str
    timestamp: str
    nonce: str
    algorithm: str
    signature: str
    grant: str

    @classmethod
    def of(cls, headers: Headers) -> "Claim":
        """Read the six headers.

        Raises:
            MalformedCall
        """
        values = []
        for name, form, reason in _FORMS:
            value = headers.get(name, b"").decode("latin-1")
            if not form.fullmatch(value):
                raise MalformedCall(header=name.decode().title(), reason=reason)
            values.append(value)
        return cls(*values)

    @property
    def nonce_key(self) -> bytes:
        """What is remembered of the nonce: two callers may use the same one."""
        return blake2b(f"{self.app_id}\n{self.nonce}".encode(), digest_size=16).digest()


@dataclass(slots=True)
class Rate:
    """Calls in this process, no more than `per_s` a second (GCRA)."""

    per_s: int
    burst_s: int = 1  # so many seconds' worth may come at once
    _due: float = 0.0

    def admits(self, now: float) -> bool:
        """Whether one more call fits."""
        due = max(self._due, now) + 1 / self.per_s
        if due - now > self.burst_s + 1e-9:
            return False
        self._due = due
        return True


@dataclass(slots=True)
class Strangers:
    """Calls that nobody's secret has signed: a few are put on record, or anybody could fill the
    ledger; the others are counted in the log.
    """

    rate: Rate = field(default_factory=lambda: Rate(per_s=1, burst_s=60))
    clock: Callable[[], float] = time.monotonic
    _passed_over: int = 0
    _told: float = 0.0

    def may_be_noted(self) -> bool:
        """Whether the record has room for one more."""
        now = self.clock()
        if self.rate.admits(now):
            return True
        self._passed_over += 1
        if now - self._told >= TELL_EVERY_S:
            log.warning("strangers_not_on_record", calls=self._passed_over)
            self._passed_over, self._told = 0, now
        return False


@dataclass(frozen=True, slots=True)
class Known:
    """One grant with all that a call of it needs, made once."""

    grant: Grant
    algorithm: str
    key: Mac | None  # None: the secret was sealed by a key file that we do not have
    networks: tuple[IPv4Network | IPv6Network, ...]
    rate: Rate
    item_code: str
    view: View | Refusal  # or why there is none
    subject: str  # how evidence names the grant
    about: Mapping[str, str]  # what evidence says of the grant
    _plans: dict[tuple[object, ...], Plan] = field(default_factory=dict, compare=False)

    def plan(self, query: Query) -> Plan:
        """The plan of a query, made once for each shape; needs a view.

        Raises:
            as `plan.compiled`
        """
        found = self._plans.get(query.shape)
        if found is None:
            assert isinstance(self.view, View)  # noqa: S101 - a refused view is raised before
            found = compiled(self.view, query)
            if len(self._plans) >= PLANS:
                self._plans.clear()
            self._plans[query.shape] = found
        return found


def authenticate(
    claim: Claim, known: Known, *, method: str, path: str, query: str, now: datetime
) -> None:
    """Make sure that the holder of the secret sent this request, and sent it now.

    The signature is checked before the clock, so that only the caller itself learns that its
    clock is wrong.

    Raises:
        WrongAlgorithm, WrongSignature, ClockSkew, CredentialUnreadable
    """
    if known.key is None:
        raise CredentialUnreadable
    if claim.algorithm != known.algorithm:
        raise WrongAlgorithm(expected=known.algorithm)
    digest = signing.body_digest(claim.algorithm, b"")
    text = signing.string_to_sign(method, path, query, digest, claim.timestamp, claim.nonce)
    if not signing.is_signed(known.key, text, claim.signature):
        raise WrongSignature
    if abs(int(claim.timestamp) / 1000 - now.timestamp()) > signing.MAX_SKEW_S:
        raise ClockSkew(limit_s=signing.MAX_SKEW_S)


_REFUSED_BY_STATUS: Final = {
    GrantStatus.REVOKED: GrantRevoked,
    GrantStatus.SUSPENDED: GrantSuspended,
}


def permit(known: Known, claim: Claim, *, address: str, now: datetime, monotonic: float) -> None:
    """Make sure that the grant allows a call now, from there, at this pace.

    Raises:
        GrantMismatch, GrantRevoked, GrantSuspended, GrantExpired, GrantNotYet, OutsideHours,
        OutsideAddresses, OverRate
    """
    grant = known.grant
    if claim.grant != known.about["grant"]:
        raise GrantMismatch
    if grant.status in _REFUSED_BY_STATUS:
        raise _REFUSED_BY_STATUS[grant.status]
    local = now.astimezone(LOCAL)
    today = local.date()
    if grant.status is GrantStatus.EXPIRED or today > grant.valid_to:
        raise GrantExpired(valid_to=grant.valid_to)
    if today < grant.valid_from:
        raise GrantNotYet(valid_from=grant.valid_from)
    if grant.hours is not None:
        start, end = grant.hours
        # From 22 to 6 goes over midnight.
        inside = start <= local.hour < end if start < end else not end <= local.hour < start
        if not inside:
            raise OutsideHours(start=start, end=end)
    if known.networks and not any(ip_address(address) in network for network in known.networks):
        raise OutsideAddresses
    if not known.rate.admits(monotonic):
        raise OverRate(rate_per_s=grant.rate_per_s)


def name_item(known: Known, item: str) -> None:
    """Make sure that the path names the grant's item, by id or by code.

    Raises:
        WrongItem
    """
    if item not in {known.item_code, known.about["item"]}:
        raise WrongItem
