"""A list as a workbook or a CSV file; nothing in it is computed by the program that opens it."""

import csv
import io
import re
from collections.abc import Iterable
from typing import Any, Final

import xlsxwriter

from datahall.lists.kinds import Definition
from datahall.lists.model import Cells
from datahall.lists.vocabulary import CellType

MEDIA: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
ROOM: Final = 200  # rows under the last one that offer the choices too
DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?%?")


def write_csv(definition: Definition, rows: Iterable[Cells]) -> bytes:
    """The list for any program; what looks like a formula is kept from being one."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(definition.titles)
    for cells in rows:
        writer.writerow([neutral(cells.get(name, "")) for name in definition.names])
    return out.getvalue().encode("utf-8-sig")


def neutral(text: str) -> str:
    """The text with an apostrophe before it if a spreadsheet would compute it."""
    if text.startswith(DANGEROUS) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def write_xlsx(definition: Definition, rows: Iterable[Cells]) -> bytes:
    """The list as a workbook: every cell is text, choices are offered, a second sheet explains."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    head = book.add_format({"bold": True, "bg_color": "#e6eef6", "border": 1, "text_wrap": True})
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    quoted = book.add_format(
        {"num_format": "@", "text_wrap": True, "valign": "top", "quote_prefix": True}
    )
    sheet = book.add_worksheet(definition.kind.label)
    sheet.freeze_panes(1, 1)
    for at, column in enumerate(definition.columns):
        sheet.set_column(at, at, max(column.width * 1.8, 8), text)
        sheet.write_string(0, at, f"{column.title}{'*' if column.required else ''}", head)
    last = 0
    for last, cells in enumerate(rows, start=1):
        for at, name in enumerate(definition.names):
            if value := cells.get(name, ""):
                cell = quoted if value.startswith(DANGEROUS) else text
                sheet.write_string(last, at, value, cell)
    for at, column in enumerate(definition.columns):
        if column.type in {CellType.CHOICE, CellType.FLAG}:
            offered = list(column.choices or ("是", "否"))
            sheet.data_validation(
                1, at, last + ROOM, at,
                {"validate": "list", "source": offered, "error_type": "warning"},
            )  # fmt: skip
    _explain(book, definition, head, text)
    book.close()
    return out.getvalue()


def _explain(book: Any, definition: Definition, head: Any, text: Any) -> None:
    sheet = book.add_worksheet("填写说明")
    for at, (title, width) in enumerate((("栏", 20), ("必填", 10), ("怎么填", 70))):
        sheet.set_column(at, at, width, text)
        sheet.write_string(0, at, title, head)
    for at, column in enumerate(definition.columns, start=1):
        told = [column.help] if column.help else []
        if column.choices:
            told.append(f"可选：{'、'.join(column.choices)}")
        needed = "是" if column.required else "视情况" if column.required_when else ""
        for place, words in enumerate((column.title, needed, "；".join(told))):
            sheet.write_string(at, place, words, text)
