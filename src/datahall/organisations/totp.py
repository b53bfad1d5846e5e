"""Time-based one-time codes (动态口令, RFC 6238), as authenticator apps on phones show them."""

import hmac
from datetime import datetime
from typing import Final

import pyotp
import segno

STEP_S: Final = 30
ISSUER: Final = "DataHall"  # Chinese would make the picture three times as dense
DRIFT: Final = 1  # codes of one step before and after are good too: clocks of phones differ


def new_secret() -> str:
    """160 random bits in base 32, as people can type them."""
    return pyotp.random_base32()


def step_of(secret: str, code: str, *, at: datetime) -> int | None:
    """The time step that the code belongs to, near `at`; None when it is none of them."""
    totp = pyotp.TOTP(secret, interval=STEP_S)
    now = int(at.timestamp()) // STEP_S
    for step in range(now - DRIFT, now + DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step), code.strip().replace(" ", "")):
            return step
    return None


def picture(secret: str, *, login: str) -> str:
    """The QR code for an authenticator app, as SVG without a size of its own."""
    uri = pyotp.TOTP(secret, interval=STEP_S).provisioning_uri(name=login, issuer_name=ISSUER)
    return segno.make(uri, error="m").svg_inline(border=2, omitsize=True)
