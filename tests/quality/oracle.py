"""The rules once more, one row and one value at a time, as plainly as they can be said.

Nothing here is shared with the program: identifiers by python-stdnum, the rest by hand.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from stdnum import luhn
from stdnum.cn import ric, uscc

from datahall.catalogue import Field, FieldType

Row = Mapping[str, Any]
Unreadable = object()
SPACES = "".join(c for c in map(chr, range(0x3001)) if c.isspace() and c not in "\x1c\x1d\x1e\x1f")
"""White space as Unicode has it; Python alone counts four control characters in."""

PROVINCES = {
    *range(11, 16), 21, 22, 23, *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66),
    71, 81, 82, 83, 91,
}  # fmt: skip


def id_card(value: str, today: date) -> bool:
    if not re.fullmatch(r"[0-9]{17}[0-9X]", value) or int(value[:2]) not in PROVINCES:
        return False
    try:
        born = date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    except ValueError:
        return False
    return date(1850, 1, 1) <= born <= today and value[-1] == ric.calc_check_digit(value)


def is_uscc(value: str) -> bool:
    """Not `uscc.is_valid`, which wants a number in front: 农业农村 issues codes with N."""
    if not re.fullmatch(r"[0-9A-HJ-NP-RTUWXY]{18}", value):
        return False
    return bool(value[-1] == uscc.calc_check_digit(value[:17]))


def vin(value: str) -> bool:
    if not re.fullmatch(r"[0-9A-HJ-NPR-Z]{17}", value):
        return False
    worth = dict(zip("ABCDEFGH", range(1, 9), strict=True))
    worth |= dict(zip("JKLMN", range(1, 6), strict=True)) | {"P": 7, "R": 9}
    worth |= dict(zip("STUVWXYZ", range(2, 10), strict=True))
    weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]
    total = sum(
        w * (int(c) if c.isdigit() else worth[c]) for c, w in zip(value, weights, strict=True)
    )
    return value[8] == "0123456789X"[total % 11]


def bank_card(value: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{12,19}", value)) and luhn.is_valid(value)


def read(value: object, field: Field) -> Any:
    """The value in the type of the field, None, or Unreadable."""
    if isinstance(value, str):
        value = value.strip(SPACES)
        if not value:
            return None
    if value is None:
        return None
    try:
        return _read(value, field)
    except (ValueError, InvalidOperation):
        return Unreadable


def _read(value: Any, field: Field) -> Any:
    match field.type:
        case FieldType.STRING | FieldType.TEXT:
            return Unreadable if "\0" in str(value) else str(value)
        case FieldType.INTEGER:
            if isinstance(value, str) and not re.fullmatch(r"[+-]?[0-9]+", value):
                return Unreadable
            return int(value) if abs(int(value)) < 2**63 else Unreadable
        case FieldType.MONEY | FieldType.NUMBER:
            number = Decimal(str(value))
            scale = field.scale if field.scale is not None else 2
            kept = round(number, scale)
            fits = abs(kept) < Decimal(10) ** ((field.length or 38) - scale)
            return kept if fits and kept == number else Unreadable
        case FieldType.DATE:
            if isinstance(value, str):
                return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 a day has no zone
            return value
        case _:
            raise AssertionError(field.type)


def _order(a: Any, b: Any) -> bool:
    return a is not None and b is not None and Unreadable not in (a, b) and a < b


def faults(
    row: Row, fields: Sequence[Field], codes: Mapping[str, frozenset[str]], today: date
) -> set[tuple[str, str]]:
    """Every (field, rule) that one row fails, strong and weak, but uniqueness."""
    values = {f.name: read(row[f.name], f) for f in fields}
    found: set[tuple[str, str]] = set()
    for f in fields:
        value = values[f.name]
        fail = lambda rule, name=f.name: found.add((name, rule))  # noqa: E731
        if value is None:
            if f.required or f.is_key:
                fail("required")
            continue
        if value is Unreadable:
            fail("type")
            continue
        text = str(value)
        if f.length and f.type in {FieldType.STRING, FieldType.TEXT} and len(text) > f.length:
            fail("length")
        if f.length and f.type is FieldType.INTEGER and len(text.lstrip("-")) > f.length:
            fail("length")
        if f.code_list and text not in codes[f.code_list]:
            fail("code_list")
        for rule in {f.sensitive.value, *f.rules}:
            name, _, argument = rule.rstrip("!?").partition(":")
            other = values.get(argument)
            match name:
                case "id_card" if not id_card(text, today):
                    fail(name)
                case "uscc" if not is_uscc(text):
                    fail(name)
                case "vin" if not vin(text):
                    fail(name)
                case "bank_card" if not bank_card(text):
                    fail(name)
                case "mobile" if not re.fullmatch(r"1[3-9][0-9]{9}", text):
                    fail(name)
                case "not_future" if value > today:
                    fail(name)
                case "not_before" if _order(value, other):
                    fail(name)
                case "range":
                    low, high = argument.split("..")
                    if (low and value < Decimal(low)) or (high and value > Decimal(high)):
                        fail(name)
                case "sex_of" if (
                    isinstance(other, str)
                    and re.fullmatch(r".{16}[0-9].*", other, re.DOTALL)
                    and text in {"1", "2"}
                ):
                    if int(other[16]) % 2 != int(text) % 2:
                        fail(name)
                case "birth_of" if isinstance(other, str) and len(other[6:14]) == 8:
                    if other[6:14] != value.strftime("%4Y%m%d"):
                        fail(name)
                case _:
                    pass
    return found
