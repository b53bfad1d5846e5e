"""From a source's batch to rows that may land: names, rules, encoding, highest watermark."""

from collections.abc import Generator, Iterator
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """Applies an item's names and rules to the batches of one reading."""

    item: CatalogueItem
    rules: RuleSet
    reading: Reading
    now: datetime

    def check(
        self, first: pa.RecordBatch, others: Iterator[pa.RecordBatch]
    ) -> Generator[Batch, None, None]:
        """The batches, checked and encoded one at a time."""
        names = [field.name for field in self.item.fields]
        with closing(others):  # type: ignore[type-var] # a generator: ending us ends the reader
            for batch in chain([first], others):
                frame = pl.from_arrow(batch)
                assert isinstance(frame, pl.DataFrame)
                named = frame.select(
                    pl.col(field.source_column).alias(field.name) for field in self.item.fields
                )
                checked = self.rules.check(named, today=local_date(self.now))
                yield Batch(
                    read=frame.height,
                    checked=checked,
                    rows=store.encode(checked.good.select(names)),
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
