"""How a call is signed (请求签名): what the client computes and the gateway computes again.

    sign = base64(HMAC(secret, method \\n path \\n query \\n body digest \\n timestamp \\n nonce))

The query is decoded, sorted by name and value, and encoded again, so that no proxy's choice of
escapes breaks a signature.  The body digest is lower-case hex of the algorithm's own hash.
"""

import hmac
import re
from base64 import b64encode
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode

from datahall.kit.crypto import Mac, Suite, hash_, hmac_

ALGORITHMS: Final = {"HMAC-SHA256": Suite.INTL, "HMAC-SM3": Suite.SM}
MAX_SKEW_S: Final = 300  # a caller's clock may be this far off; nonces are kept twice as long
_EMPTY: Final = {name: hash_(suite, b"").hex() for name, suite in ALGORITHMS.items()}

_PLAIN_PAIR: Final = re.compile(r"[A-Za-z0-9_.~-]+=[A-Za-z0-9_.~-]*")
"""One pair that encodes to itself: most calls ask by one key, and most of the work is saved."""


def body_digest(algorithm: str, body: bytes) -> str:
    """Hex digest of the body; a request without one has the digest of nothing."""
    return hash_(ALGORITHMS[algorithm], body).hex() if body else _EMPTY[algorithm]


def canonical_query(query: str) -> str:
    """The query string as it is signed."""
    if not query or _PLAIN_PAIR.fullmatch(query):
        return query
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    return urlencode(pairs, quote_via=quote, safe="")


def string_to_sign(
    method: str, path: str, query: str, body_digest: str, timestamp: str, nonce: str
) -> str:
    """The six lines; `path` is as sent, `query` without its question mark, `timestamp` in ms."""
    lines = (method.upper(), path, canonical_query(query), body_digest, timestamp, nonce)
    return "\n".join(lines)


def sign(algorithm: str, secret: str, text: str) -> str:
    """The value of `X-Sign`: base64 of the code over `text`."""
    return b64encode(hmac_(ALGORITHMS[algorithm], secret.encode(), text.encode())).decode()


def key(algorithm: str, secret: str) -> Mac:
    """What checks signatures of one caller, many of them."""
    return Mac(ALGORITHMS[algorithm], secret.encode())


def is_signed(key: Mac, text: str, signature: str) -> bool:
    """Whether `signature` is that of `text`, compared in constant time."""
    return hmac.compare_digest(b64encode(key(text.encode())), signature.encode())
