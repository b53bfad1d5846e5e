"""Sheets of data elements and of code tables: what each column holds, and what is wrong where."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, partial
from importlib import resources
from typing import Any, Final

from datahall.kit import grid
from datahall.kit.errors import Fault
from datahall.kit.grid import Grid, Row, place
from datahall.kit.labels import Labelled
from datahall.standards.model.code_lists import CodeEntry, plain
from datahall.standards.model.elements import DataElement, ElementStatus
from datahall.standards.model.vocabulary import FieldType, SensitiveKind

DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d{2})(\d{2})")
SEPARATORS: Final = re.compile(r"[、,，;；\n]+")

Parse = Callable[[str], Any]


class Unreadable(ValueError):
    """A cell does not hold what its column is for; carries the code of the fault."""


def _words(text: str) -> tuple[str, ...]:
    parts = (part.strip() for part in SEPARATORS.split(text))
    return tuple(dict.fromkeys(part for part in parts if part))


def _codes(text: str) -> tuple[str, ...]:
    return tuple(part.casefold() for part in _words(plain(text)))


def _number(text: str) -> int | None:
    digits = plain(text)
    if not digits:
        return None
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9:  # noqa: PLR2004 - fits an integer
        raise Unreadable("sheet.cell_no_number")
    return int(digits)


def _grade(text: str) -> int:
    return _number(text.removesuffix("级")) or 1


def _day(text: str) -> date | None:
    written = plain(text)
    if not written:
        return None
    found = DAY.fullmatch(written)
    parts = [int(part) for part in found.groups() if part] if found else [0, 0, 0]
    try:
        return date(*parts)
    except ValueError:
        raise Unreadable("sheet.cell_no_date") from None


def _choice(options: type[Labelled], default: Labelled, text: str) -> Labelled:
    if not text:
        return default
    for option in options:
        if (
            text in (option.label, option.value)
            or plain(text).casefold() == option.value.casefold()
        ):
            return option
    raise Unreadable("sheet.cell_unknown_value")


COLUMNS: Final[dict[str, tuple[str, Parse]]] = {
    "编码": ("code", lambda text: plain(text).upper()),
    "名称": ("name", str),
    "同义名称": ("synonyms", _words),
    "常用字段名": ("columns", _codes),
    "定义": ("definition", str),
    "数据类型": ("type", partial(_choice, FieldType, FieldType.STRING)),
    "长度": ("length", _number),
    "小数位": ("scale", _number),
    "代码表": ("code_list", lambda text: plain(text) or None),
    "值域": ("value_domain", str),
    "来源标准": ("source", str),
    "默认分级": ("grade", _grade),
    "敏感类型": ("sensitive", partial(_choice, SensitiveKind, SensitiveKind.NONE)),
    "质量规则": ("rules", _words),
    "生效日期": ("effective_on", _day),
}
"""Head → attribute, and how its cells are read.  The order is that of the template."""
NEEDED: Final = ("编码", "名称", "数据类型")


@dataclass(frozen=True, slots=True)
class ElementRow:
    """One row of a sheet: the draft it describes, and where its attributes stand."""

    row: int
    element: DataElement
    places: dict[str, str]  # attribute → cell

    def at(self, path: str) -> str:
        """The cell of an attribute; the row's first cell when the sheet has no such column."""
        return self.places.get(path, place(self.row, 0))


def read_elements(sheet: Grid) -> tuple[list[ElementRow], list[Fault]]:
    """The drafts of a sheet, and what could not be understood; a row with a fault gives none."""
    faults = [*sheet.faults, *grid.missing_heads(sheet, NEEDED)]
    if any(f.field == "file" or f.code == "sheet.head_missing" for f in faults):
        return [], faults
    marred = {f.field.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for f in faults}
    found: list[ElementRow] = []
    first: dict[str, int] = {}
    for row in sheet.rows:
        content, wrong = _element_row(sheet, row)
        if wrong or str(row.number) in marred:
            faults += wrong
            continue
        made = ElementRow(row.number, DataElement(**content), _places(sheet, row))
        code = made.element.code
        if code in first:
            detail: dict[str, object] = {"value": code, "first": first[code]}
            faults.append(Fault(made.at("code"), "sheet.cell_twice", detail))
            continue
        first[code] = row.number
        found.append(made)
    return found, faults


def _element_row(sheet: Grid, row: Row) -> tuple[dict[str, Any], list[Fault]]:
    content: dict[str, Any] = {}
    faults: list[Fault] = []
    for column, text in enumerate(row.cells[: len(sheet.head)]):
        if sheet.head[column] not in COLUMNS:
            continue
        attribute, parse = COLUMNS[sheet.head[column]]
        try:
            content[attribute] = parse(text)
        except Unreadable as unreadable:
            faults.append(Fault(place(row.number, column), str(unreadable), {"value": text[:40]}))
    return content, faults


def _places(sheet: Grid, row: Row) -> dict[str, str]:
    return {
        COLUMNS[head][0]: place(row.number, column)
        for column, head in enumerate(sheet.head)
        if head in COLUMNS
    }


def read_entries(sheet: Grid) -> tuple[tuple[CodeEntry, ...], list[Fault]]:
    """The codes of a sheet with the heads 代码 and 名称; codes are kept as text."""
    faults = [*sheet.faults, *grid.missing_heads(sheet, ("代码", "名称"))]
    code, name = sheet.column("代码"), sheet.column("名称")
    if code is None or name is None:
        return (), faults
    entries: list[CodeEntry] = []
    first: dict[str, int] = {}
    for row in sheet.rows:
        entry = CodeEntry(plain(row.cells[code]), row.cells[name])
        for column, text in ((code, entry.code), (name, entry.name)):
            at = place(row.number, column)
            if not text and not any(f.field == at for f in faults):
                faults.append(Fault(at, "sheet.cell_blank"))
        if entry.code and entry.code in first:
            detail: dict[str, object] = {"value": entry.code, "first": first[entry.code]}
            faults.append(Fault(place(row.number, code), "sheet.cell_twice", detail))
        first.setdefault(entry.code, row.number)
        entries.append(entry)
    return tuple(entries), faults


def template() -> str:
    """The head of a sheet of elements with one row as an example, as CSV."""
    lines = (resources.files("datahall.standards") / "seeds/elements.csv").read_text("utf-8")
    return "\n".join(lines.splitlines()[:2]) + "\n"


@cache
def builtin_elements() -> tuple[DataElement, ...]:
    """The data elements that come with the program, each published as version 1."""
    content = (resources.files("datahall.standards") / "seeds/elements.csv").read_bytes()
    rows, faults = read_elements(grid.read("elements.csv", content))
    if faults:
        raise ValueError(faults)
    return tuple(replace(row.element, status=ElementStatus.PUBLISHED) for row in rows)
