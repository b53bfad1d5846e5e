"""What every source of changes offers, whatever it is read from."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from datahall.ingestion.cdc.model import Event, Position, Shape, StreamState, TableName, Values
from datahall.ingestion.errors import LoadFailure


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A table whose changes somebody follows."""

    table: TableName
    key: tuple[str, ...]  # source columns that make the entry's key
    columns: tuple[str, ...]  # all source columns that the entry has
    keep_days: int = 0  # of an outbox: how long what was used stays


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """A moment at the source: its rows are read as of then, its changes from `position` on."""

    position: Position
    snapshot: str  # as the connector's reading takes it


class Feed(Protocol):
    """One open way to the changes of one source.  Every failure is a `LoadFailure`."""

    def check(self, wanted: Sequence[Wanted]) -> Mapping[TableName, LoadFailure]:
        """What stands in the way of following each table; what stands in the way of all is raised."""

    def resume(self, known: StreamState) -> StreamState:
        """Take up the stream where it was, or begin another one, which has another `epoch`."""

    def start(self, wanted: Collection[TableName]) -> None:
        """Let changes come."""

    def read(self, *, wait_s: float) -> Sequence[Event]:
        """What has come, in order; empty when nothing came for so long."""

    def confirm(self, position: Position) -> None:
        """Let the source forget what is before; also a sign of life."""

    def beginning(self, table: TableName) -> AbstractContextManager[Beginning]:
        """A moment from which a first load and the stream meet without a gap."""

    def fill(
        self, shape: Shape, key: tuple[str, ...], columns: tuple[str, ...], keys: Sequence[Values]
    ) -> Mapping[Values, Values]:
        """The present values of `columns` of these rows; a row that is gone is left out."""

    def abandon(self) -> None:
        """Let the source keep nothing for us any more."""

    def close(self) -> None:
        """End all connections."""
