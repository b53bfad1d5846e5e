"""Blocks of rows as they are pasted or uploaded."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from datahall.kit import grid
from datahall.kit.errors import Fault
from datahall.kit.messages import sentence
from datahall.lists.errors import BlockRefused
from datahall.lists.kinds import Definition
from datahall.lists.model import MOST_ROWS, Cells
from datahall.lists.sheets.writing import DANGEROUS

HEAD_WITHIN: Final = 5  # rows in which the head is looked for
FAULTS_TOLD: Final = 3  # cells of a file that are named in one refusal

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
    read = grid.read(name, content)
    if read.faults:
        raise BlockRefused(reason=_told(read.faults))
    if len(read.rows) > MOST_ROWS + HEAD_WITHIN:
        raise BlockRefused(reason=f"超过 {MOST_ROWS} 行，一张清单装不下")
    lines = [
        (row.number, _cut(row.cells)) for row in (grid.Row(read.head_row, read.head), *read.rows)
    ]
    for at, (_number, line) in enumerate(lines[:HEAD_WITHIN]):
        if _is_head(definition, line):
            return _block(_head(definition, line), lines[at + 1 :])
    raise BlockRefused(
        reason=f"没有找到表头：前 {HEAD_WITHIN} 行里应有一行是"
        f"“{'、'.join(definition.titles[:3])}……”。下载空白表，照它的表头填"
    )


def _told(faults: Sequence[Fault]) -> str:
    """The first faults of a sheet in one sentence, each with its cell."""
    told = [
        ("" if fault.field == "file" else f"单元格 {fault.field}")
        + sentence(fault.code, fault.detail).rstrip("。")
        for fault in faults[:FAULTS_TOLD]
    ]
    more = f"；还有 {len(faults) - FAULTS_TOLD} 处" if len(faults) > FAULTS_TOLD else ""
    return "；".join(told) + more


def _lines(found: Iterable[Line]) -> list[tuple[int, Line]]:
    """The lines that hold something, with their numbers."""
    lines = [(number, _cut(line)) for number, line in enumerate(found, start=1)]
    return [(number, line) for number, line in lines if line]


def _cut(line: Line) -> Line:
    """The cells without spaces around them, and without blank ones at the end."""
    cells = [cell.strip() for cell in line]
    while cells and not cells[-1]:
        cells.pop()
    return cells


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
