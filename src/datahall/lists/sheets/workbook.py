"""The cells of an uploaded workbook as text; whatever is not a plain workbook is refused."""

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from typing import Any, Final

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from datahall.lists.errors import BlockRefused

LARGEST_UNPACKED: Final = 400 * 2**20
ERRORS: Final = frozenset({"#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!"})
OLD_WORKBOOK: Final = b"\xd0\xcf\x11\xe0"


_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, InvalidFileException, KeyError, ValueError, TypeError, OSError,
    EOFError, AttributeError, SyntaxError, IndexError, NotImplementedError,
)  # fmt: skip
"""Whatever a mangled workbook makes its reader stumble over."""


def lines(content: bytes, *, prefer: str) -> Iterator[Sequence[str]]:
    """The rows of the sheet called `prefer`, else of the first visible one.

    Raises:
        BlockRefused
    """
    try:
        computed = _inspect(content)
        values = _sheet(content, prefer, values=True)
        formulas = _sheet(content, prefer, values=False).iter_rows() if computed else None
        yield from _cells(values.iter_rows(), formulas)
    except _BROKEN as broken:
        raise BlockRefused(
            reason="不是完整的 XLSX 工作簿，用 Excel 或 WPS 重新保存一次"
        ) from broken


def _inspect(content: bytes) -> bool:
    """Whether the workbook has formulas; one that is not to be opened is refused.

    Raises:
        BlockRefused
    """
    if content.startswith(OLD_WORKBOOK):
        raise BlockRefused(reason="是旧版 .xls 或加了密码的工作簿，去掉密码、另存为 .xlsx")
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        if sum(part.file_size for part in parts.infolist()) > LARGEST_UNPACKED:
            raise BlockRefused(reason="解开后太大，只留要填的一张表再上传")
        names = parts.namelist()
        if any(name.lower().endswith("vbaproject.bin") for name in names):
            raise BlockRefused(reason="工作簿里有宏，另存为不含宏的 .xlsx")
        sheets = [name for name in names if name.startswith("xl/worksheets/")]
        return any(_mentions_formula(parts, name) for name in sheets)


def _mentions_formula(parts: zipfile.ZipFile, name: str) -> bool:
    tail = b""
    with parts.open(name) as part:
        while chunk := part.read(2**20):
            if b"<f>" in tail + chunk or b"<f " in tail + chunk:
                return True
            tail = chunk[-3:]
    return False


def _sheet(content: bytes, prefer: str, *, values: bool) -> Any:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=values)
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not visible:
        raise BlockRefused(reason="工作簿里没有可见的工作表")
    sheet = next((s for s in visible if s.title == prefer), visible[0])
    sheet.reset_dimensions()
    return sheet


def _cells(rows: Iterable[Any], formulas: Iterable[Any] | None) -> Iterator[Sequence[str]]:
    beside = iter(formulas) if formulas is not None else None
    for number, row in enumerate(rows, start=1):
        told = next(beside, ()) if beside is not None else ()
        line = []
        for at, cell in enumerate(row):
            value = cell.value
            where = f"{get_column_letter(at + 1)}{number}"
            if value in ERRORS:
                raise BlockRefused(reason=f"单元格 {where} 是公式错误 {value}，改成具体内容")
            formula = told[at].value if at < len(told) else None
            if value is None and isinstance(formula, str) and formula.startswith("="):
                raise BlockRefused(reason=f"单元格 {where} 是没有算出结果的公式，粘贴为数值再上传")
            line.append(_words(value))
        yield line


def _words(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case datetime():
            at_midnight = value.time() == time()
            return value.date().isoformat() if at_midnight else value.isoformat(" ", "minutes")
        case date():
            return value.isoformat()
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)
