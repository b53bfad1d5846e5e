"""Opening an uploaded workbook: what it is, that it is harmless, and its sheets (工作簿)."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Final
from xml.etree import ElementTree as ET
from xml.parsers.expat import ExpatError

from datahall.catalogue.sheets.cells import CHUNK, Looks, Row, parser, rows, unescaped
from datahall.catalogue.sheets.errors import (
    NotAWorkbook,
    OldWorkbook,
    WorkbookDamaged,
    WorkbookEncrypted,
    WorkbookHasMacros,
    WorkbookTooLarge,
)

MIB: Final = 1 << 20
LARGEST_FILE: Final = 32 * MIB
LARGEST_SHEET: Final = 1024 * MIB  # streamed; a million styled empty rows take 600 MiB
LARGEST_TEXTS: Final = 64 * MIB  # shared strings are held in memory
LARGEST_PART: Final = 8 * MIB  # styles, relations
MOST_PARTS: Final = 2000
MOST_STRINGS: Final = 2_000_000
OLD: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
DATE_FORMATS: Final = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
DATE_LETTERS: Final = re.compile(r"[ymdhs年月日]", re.IGNORECASE)
ASIDE: Final = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')  # of a number format: texts, colours
UNREADABLE: Final = (
    KeyError, OSError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error, RuntimeError,
)  # fmt: skip
"""What `zipfile` raises over a damaged archive."""
RELATION: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
STRICT_RELATION: Final = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One worksheet of the workbook."""

    name: str
    is_hidden: bool
    part: str  # its file inside


@dataclass(slots=True)
class Workbook:
    """An open workbook; its sheets may be read any number of times."""

    archive: zipfile.ZipFile
    sheets: tuple[Sheet, ...]
    looks: Looks
    strings: list[str] = field(default_factory=list)

    def rows(self, sheet: Sheet) -> Iterator[Row]:
        """The rows of a sheet that have something in them.

        Raises:
            GapTooLong, WorkbookDamaged
        """
        with _member(self.archive, sheet.part, LARGEST_SHEET) as stream:
            yield from rows(stream, self.strings, self.looks)


@contextmanager
def open_workbook(file: IO[bytes]) -> Iterator[Workbook]:
    """The workbook in `file`.

    Raises:
        WorkbookRefused: in one of its kinds.
    """
    _refuse_others(file)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise NotAWorkbook from error
    with archive:
        names = _names(archive)
        parts = _relations(archive, "xl/_rels/workbook.xml.rels")
        book = _tree(archive, "xl/workbook.xml")
        yield Workbook(
            archive=archive,
            sheets=tuple(_sheets(book, parts, names)),
            looks=Looks(dates=frozenset(_date_styles(archive, names)), epoch=_epoch(book)),
            strings=_strings(archive, parts.get("sharedStrings", ""), names),
        )


def _refuse_others(file: IO[bytes]) -> None:
    file.seek(0, 2)
    if file.tell() > LARGEST_FILE:
        raise WorkbookTooLarge(most=f"{LARGEST_FILE // MIB} MB")
    file.seek(0)
    head = file.read(8)
    file.seek(0)
    if head == OLD:
        whole = file.read()
        file.seek(0)
        raise WorkbookEncrypted if ENCRYPTED in whole else OldWorkbook
    if not head.startswith(b"PK"):
        raise NotAWorkbook


def _names(archive: zipfile.ZipFile) -> frozenset[str]:
    """The parts, after everything that is asked before any of them is read."""
    parts = archive.infolist()
    names = frozenset(part.filename for part in parts)
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > 2 * LARGEST_SHEET:
        raise WorkbookTooLarge(most=f"解开后 {2 * LARGEST_SHEET // MIB} MB")
    if any(part.flag_bits & 1 for part in parts):
        raise WorkbookEncrypted
    if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
        raise NotAWorkbook
    types = _bytes(archive, "[Content_Types].xml")
    if b"macroEnabled" in types or any(name.endswith("vbaProject.bin") for name in names):
        raise WorkbookHasMacros
    return names


@contextmanager
def _member(archive: zipfile.ZipFile, name: str, most: int) -> Iterator[IO[bytes]]:
    try:
        if archive.getinfo(name).file_size > most:
            raise WorkbookTooLarge(most=f"解开后 {most // MIB} MB")
        with archive.open(name) as stream:
            yield stream
    except UNREADABLE as error:
        raise WorkbookDamaged from error


def _bytes(archive: zipfile.ZipFile, name: str) -> bytes:
    with _member(archive, name, LARGEST_PART) as stream:
        return stream.read()


def _tree(archive: zipfile.ZipFile, name: str) -> ET.Element:
    content = _bytes(archive, name)
    if b"<!DOCTYPE" in content or b"\x00" in content[:64]:  # no entities, no other encodings
        raise WorkbookDamaged
    try:
        return ET.fromstring(content)  # noqa: S314 - without a document type nothing expands
    except ET.ParseError as error:
        raise WorkbookDamaged from error


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _relations(archive: zipfile.ZipFile, name: str) -> dict[str, str]:
    """Relation id → part, and the kind of the relation → part."""
    found: dict[str, str] = {}
    for relation in _tree(archive, name):
        target = relation.get("Target", "")
        part = target[1:] if target.startswith("/") else f"xl/{target}"
        found[relation.get("Id", "")] = part
        found.setdefault(relation.get("Type", "").rpartition("/")[2], part)
    return found


def _sheets(book: ET.Element, parts: dict[str, str], names: frozenset[str]) -> Iterator[Sheet]:
    for element in book.iter():
        if _local(element) != "sheet":
            continue
        part = parts.get(element.get(RELATION) or element.get(STRICT_RELATION) or "", "")
        if part in names and "/worksheets/" in part:  # a chart or a macro sheet is none
            hidden = element.get("state", "visible") != "visible"
            yield Sheet(element.get("name", ""), hidden, part)


def _epoch(book: ET.Element) -> datetime:
    for element in book.iter():
        if _local(element) == "workbookPr" and element.get("date1904") in {"1", "true"}:
            return datetime(1904, 1, 1)  # noqa: DTZ001 - a day of the sheet, in no zone
    return datetime(1899, 12, 30)  # noqa: DTZ001 - as above


def _date_styles(archive: zipfile.ZipFile, names: frozenset[str]) -> Iterator[int]:
    if "xl/styles.xml" not in names:
        return
    styles = _tree(archive, "xl/styles.xml")
    formats = {
        element.get("numFmtId", ""): element.get("formatCode", "")
        for element in styles.iter()
        if _local(element) == "numFmt"
    }
    used = next((element for element in styles if _local(element) == "cellXfs"), ())
    for index, look in enumerate(used):
        number = look.get("numFmtId", "0")
        code = ASIDE.sub("", formats.get(number, ""))
        if (number.isdigit() and int(number) in DATE_FORMATS) or DATE_LETTERS.search(code):
            yield index


def _strings(archive: zipfile.ZipFile, part: str, names: frozenset[str]) -> list[str]:
    """The shared strings, without the reading aids that some writers add."""
    if part not in names:
        return []
    found: list[str] = []
    pieces: list[str] = []
    state = {"inside": False, "aid": False}

    def start(name: str, _attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "si":
            pieces.clear()
        elif tag == "t":
            state["inside"] = not state["aid"]
        elif tag == "rPh":
            state["aid"] = True

    def end(name: str) -> None:
        tag = name.rpartition(":")[2]
        if tag == "si":
            found.append(unescaped("".join(pieces)))
        elif tag == "t":
            state["inside"] = False
        elif tag == "rPh":
            state["aid"] = False

    def text(piece: str) -> None:
        if state["inside"]:
            pieces.append(piece)

    reading = parser()
    reading.StartElementHandler, reading.EndElementHandler = start, end
    reading.CharacterDataHandler = text
    with _member(archive, part, LARGEST_TEXTS) as stream:
        try:
            while chunk := stream.read(CHUNK):
                reading.Parse(chunk, False)
                if len(found) > MOST_STRINGS:
                    raise WorkbookTooLarge(most=f"{MOST_STRINGS} 段文字")
            reading.Parse(b"", True)
        except ExpatError as error:
            raise WorkbookDamaged from error
    return found
