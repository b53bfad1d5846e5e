"""Passwords: hashing by argon2id, in constant time for logins that nobody has."""

import secrets
from functools import cache
from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

_HASHER: Final = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)

_AT_ONCE: Final = BoundedSemaphore(4)
"""Each check takes 64 MiB: a burst of logins must wait, not fill the memory."""


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
