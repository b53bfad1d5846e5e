"""Changes noted by triggers in a table beside (触发器登记表), where the log may not be read.

The table says which rows changed; what they are now is read again by key.  A note is used up only
after what it told of has landed, and only that very note: one that commits late, with a lower
number than others that were used before, is simply found at the next look.
"""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

import orjson

from datahall.ingestion.cdc.feed import Beginning, Wanted
from datahall.ingestion.cdc.model import (
    UNCHANGED,
    Change,
    Committed,
    Emptied,
    Event,
    Position,
    Quiet,
    Shape,
    StreamState,
    TableName,
    Values,
)
from datahall.ingestion.errors import LoadFailure
from datahall.kit.ids import new_id

LOOK_S: Final = 0.5
AT_ONCE: Final = 5_000
PRUNE_S: Final = 60.0
ALWAYS: Final = (2**62,)  # notes have no order that a position could be compared with


@dataclass(frozen=True, slots=True)
class Note:
    """One row of the outbox."""

    seq: int
    table: str
    op: str
    key: str  # a JSON list of texts
    at: datetime


class Box(Protocol):
    """The outbox of one kind of database."""

    def check(self, wanted: Sequence[Wanted]) -> Mapping[TableName, LoadFailure]: ...

    def shape(self, wanted: Wanted) -> Shape: ...

    def notes(self, tables: Sequence[str], *, but: Sequence[int], limit: int) -> list[Note]: ...

    def use(self, seqs: Sequence[int], *, keep: bool) -> None: ...

    def prune(self, before: datetime) -> None: ...

    def fill(
        self, shape: Shape, key: tuple[str, ...], columns: tuple[str, ...], keys: Sequence[Values]
    ) -> Mapping[Values, Values]: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class OutboxFeed:
    """See `Feed`."""

    box: Box
    _wanted: dict[str, Wanted] = field(default_factory=dict)
    _shapes: dict[str, Shape] = field(default_factory=dict)
    _given: dict[int, list[Note]] = field(default_factory=dict)  # batch → notes not used up yet
    _batch: int = 0
    _looked: float = 0.0
    _pruned: float = 0.0

    def check(self, wanted: Sequence[Wanted]) -> Mapping[TableName, LoadFailure]:
        for each in wanted:
            self._wanted[each.table[1]] = each
        return self.box.check(wanted)

    def resume(self, known: StreamState) -> StreamState:
        self._batch = known.confirmed[0] if known.confirmed else 0
        if known.epoch:
            return known
        return replace(
            known,
            epoch=new_id().hex,
            confirmed=(self._batch,),
            about={"lost": "首次建立"},
            changes=0,
        )

    def start(self, wanted: Collection[TableName]) -> None:
        self._shapes = {name: self.box.shape(self._wanted[name]) for _, name in wanted}

    def read(self, *, wait_s: float) -> Sequence[Event]:
        if not self._shapes or time.monotonic() - self._looked < LOOK_S:
            time.sleep(wait_s)
            return []
        self._looked = time.monotonic()
        held = [note.seq for notes in self._given.values() for note in notes]
        notes = self.box.notes(list(self._shapes), but=held, limit=AT_ONCE)
        if not notes:
            return [] if self._given else [Quiet((self._batch,))]
        self._batch += 1
        self._given[self._batch] = notes
        events: list[Event] = [self._event(note) for note in notes]
        events.append(Committed((self._batch,), max(note.at for note in notes)))
        return events

    def confirm(self, position: Position) -> None:
        landed = [batch for batch in self._given if (batch,) <= position]
        for batch in landed:
            for keep in (True, False):
                seqs = [n.seq for n in self._given[batch] if self._keeps(n.table) is keep]
                if seqs:
                    self.box.use(seqs, keep=keep)
            del self._given[batch]
        days = max((w.keep_days for w in self._wanted.values()), default=0)
        if days and time.monotonic() - self._pruned > PRUNE_S:
            self._pruned = time.monotonic()
            self.box.prune(datetime.now(UTC) - timedelta(days=days))

    @contextmanager
    def beginning(self, table: TableName) -> Iterator[Beginning]:
        """Any moment will do: notes of what the load has read already change nothing."""
        del table
        yield Beginning(position=(self._batch,), snapshot="")

    def fill(
        self, shape: Shape, key: tuple[str, ...], columns: tuple[str, ...], keys: Sequence[Values]
    ) -> Mapping[Values, Values]:
        return self.box.fill(shape, key, columns, keys)

    def abandon(self) -> None:
        """The outbox is the department's; its administrator drops the triggers."""

    def close(self) -> None:
        self.box.close()

    def _keeps(self, table: str) -> bool:
        return self._wanted[table].keep_days > 0

    def _event(self, note: Note) -> Event:
        shape = self._shapes[note.table]
        if note.op == "T":
            return Emptied(shape.table, ALWAYS)
        wanted = self._wanted[note.table]
        key = dict(zip(wanted.key, orjson.loads(note.key), strict=True))
        image: tuple[Any, ...] = tuple(key.get(name, UNCHANGED) for name in shape.names)
        gone = note.op == "D"
        return Change(shape, image if gone else None, None if gone else image, ALWAYS)
