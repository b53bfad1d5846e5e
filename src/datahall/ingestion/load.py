"""One run of a task: read, check and land in stages; one transaction holds all that it writes.

    source → batches → names and rules → good rows: COPY · bad rows: quarantine → checkpoint

Rows, quarantine, checkpoint and counts commit together.  The run's own line in the list of loads
is written beside it, so that people see it working, and is finished in that same transaction.
"""

import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl
import psycopg
import pyarrow as pa
import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from datahall import catalogue, quality, store
from datahall.catalogue import CatalogueItem
from datahall.ingestion import errors, repository
from datahall.ingestion.connectors import Connector, Reading
from datahall.ingestion.events import LoadLanded
from datahall.ingestion.model import Checkpoint, Load, LoadState, Mode, Task, TaskStatus
from datahall.ingestion.pipeline import ahead
from datahall.ingestion.service import connector_of
from datahall.kit.clock import LOCAL, local_date
from datahall.kit.errors import DomainError, Terminal
from datahall.kit.ids import LoadId, TaskId, new_id
from datahall.kit.uow import Unit, Units
from datahall.quality import Checked, RuleSet
from datahall.store import Dataset, FreshLoad, Landed, MergeLoad

log = structlog.get_logger(__name__)

SHOW_EVERY_S: Final = 1.0
AHEAD_OF_CLOCK: Final = timedelta(days=1)
"""A watermark further ahead is a mistake of the source and must not hide later changes."""


def run(units: Units, id: TaskId) -> Load | None:
    """Bring what is new at the source of one task.

    Returns the load, or None when there was nothing new or another worker has the task.  A
    failure is written down with its layer and returned, not raised.
    """
    run_ = _Run(units=units, task=id)
    try:
        return run_.attempt()
    except store.DatasetBusy:
        return None
    except DomainError as error:
        return run_.fail(error)
    except (psycopg.Error, SQLAlchemyError, OSError) as error:
        log.exception("load could not write", task=str(id))
        return run_.fail(errors.WriteFailed(reason=type(error).__name__))


@dataclass(slots=True)
class _Batch:
    """One batch after the rules."""

    read: int
    names: tuple[str, ...]
    rows: bytes  # the good ones, encoded
    landing: int
    checked: Checked
    high: Any  # highest watermark


@dataclass(slots=True)
class _Run:
    units: Units
    task: TaskId
    load: Load | None = None
    expected: int | None = None

    def attempt(self) -> Load | None:
        """The whole run in one unit."""
        with self.units.open() as unit:
            conn = unit.conn
            task = repository.task(conn, self.task)
            item = catalogue.get(conn, task.item)
            dataset = store.ensure(unit, item)
            store.lock(conn, dataset)
            # Nobody else runs the task from here on: what it says now stays true.
            task = repository.task(conn, self.task)
            if task.status is not TaskStatus.ACTIVE:
                return None
            repository.interrupt(conn, task.id, at=unit.now)
            table = catalogue.inventory_table(conn, task.table)
            source = repository.source(conn, task.source)
            if not store.key_of(item):
                raise errors.KeyMissing
            self.expected = table.row_estimate
            connector = connector_of(source)
            fingerprint = connector.fingerprint()
            whole = task.whole_next or (task.mode is Mode.FULL)
            checkpoint = replace(task.checkpoint, fingerprint=fingerprint)
            if fingerprint and fingerprint == task.checkpoint.fingerprint and not task.whole_next:
                repository.advance(conn, task.done(at=unit.now, checkpoint=checkpoint))
                return None
            reading = Reading(
                schema=table.schema,
                table=table.name,
                columns=tuple(dict.fromkeys(f.source_column for f in item.fields)),
                watermark=task.watermark,
                after=None
                if whole
                else task.checkpoint.settled(now=unit.now, look_back=task.look_back),
            )
            return self._bring(unit, task, item, dataset, connector, reading, checkpoint, whole)

    def _bring(
        self,
        unit: Unit,
        task: Task,
        item: CatalogueItem,
        dataset: Dataset,
        connector: Connector,
        reading: Reading,
        checkpoint: Checkpoint,
        whole: bool,
    ) -> Load | None:
        conn = unit.conn
        rules = RuleSet.for_item(item)
        batches = ahead(_non_empty(connector.read(reading)))
        first = next(batches, None)
        if first is None:
            return self._nothing(unit, task, dataset, connector, reading, checkpoint, whole)
        load = self._begin(task, whole=whole, at=unit.now)
        landing = _landing(conn, dataset, item, load.id, unit.now, whole=whole)
        target = landing.dataset
        checker = _Checker(item=item, rules=rules, reading=reading, now=unit.now)
        high: Any = None
        shown = time.monotonic()
        with closing(ahead(checker.check(first, batches))) as checked:
            for batch in checked:
                if not threading.main_thread().is_alive():
                    raise errors.Stopped
                high = batch.high if high is None else max(high, batch.high or high)
                landing.write(batch.names, batch.rows)
                bad = quarantine(conn, target, load.id, item, batch.checked, at=unit.now)
                if isinstance(landing, MergeLoad):
                    landing.keep(_keys(batch.checked, target))
                load = replace(
                    load,
                    read=load.read + batch.read,
                    checked=load.checked + batch.landing,
                    quarantined=load.quarantined + bad,
                )
                if time.monotonic() - shown > SHOW_EVERY_S:
                    self._show(load)
                    shown = time.monotonic()
        self._show(load)
        repeated = landing.duplicates(_field_of(item, task.watermark))
        ...
        raise NotImplementedError
