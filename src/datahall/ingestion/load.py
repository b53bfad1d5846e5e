"""One run of a task: read, check and land in stages; one transaction holds all that it writes.

    source → batches → names and rules → good rows: COPY · bad rows: quarantine → checkpoint

Rows, quarantine, checkpoint and counts commit together.  The run's line in the list of loads is
also written beside that transaction, so that people see it working.
"""

import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import psycopg
import pyarrow as pa
import structlog
from sqlalchemy.exc import SQLAlchemyError

from datahall import catalogue, store
from datahall.catalogue import CatalogueItem
from datahall.ingestion import errors, repository
from datahall.ingestion.checking import Checker, watermark_text
from datahall.ingestion.connectors import Connector, Reading
from datahall.ingestion.events import LoadHeld, LoadLanded
from datahall.ingestion.holding import repository as holds
from datahall.ingestion.holding.model import EXAMPLES, Guard, Hold, shown
from datahall.ingestion.memory import Memory
from datahall.ingestion.model import Load, Task
from datahall.ingestion.pipeline import ahead
from datahall.ingestion.service import scanning
from datahall.ingestion.service.sources import connector_of
from datahall.ingestion.vocabulary import Layer, LoadState, TaskStatus
from datahall.kit.errors import DomainError, Terminal
from datahall.kit.ids import LoadId, TaskId, new_id
from datahall.kit.settings import settings
from datahall.kit.uow import Unit, Units
from datahall.organisations import SYSTEM
from datahall.quality import Ward, rules_of
from datahall.store import Dataset, FreshLoad, Landed, Landing, Leaving, MergeLoad

log = structlog.get_logger(__name__)

SHOW_EVERY_S: Final = 1.0
DRIFTED: Final = (errors.TableGone, errors.ColumnsGone, errors.TypeUnknown)
REPEATS_LIMIT: Final = 0.1  # [P] above this share the key is wrong, not the rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a task gets on a stream of changes: all rows as of `snapshot`, then what follows."""

    stream: str
    position: tuple[int, ...]
    snapshot: str


def run(
    units: Units, id: TaskId, memory: Memory | None = None, *, origin: Origin | None = None
) -> Load | None:
    """Bring what is new at the source of one task.

    Args:
        memory: of the task, kept by whoever runs it again and again.
        origin: everything is read as of there, and the task follows the stream from there on.

    Returns the load, or None when there was nothing new or another worker has the task.  A
    failure is written down with its layer and returned, not raised.
    """
    this = _Run(units=units, id=LoadId(new_id()), task=id, memory=memory or Memory(), origin=origin)
    try:
        load = this.attempt()
    except store.DatasetBusy:
        return None
    except _Held as held:
        return this.hold(held)
    except DomainError as error:
        return this.fail(error)
    except (psycopg.Error, SQLAlchemyError, OSError) as error:
        log.exception("load could not write", task=str(id))
        return this.fail(errors.WriteFailed(reason=type(error).__name__))
    if this.checked_at is not None:
        this.memory.keep(as_of=this.checked_at)
    return load


@dataclass(slots=True)
class _Run:
    units: Units
    id: LoadId
    task: TaskId
    memory: Memory
    origin: Origin | None = None
    load: Load | None = None  # as far as it has come
    checked_at: datetime | None = None

    def attempt(self) -> Load | None:
        with self.units.open() as unit:
            conn = unit.conn
            item = catalogue.get(conn, repository.task(conn, self.task).item)
            dataset = store.ensure(unit, item)
            store.lock(conn, dataset)
            task = repository.task(conn, self.task)  # as it is now that nobody else runs it
            if task.status is not TaskStatus.ACTIVE:
                return None
            repository.interrupt(conn, task.id, at=unit.now)
            holds.supersede(conn, task.id)
            return _Attempt(run=self, unit=unit, task=task, item=item, dataset=dataset).make()

    def show(self, load: Load) -> None:
        """Let people see how far the load is, in a transaction of its own."""
        self.load = load
        with self.units.open() as unit:
            repository.put_load(unit.conn, load)

    def hold(self, held: "_Held") -> Load:
        """Write down what waits for a person; all that was read is rolled back by now."""
        with self.units.open() as unit:
            task = repository.task(unit.conn, self.task, lock=True)
            holds.supersede(unit.conn, task.id)
            load = replace(
                held.load,
                state=LoadState.HELD,
                finished_at=unit.now,
                error_code=errors.DeletesMuch.code,
                error_detail={
                    "read": held.load.read,
                    "rows": held.leaving.rows,
                    "going": held.leaving.going,
                    "percent": held.guard.percent,
                },
            )
            repository.put_load(unit.conn, load)
            holds.add(
                unit.conn,
                Hold(
                    load=load.id,
                    task=task.id,
                    at=unit.now,
                    rows=held.leaving.rows,
                    going=held.leaving.going,
                    read=load.read,
                    examples=held.examples,
                    fingerprint=held.fingerprint,
                ),
            )
            repository.advance(unit.conn, task.held(), stop=True)
            unit.record(
                LoadHeld(
                    at=unit.now,
                    by=SYSTEM.by,
                    task=task.id,
                    load=load.id,
                    rows=held.leaving.rows,
                    going=held.leaving.going,
                )
            )
        log.warning("load held", task=str(self.task), going=held.leaving.going)
        return load

    def fail(self, error: DomainError) -> Load:
        """Write down what failed; everything else of the load is rolled back by now."""
        with self.units.open() as unit:
            task = repository.task(unit.conn, self.task, lock=True)
            holds.supersede(unit.conn, task.id)
            final = isinstance(error, Terminal)
            load = self.load or _started(self.id, task, whole=task.reads_everything, at=unit.now)
            failed = replace(
                load,
                state=LoadState.FAILED,
                finished_at=unit.now,
                error_layer=getattr(error, "layer", Layer.CONTRACT),
                error_code=error.code,
                error_detail={k: _plain(v) for k, v in error.detail.items()},
            )
            repository.put_load(unit.conn, failed)
            repository.advance(unit.conn, task.failed(at=unit.now, final=final), stop=final)
            if isinstance(error, DRIFTED):  # a scan says what became of it and opens the ticket
                scanning.order(unit, task.source)
        log.warning("load failed", task=str(self.task), code=error.code)
        return failed


class _Held(Exception):
    """Takes the figures of a held load out of the transaction that is rolled back."""

    def __init__(
        self,
        *,
        load: Load,
        leaving: Leaving,
        guard: Guard,
        examples: tuple[str, ...],
        fingerprint: str,
    ) -> None:
        self.load = load
        self.leaving = leaving
        self.guard = guard
        self.examples = examples
        self.fingerprint = fingerprint


@dataclass(slots=True, kw_only=True)
class _Attempt:
    """The run inside its transaction, with the dataset's lock held."""

    run: _Run
    unit: Unit
    task: Task
    item: CatalogueItem
    dataset: Dataset

    def make(self) -> Load | None:
        conn, task = self.unit.conn, self.task
        if not store.key_of(self.item):
            raise errors.KeyMissing
        table = catalogue.inventory_table(conn, task.table)
        connector = connector_of(repository.source(conn, task.source))
        if origin := self.run.origin:
            start = task.checkpoint.unfollowed()
            start = replace(start, stream=origin.stream, position=origin.position)
            task = replace(task, checkpoint=start, whole_next=True)
        fingerprint = connector.fingerprint()
        if fingerprint and fingerprint == task.checkpoint.fingerprint and not task.whole_next:
            self._advance(task)
            return None
        self.task = task = replace(
            task, checkpoint=replace(task.checkpoint, fingerprint=fingerprint)
        )
        whole = task.reads_everything or self._is_fresh
        reading = Reading(
            schema=table.schema,
            table=table.name,
            columns=tuple(dict.fromkeys(field.source_column for field in self.item.fields)),
            watermark=task.watermark,
            after=None
            if whole
            else task.checkpoint.start(now=self.unit.now, look_back=task.look_back),
            snapshot=origin.snapshot if origin else "",
        )
        load = _started(
            self.run.id, task, whole=whole, at=self.unit.now, expected=table.row_estimate
        )
        rows = connector.read(reading)
        if reading.after is not None:
            rows = self.run.memory.unseen(rows, checked_at=task.checked_at)
        batches = ahead(_filled(rows))
        first = next(batches, None)
        if first is not None:
            return self._bring(load, reading, first, batches)
        if reading.after is not None:
            self._advance(task)
            return None
        return self._nothing(load, connector, reading)

    @property
    def _is_fresh(self) -> bool:
        """Whether the hall table must be built anew."""
        state = store.state(self.unit.conn, self.dataset.id)
        return state.revision == 0 or not store.fits(self.dataset, self.item)

    def _advance(self, task: Task) -> None:
        """The run has seen all that there is: store its checkpoint and when it runs next."""
        done = task.done(at=self.unit.now)
        if self.run.origin:
            repository.hold_stream(self.unit.conn, done)
        repository.advance(self.unit.conn, done)
        self.run.checked_at = done.checked_at

    def _nothing(self, load: Load, connector: Connector, reading: Reading) -> Load | None:
        """No row came: a success only if the source has none and the hall has none either."""
        conn = self.unit.conn
        if load.expected or connector.has_rows(reading):
            raise errors.NothingRead(table=reading.name, expected=load.expected or 1)
        rows = store.state(conn, self.dataset.id).rows
        if rows:
            raise errors.SourceEmptied(table=reading.name, rows=rows)
        self._advance(self.task)
        if not self.task.whole_next:
            return None
        done = replace(load, state=LoadState.DONE, finished_at=self.unit.now)
        repository.put_load(conn, done)
        return done

    def _bring(
        self,
        load: Load,
        reading: Reading,
        first: pa.RecordBatch,
        batches: Generator[pa.RecordBatch, None, None],
    ) -> Load | None:
        unit, names = self.unit, [field.name for field in self.item.fields]
        landing = self._landing(load)
        rules = rules_of(unit.conn, self.item)
        checker = Checker(item=self.item, rules=rules, reading=reading, now=unit.now)
        ward = Ward(
            conn=unit.conn,
            dataset=self.dataset.id,
            item=self.item,
            rules=rules,
            load=load.id,
            at=unit.now,
        )
        high: Any = None
        repeats = 0
        if load.whole:
            self.run.show(load)
        shown = time.monotonic()
        with closing(ahead(checker.check(first, batches))) as checked:
            for batch in checked:
                if not threading.main_thread().is_alive():
                    raise errors.Stopped
                landing.write(names, batch.rows)
                ward.admit(batch.checked)
                landing.keep(batch.keys_of_bad(landing.dataset.key))
                repeats += batch.repeats
                high = batch.high if high is None else max(high, batch.high or high)
                load = replace(
                    load,
                    read=load.read + batch.read,
                    checked=load.checked + batch.read,
                    quarantined=ward.held,
                )
                if time.monotonic() - shown > SHOW_EVERY_S:
                    self.run.show(load)
                    shown = time.monotonic()
        self.run.load = load
        newest = next(
            (f.name for f in self.item.fields if f.source_column == reading.watermark), None
        )
        at_most = max(1, int(load.read * REPEATS_LIMIT)) - repeats
        if at_most < 0:
            key = "、".join(f.title for f in self.item.fields if f.is_key)
            raise store.KeyNotUnique(key=key, rows=load.read, duplicates=repeats)
        ward.hold_repeats(landing.duplicates(newest=newest, at_most=at_most))
        landing.keep(ward.landed_by_clerks())
        self._ask(load, landing)
        landed = landing.finish()
        ward.finish(whole=load.whole)
        return self._finish(load, landed, ward, high)

    def _ask(self, load: Load, landing: Landing) -> None:
        """Stop for a person before a large part of the register goes."""
        guard = Guard.of(self.task, settings())
        leaving = landing.leaving(EXAMPLES)
        if not guard.stops(rows=leaving.rows, going=leaving.going):
            return
        fingerprint = self.task.checkpoint.fingerprint
        cleared = holds.cleared(self.unit.conn, self.task.id)
        if cleared is None or not cleared.covers(leaving, guard, fingerprint=fingerprint):
            raise _Held(
                load=load,
                leaving=leaving,
                guard=guard,
                examples=shown(self.item, leaving),
                fingerprint=fingerprint,
            )

    def _landing(self, load: Load) -> FreshLoad | MergeLoad:
        conn, at = self.unit.conn, self.unit.now
        if self._is_fresh:
            shape = store.reshaped(self.dataset, self.item)
            return FreshLoad(conn, shape, load.id, at)
        return MergeLoad(conn, self.dataset, load.id, at, whole=load.whole)

    def _finish(self, load: Load, landed: Landed, ward: Ward, high: Any) -> Load | None:
        """Checkpoint and counts, in the transaction of the rows."""
        unit, task = self.unit, self.task
        checkpoint = task.checkpoint.seen(
            watermark_text(high), at=unit.now, look_back=task.look_back
        )
        self._advance(replace(task, checkpoint=checkpoint))
        if load.whole:
            holds.use(unit.conn, task.id, at=unit.now)
        changed = landed.changed or ward.held or ward.corrected
        if not (changed or load.whole):
            repository.drop_load(unit.conn, load.id)
            return None
        done = replace(
            load,
            state=LoadState.DONE,
            finished_at=self.run.units.clock(),
            inserted=landed.inserted,
            updated=landed.updated,
            unchanged=landed.unchanged,
            deleted=landed.deleted,
            quarantined=ward.held,
            revision=store.state(unit.conn, self.dataset.id).revision,
        )
        repository.put_load(unit.conn, done)
        if changed:
            unit.record(
                LoadLanded(
                    at=unit.now,
                    by=SYSTEM.by,
                    task=task.id,
                    load=load.id,
                    item=task.item,
                    revision=done.revision or 0,
                    inserted=landed.inserted,
                    updated=landed.updated,
                    deleted=landed.deleted,
                    quarantined=ward.held,
                )
            )
        return done


def _started(
    id: LoadId, task: Task, *, whole: bool, at: datetime, expected: int | None = None
) -> Load:
    return Load(
        id=id,
        task=task.id,
        state=LoadState.RUNNING,
        whole=whole,
        started_at=at,
        expected=expected if whole else None,
    )


def _filled(batches: Iterator[pa.RecordBatch]) -> Generator[pa.RecordBatch, None, None]:
    for batch in batches:
        if batch.num_rows:
            yield batch


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool | None) else str(value)
