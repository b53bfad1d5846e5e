"""What a stream brought of one table, into the hall: rows, quarantine and position in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from datahall import catalogue, store
from datahall.catalogue import CatalogueItem
from datahall.ingestion import errors, repository
from datahall.ingestion.cdc.feed import Feed, Wanted
from datahall.ingestion.cdc.model import UNCHANGED, Images, Position, Shape, Values
from datahall.ingestion.checking import Checker
from datahall.ingestion.connectors import Reading
from datahall.ingestion.events import LoadLanded
from datahall.ingestion.holding.model import Guard
from datahall.ingestion.model import Load, Task
from datahall.ingestion.vocabulary import LoadState, TaskStatus
from datahall.kit.ids import LoadId, TaskId, new_id
from datahall.kit.settings import settings
from datahall.kit.uow import Unit, Units
from datahall.organisations import SYSTEM
from datahall.quality import Ward, rules_of, typed_keys
from datahall.store import Landed, MergeLoad

WINDOW: Final = timedelta(seconds=60)  # [P] what lands within is one load in the list for people


class Left(Exception):
    """The task follows this stream no more, or not from where we thought."""


class TooManyGone(Exception):
    """More would go at once than may go unasked: let a whole comparison put the question."""


@dataclass(slots=True, kw_only=True)
class Follower:
    """A task on a stream, with what has come for it and not landed yet."""

    task: TaskId
    wanted: Wanted
    stream: str
    position: Position
    ahead: int
    images: Images
    skip: int = 0  # changes of its next transaction that landed before
    taken: int = 0  # changes of the open transaction
    gone: int = 0  # rows that the open transaction has taken out of the hall
    window: Load | None = None

    @classmethod
    def of(cls, task: Task, wanted: Wanted) -> "Follower":
        checkpoint = task.checkpoint
        return cls(
            task=task.id,
            wanted=wanted,
            stream=checkpoint.stream,
            position=checkpoint.position,
            ahead=checkpoint.ahead,
            skip=checkpoint.ahead,
            images=Images(wanted.key),
        )


def wanted_of(unit: Unit, task: Task) -> Wanted:
    """The table and the columns that a task's entry is made of."""
    table = catalogue.inventory_table(unit.conn, task.table)
    item = catalogue.get(unit.conn, task.item)
    return Wanted(
        table=(table.schema, table.name),
        key=tuple(f.source_column for f in item.fields if f.is_key and f.source_column),
        columns=tuple(dict.fromkeys(f.source_column for f in item.fields if f.source_column)),
        keep_days=task.keep_days,
    )


def hold_shape(wanted: Wanted, shape: Shape) -> None:
    """Refuse a table that changed under the entry.

    Raises:
        TableGone, ColumnsGone, TypeUnknown
    """
    name = ".".join(part for part in wanted.table if part)
    if not shape.columns:
        raise errors.TableGone(table=name)
    gone = [column for column in wanted.columns if column not in shape.names]
    if gone:
        raise errors.ColumnsGone(table=name, columns="、".join(gone))
    for column in shape.columns:
        if column.name in wanted.columns and column.series is None:
            raise errors.TypeUnknown(table=name, column=column.name, type=column.type)


def land(units: Units, follower: Follower, feed: Feed, *, through: Position, ahead: int) -> int:
    """Write what came for the follower, and that it has come so far; how many changes those were.

    Raises:
        Left, TooManyGone, DatasetBusy, LoadFailure
    """
    images = follower.images
    _fill(follower, feed)
    with units.open() as unit:
        conn = unit.conn
        found = repository.task(conn, follower.task)
        item = catalogue.get(conn, found.item)
        dataset = store.ensure(unit, item)
        store.lock(conn, dataset)
        task = repository.task(conn, follower.task)  # as it is now that nobody else runs it
        checkpoint = task.checkpoint
        here = (checkpoint.position, checkpoint.ahead) == (follower.position, follower.ahead)
        if (
            task.status is not TaskStatus.ACTIVE
            or task.whole_next
            or not checkpoint.follows(follower.stream)
            or not here
            or not store.fits(dataset, item)
        ):
            raise Left
        guard = Guard.of(task, settings())
        landed, held = _write(unit, item, dataset, follower, guard)
        moved = replace(checkpoint, position=through, ahead=ahead)
        repository.advance(conn, replace(task, checkpoint=moved).done(at=unit.now))
        window = _counted(unit, follower, landed, held, dataset)
    follower.position, follower.ahead, follower.window = through, ahead, window
    count = images.changes
    follower.images = Images(follower.wanted.key)
    return count


def close(units: Units, windows: Sequence[Load]) -> None:
    """These loads are over: say so in the list and in the ledger."""
    with units.open() as unit:
        for window in windows:
            changed = window.inserted + window.updated + window.deleted + window.quarantined
            if not changed:
                repository.drop_load(unit.conn, window.id)
                continue
            repository.put_load(
                unit.conn, replace(window, state=LoadState.DONE, finished_at=unit.now)
            )
            unit.record(
                LoadLanded(
                    at=unit.now,
                    by=SYSTEM.by,
                    task=window.task,
                    load=window.id,
                    item=repository.task(unit.conn, window.task).item,
                    revision=window.revision or 0,
                    inserted=window.inserted,
                    updated=window.updated,
                    deleted=window.deleted,
                    quarantined=window.quarantined,
                )
            )


def is_over(window: Load, now: datetime) -> bool:
    return now - window.started_at >= WINDOW


def _write(
    unit: Unit, item: CatalogueItem, dataset: store.Dataset, follower: Follower, guard: Guard
) -> tuple[Landed, int]:
    conn, batch = unit.conn, LoadId(new_id())
    rules = rules_of(conn, item)
    schema, table = follower.wanted.table
    reading = Reading(schema=schema, table=table, columns=follower.wanted.columns)
    checker = Checker(item=item, rules=rules, reading=reading, now=unit.now)
    ward = Ward(conn=conn, dataset=dataset.id, item=item, rules=rules, load=batch, at=unit.now)
    landing = MergeLoad(conn, dataset, batch, unit.now)
    names = [field.name for field in item.fields]
    present: list[pl.DataFrame] = []
    for frame in _frames(follower):
        divided = checker.divide(frame)
        landing.write(names, divided.rows)
        ward.admit(divided.checked)
        good = divided.checked.good.select(dataset.key)
        present += [good, divided.keys_of_bad(dataset.key).cast(dict(good.schema))]  # type: ignore[arg-type]
    if gone := _gone(follower, item):
        ward.release_gone(gone.came)
        keys = gone.typed.drop_nulls().unique()
        for rows in present:
            keys = keys.join(rows, on=list(dataset.key), how="anti")
        landing.remove(keys)
    had = store.state(conn, dataset.id).rows
    landed = landing.finish()
    follower.gone += landed.deleted
    if guard.stops(rows=had + follower.gone - landed.deleted, going=follower.gone):
        raise TooManyGone
    ward.finish(whole=False)
    return landed, ward.held


@dataclass(frozen=True, slots=True)
class _Gone:
    came: pl.DataFrame  # as the source writes the keys
    typed: pl.DataFrame  # as the hall does


def _gone(follower: Follower, item: CatalogueItem) -> _Gone | None:
    keys = [key for key, image in follower.images.last.items() if image is None]
    if not keys:
        return None
    shape = follower.images.shape
    columns = dict(zip(follower.wanted.key, zip(*keys, strict=True), strict=True))
    made = {c.name: c.series for c in shape.columns if c.name in columns} if shape else {}
    fields = [field for field in item.fields if field.is_key]
    came = pl.DataFrame(
        [
            (made.get(f.source_column) or pl.Series)(f.name, list(columns[f.source_column]))
            for f in fields
        ]
    )

    return _Gone(came, typed_keys(came, fields))


def _frames(follower: Follower) -> list[pl.DataFrame]:
    """The rows that are there, as a load would read them; one frame a shape."""
    by_shape: dict[int, tuple[Shape, list[Values]]] = {}
    for image in follower.images.last.values():
        if image is not None:
            by_shape.setdefault(id(image[0]), (image[0], []))[1].append(image[1])
    frames = []
    for shape, rows in by_shape.values():
        hold_shape(follower.wanted, shape)
        values = list(zip(*rows, strict=True))
        frames.append(
            pl.DataFrame(
                [
                    column.series(column.name, values[place])
                    for place, column in enumerate(shape.columns)
                    if column.series is not None and column.name in follower.wanted.columns
                ]
            )
        )
    return frames


def _fill(follower: Follower, feed: Feed) -> None:
    """Ask the source for the values that its log left out."""
    wanted, last = follower.wanted, follower.images.last
    lacking: dict[int, tuple[Shape, list[Values]]] = {}
    for key, image in last.items():
        if image is not None and any(
            value is UNCHANGED and name in wanted.columns
            for name, value in zip(image[0].names, image[1], strict=True)
        ):
            lacking.setdefault(id(image[0]), (image[0], []))[1].append(key)
    for shape, keys in lacking.values():
        columns = tuple(name for name in shape.names if name in wanted.columns)
        found = feed.fill(shape, wanted.key, columns, keys)
        for key in keys:
            present = found.get(key)
            image = last[key]
            if present is None or image is None:
                # It is gone by now: the stream goes on to say so, and how.
                del last[key]
                continue
            now = dict(zip(columns, present, strict=True))
            last[key] = (
                shape,
                tuple(
                    now.get(name) if value is UNCHANGED else value
                    for name, value in zip(shape.names, image[1], strict=True)
                ),
            )


def _counted(
    unit: Unit, follower: Follower, landed: Landed, held: int, dataset: store.Dataset
) -> Load:
    """The load that people see, with this landing in it."""
    window = follower.window or Load(
        id=LoadId(new_id()),
        task=follower.task,
        state=LoadState.RUNNING,
        whole=False,
        started_at=unit.now,
    )
    count = follower.images.changes
    grown = replace(
        window,
        read=window.read + count,
        checked=window.checked + count,
        inserted=window.inserted + landed.inserted,
        updated=window.updated + landed.updated,
        unchanged=window.unchanged + landed.unchanged,
        deleted=window.deleted + landed.deleted,
        quarantined=window.quarantined + held,
        revision=store.state(unit.conn, dataset.id).revision,
    )
    repository.put_load(unit.conn, grown)
    return grown
