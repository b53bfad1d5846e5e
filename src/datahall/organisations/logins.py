"""Sessions and the limits on logging in.  No I/O."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from datahall.kit.ids import PersonId

CODE_WITHIN = timedelta(minutes=10)
"""How long a right password waits for its one-time code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginLimits:
    """How long sessions live and how many wrong passwords are borne (登录策略)."""

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=8)
    attempts: int = 5  # failures in a row with one login name
    address_attempts: int = 100  # failures in a row from one address, over all login names
    lock: timedelta = timedelta(minutes=60)

    @property
    def lock_minutes(self) -> int:
        return int(self.lock.total_seconds() // 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One login of one person in one browser (会话)."""

    id: UUID
    person: PersonId
    opened_at: datetime
    seen_at: datetime
    address: str
    agent: str
    ended_at: datetime | None = None
    proven_at: datetime | None = None  # None while the second factor is waited for

    def is_open(self, limits: LoginLimits, *, at: datetime) -> bool:
        """Whether the session still identifies its person."""
        return (
            self.ended_at is None
            and self.proven_at is not None
            and at < self.seen_at + limits.idle
            and at < self.opened_at + limits.absolute
        )

    def is_waiting(self, *, at: datetime) -> bool:
        """Whether the password was right and the one-time code may still follow."""
        return (
            self.ended_at is None and self.proven_at is None and at < self.opened_at + CODE_WITHIN
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactor:
    """The secret that a person's phone shares with the hall (动态口令)."""

    person: PersonId
    sealed: bytes
    enrolled_at: datetime | None = None  # None until the first code was right
    last_step: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """Failed logins in a row of one login name or one address."""

    count: int = 0
    last_at: datetime | None = None
    locked_until: datetime | None = None

    def locked(self, *, at: datetime) -> datetime | None:
        """Until when it is locked; None when it is not."""
        return self.locked_until if self.locked_until and at < self.locked_until else None

    def one_more(self, *, at: datetime, limit: int, lock: timedelta) -> "Failures":
        """The count after another failure; a row of failures ends after a pause of `lock`."""
        old = self.last_at is None or at - self.last_at >= lock
        count = 1 if old or self.locked_until else self.count + 1
        return Failures(count=count, last_at=at, locked_until=at + lock if count >= limit else None)


def new_token() -> str:
    """A secret for a cookie or a link: 256 random bits."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """How a secret is stored: a stolen table opens no session."""
    return hashlib.sha256(secret.encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A one-time link for setting a password (一次性设密链接)."""

    person: PersonId | None  # None: the set-up of the hall itself
    made_at: datetime
    made_by: str
    expires_at: datetime
    used_at: datetime | None = None

    def is_good(self, *, at: datetime) -> bool:
        return self.used_at is None and at < self.expires_at
