"""The rows of one worksheet, as a stream: memory stays flat, whatever the sheet claims to hold.

Libraries either build the whole rectangle up to the farthest cell (one stray value in the last
cell of an otherwise empty sheet is 17 billion cells) or are slow over emptiness, so the XML of a
worksheet is read here; document type declarations, and with them entity bombs, are refused.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Final
from xml.parsers import expat

from datahall.catalogue.sheets.errors import WorkbookDamaged

CHUNK: Final = 1 << 18
EXACT: Final = 1 << 53  # up to here every integer is its own floating number
BLANK_ROWS: Final = 1000  # of emptiness in a row, after which only a value ends it
VALUE: Final = re.compile(rb"<(?:\w+:)?(?:v|is)[\s>]")
ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


class ErrorText(str):
    """The text of a cell whose formula failed, such as #REF!."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A row that has something in it."""

    number: int  # from 1, as the sheet counts
    cells: dict[int, str]  # column from 0 → text that is not blank


class GapTooLong(Exception):
    """Something stands below a very long emptiness."""

    def __init__(self, after: int) -> None:
        self.after = after
        super().__init__(f"emptiness after row {after}")


@dataclass(frozen=True, slots=True)
class Looks:
    """What the styles of a workbook say about its numbers."""

    dates: frozenset[int]  # style index → the number is a day
    epoch: datetime

    def text(self, value: str, style: str) -> str:
        """A number as people read it: a day where the style says so, 18 and not 18.0."""
        try:
            number = float(value)
        except ValueError:
            return value
        if style and style.isdigit() and int(style) in self.dates:
            try:
                at = self.epoch + timedelta(days=number)
            except OverflowError:
                return value
            return at.date().isoformat() if number == int(number) else at.isoformat(sep=" ")[:19]
        return str(int(number)) if number.is_integer() and abs(number) < EXACT else repr(number)


def unescaped(text: str) -> str:
    """`_x000D_` is how a workbook writes a character that XML may not."""
    return ESCAPED.sub(lambda m: chr(int(m[1], 16)), text) if "_x" in text else text


def column_of(reference: str) -> int:
    """B7 → 1."""
    index = 0
    for letter in reference:
        if not letter.isalpha():
            break
        index = index * 26 + ord(letter) - 64
    return index - 1


def letters(column: int) -> str:
    """1 → B."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def rows(stream: IO[bytes], strings: Sequence[str], looks: Looks) -> Iterator[Row]:
    """The rows that have something in them, in order.

    Raises:
        GapTooLong: after the last row before the emptiness was given.
        WorkbookDamaged
    """
    sheet = _Sheet(strings, looks)
    tail = b""
    while chunk := stream.read(CHUNK):
        if sheet.blank_rows >= BLANK_ROWS:
            if VALUE.search(tail + chunk):
                raise GapTooLong(sheet.filled)
            tail = chunk[-16:]
            continue
        sheet.feed(chunk)
        yield from sheet.take()
    if sheet.blank_rows < BLANK_ROWS:
        sheet.feed(b"", final=True)
        yield from sheet.take()


def parser() -> expat.XMLParserType:
    """A parser that knows no entities."""
    made = expat.ParserCreate()
    made.buffer_text = True
    made.StartDoctypeDeclHandler = _refuse
    return made


def _refuse(*_declared: object) -> None:
    raise WorkbookDamaged


class _Sheet:
    """Handlers that turn the elements of a worksheet into rows."""

    def __init__(self, strings: Sequence[str], looks: Looks) -> None:
        self._strings, self._looks = strings, looks
        self._ready: list[Row] = []
        self._number = 0
        self._cells: dict[int, str] = {}
        self._column, self._next_column = 0, 0
        self._type, self._style = "", ""
        self._inside, self._phonetic = False, False
        self._pieces: list[str] = []
        self.filled = 0  # the last row with a value
        self._parser = parser()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text

    @property
    def blank_rows(self) -> int:
        return self._number - self.filled

    def feed(self, chunk: bytes, *, final: bool = False) -> None:
        try:
            self._parser.Parse(chunk, final)
        except expat.ExpatError as error:
            raise WorkbookDamaged from error

    def take(self) -> list[Row]:
        taken, self._ready = self._ready, []
        return taken

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "c":
            reference = attributes.get("r")
            self._column = column_of(reference) if reference else self._next_column
            self._next_column = self._column + 1
            self._type, self._style = attributes.get("t", "n"), attributes.get("s", "")
            self._pieces = []
        elif tag == "v" or (tag == "t" and not self._phonetic):
            self._inside = True
        elif tag == "row":
            number = attributes.get("r", "")
            self._number = int(number) if number.isdigit() else self._number + 1
            self._cells, self._next_column = {}, 0
        elif tag == "rPh":
            self._phonetic = True

    def _end(self, name: str) -> None:
        tag = name.rpartition(":")[2]
        if tag == "c":
            if self._pieces and (text := self._value("".join(self._pieces))).strip():
                self._cells[self._column] = text
        elif tag in {"v", "t"}:
            self._inside = False
        elif tag == "row" and self._cells:
            self.filled = self._number
            self._ready.append(Row(self._number, self._cells))
        elif tag == "rPh":
            self._phonetic = False

    def _text(self, text: str) -> None:
        if self._inside:
            self._pieces.append(text)

    def _value(self, raw: str) -> str:
        match self._type:
            case "s":
                index = int(raw) if raw.isdigit() else -1
                return self._strings[index] if 0 <= index < len(self._strings) else ""
            case "n":
                return self._looks.text(raw, self._style)
            case "e":
                return ErrorText(raw)
            case "b":
                return "是" if raw == "1" else "否"
            case _:
                return unescaped(raw)
