"""Passwords: hashing by argon2id, in constant time for logins that nobody has."""

import secrets
from collections.abc import Callable
from functools import cache
from importlib import resources
from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from datahall.kit.errors import Fault

_HASHER: Final = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)

_AT_ONCE: Final = BoundedSemaphore(4)
"""Each check takes 64 MiB: a burst of logins must wait, not fill the memory."""

_MIXED: Final = 3
_KINDS: Final[tuple[Callable[[str], bool], ...]] = (
    str.isupper, str.islower, str.isdigit, lambda c: not c.isalnum(),
)  # fmt: skip


def hash_password(password: str) -> str:
    """The argon2id hash with its salt and parameters."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def matches(password: str, password_hash: str | None) -> bool:
    """Whether the password is the one hashed; without a hash the same work, and False."""
    with _AT_ONCE:
        try:
            _HASHER.verify(password_hash or _nobodys(), password)
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def is_stale(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)


@cache
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_hex())


@cache
def _common() -> frozenset[str]:
    return frozenset(
        resources.files(__package__).joinpath("weak_passwords.txt").read_text("utf-8").split()
    )


def faults(password: str, *, login: str, least: int, field: str = "password") -> list[Fault]:
    """What is wrong with a new password (密码规则); nothing when it is good.

    Besides length and mixture (等保 2.0, 身份鉴别) it may not be one that everybody tries first.
    """
    found = []
    if len(password) < least:
        found.append(Fault(field, "organisations.password_short", {"least": least}))
    elif sum(any(map(kind, password)) for kind in _KINDS) < _MIXED:
        found.append(Fault(field, "organisations.password_plain"))
    elif login and login.lower() in password.lower():
        found.append(Fault(field, "organisations.password_has_login"))
    elif password.lower() in _common():
        found.append(Fault(field, "organisations.password_common"))
    return found
