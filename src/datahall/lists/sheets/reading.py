"""Blocks of rows as they are pasted or uploaded."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from datahall.lists.errors import BlockRefused
from datahall.lists.kinds import Definition
from datahall.lists.model import MOST_ROWS, Cells
from datahall.lists.sheets import workbook
from datahall.lists.sheets.writing import DANGEROUS

LARGEST_BYTES: Final = 20 * 2**20
HEAD_WITHIN: Final = 5  # rows in which the head is looked for
BLANKS_ENOUGH: Final = 2000  # blank rows in a row after which a sheet is at its end

Line = Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Rows as somebody typed them, by column."""

    columns: tuple[str, ...]
    rows: tuple[Cells, ...]


def read_text(definition: Definition, text: str, *, first: str = "") -> Block:
    """A block as copied from a spreadsheet: lines of cells with tabs between them.

    A head of titles is recognised; without one, cells go into the columns from `first` on.

    Raises:
        BlockRefused
    """
    lines = _lines(csv.reader(io.StringIO(text.strip("\r\n"), newline=""), delimiter="\t"))
    if not lines:
        raise BlockRefused(reason="没有内容，先从表格里复制，再粘贴到这里")
    number, top = lines[0]
    if _is_head(definition, top):
        return _block(_head(definition, top), lines[1:])
    start = definition.names.index(first) if definition.has(first) else 0
    room = definition.names[start:]
    for number, line in lines:
        if len(line) > len(room):
            raise BlockRefused(
                reason=f"第 {number} 行有 {len(line)} 列，从“{definition.column(room[0]).title}”起"
                f"只有 {len(room)} 栏。检查单元格里是否多了制表符，或者从更靠左的一栏开始粘贴"
            )
    return _block(room, lines)


def read_file(definition: Definition, name: str, content: bytes) -> Block:
    """An uploaded workbook or CSV file; its head says which column is which.

    Raises:
        BlockRefused
    """
    if len(content) > LARGEST_BYTES:
        raise BlockRefused(reason=f"文件超过 {LARGEST_BYTES // 2**20} MB，分成几个再上传")
    if not content:
        raise BlockRefused(reason="文件是空的")
    suffix = name.rpartition(".")[2].lower()
    if suffix == "csv":
        lines = _lines(_csv(content))
    elif suffix == "xlsx":
        lines = _lines(workbook.lines(content, prefer=definition.kind.label))
    else:
        raise BlockRefused(reason="只收 .xlsx 和 .csv 文件；.xls、.et 文件先另存为 .xlsx")
    for at, (_number, line) in enumerate(lines[:HEAD_WITHIN]):
        if _is_head(definition, line):
            return _block(_head(definition, line), lines[at + 1 :])
    raise BlockRefused(
        reason=f"没有找到表头：前 {HEAD_WITHIN} 行里应有一行是"
        f"“{'、'.join(definition.titles[:3])}……”。下载空白表，照它的表头填"
    )


def _lines(found: Iterable[Line]) -> list[tuple[int, Line]]:
    """The lines that hold something, with their numbers, without blank cells at their ends."""
    lines: list[tuple[int, Line]] = []
    blanks = 0
    for number, line in enumerate(found, start=1):
        cells = [cell.strip() for cell in line]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            blanks = 0
            lines.append((number, cells))
            if len(lines) > MOST_ROWS + HEAD_WITHIN:
                raise BlockRefused(reason=f"超过 {MOST_ROWS} 行，一张清单装不下")
        else:
            blanks += 1
            if blanks >= BLANKS_ENOUGH:
                break
    return lines


def _flat(title: str) -> str:
    return re.sub(r"[\s*＊（）()]|必填", "", title)


def _is_head(definition: Definition, line: Line) -> bool:
    """Whether most cells of a line are titles of this list."""
    titles = {_flat(title) for title in definition.titles}
    told = [cell for cell in line if cell]
    return bool(told) and sum(_flat(cell) in titles for cell in told) * 2 > len(told)


def _head(definition: Definition, line: Line) -> tuple[str, ...]:
    by_title = {_flat(column.title): column.name for column in definition.columns}
    found: list[str] = []
    for at, cell in enumerate(line, start=1):
        if not cell:
            raise BlockRefused(reason=f"表头第 {at} 列是空的，合并过的表头先拆开")
        name = by_title.get(_flat(cell))
        if name is None:
            raise BlockRefused(reason=f"{definition.kind.label}没有“{cell[:50]}”这一栏")
        if name in found:
            raise BlockRefused(reason=f"表头里“{cell}”出现了两次")
        found.append(name)
    if definition.identity[0] not in found:
        raise BlockRefused(reason=f"表头里缺“{definition.first.title}”，凭它认出是哪一行")
    return tuple(found)


def _block(columns: Sequence[str], lines: Sequence[tuple[int, Line]]) -> Block:
    rows = []
    for number, line in lines:
        if len(line) > len(columns):
            raise BlockRefused(
                reason=f"第 {number} 行有 {len(line)} 列，表头只有 {len(columns)} 列"
            )
        whole = [*line, *[""] * (len(columns) - len(line))]
        rows.append({name: _unquoted(cell) for name, cell in zip(columns, whole, strict=True)})
    if not rows:
        raise BlockRefused(reason="只有表头，下面没有内容")
    return Block(columns=tuple(columns), rows=tuple(rows))


def _unquoted(cell: str) -> str:
    """Without the apostrophe that an export put before what looked like a formula."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in DANGEROUS else cell


def _csv(content: bytes) -> Iterator[Line]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        top = text.split("\n", 1)[0]
        yield from csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in top else ",")
        return
    raise BlockRefused(reason="读不出文字：不是文本文件，或者编码不是 UTF-8、GB18030")
