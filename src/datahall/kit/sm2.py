"""SM2 signatures (GM/T 0003) by the OpenSSL that Python itself is linked with.

`cryptography` has SM3 and SM4 but not SM2.  Private keys are PKCS #8, public keys uncompressed
points of 65 bytes, signatures DER, the signer's identity the standard default.
"""

import _hashlib
import ctypes
import ctypes.util
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

_IDENTITY = b"1234567812345678"  # GM/T 0009 §10: used where no other identity is agreed
_ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_POINT_BYTES = 65
_PKCS8_HEAD = bytes.fromhex(
    "3041020100301306072a8648ce3d020106082a811ccf5501822d042730250201010420"
)
_SPKI_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
_SIGNATURE_ROOM = 80  # DER of two 256-bit integers takes 72 at most


class Sm2Unavailable(RuntimeError):
    """This machine's OpenSSL is missing or built without SM2."""


@cache
def _lib() -> ctypes.CDLL:
    """libcrypto with the signatures of the fifteen functions that we call.

    Symbols of a library's own dependencies are visible through it, so Python's hashlib
    extension leads to exactly the OpenSSL that is loaded already.
    """
    path: str | None = getattr(_hashlib, "__file__", None) or ctypes.util.find_library("crypto")
    lib = ctypes.CDLL(path)
    pointer, data, size, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int
    try:
        for name, result, arguments in (
            ("d2i_AutoPrivateKey", pointer, [pointer, pointer, ctypes.c_long]),
            ("d2i_PUBKEY", pointer, [pointer, pointer, ctypes.c_long]),
            ("i2d_PUBKEY", number, [pointer, pointer]),
            ("EVP_PKEY_free", None, [pointer]),
            ("EVP_PKEY_CTX_new", pointer, [pointer, pointer]),
            ("EVP_PKEY_CTX_free", None, [pointer]),
            ("EVP_PKEY_CTX_set1_id", number, [pointer, data, number]),
            ("EVP_MD_CTX_new", pointer, []),
            ("EVP_MD_CTX_free", None, [pointer]),
            ("EVP_MD_CTX_set_pkey_ctx", None, [pointer, pointer]),
            ("EVP_sm3", pointer, []),
            ("EVP_DigestSignInit", number, [pointer] * 5),
            ("EVP_DigestVerifyInit", number, [pointer] * 5),
            ("EVP_DigestSign", number, [pointer, pointer, pointer, data, size]),
            ("EVP_DigestVerify", number, [pointer, data, size, data, size]),
            ("ERR_clear_error", None, []),
        ):
            function = getattr(lib, name)
            function.restype, function.argtypes = result, arguments
    except AttributeError as missing:
        raise Sm2Unavailable(
            f"本机 OpenSSL 不支持 SM2（{missing}）：需要 OpenSSL 3.0 以上。"
        ) from missing
    return lib


@contextmanager
def _key(parser: str, der: bytes) -> Iterator[int]:
    """The OpenSSL key in `der`, freed afterwards."""
    buffer = ctypes.create_string_buffer(der, len(der))
    cursor = ctypes.c_void_p(ctypes.addressof(buffer))
    key: int | None = getattr(_lib(), parser)(None, ctypes.byref(cursor), len(der))
    if not key:
        _lib().ERR_clear_error()
        raise ValueError("not an SM2 key")
    try:
        yield key
    finally:
        _lib().EVP_PKEY_free(key)


@contextmanager
def _digest(init: str, key: int) -> Iterator[int]:
    """A digest context for `key`, with SM3 and the standard identity."""
    lib = _lib()
    key_context, context = lib.EVP_PKEY_CTX_new(key, None), lib.EVP_MD_CTX_new()
    try:
        lib.EVP_MD_CTX_set_pkey_ctx(context, key_context)
        ready = (
            lib.EVP_PKEY_CTX_set1_id(key_context, _IDENTITY, len(_IDENTITY)) > 0
            and getattr(lib, init)(context, None, lib.EVP_sm3(), None, key) > 0
        )
        if not ready:
            lib.ERR_clear_error()
            raise Sm2Unavailable("本机 OpenSSL 不支持 SM2 签名：需要 OpenSSL 3.0 以上。")
        yield context
    finally:
        lib.EVP_MD_CTX_free(context)
        lib.EVP_PKEY_CTX_free(key_context)


def generate() -> bytes:
    """A new private key as PKCS #8 DER."""
    return _PKCS8_HEAD + (secrets.randbelow(_ORDER - 2) + 1).to_bytes(32, "big")


def public_key(private: bytes) -> bytes:
    """The uncompressed point (65 bytes) of a private key."""
    with _key("d2i_AutoPrivateKey", private) as key:
        der = ctypes.create_string_buffer(len(_SPKI_HEAD) + _POINT_BYTES)
        cursor = ctypes.c_void_p(ctypes.addressof(der))
        if _lib().i2d_PUBKEY(key, None) != len(der):
            raise ValueError("not an SM2 key")
        _lib().i2d_PUBKEY(key, ctypes.byref(cursor))
    if not der.raw.startswith(_SPKI_HEAD):
        raise ValueError("not an SM2 key")
    return der.raw[len(_SPKI_HEAD) :]


def sign(private: bytes, data: bytes) -> bytes:
    """The DER signature of `data` with SM3."""
    with _key("d2i_AutoPrivateKey", private) as key, _digest("EVP_DigestSignInit", key) as context:
        signature = ctypes.create_string_buffer(_SIGNATURE_ROOM)
        length = ctypes.c_size_t(_SIGNATURE_ROOM)
        done = _lib().EVP_DigestSign(context, signature, ctypes.byref(length), data, len(data))
        if done != 1:
            _lib().ERR_clear_error()
            raise Sm2Unavailable("SM2 签名失败。")
        return signature.raw[: length.value]


def verify(public: bytes, signature: bytes, data: bytes) -> bool:
    """Whether `signature` is over `data` by the key of the point `public`."""
    if len(public) != _POINT_BYTES:
        return False
    try:
        with (
            _key("d2i_PUBKEY", _SPKI_HEAD + public) as key,
            _digest("EVP_DigestVerifyInit", key) as context,
        ):
            verdict = _lib().EVP_DigestVerify(context, signature, len(signature), data, len(data))
    except ValueError:  # not a point of the curve
        return False
    if verdict != 1:
        _lib().ERR_clear_error()  # a refused signature leaves its reason for the next caller
    return bool(verdict == 1)
