"""What every connector offers: test, describe, read in Arrow batches."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Protocol

import polars as pl
import pyarrow as pa

from datahall.catalogue import ScannedTable
from datahall.ingestion.errors import LoadFailure
from datahall.ingestion.model import Diagnosis, Finding
from datahall.ingestion.vocabulary import Layer

BATCH_ROWS: Final = 50_000
BATCH_BYTES: Final = 8 << 20  # whichever comes first, so that a wide table costs no more memory
CONNECT_TIMEOUT_S: Final = 5
SAMPLE_WITHIN_S: Final = 20  # [P] of the source's time
SAMPLE_CHARACTERS: Final = 200
DATABASE_LAYERS: Final = (Layer.REACH, Layer.LOGIN, Layer.PRIVILEGE, Layer.READ)
UNKNOWN: Final = "未识别："
"""Begins the type of a column that we cannot bring, so that the inventory shows it."""
FILE_LAYERS: Final = (Layer.REACH, Layer.READ, Layer.CONTRACT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Rows picked by the source's own key columns, values as text; at most `AT_ONCE` of them."""

    columns: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]

    AT_ONCE: ClassVar[int] = 1_000

    def inside(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Those rows of a batch of text."""
        wanted = pl.DataFrame(
            self.values, schema=dict.fromkeys(self.columns, pl.String), orient="row"
        ).unique()
        return frame.join(wanted, on=list(self.columns), how="semi", maintain_order="left")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What to read: a table, its columns, and only rows whose watermark is above `after`."""

    schema: str
    table: str
    columns: tuple[str, ...]  # the source's own names
    watermark: str | None = None
    after: str | None = None
    snapshot: str = ""  # the moment to read as of, as the source names it
    keys: Keys | None = None  # only these rows
    upto: str | None = None  # of a position: what is above it is a mistake of the source's clock

    @property
    def all_columns(self) -> tuple[str, ...]:
        """What a batch brings: the columns asked for, and the watermark's."""
        extra = self.watermark is not None and self.watermark not in self.columns
        return (*self.columns, self.watermark) if extra and self.watermark else self.columns

    @property
    def name(self) -> str:
        return f"{self.schema}.{self.table}" if self.schema else self.table


def found(layer: Layer, code: str, **detail: object) -> Finding:
    """A layer that is in order, and what was seen there."""
    return Finding(layer=layer, ok=True, code=f"ingestion.found.{code}", detail=detail)


def broken(error: LoadFailure) -> Finding:
    """A layer that failed."""
    return Finding(layer=error.layer, ok=False, code=error.code, detail=error.detail)


def diagnose(layers: Sequence[Layer], steps: Iterator[Finding]) -> Diagnosis:
    """Take steps until one fails; layers that were not reached stay unknown."""
    findings: list[Finding] = []
    try:
        findings.extend(steps)
    except LoadFailure as error:
        findings.append(broken(error))
    told = {finding.layer: finding for finding in findings}
    return Diagnosis(
        findings=tuple(told.get(layer, Finding(layer=layer, ok=None)) for layer in layers)
    )


class Connector(Protocol):
    """One open way into one source.  Every failure is a `LoadFailure` of the layer it is in."""

    def test(self) -> Diagnosis:
        """Ask layer by layer; never raises for what is the source's fault."""

    def tables(self) -> list[ScannedTable]:
        """Tables and columns from metadata; no row of a database is read."""

    def fingerprint(self) -> str:
        """Changes when a file changed; empty for a database."""

    def read(self, reading: Reading) -> Iterator[pa.RecordBatch]:
        """The rows, in batches of bounded size, as they were at one instant."""

    def sample(self, reading: Reading, *, rows: int) -> pl.DataFrame:
        """At most `rows` rows; the source stops by itself after `SAMPLE_WITHIN_S`.

        Of a large table they come from all over it where the source can do that cheaply, and
        long text comes cut at `SAMPLE_CHARACTERS`.
        """

    def has_rows(self, reading: Reading) -> bool:
        """Whether the table has any row at all."""

    def position(self, reading: Reading, *, within_s: int) -> str:
        """How far the table has come, from what costs the source little; empty: it cannot tell.

        The highest watermark where the reading has one, else a count of changes, else what tells
        one state of a file from another.
        """


class Asked(Protocol):
    """A database that can be asked for sums, so that its rows need not travel."""

    def kinds(self, reading: Reading) -> Mapping[str, str]:
        """What each column of the reading is, in the server's plain names (int8, varchar …)."""

    def ask(self, statement: str, reading: Reading, *, within_s: int) -> list[tuple[Any, ...]]:
        """The answer to one statement that only reads; the server itself stops what takes longer."""

    def sees_text_as_unicode(self) -> bool:
        """Whether its functions see the characters of a text as they are here."""
