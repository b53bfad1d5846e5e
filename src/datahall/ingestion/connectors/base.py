"""What every connector offers: test, describe, read in Arrow batches."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import pyarrow as pa

from datahall.catalogue import ScannedTable
from datahall.ingestion.model import Diagnosis

BATCH_ROWS: Final = 50_000
BATCH_BYTES: Final = 16 << 20  # whichever comes first, so that a wide table costs no more
CONNECT_TIMEOUT_S: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What to read: a table, its columns, and only rows whose watermark is above `after`."""

    schema: str
    table: str
    columns: tuple[str, ...]  # the source's own names
    watermark: str | None = None
    after: str | None = None

    @property
    def all_columns(self) -> tuple[str, ...]:
        """What a batch brings: the columns asked for, and the watermark's."""
        extra = self.watermark is not None and self.watermark not in self.columns
        return (*self.columns, self.watermark) if extra and self.watermark else self.columns

    @property
    def name(self) -> str:
        return f"{self.schema}.{self.table}" if self.schema else self.table


class Connector(Protocol):
    """One open way into one source.  Every failure is a `LoadFailure` of the layer it is in."""

    def test(self) -> Diagnosis:
        """Ask layer by layer; never raises for what is the source's fault."""

    def tables(self) -> list[ScannedTable]:
        """Tables and columns from metadata; no row of a database is read."""

    def unknown_types(self, table: ScannedTable) -> Mapping[str, str]:
        """Columns that cannot be read, with their types."""

    def fingerprint(self) -> str:
        """Changes when a file changed; empty for a database."""

    def read(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """The rows, in batches of bounded size, as they were at one instant."""

    def has_rows(self, reading: Reading) -> bool:
        """Whether the table has any row at all."""
