"""CSV: the encoding is found out and GB18030 is as good as UTF-8; every value arrives as text."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import polars as pl
import pyarrow as pa
from pyarrow import csv

from datahall.catalogue import ScannedTable
from datahall.ingestion import errors
from datahall.ingestion.connectors import files
from datahall.ingestion.connectors.base import BATCH_BYTES, FILE_LAYERS, Reading, diagnose, found
from datahall.ingestion.model import Diagnosis, Finding, Source
from datahall.ingestion.vocabulary import Layer

_CHUNK: Final = 4 << 20
_HEAD_LINES: Final = 100
_HEAD_CHARACTERS: Final = 1 << 20
_DELIMITERS: Final = (",", "\t", ";", "|")
_COMMON_SHARE: Final = 0.9
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(path: Path) -> str:
    """The encoding that reads every byte of the file.

    GB18030 reads nearly anything, so its reading must also look like Chinese: hanzi of another
    encoding (Big5, Shift-JIS) turn into rare ones.

    Raises:
        EncodingUnknown
    """
    with path.open("rb") as file:
        start = file.read(4)
    for bom, name in _BOMS:
        if start.startswith(bom):
            return name
    if _first_fault(path, "utf-8") is None:
        return "utf-8"
    fault = _first_fault(path, "gb18030")
    if fault is not None:
        raise errors.EncodingUnknown(file=path.name, where=f"第 {fault} 行起读不出来")
    if not _looks_chinese(path):
        raise errors.EncodingUnknown(file=path.name, where="读出来的多是生僻字，像是乱码")
    return "gb18030"


def _first_fault(path: Path, encoding: str) -> int | None:
    """The line on which the file stops being in this encoding, or None."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                return line + error.object[: error.start].count(b"\n")
            line += chunk.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return line
    return None


def _looks_chinese(path: Path) -> bool:
    with path.open("rb") as file:
        text = file.read(_CHUNK).decode("gb18030", errors="ignore")
    wide = [c for c in text if c > "\x7f"]
    common = "".join(wide).encode("gb2312", errors="ignore")
    return len(common) // 2 >= _COMMON_SHARE * len(wide)


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read a CSV file."""

    encoding: str
    delimiter: str
    names: tuple[str, ...]
    head_lines: int = 1


def layout_of(path: Path) -> Layout:
    """The file's encoding, delimiter and column names.

    Raises:
        EncodingUnknown, HeadMissing, HeadTwice
    """
    encoding = encoding_of(path)
    head, lines = _head(path, encoding)
    if not head.strip():
        raise errors.HeadMissing(table=path.stem, where="它")
    delimiter = max(_DELIMITERS, key=head.count)
    names = pl.read_csv(
        head.encode(), separator=delimiter, has_header=False, infer_schema=False
    ).row(0)
    files.judge_head(path.stem, names)
    plain = tuple("".join(str(name).split("\n")).replace("\r", "").strip() for name in names)
    return Layout(encoding, delimiter, plain, lines)


def _head(path: Path, encoding: str) -> tuple[str, int]:
    """The first record, whose names may be broken inside quotes, and how many lines it takes."""
    head = ""
    with path.open(encoding=encoding, newline="") as text:
        for lines in range(1, _HEAD_LINES + 1):
            head += text.readline(_HEAD_CHARACTERS)
            if head.count('"') % 2 == 0:
                return head, lines
    raise errors.HeadMissing(table=path.stem, where="表头的引号没有配对，它")


def batches(path: Path, layout: Layout) -> Iterator[pa.RecordBatch]:
    """All rows, every column as text.

    Raises:
        RaggedRow, FileDamaged
    """
    ragged: list[csv.InvalidRow] = []

    def note(row: csv.InvalidRow) -> Literal["error"]:
        ragged.append(row)
        return "error"

    try:
        yield from csv.open_csv(
            path,
            read_options=csv.ReadOptions(
                encoding=layout.encoding.removesuffix("-sig"),  # the reader skips the mark
                block_size=BATCH_BYTES,
                column_names=list(layout.names),
                skip_rows=layout.head_lines,
                use_threads=False,  # keeps line numbers, so that a fault can be named
            ),
            parse_options=csv.ParseOptions(
                delimiter=layout.delimiter, newlines_in_values=True, invalid_row_handler=note
            ),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(layout.names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid as error:
        if ragged:
            raise errors.RaggedRow(
                file=path.name,
                line=ragged[0].number or "?",
                got=ragged[0].actual_columns,
                want=len(layout.names),
            ) from error
        raise errors.FileDamaged(file=path.name, reason=str(error)[:200]) from error


@dataclass(slots=True)
class CsvFile:
    """One uploaded CSV file; its one table is named after the file."""

    source: Source

    def test(self) -> Diagnosis:
        return diagnose(FILE_LAYERS, self._steps())

    def tables(self) -> list[ScannedTable]:
        path = files.locate(self.source)
        layout = layout_of(path)
        empty = pl.DataFrame(schema=dict.fromkeys(layout.names, pl.String))
        profile, rows = [empty], 0
        for batch in batches(path, layout):
            if rows < files.PROFILE_ROWS:
                profile.append(pl.DataFrame(batch))
            rows += batch.num_rows
        return [
            ScannedTable(
                name=path.stem,
                comment=path.stem,
                row_estimate=rows,
                primary_key=files.likely_key(pl.concat(profile)),
                columns=files.columns(layout.names),
                changed_at=files.changed_at(path),
            )
        ]

    def fingerprint(self) -> str:
        return files.fingerprint(files.locate(self.source))

    def read(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        path = files.locate(self.source)
        layout = layout_of(path)
        files.require(reading, layout.names)
        for batch in batches(path, layout):
            yield files.picked(files.filled(batch.select(list(reading.all_columns))), reading)

    def sample(self, reading: Reading, *, rows: int) -> pl.DataFrame:
        path = files.locate(self.source)
        layout = layout_of(path)
        files.require(reading, layout.names)
        return files.sampled(batches(path, layout), reading, rows)

    def has_rows(self, reading: Reading) -> bool:
        return any(batch.num_rows for batch in self.read(reading))

    def position(self, reading: Reading, *, within_s: int) -> str:  # noqa: ARG002 - as databases
        return self.fingerprint()

    def _steps(self) -> Iterator[Finding]:
        yield files.present(self.source)
        path = files.locate(self.source)
        layout = layout_of(path)
        columns = len(layout.names)
        yield found(Layer.READ, "encoding", encoding=layout.encoding.upper(), columns=columns)
        for _ in batches(path, layout):
            pass
        yield found(Layer.CONTRACT, "columns", columns=columns)
