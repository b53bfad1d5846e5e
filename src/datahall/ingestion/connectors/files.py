"""Files of a source: where they are kept, and what both kinds share."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa

from datahall.catalogue import ScannedColumn
from datahall.ingestion import errors
from datahall.ingestion.connectors.base import SAMPLE_CHARACTERS, Reading, found
from datahall.ingestion.model import Finding, Source
from datahall.ingestion.vocabulary import Layer
from datahall.kit import formats
from datahall.kit.ids import SourceId
from datahall.kit.settings import settings

PROFILE_ROWS: Final = 200_000  # looked at to propose a key
_KEY_SHARE: Final = 0.95  # of rows with a value of their own: some rows of a register are faulty
_KEY_NAMES: Final = re.compile(
    r"身份证|身份号|证件号|信用代码|编号|编码|代码|(^|_)(id|code|no)$", re.IGNORECASE
)
TEXT: Final = "string"  # every value of a file is text of any length


def folder(source: SourceId) -> Path:
    """Where the files of a source are; nothing outside it is ever opened."""
    return settings().home / "files" / str(source)


def locate(source: Source) -> Path:
    """The file of a source.

    Raises:
        FileMissing
    """
    path = folder(source.id) / Path(source.path).name
    if not source.path or not path.is_file():
        raise errors.FileMissing(file=source.path)
    return path


def fingerprint(path: Path) -> str:
    """Changes when the file was replaced or written to."""
    stat = path.stat()
    return f"{stat.st_size}:{stat.st_mtime_ns}:{stat.st_ino}"


def changed_at(path: Path) -> datetime:
    """When the file was last written to."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def judge_head(table: str, names: Sequence[str | None]) -> None:
    """Refuse a head with an unnamed or a doubled column.

    Raises:
        HeadMissing, HeadTwice
    """
    seen: set[str] = set()
    if not names:
        raise errors.HeadMissing(table=table, where="它")
    for position, name in enumerate(names, start=1):
        if name is None or not name.strip():
            raise errors.HeadMissing(table=table, where=f"第 {position} 列")
        if name.strip() in seen:
            raise errors.HeadTwice(table=table, name=name.strip())
        seen.add(name.strip())


def columns(names: Sequence[str]) -> tuple[ScannedColumn, ...]:
    return tuple(
        ScannedColumn(name=name, type=TEXT, position=position)
        for position, name in enumerate(names, start=1)
    )


def likely_key(rows: pl.DataFrame) -> tuple[str, ...]:
    """A column that nearly every row has a value of its own in; files declare no key.

    Identifiers come first.  It is a proposal: the clerk confirms it in the entry, and a load
    refuses a key that turns out not to be one.
    """
    if rows.is_empty():
        return ()
    shares = rows.select(pl.all().drop_nulls().n_unique() / rows.height).row(0, named=True)
    able = [name for name, share in shares.items() if share >= _KEY_SHARE]
    able.sort(key=lambda name: _KEY_NAMES.search(name) is None)  # stable: else the first one
    return tuple(able[:1])


def require(reading: Reading, present: Sequence[str]) -> None:
    """Refuse a file that lacks columns asked for.

    Raises:
        ColumnsGone
    """
    gone = [name for name in reading.all_columns if name not in present]
    if gone:
        raise errors.ColumnsGone(table=reading.name, columns="、".join(gone))


def filled(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Without the rows that hold nothing at all, as spreadsheets leave them."""
    frame = pl.DataFrame(batch)
    if frame.is_empty():
        return batch
    empty = frame.select(
        pl.all_horizontal((pl.all().is_null()) | (pl.all().str.strip_chars() == ""))
    ).to_series()
    return batch if not empty.any() else batch.filter((~empty).to_arrow())


def picked(batch: pa.RecordBatch, reading: Reading) -> pa.RecordBatch:
    """Only the rows that the reading names, when it names any; spaces around a key do not count."""
    if reading.keys is None:
        return batch
    frame = pl.DataFrame(batch)
    place = pl.int_range(pl.len()).alias("\0")
    bare = frame.select(pl.col(reading.keys.columns).str.strip_chars(), place)
    return batch.take(reading.keys.inside(bare).get_column("\0").to_arrow())


def sampled(batches: Iterator[pa.RecordBatch], reading: Reading, rows: int) -> pl.DataFrame:
    """The first rows of a file, and no more of it read than they need."""
    parts: list[pl.DataFrame] = []
    for batch in batches:
        parts.append(pl.DataFrame(filled(batch.select(list(reading.all_columns)))))
        if sum(part.height for part in parts) >= rows:
            break
    empty = pl.DataFrame(schema=dict.fromkeys(reading.all_columns, pl.String))
    return pl.concat([empty, *parts]).head(rows).select(pl.all().str.head(SAMPLE_CHARACTERS))


def present(source: Source) -> Finding:
    """The file is there.

    Raises:
        FileMissing
    """
    size = formats.size(locate(source).stat().st_size)
    return found(Layer.REACH, "file", file=source.path, size=size)
