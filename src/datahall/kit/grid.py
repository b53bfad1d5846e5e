"""Reading a sheet that somebody uploads (XLSX or CSV) into plain texts, every fault at its cell.

What is no plain text is refused where it stands: formulas, error values, merged heads.  Hidden
sheets are not looked at; macros make the whole file refused; rows of emptiness end the reading.
"""

import csv
import io
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any, Final

from openpyxl import load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from datahall.kit import unpacking
from datahall.kit.errors import Fault

MOST_BYTES: Final = 20_000_000
MOST_UNPACKED: Final = 100 << 20  # really unpacked
BLANK_ROWS: Final = 200  # of them in a row, and the sheet is over
MOST_ROWS: Final = 100_000
MOST_COLUMNS: Final = 100

BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, InvalidFileException, KeyError, ValueError, TypeError, OSError,
    EOFError, AttributeError, IndexError, NotImplementedError, SyntaxError,
)  # fmt: skip
"""What a mangled workbook makes its reader stumble over; ParseError is a SyntaxError."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row with something in it."""

    number: int  # as the sheet counts, from 1
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet as read: the head, the rows below, and what could not be read."""

    head: tuple[str, ...]
    head_row: int
    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]

    def column(self, *names: str) -> int | None:
        """The index of the column with one of these heads."""
        return next((self.head.index(name) for name in names if name in self.head), None)


def place(row: int, column: int) -> str:
    """How a cell is called: row 5, column 2 → C5."""
    return f"{get_column_letter(column + 1)}{row}"


def read(name: str, content: bytes) -> Grid:
    """The first visible sheet of an upload; `name` says which kind of file it is."""
    kind = name.rsplit(".", 1)[-1].casefold()
    if len(content) > MOST_BYTES:
        return _refused("sheet.file_too_large", most=MOST_BYTES // 1_000_000)
    if kind == "xlsm":
        return _refused("sheet.file_has_macros")
    if kind == "csv":
        return _csv(content)
    if kind == "xlsx":
        return _xlsx(content)
    return _refused("sheet.file_kind", name=name)


def _refused(code: str, **detail: object) -> Grid:
    return Grid((), 0, (), (Fault("file", code, detail),))


def _csv(content: bytes) -> Grid:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return _grid(csv.reader(io.StringIO(text, newline="")), [])
    return _refused("sheet.file_unreadable")


def _xlsx(content: bytes) -> Grid:
    try:
        unpacking.judge(io.BytesIO(content), most=MOST_UNPACKED)
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if any(entry.filename.endswith("vbaProject.bin") for entry in packed.infolist()):
                return _refused("sheet.file_has_macros")
        return _workbook(io.BytesIO(content))
    except unpacking.Unreasonable as error:
        return _refused("sheet.file_unpacks_oddly", reason=str(error))
    except BROKEN:
        return _refused("sheet.file_unreadable")


def _workbook(content: IO[bytes]) -> Grid:
    book = load_workbook(content, read_only=True)
    try:
        sheet = next((s for s in book.worksheets if s.sheet_state == "visible"), None)
        if sheet is None:
            return _refused("sheet.sheet_none")
        sheet.reset_dimensions()  # what the file says of its own size is not trusted
        faults: list[Fault] = []
        return _grid(_texts(sheet.iter_rows(max_col=MOST_COLUMNS), faults), faults)
    finally:
        book.close()


def _texts(rows: Any, faults: list[Fault]) -> Iterator[list[str]]:
    for number, row in enumerate(rows, start=1):
        yield [_text(cell, number, n, faults) for n, cell in enumerate(row)]


def _text(cell: Cell, row: int, column: int, faults: list[Fault]) -> str:
    """A cell as text: whole numbers without decimals, dates as 2026-10-16."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        faults.append(Fault(place(row, column), "sheet.cell_formula"))
        return ""
    if cell.data_type == "e":
        faults.append(Fault(place(row, column), "sheet.cell_error", {"value": str(value)}))
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _grid(lines: Any, faults: list[Fault]) -> Grid:
    head: tuple[str, ...] = ()
    head_row, blank = 0, 0
    rows: list[Row] = []
    try:
        for number, line in enumerate(lines, start=1):
            cells = tuple(clean(text) for text in line[:MOST_COLUMNS])
            if not any(cells):
                blank += 1
                if blank >= BLANK_ROWS:
                    break
                continue
            blank = 0
            if not head:
                head, head_row = cells, number
                continue
            if len(rows) >= MOST_ROWS:
                faults.append(Fault("file", "sheet.rows_too_many", {"most": MOST_ROWS}))
                break
            rows.append(Row(number, cells + ("",) * (len(head) - len(cells))))
    except csv.Error:
        return _refused("sheet.file_unreadable")
    for column, text in enumerate(head):
        if text and text in head[:column]:
            faults.append(Fault(place(head_row, column), "sheet.head_twice", {"head": text}))
    return Grid(head, head_row, tuple(rows), tuple(faults))


def clean(text: str) -> str:
    """A cell's text without space around it and without characters that cannot be seen."""
    seen = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf"})
    return seen.replace("\u3000", " ").strip()


def missing_heads(grid: Grid, wanted: Sequence[str]) -> Iterator[Fault]:
    """The heads that a sheet must have and has not."""
    if not any(fault.field == "file" for fault in grid.faults):
        for head in wanted:
            if head not in grid.head:
                yield Fault(place(grid.head_row or 1, 0), "sheet.head_missing", {"head": head})
