"""One cell of a list: what was typed, put in its plain form, and what is wrong with it.  No I/O.

Nothing that somebody typed is thrown away: what cannot be read stays as it is and is a fault.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final

from stdnum.cn import uscc

from datahall.kit.errors import Fault
from datahall.lists.kinds import Column
from datahall.lists.vocabulary import CellType

LIMIT: Final = 4000  # characters that any cell is ever kept with

YES: Final = frozenset({"是", "y", "yes", "true", "1", "√", "✓", "有", "已对接"})
NO: Final = frozenset({"否", "n", "no", "false", "0", "×", "无", "未对接"})
EXCEL_EPOCH: Final = date(1899, 12, 30)
SERIALS: Final = range(20_000, 80_000)  # days of 1954 to 2119, as a sheet stores a date
_DATE: Final = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[ T]+0{1,2}:00(?::00)?(?:\.0+)?)?"
)
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_BETWEEN: Final = re.compile(r"[、，,;；/\s]+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\ufeff]")


def plain(column: Column, typed: str) -> str:
    """What is stored for what was typed: dates as 2026-10-16, figures without full-width digits."""
    text = _CONTROL.sub("", typed).replace("\r\n", "\n").replace("\r", "\n").strip()
    return _READERS[column.type](column, text) if text else ""


def fault(column: Column, text: str, row: Mapping[str, str], *, today: date) -> Fault | None:
    """What is wrong with the stored `text` of a cell, if anything is.

    The fault's `field` is the column's name.
    """
    if not text:
        return _missing(column, row)
    if len(text) > column.longest:
        return Fault(column.name, "lists.too_long", {"most": column.longest, "length": len(text)})
    match column.type:
        case CellType.CHOICE | CellType.CHOICES | CellType.FLAG:
            return _not_offered(column, text)
        case CellType.DATE:
            return _not_a_day(column, text, today)
        case CellType.COUNT if not text.isascii() or not text.isdigit():
            return Fault(column.name, "lists.not_a_count", {"value": text})
        case CellType.USCC if not uscc.is_valid(text):
            return Fault(column.name, "lists.not_a_uscc", {"value": text})
    return None


def _missing(column: Column, row: Mapping[str, str]) -> Fault | None:
    if column.required:
        return Fault(column.name, "lists.required", {"title": column.title})
    for other, values in column.required_when.items():
        if row.get(other) in values:
            return Fault(
                column.name, "lists.required_when", {"title": column.title, "value": row[other]}
            )
    return None


def _not_offered(column: Column, text: str) -> Fault | None:
    offered = column.choices or ("是", "否")
    parts = text.split("、") if column.type is CellType.CHOICES else [text]
    if all(part in offered for part in parts):
        return None
    return Fault(column.name, "lists.not_offered", {"value": text, "offered": "、".join(offered)})


def _not_a_day(column: Column, text: str, today: date) -> Fault | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return Fault(column.name, "lists.not_a_date", {"value": text})
    if column.not_past and day < today:
        return Fault(column.name, "lists.in_the_past", {"value": text})
    return None


def _text(_column: Column, text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _long(_column: Column, text: str) -> str:
    return re.sub(r"[ \t\u3000]+", " ", text)


def _narrow(text: str) -> str:
    """Full-width letters and digits as ASCII ones: １２ → 12."""
    return unicodedata.normalize("NFKC", text).strip()


def _code(_column: Column, text: str) -> str:
    return _narrow(text)


def _uscc(_column: Column, text: str) -> str:
    return _narrow(_narrow(text).replace(" ", "")).upper()


def _choice(column: Column, text: str) -> str:
    flat = re.sub(r"\s+", "", text)
    known = {**column.aliases, **{choice: choice for choice in column.choices}}
    return known.get(flat) or known.get(_narrow(flat)) or text


def _choices(column: Column, text: str) -> str:
    parts = [_choice(column, part) for part in _BETWEEN.split(text) if part]
    return "、".join(dict.fromkeys(parts))


def _flag(_column: Column, text: str) -> str:
    flat = _narrow(text).lower()
    return "是" if flat in YES else "否" if flat in NO else text


def _date(_column: Column, text: str) -> str:
    flat = _narrow(text)
    if found := _DATE.fullmatch(flat) or _COMPACT.fullmatch(flat):
        try:
            return date(*map(int, found.groups())).isoformat()
        except ValueError:
            return text
    if flat.isdigit() and int(flat) in SERIALS:  # a date cell that a sheet gave as its number
        return (EXCEL_EPOCH + timedelta(days=int(flat))).isoformat()
    return text


def _count(_column: Column, text: str) -> str:
    flat = re.sub(r"[,，\s]", "", _narrow(text))
    whole = re.fullmatch(r"(\d+)(?:\.0+)?", flat)
    return str(int(whole[1])) if whole and len(whole[1]) <= _DIGITS else text


_DIGITS: Final = 18
_READERS: Final[Mapping[CellType, Callable[[Column, str], str]]] = {
    CellType.TEXT: _text,
    CellType.LONG: _long,
    CellType.CHOICE: _choice,
    CellType.CHOICES: _choices,
    CellType.FLAG: _flag,
    CellType.DATE: _date,
    CellType.COUNT: _count,
    CellType.CODE: _code,
    CellType.USCC: _uscc,
}
