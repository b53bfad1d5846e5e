"""Hashes, MACs, signatures and sealed values, in an international and a 商用密码 suite.

Everything here is software.  A site that must use certified modules (商用密码产品认证) replaces
`Signer` and `Vault` by ones that talk to its device.
"""

import hmac
import os
from abc import ABC, abstractmethod
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from datahall.kit import sm2


class Suite(StrEnum):
    """A family of algorithms that are used together (密码套件)."""

    INTL = "intl"  # SHA-256, HMAC-SHA256, Ed25519, AES-256-GCM
    SM = "sm"  # SM3, HMAC-SM3, SM2, SM4-GCM 商用密码


def hash_(suite: Suite, data: bytes) -> bytes:
    """The 32-byte digest: SHA-256 or SM3."""
    if suite == Suite.INTL:
        return sha256(data).digest()
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


def hmac_(suite: Suite, key: bytes, data: bytes) -> bytes:
    """The 32-byte code: HMAC-SHA256 or HMAC-SM3."""
    if suite == Suite.INTL:
        return hmac.digest(key, data, "sha256")
    code = HMAC(key, hashes.SM3())
    code.update(data)
    return code.finalize()


class Mac:
    """`hmac_` with one key, for who needs it often: the key's part of the work is done once."""

    def __init__(self, suite: Suite, key: bytes) -> None:
        self._ready = HMAC(key, hashes.SHA256() if suite == Suite.INTL else hashes.SM3())

    def __call__(self, data: bytes) -> bytes:
        code = self._ready.copy()
        code.update(data)
        return code.finalize()


class Signer(ABC):
    """A private key that signs; its public half is told to everybody."""

    suite: Suite
    public_key: bytes

    @abstractmethod
    def sign(self, data: bytes) -> bytes: ...

    @abstractmethod
    def private_der(self) -> bytes:
        """The private key as PKCS #8, for its key file only."""

    @property
    def key_id(self) -> str:
        """Sixteen hex digits that name the key."""
        return hash_(self.suite, self.suite.encode() + b"\n" + self.public_key)[:8].hex()

    def to_pem(self) -> str:
        """The key file's text; `openssl pkey` reads it too."""
        body = b64encode(self.private_der()).decode()
        lines = [body[i : i + 64] for i in range(0, len(body), 64)]
        return "\n".join([_PEM_HEAD, *lines, _PEM_FOOT, ""])


_PEM_HEAD, _PEM_FOOT = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"


class Ed25519Signer(Signer):
    """RFC 8032; 64-byte signatures."""

    suite = Suite.INTL

    def __init__(self, private: ed25519.Ed25519PrivateKey) -> None:
        self._private = private
        self.public_key = private.public_key().public_bytes_raw()

    def sign(self, data: bytes) -> bytes:
        return self._private.sign(data)

    def private_der(self) -> bytes:
        return self._private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


class Sm2Signer(Signer):
    """GM/T 0003 with SM3; DER signatures."""

    suite = Suite.SM

    def __init__(self, private: bytes) -> None:
        self._private = private
        self.public_key = sm2.public_key(private)

    def sign(self, data: bytes) -> bytes:
        return sm2.sign(self._private, data)

    def private_der(self) -> bytes:
        return self._private


def new_signer(suite: Suite) -> Signer:
    """A signer with a fresh key."""
    if suite == Suite.INTL:
        return Ed25519Signer(ed25519.Ed25519PrivateKey.generate())
    return Sm2Signer(sm2.generate())


def signer_from_pem(pem: str) -> Signer:
    """The signer whose key file has this text.

    Raises:
        ValueError: the text holds no Ed25519 or SM2 private key.
    """
    lines = [line.strip() for line in pem.strip().splitlines()]
    if len(lines) < 3 or (lines[0], lines[-1]) != (_PEM_HEAD, _PEM_FOOT):  # noqa: PLR2004 - head, body, foot
        raise ValueError("not a PEM private key")
    der = b64decode("".join(lines[1:-1]), validate=True)
    try:
        return Sm2Signer(der)
    except ValueError:
        key = load_der_private_key(der, None)
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise ValueError("not an Ed25519 or SM2 key")  # noqa: TRY004 - the file's content, not an argument's type
    return Ed25519Signer(key)


def verify(suite: Suite, public_key: bytes, signature: bytes, data: bytes) -> bool:
    """Whether `signature` is over `data` by the holder of `public_key`."""
    if suite == Suite.SM:
        return sm2.verify(public_key, signature, data)
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(public_key).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


class CannotOpen(ValueError):
    """The sealed value was altered, or sealed with another key or for another context."""


_NONCE, _TAG = 12, 16
_FORMATS = {Suite.INTL: b"\x01", Suite.SM: b"\x02"}


@dataclass(frozen=True, slots=True)
class Vault:
    """Seals secrets with a key that stands outside the database (加密存储).

    The context names the place of the value, such as `ingestion_sources.secret:<id>`; a sealed
    value copied to another place does not open.  Either suite's values open, whichever seals.
    """

    key: bytes = field(repr=False)
    suite: Suite = Suite.INTL
    _aes: AESGCM = field(init=False, repr=False)
    _sm4: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.key) != 32:  # noqa: PLR2004 - 256 bits
            raise ValueError("a vault's key has 32 bytes")
        # One key file, two ciphers: each has a key of its own derived from it.
        aes = hmac_(Suite.INTL, self.key, b"datahall vault aes-256-gcm")
        object.__setattr__(self, "_aes", AESGCM(aes))
        object.__setattr__(self, "_sm4", hmac_(Suite.SM, self.key, b"datahall vault sm4-gcm")[:16])

    @classmethod
    def fresh(cls) -> Self:
        return cls(os.urandom(32))

    def seal(self, plain: bytes, *, context: str) -> bytes:
        """Format byte, nonce, ciphertext and tag of `plain`."""
        nonce = os.urandom(_NONCE)
        if self.suite == Suite.INTL:
            return _FORMATS[self.suite] + nonce + self._aes.encrypt(nonce, plain, context.encode())
        cipher = Cipher(SM4(self._sm4), modes.GCM(nonce)).encryptor()
        cipher.authenticate_additional_data(context.encode())
        body = cipher.update(plain) + cipher.finalize()
        return _FORMATS[self.suite] + nonce + body + cipher.tag

    def open(self, sealed: bytes, *, context: str) -> bytes:
        """What was sealed.

        Raises:
            CannotOpen
        """
        form, nonce, body = sealed[:1], sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        if len(body) < _TAG:
            raise CannotOpen("too short to be sealed")
        try:
            if form == _FORMATS[Suite.INTL]:
                return self._aes.decrypt(nonce, body, context.encode())
            if form == _FORMATS[Suite.SM]:
                mode = modes.GCM(nonce, body[-_TAG:])
                cipher = Cipher(SM4(self._sm4), mode).decryptor()
                cipher.authenticate_additional_data(context.encode())
                return cipher.update(body[:-_TAG]) + cipher.finalize()
        except InvalidTag as tampered:
            raise CannotOpen("altered, or sealed by another key or for another place") from tampered
        raise CannotOpen("sealed in a format that this version does not know")
