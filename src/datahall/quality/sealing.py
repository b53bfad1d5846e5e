"""A row as it is kept in quarantine: sealed, and known again by keyed digests (密封、识别)."""

import hmac
from collections.abc import Iterable
from typing import Final
from uuid import UUID

import orjson
import polars as pl

from datahall.kit.keys import key_store
from datahall.quality.contract import LOCAL

SEPARATOR: Final = "\x1f"
Row = dict[str, str | None]


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Every column as text that the contract reads back to the same value."""
    return frame.select(
        pl.col(name).dt.convert_time_zone(LOCAL).dt.replace_time_zone(None).cast(pl.String)
        if isinstance(kind, pl.Datetime) and kind.time_zone
        else pl.col(name).cast(pl.String, strict=False)
        for name, kind in frame.schema.items()
    )


def seal(id: UUID, row: Row) -> bytes:
    return key_store().vault().seal(orjson.dumps(row), context=_context(id))


def unseal(id: UUID, sealed: bytes) -> Row:
    row: Row = orjson.loads(key_store().vault().open(sealed, context=_context(id)))
    return row


def digests(texts: Iterable[str]) -> list[bytes]:
    """What tells rows apart without telling what is in them: without the key file a digest
    cannot be tried out against every identity number there is.
    """
    key = key_store().secret("quarantine")
    return [hmac.digest(key, text.encode(), "sha256") for text in texts]


def _context(id: UUID) -> str:
    return f"quality_quarantine:{id}"
