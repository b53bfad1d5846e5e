"""What the last look at a source brought, so that the look-back costs a read and nothing more."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import polars as pl
import pyarrow as pa

MOST_ROWS: Final = 500_000  # eight bytes each; a larger look is simply processed again


@dataclass(slots=True)
class Memory:
    """Digests of the rows that a task's last committed look read.

    It lives in the worker and may be lost at any time: rows processed twice change nothing.  It
    counts only as long as nobody else has run the task since, which `as_of` tells.
    """

    as_of: datetime | None = None  # the task's checked_at that this look left behind
    _last: pl.Series | None = None
    _this: list[pl.Series] = field(default_factory=list)

    def unseen(
        self, batches: Iterator[pa.RecordBatch], *, checked_at: datetime | None
    ) -> Iterator[pa.RecordBatch]:
        """The rows that the last look did not read exactly so."""
        self._this = []
        known = self._last if checked_at is not None and checked_at == self.as_of else None
        for batch in batches:
            digests = pl.DataFrame(batch).hash_rows()
            if sum(map(len, self._this)) <= MOST_ROWS:
                self._this.append(digests)
            if known is not None:
                fresh = ~digests.is_in(known.implode())
                batch = batch.filter(fresh.to_arrow())  # noqa: PLW2901 - fewer rows of the same
            yield batch

    def keep(self, *, as_of: datetime) -> None:
        """The look has been committed."""
        few = sum(map(len, self._this)) <= MOST_ROWS
        self._last = pl.concat(self._this) if few and self._this else None
        self.as_of, self._this = as_of, []
