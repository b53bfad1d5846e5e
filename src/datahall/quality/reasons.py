"""Why one value fails, in the words that a clerk reads (不通过原因).

Asked only for values that fail, one at a time.  A reason never repeats the value.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

from datahall.quality.checksums import (
    EARLIEST_BIRTH,
    ID_CHECKS,
    ID_WEIGHTS,
    PROVINCES,
    USCC_ALPHABET,
    USCC_WEIGHTS,
)

FULL_WIDTH: Final = {chr(ord(c) + 0xFEE0) for c in "0123456789X"}


def _of_length(value: str, length: int) -> str | None:
    if len(value) < length:
        return f"少 {length - len(value)} 位"
    if len(value) > length:
        return f"多 {len(value) - length} 位"
    return None


def _of_alphabet(value: str, alphabet: str) -> str | None:
    odd = next((c for c in value if c not in alphabet), None)
    if odd is None:
        return None
    if odd in FULL_WIDTH:
        return "含全角字符"
    if odd.isascii() and odd.isalpha():
        return f"字母 {odd} 应大写" if odd.upper() in alphabet else f"含字母 {odd}"
    return "含不允许的字符"


def _sum(value: str, alphabet: str, weights: Sequence[int]) -> int:
    return sum(alphabet.index(c) * w for c, w in zip(value, weights, strict=False))


def id_card(value: str, today: date) -> str:
    if fault := _of_length(value, 18) or _of_alphabet(value[:17], "0123456789"):
        return fault
    if int(value[:2]) not in PROVINCES:
        return "前两位不是省级区划代码"
    try:
        born = date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    except ValueError:
        return "出生日期不存在"
    if born > today:
        return "出生日期晚于今天"
    if born.year < EARLIEST_BIRTH:
        return "出生年份过早"
    return f"校验位应为 {ID_CHECKS[_sum(value, '0123456789', ID_WEIGHTS) % 11]}"


def uscc(value: str, _today: date) -> str:
    if fault := _of_length(value, 18) or _of_alphabet(value, USCC_ALPHABET):
        return fault
    total = _sum(value[:17], USCC_ALPHABET, USCC_WEIGHTS)
    return f"校验位应为 {USCC_ALPHABET[-total % 31]}"


def vin(value: str, _today: date) -> str:
    return _of_length(value, 17) or "第 9 位校验位不符"


def bank_card(value: str, _today: date) -> str:
    return _of_alphabet(value, "0123456789") or "位数或校验位不符"
