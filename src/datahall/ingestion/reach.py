"""A task's way to its source, for whoever compares and does not load (比对用的源端通道)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import polars as pl
from sqlalchemy import Connection

from datahall import catalogue
from datahall.catalogue import CatalogueItem
from datahall.ingestion import repository
from datahall.ingestion.checking import AHEAD_OF_CLOCK
from datahall.ingestion.connectors import Connector, Reading
from datahall.ingestion.connectors.base import Asked, Keys
from datahall.ingestion.connectors.mysql import MySql
from datahall.ingestion.connectors.postgres import Postgres
from datahall.ingestion.model import Task, is_watermark
from datahall.ingestion.service.sources import connector_of
from datahall.ingestion.vocabulary import Kind
from datahall.kit.clock import LOCAL
from datahall.kit.ids import TaskId


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """One table of one source, read only.  Every failure is a `LoadFailure` of its layer."""

    task: Task
    item: CatalogueItem
    kind: Kind
    connector: Connector
    reading: Reading
    moments: bool  # the watermark is an instant, not a number

    @property
    def asked(self) -> Asked | None:
        """The source as a database that can sum up for itself; None: its rows must be read."""
        return self.connector if isinstance(self.connector, Postgres | MySql) else None

    def kinds(self) -> Mapping[str, str]:
        """Field → plain name of its column's type at the source; empty for a file."""
        if self.asked is None:
            return {}
        found = self.asked.kinds(self.reading)
        return {field.name: found[field.source_column] for field in self.item.fields}

    def ask(self, statement: str, *, within_s: int) -> list[tuple[Any, ...]]:
        if self.asked is None:
            raise TypeError("a file answers no statements")
        return self.asked.ask(statement, self.reading, within_s=within_s)

    def rows(self, keys: Sequence[Mapping[str, str]] | None = None) -> Iterator[pl.DataFrame]:
        """Batches with the entry's field names, of the rows with these keys or of all.

        Args:
            keys: by field name, as the source writes them.
        """
        for frame in self.batches(keys):
            yield frame.select(pl.col(f.source_column).alias(f.name) for f in self.item.fields)

    def batches(self, keys: Sequence[Mapping[str, str]] | None = None) -> Iterator[pl.DataFrame]:
        """As `rows`, but with the source's own column names."""
        if keys is None:
            yield from map(pl.DataFrame, self.connector.read(self.reading))
            return
        columns = {f.name: f.source_column for f in self.item.fields if f.is_key}
        for start in range(0, len(keys), Keys.AT_ONCE):
            some = keys[start : start + Keys.AT_ONCE]
            picked = Keys(
                columns=tuple(columns.values()),
                values=tuple(tuple(key[name] for name in columns) for key in some),
            )
            yield from map(pl.DataFrame, self.connector.read(replace(self.reading, keys=picked)))

    def has_rows(self) -> bool:
        return self.connector.has_rows(self.reading)

    def position(self, *, now: datetime, within_s: int) -> str:
        """How far the source has come; a watermark that the clock does not believe is left out."""
        upto = None
        if self.reading.watermark and self.moments:
            limit = (now + AHEAD_OF_CLOCK).astimezone(LOCAL).replace(tzinfo=None, microsecond=0)
            upto = limit.isoformat(sep=" ")
        return self.connector.position(replace(self.reading, upto=upto), within_s=within_s)


def reach(conn: Connection, id: TaskId) -> Reach:
    """The way to the source of a task.

    Raises:
        TaskNotFound, SecretLost
    """
    task = repository.task(conn, id)
    item = catalogue.get(conn, task.item)
    table = catalogue.inventory_table(conn, task.table)
    source = repository.source(conn, task.source)
    types = {column.name: column.type for column in table.columns}
    kind = types.get(task.watermark or "", "")
    return Reach(
        task=task,
        item=item,
        kind=source.kind,
        connector=connector_of(source),
        reading=Reading(
            schema=table.schema,
            table=table.name,
            columns=tuple(dict.fromkeys(field.source_column for field in item.fields)),
            watermark=task.watermark,
        ),
        moments=is_watermark(kind) and kind.lower().startswith(_MOMENTS),
    )


_MOMENTS: Final = ("timestamp", "datetime")
