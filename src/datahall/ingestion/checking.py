"""From a source's batch to rows that may land: names, rules, encoding, highest watermark."""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Final

import polars as pl
import pyarrow as pa

from datahall import store
from datahall.catalogue import CatalogueItem
from datahall.ingestion.connectors import Reading
from datahall.kit.clock import LOCAL, local_date
from datahall.quality import Checked, RuleSet

AHEAD_OF_CLOCK: Final = timedelta(days=1)
"""A watermark further ahead is a mistake of the source; it must not hide later changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One batch after the rules."""

    read: int
    checked: Checked
    rows: bytes  # the good ones, encoded
    high: Any  # the highest watermark, in the source's type; None without one

    @property
    def repeats(self) -> int:
        """Rows whose key another row of the batch has."""
        return sum(n for (_, rule), n in self.checked.counts.items() if rule == "unique")

    def keys_of_bad(self, key: Sequence[str]) -> pl.DataFrame:
        """Keys of the bad rows that have one, in the types of the hall table."""
        good, bad = self.checked.good, self.checked.bad
        trimmed = bad.select(
            pl.col(name).str.strip_chars() if bad.schema[name] == pl.String else pl.col(name)
            for name in key
        )
        types = {name: good.schema[name] for name in key}
        return trimmed.cast(types, strict=False).drop_nulls().unique()  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """Applies an item's names and rules to the batches of one reading."""

    item: CatalogueItem
    rules: RuleSet
    reading: Reading
    now: datetime

    def check(
        self, first: pa.RecordBatch, others: Generator[pa.RecordBatch, None, None]
    ) -> Generator[Batch, None, None]:
        """The batches, checked and encoded one at a time."""
        with closing(others):
            for batch in chain([first], others):
                yield self.divide(pl.DataFrame(batch))

    def divide(self, frame: pl.DataFrame) -> Batch:
        """One batch, its columns named as at the source."""
        named = frame.select(
            pl.col(field.source_column).alias(field.name) for field in self.item.fields
        )
        checked = self.rules.check(named, today=local_date(self.now))
        return Batch(
            read=frame.height,
            checked=checked,
            rows=store.encode(checked.good.select(field.name for field in self.item.fields)),
            high=self._high(frame),
        )

    def _high(self, frame: pl.DataFrame) -> Any:
        """The highest watermark that the clock makes believable."""
        if self.reading.watermark is None:
            return None
        column = frame.get_column(self.reading.watermark)
        limit = self.now + AHEAD_OF_CLOCK
        if isinstance(column.dtype, pl.Datetime):
            if column.dtype.time_zone is None:
                limit = limit.astimezone(LOCAL).replace(tzinfo=None)
            column = column.filter(column <= limit)
        elif column.dtype == pl.String:
            text = limit.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M:%S")
            column = column.filter(column <= text)
        return column.max()


def watermark_text(high: Any) -> str | None:
    """A watermark as the source reads it back."""
    if high is None:
        return None
    return high.isoformat(sep=" ") if isinstance(high, datetime) else str(high)
