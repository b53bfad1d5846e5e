"""What a packed workbook really unpacks to, found out before anything reads it.

The sizes that an archive declares are its maker's word.  Each part is unpacked as a stream, in
little memory, and the first thing that no register has stops it.
"""

import zipfile
import zlib
from pathlib import Path
from typing import IO, Final

_CHUNK: Final = 1 << 20
LONGEST_CELL: Final = 32_767  # characters, Excel's own limit
_LONGEST_RUN: Final = LONGEST_CELL * 6  # bytes between two tags, every character an entity
MOST_RATIO: Final = 200  # unpacked to packed; sheets of real registers have 5 to 30
_SMALL: Final = 20 << 20  # below it no ratio matters


class Unreasonable(Exception):
    """The archive unpacks to what no register is; the text says to what."""


def judge(file: Path | IO[bytes], *, most: int) -> None:
    """Refuse an archive whose parts are not those of a workbook of reasonable size.

    Args:
        most: bytes that all parts together may have.

    Raises:
        Unreasonable
        zipfile.BadZipFile: damaged, encrypted, or packed in a way that we do not know
    """
    try:
        _judge(file, most)
    except (zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise zipfile.BadZipFile from error


def _judge(file: Path | IO[bytes], most: int) -> None:
    total = 0
    with zipfile.ZipFile(file) as archive:
        packed = sum(part.compress_size for part in archive.infolist())
        for part in archive.infolist():
            run = 0
            with archive.open(part) as stream:
                while chunk := stream.read(_CHUNK):
                    total += len(chunk)
                    if total > most:
                        raise Unreasonable(f"展开后超过 {most >> 20} MB")
                    if total > _SMALL and total > MOST_RATIO * packed:
                        raise Unreasonable(f"展开后是原来的 {MOST_RATIO} 倍以上")
                    if part.filename.endswith((".xml", ".rels")):
                        run = _longest_run(chunk, run)


def _longest_run(chunk: bytes, run: int) -> int:
    """The bytes since the last tag began, after `chunk`.

    Raises:
        Unreasonable
    """
    first, *rest = chunk.split(b"<")
    if not rest:
        run += len(first)
    if max((len(piece) for piece in rest), default=0) > _LONGEST_RUN or (
        run + (len(first) if rest else 0) > _LONGEST_RUN
    ):
        raise Unreasonable(f"有一个单元格超过 {LONGEST_CELL:,} 个字")
    return len(rest[-1]) if rest else run
