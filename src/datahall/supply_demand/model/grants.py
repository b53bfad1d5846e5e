"""A grant: what one system of one department may read of one item, how and until when (授权)."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from datahall.kit.ids import ApplicationId, GrantId, ItemId, OrgId
from datahall.supply_demand.errors import GrantHasEnded, ReasonRequired


class Operator(StrEnum):
    """How a condition compares a field with its values; the gateway knows no others."""

    EQ = "eq"  # 等于
    IN = "in"  # 属于
    PREFIX = "prefix"  # 以…开头
    GE = "ge"  # 不小于
    LE = "le"  # 不大于


@dataclass(frozen=True, slots=True)
class Condition:
    """Rows are in scope when `field` stands so to `values`; only `in` takes more than one."""

    field: str
    operator: Operator
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GrantedField:
    """One field that may be read, in clear or masked (明文、脱敏)."""

    name: str
    masked: bool


class GrantStatus(StrEnum):
    ACTIVE = "active"  # 使用中
    SUSPENDED = "suspended"  # 已暂停
    REVOKED = "revoked"  # 已终止
    EXPIRED = "expired"  # 已到期


ENDED = frozenset({GrantStatus.REVOKED, GrantStatus.EXPIRED})


class Health(StrEnum):
    """What a caller would meet now: the status, read together with the term."""

    USABLE = "usable"  # 可调用
    ENDING = "ending"  # 即将到期
    NOT_YET = "not_yet"  # 尚未生效
    SUSPENDED = "suspended"  # 已暂停
    ENDED = "ended"  # 已终止或已到期


ENDING_WITHIN_DAYS = 30
"""A grant is shown as ending so many days before its last one, time enough to apply again."""


class Algorithm(StrEnum):
    """How the caller signs its requests (签名算法)."""

    HMAC_SHA256 = "HMAC-SHA256"
    HMAC_SM3 = "HMAC-SM3"  # 国密


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The enforced outcome of an agreed application (授权)."""

    id: GrantId
    application: ApplicationId
    item: ItemId
    item_title: str
    consumer: OrgId
    provider: OrgId
    system: str  # the calling application system 调用系统
    app_id: str  # what it calls itself in X-App-Id
    fields: tuple[GrantedField, ...]
    row_scope: tuple[Condition, ...] = ()  # all must hold; none means every row
    purpose: str
    valid_from: date  # in China, both days included
    valid_to: date
    daily_quota: int
    rate_per_s: int
    hours: tuple[int, int] | None = None  # from hour, to hour (not included), in China; None: any
    addresses: tuple[str, ...] = ()  # CIDR blocks; none means any address
    status: GrantStatus = GrantStatus.ACTIVE
    status_reason: str | None = None
    status_at: datetime  # UTC, when it took this status
    issued_at: datetime  # UTC
    revision: int = 0  # over all grants, in the order of commits; set when saved

    def health(self, today: date) -> Health:
        if self.status in ENDED or today > self.valid_to:
            return Health.ENDED
        if self.status is GrantStatus.SUSPENDED:
            return Health.SUSPENDED
        if today < self.valid_from:
            return Health.NOT_YET
        days_left = (self.valid_to - today).days
        return Health.ENDING if days_left < ENDING_WITHIN_DAYS else Health.USABLE

    def suspend(self, *, reason: str, at: datetime) -> "Grant":
        """Return the grant as refused until it is resumed (暂停)."""
        return self._become(GrantStatus.SUSPENDED, reason, at)

    def resume(self, *, reason: str, at: datetime) -> "Grant":
        """Return the grant as callable again (恢复)."""
        return self._become(GrantStatus.ACTIVE, reason, at)

    def revoke(self, *, reason: str, at: datetime) -> "Grant":
        """Return the grant as ended for good (终止)."""
        return self._become(GrantStatus.REVOKED, reason, at)

    def expire(self, *, at: datetime) -> "Grant":
        """Return the grant as ended by its term (到期)."""
        return self._become(GrantStatus.EXPIRED, f"期限至 {self.valid_to:%Y-%m-%d}", at)

    def require_not_ended(self) -> None:
        """Refuse to change what is over."""
        if self.status in ENDED:
            raise GrantHasEnded(grant=self.id, status=self.status)

    def _become(self, status: GrantStatus, reason: str, at: datetime) -> "Grant":
        self.require_not_ended()
        if not reason.strip():
            raise ReasonRequired
        return replace(self, status=status, status_reason=reason.strip(), status_at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """The secret that the calling system signs with; sealed, and shown once (调用凭证)."""

    grant: GrantId
    algorithm: Algorithm
    sealed_secret: bytes  # by the key store's vault, in the context of `credential_context`
    issued_at: datetime  # UTC
    revealed_at: datetime | None = None  # UTC; None while nobody has seen the secret


@dataclass(frozen=True, slots=True)
class GrantTerms:
    """All that the gateway needs to admit a call: the grant and its caller's credential."""

    grant: Grant
    credential: Credential


def credential_context(grant: GrantId) -> str:
    """What a credential is sealed for, so that one cannot be passed off as another's."""
    return f"supply_demand:credential:{grant}"
