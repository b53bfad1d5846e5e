"""Typed values as people and programs write them, read strictly.

Each function raises ValueError for whatever has not the form.  Digits are ASCII only, and their
number is bounded, so that nobody keeps the program busy with a number of a million digits.
"""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Final

_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,20})?")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def boolean(text: str) -> bool:
    """`true` or `false`."""
    if text not in {"true", "false"}:
        raise ValueError(text)
    return text == "true"


def whole(text: str) -> int:
    """A whole number that fits into eight bytes."""
    if not _WHOLE.fullmatch(text):
        raise ValueError(text)
    return int(text)


def number(text: str) -> Decimal:
    """A decimal number, exact."""
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


def floating(text: str) -> float:
    """A decimal number, as near as a float comes."""
    return float(number(text))


def day(text: str) -> date:
    """2026-10-16, a day that there is."""
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def moment(text: str) -> datetime:
    """2026-10-16T12:00:00 on the wall clock in China, as hall tables have it."""
    day(text[:10])
    read = datetime.fromisoformat(text)
    if read.tzinfo is not None:
        raise ValueError(text)
    return read
