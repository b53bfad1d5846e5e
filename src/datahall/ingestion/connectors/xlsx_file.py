"""XLSX: each sheet is a table whose first row names the columns; merged cells are refused."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import Element

import fastexcel
import polars as pl
import pyarrow as pa
from openpyxl.xml.functions import fromstring

from datahall.catalogue import ScannedTable
from datahall.ingestion import errors
from datahall.ingestion.connectors import files
from datahall.ingestion.connectors.base import BATCH_ROWS, FILE_LAYERS, Reading, diagnose, found
from datahall.ingestion.model import Diagnosis, Finding, Source
from datahall.ingestion.vocabulary import Layer
from datahall.kit import unpacking

MOST_UNPACKED: Final = 256 << 20  # [P] about a million rows; more is brought as CSV
_CHUNK: Final = 4 << 20
_MERGE: Final = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+[0-9]+:[A-Z]+[0-9]+)"')
_NAMES: Final = {
    "main": "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "rel": "http://schemas.openxmlformats.org/package/2006/relationships",
}
_REL_ID: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(slots=True)
class XlsxFile:
    """One uploaded workbook."""

    source: Source

    def test(self) -> Diagnosis:
        return diagnose(FILE_LAYERS, self._steps())

    def tables(self) -> list[ScannedTable]:
        path, reader = self._open()
        merged = _merged(path)
        return [
            self._table(reader, name, merged.get(name, ()))
            for name in reader.sheet_names
            if not _is_empty(reader, name)
        ] or self._no_sheet()

    def fingerprint(self) -> str:
        return files.fingerprint(files.locate(self.source))

    def read(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        path, reader = self._open()
        if reading.table not in reader.sheet_names:
            raise errors.TableGone(table=reading.table)
        _judge_merges(reading.table, _merged(path).get(reading.table, ()))
        batch = _rows(reader, reading.table)
        names = [name.strip() for name in batch.schema.names]
        files.require(reading, names)
        batch = batch.rename_columns(names).select(list(reading.all_columns))
        for start in range(0, batch.num_rows, BATCH_ROWS):
            yield files.picked(files.filled(batch.slice(start, BATCH_ROWS)), reading)

    def sample(self, reading: Reading, *, rows: int) -> pl.DataFrame:
        return files.sampled(self.read(reading), reading, rows)

    def has_rows(self, reading: Reading) -> bool:
        return any(batch.num_rows for batch in self.read(reading))

    def position(self, reading: Reading, *, within_s: int) -> str:  # noqa: ARG002 - as databases
        return self.fingerprint()

    def _no_sheet(self) -> list[ScannedTable]:
        raise errors.HeadMissing(table=self.source.path, where="它")

    def _open(self) -> tuple[Path, fastexcel.ExcelReader]:
        path = files.locate(self.source)
        try:
            unpacking.judge(path, most=MOST_UNPACKED)
            return path, fastexcel.read_excel(path)
        except unpacking.Unreasonable as error:
            raise errors.FileUnpacksOddly(file=path.name, reason=str(error)) from error
        except (zipfile.BadZipFile, fastexcel.FastExcelError) as error:
            raise errors.FileDamaged(file=path.name, reason="它不是 XLSX 工作簿") from error

    def _table(
        self, reader: fastexcel.ExcelReader, name: str, merged: tuple[str, ...]
    ) -> ScannedTable:
        _judge_merges(name, merged)
        batch = _rows(reader, name)
        names = [n.strip() for n in batch.schema.names]
        profile = pl.DataFrame(batch.rename_columns(names).slice(0, files.PROFILE_ROWS))
        return ScannedTable(
            name=name,
            comment=name,
            row_estimate=batch.num_rows,
            primary_key=files.likely_key(profile),
            columns=files.columns(names),
            changed_at=files.changed_at(files.locate(self.source)),
        )

    def _steps(self) -> Iterator[Finding]:
        yield files.present(self.source)
        _, reader = self._open()
        full = [name for name in reader.sheet_names if not _is_empty(reader, name)]
        yield found(Layer.READ, "sheets", tables=len(full), names="、".join(full))
        tables = self.tables()
        yield found(Layer.CONTRACT, "columns", columns=len(tables[0].columns))


def _is_empty(reader: fastexcel.ExcelReader, sheet: str) -> bool:
    return reader.load_sheet(sheet, header_row=None, n_rows=1).width == 0


def _rows(reader: fastexcel.ExcelReader, sheet: str) -> pa.RecordBatch:
    """All rows of a sheet as text.

    Raises:
        HeadMissing, HeadTwice
    """
    first = reader.load_sheet(sheet, header_row=None, n_rows=1, dtypes="string").to_arrow()
    files.judge_head(sheet, [column[0].as_py() for column in first.columns])
    return reader.load_sheet(sheet, header_row=0, dtypes="string").to_arrow()


def _judge_merges(sheet: str, merged: tuple[str, ...]) -> None:
    if not merged:
        return
    head = [cells for cells in merged if re.match(r"[A-Z]+1:", cells)]
    raise errors.MergedCells(
        sheet=sheet,
        where="表头" if head else "数据行",
        cells="、".join((head or list(merged))[:3]),
    )


def _merged(path: Path) -> dict[str, tuple[str, ...]]:
    """Merged ranges by sheet name; the readers of values do not tell."""
    found: dict[str, tuple[str, ...]] = {}
    with zipfile.ZipFile(path) as archive:
        book = _xml(archive, "xl/workbook.xml")
        rels = {
            rel.get("Id"): rel.get("Target", "")
            for rel in _xml(archive, "xl/_rels/workbook.xml.rels").iterfind(
                "rel:Relationship", _NAMES
            )
        }
        for sheet in book.iterfind("main:sheets/main:sheet", _NAMES):
            target = rels.get(sheet.get(_REL_ID), "")
            name = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if name in archive.namelist():
                found[sheet.get("name", "")] = tuple(_ranges(archive, name))
    return found


def _xml(archive: zipfile.ZipFile, name: str) -> Element:
    root: Any = fromstring(archive.read(name))
    return root  # type: ignore[no-any-return] # openpyxl's stub says Any


def _ranges(archive: zipfile.ZipFile, name: str) -> Iterator[str]:
    """Merged ranges of one sheet, read as a stream: a sheet may be hundreds of megabytes."""
    tail = b""
    with archive.open(name) as sheet:
        while chunk := sheet.read(_CHUNK):
            text = tail + chunk
            end = 0
            for match in _MERGE.finditer(text):
                yield match[1].decode()
                end = match.end()
            tail = text[max(end, len(text) - 200) :]
