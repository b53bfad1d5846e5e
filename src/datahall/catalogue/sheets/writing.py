"""Workbooks that the hall gives: entries, an empty form, and an upload with remarks in its cells."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any, Final

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from datahall.catalogue.sheets.cells import GapTooLong
from datahall.catalogue.sheets.columns import ALL, OFFICIAL, Column
from datahall.catalogue.sheets.reading import HELP_SHEET, REMARKS_SHEET, Remark, Weight
from datahall.catalogue.sheets.texts import Written, guarded
from datahall.catalogue.sheets.workbook import Workbook, open_workbook
from datahall.kit.messages import sentence

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MADE: Final = datetime(2020, 1, 1)  # noqa: DTZ001 - the same entries give the same bytes
SHEET: Final = "资源目录"
BLUE, PALE, RED, AMBER = "#1F4E79", "#DDEBF7", "#FFC7CE", "#FFEB9C"
LONGEST_NAME: Final = 31  # of a sheet
FONT: Final = {"font_name": "宋体", "font_size": 10}
NUMBER_COLUMNS: Final = frozenset({"number"})


def catalogue_workbook(entries: Iterable[Written], *, official_only: bool = False) -> bytes:
    """The entries under the official head, each over as many rows as it has items.

    Args:
        official_only: leave out the columns of our own behind the official ones.
    """
    columns = OFFICIAL if official_only else ALL
    target = BytesIO()
    with _book(target) as book:
        sheet = book.add_worksheet(SHEET)
        looks = _head(book, sheet, columns)
        row = 1
        for number, entry in enumerate(entries, start=1):
            row = _entry(sheet, looks, columns, row, number, entry)
    return target.getvalue()


def form_workbook(example: Written) -> bytes:
    """An empty form with one example and how each column is filled in (导入模板)."""
    target = BytesIO()
    with _book(target) as book:
        sheet = book.add_worksheet(SHEET)
        looks = _head(book, sheet, ALL)
        _entry(sheet, looks, ALL, 1, 1, example)
        told = book.add_worksheet(HELP_SHEET)
        head = book.add_format({**FONT, "bold": True, "bg_color": PALE, "border": 1})
        text = book.add_format({**FONT, "text_wrap": True, "valign": "top", "border": 1})
        for position, (words, width) in enumerate((("列", 24), ("要不要", 14), ("怎样填", 90))):
            told.set_column(position, position, width)
            told.write_string(0, position, words, head)
        for row, column in enumerate(ALL, start=1):
            told.write_string(row, 0, column.head, text)
            told.write_string(row, 1, "官方列" if column in OFFICIAL else "扩展列，可删", text)
            told.write_string(row, 2, column.hint, text)
    return target.getvalue()


def remarked_workbook(upload: BytesIO, remarks: Sequence[Remark]) -> bytes:
    """The uploaded sheets with each remark in its cell, and all of them in a list (批注工作簿)."""
    target = BytesIO()
    with open_workbook(upload) as given, _book(target) as book:
        _list(book, remarks)
        told: dict[str, dict[str, list[Remark]]] = defaultdict(lambda: defaultdict(list))
        for remark in remarks:
            told[remark.sheet][remark.cell].append(remark)
        names = {REMARKS_SHEET.casefold()}
        for sheet in given.sheets:
            if sheet.name in told:
                made = book.add_worksheet(_name(sheet.name, names))
                _again(book, made, given, sheet, told[sheet.name])
    return target.getvalue()


def _book(target: BytesIO) -> xlsxwriter.Workbook:
    book = xlsxwriter.Workbook(
        target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"title": "政务数据资源目录", "created": MADE})
    return book


def _head(book: xlsxwriter.Workbook, sheet: Worksheet, columns: Sequence[Column]) -> Any:
    official = {**FONT, "bold": True, "font_color": "white", "bg_color": BLUE, "border": 1}
    centred = {"align": "center", "valign": "vcenter", "text_wrap": True}
    heads = {
        True: book.add_format(official | centred),
        False: book.add_format({**official, "bg_color": PALE, "font_color": "black"} | centred),
    }
    for position, column in enumerate(columns):
        sheet.set_column(position, position, column.width)
        sheet.write_string(0, position, column.head, heads[column in OFFICIAL])
    sheet.set_row(0, 30)
    sheet.freeze_panes(1, 6)
    return book.add_format({**FONT, "text_wrap": True, "valign": "top", "border": 1})


def _entry(
    sheet: Worksheet, look: Any, columns: Sequence[Column], row: int, number: int, entry: Written
) -> int:
    """Write one entry from `row` on; the row after it."""
    last = row + max(len(entry.items), 1) - 1
    for position, column in enumerate(columns):
        if column.is_of_item:
            for offset, item in enumerate(entry.items):
                _text(sheet, row + offset, position, item.get(column.path, ""), look)
            continue
        text = str(number) if column.path == "number" else entry.entry.get(column.path, "")
        if last > row:
            sheet.merge_range(row, position, last, position, "", look)
        if column.path in NUMBER_COLUMNS:
            sheet.write_number(row, position, int(text), look)
        else:
            _text(sheet, row, position, text, look)
    return last + 1


def _text(sheet: Worksheet, row: int, column: int, text: str, look: Any) -> None:
    if text:
        sheet.write_string(row, column, guarded(text), look)
    else:
        sheet.write_blank(row, column, None, look)


def _list(book: xlsxwriter.Workbook, remarks: Sequence[Remark]) -> None:
    sheet = book.add_worksheet(REMARKS_SHEET)
    head = book.add_format({**FONT, "bold": True, "bg_color": PALE, "border": 1})
    text = book.add_format({**FONT, "text_wrap": True, "valign": "top", "border": 1})
    heads = (("工作表", 16), ("单元格", 10), ("程度", 12), ("怎样改", 90))
    for position, (words, width) in enumerate(heads):
        sheet.set_column(position, position, width)
        sheet.write_string(0, position, words, head)
    for row, remark in enumerate(remarks, start=1):
        told = sentence(remark.code, remark.detail)
        for position, words in enumerate((remark.sheet, remark.cell, remark.weight.label, told)):
            sheet.write_string(row, position, guarded(words), text)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(remarks), 1), len(heads) - 1)


def _again(
    book: xlsxwriter.Workbook,
    sheet: Worksheet,
    given: Workbook,
    source: Any,
    told: Mapping[str, Sequence[Remark]],
) -> None:
    """The texts of an uploaded sheet in their places, the remarked cells filled."""
    look = book.add_format({**FONT, "text_wrap": True, "valign": "top"})
    fills = {
        Weight.ERROR: book.add_format({**FONT, "bg_color": RED, "valign": "top"}),
        Weight.REPAIR: book.add_format({**FONT, "bg_color": AMBER, "valign": "top"}),
        Weight.NOTICE: book.add_format({**FONT, "bg_color": AMBER, "valign": "top"}),
    }
    sheet.set_column(0, len(ALL), 16)
    left = dict(told)
    try:
        for line in given.rows(source):
            for column, text in line.cells.items():
                address = xl_rowcol_to_cell(line.number - 1, column)
                remarks = left.pop(address, ())
                fill = fills[remarks[0].weight] if remarks else look
                sheet.write_string(line.number - 1, column, text, fill)
                if remarks:
                    _comment(sheet, address, remarks)
    except GapTooLong:
        pass  # told in the list
    for address, remarks in left.items():
        if address:
            sheet.write_blank(address, None, fills[remarks[0].weight])
            _comment(sheet, address, remarks)


def _comment(sheet: Worksheet, address: str, remarks: Sequence[Remark]) -> None:
    text = "\n".join(sentence(remark.code, remark.detail) for remark in remarks)
    sheet.write_comment(address, text, {"author": "政务数据大厅", "x_scale": 2})


def _name(name: str, taken: set[str]) -> str:
    """A name for a sheet that no other has."""
    plain = name[:LONGEST_NAME]
    found, n = plain, 2
    while found.casefold() in taken:
        found, n = f"{plain[: LONGEST_NAME - 4]}（{n}）", n + 1
    taken.add(found.casefold())
    return found
