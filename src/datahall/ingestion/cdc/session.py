"""One sitting at a source's stream: who follows, what comes for whom, and how far the source may forget.

The order that keeps everything: rows and position land in one transaction; who does not follow is
written down as such; only then is the source told that it may forget.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import structlog

from datahall import catalogue, store
from datahall.ingestion import errors, load, repository
from datahall.ingestion.cdc import landing
from datahall.ingestion.cdc import repository as streams
from datahall.ingestion.cdc.feed import Feed
from datahall.ingestion.cdc.landing import Follower, Left, TooManyGone
from datahall.ingestion.cdc.model import (
    Change,
    Committed,
    Emptied,
    Event,
    Images,
    Position,
    Quiet,
    Shape,
    StreamState,
    TableName,
)
from datahall.ingestion.errors import LoadFailure
from datahall.ingestion.load import Origin
from datahall.ingestion.model import Load, Task
from datahall.ingestion.vocabulary import LoadState, Mode
from datahall.kit.errors import DomainError
from datahall.kit.ids import LoadId, SourceId, TaskId, new_id
from datahall.kit.uow import Units

log = structlog.get_logger(__name__)

LAND_AFTER_S: Final = 0.1  # the first change of a landing waits no longer
LAND_AT: Final = 20_000  # changes, so that a transaction of any size needs little memory
LISTEN_S: Final = 0.05
LOOK_S: Final = 1.0  # how often we look who follows, and tell the source how far we are
AGREE_S: Final = 3.0  # how often a stream without changes is noted as agreeing
CHECK_S: Final = 30.0  # how often the source is asked whether it still publishes everything
JOINS: Final = 2  # first loads of one source at a time
BUSY_S: Final = 0.02
BUSY_LIMIT_S: Final = 30.0
RATE_S: Final = 10.0


@dataclass(slots=True, kw_only=True)
class Session:
    """See the module.  `run` returns when the circle of followers changed; then begin another."""

    units: Units
    source: SourceId
    mode: Mode
    feed: Feed
    stop: threading.Event
    joining: dict[TaskId, threading.Thread]  # first loads under way, from session to session
    state: StreamState = field(init=False)
    _followers: dict[TaskId, Follower] = field(default_factory=dict)
    _of: dict[TableName, Follower] = field(default_factory=dict)
    _touched: set[TaskId] = field(default_factory=set)  # by the open transaction
    _refused: set[TaskId] = field(default_factory=set)
    _through: Position = ()  # all that we know of is complete up to here
    _since: float | None = None  # when the oldest change that has not landed came
    _committed_at: datetime | None = None
    _counts: list[tuple[float, int]] = field(default_factory=list)
    _over: bool = False

    def run(self) -> None:
        """Follow until somebody comes or leaves, or until told to stop.

        Raises:
            LoadFailure: of the source as a whole.
        """
        self._begin()
        if not self._followers and not self.joining:
            return
        self.feed.start({f.wanted.table for f in self._followers.values()})
        self._show("streaming")
        looked = checked = agreed = time.monotonic()
        quiet = False
        while not self._over:
            for event in self.feed.read(wait_s=LISTEN_S):
                quiet = isinstance(event, Quiet)
                self._take(event)
            now = time.monotonic()
            if self._since is not None and (now - self._since >= LAND_AFTER_S):
                self._land()
            came = any(not thread.is_alive() for thread in self.joining.values())
            if now - looked >= LOOK_S or came:
                looked = now
                self._look()
            if now - checked >= CHECK_S:
                checked = now
                self._check()
            if quiet and self._since is None and now - agreed >= AGREE_S:
                agreed = now
                self._agree()
            if self.stop.is_set():
                self._over = True
        self._land()
        self._confirm()

    def close(self) -> None:
        """End the windows of loads; first loads under way are left to themselves."""
        landing.close(self.units, [f.window for f in self._followers.values() if f.window])
        for follower in self._followers.values():
            follower.window = None

    # -- who follows -------------------------------------------------------------------------

    def _begin(self) -> None:
        with self.units.open() as unit:
            known = streams.stream(unit.conn, self.source, self.mode)
            tasks = streams.followers(unit.conn, self.source, self.mode)
            wanted = {task.id: landing.wanted_of(unit, task) for task in tasks}
            left = streams.open_windows(unit.conn, [task.id for task in tasks])
            fresh = known or StreamState(epoch="", state_at=unit.now)
        landing.close(self.units, left)
        faults = self.feed.check(list(wanted.values()))
        self.state = self.feed.resume(fresh)
        is_new = self.state.epoch != fresh.epoch
        able: list[Task] = []
        for task in tasks:
            fault = faults.get(wanted[task.id].table)
            if fault is not None:
                self._refuse(task.id, fault)
            else:
                able.append(task)
        following = [t for t in able if self._may_follow(t)]
        with self.units.open() as unit:
            streams.let_go(unit.conn, self.source, but=[t.id for t in following])
            streams.put_stream(unit.conn, self.source, self.mode, self.state)
        if is_new and fresh.epoch:
            self._announce(able, str(self.state.about.get("lost", "")))
        for task in following:
            follower = Follower.of(task, wanted[task.id])
            self._followers[task.id] = follower
            self._of[follower.wanted.table] = follower
        for id in [id for id, thread in self.joining.items() if not thread.is_alive()]:
            del self.joining[id]
        joiners = [t for t in able if t.id not in self._followers and t.id not in self.joining]
        for task in joiners[: JOINS - len(self.joining)]:
            thread = threading.Thread(
                target=self._join, args=[task.id, wanted[task.id].table], name=f"join-{task.id}"
            )
            self.joining[task.id] = thread
            thread.start()
        self._through = self.state.confirmed

    def _may_follow(self, task: Task) -> bool:
        if task.whole_next or not task.checkpoint.follows(self.state.epoch):
            return False
        with self.units.open() as unit:
            item = catalogue.get(unit.conn, task.item)
            return store.fits(store.ensure(unit, item), item)

    def _join(self, id: TaskId, table: TableName) -> None:
        """A first load; from its moment on the task follows."""
        try:
            with self.feed.beginning(table) as start:
                origin = Origin(
                    stream=self.state.epoch, position=start.position, snapshot=start.snapshot
                )
                load.run(self.units, id, origin=origin)
        except LoadFailure as failure:
            self._note(id, failure)
        except Exception:
            log.exception("first load crashed", task=str(id))

    def _announce(self, tasks: list[Task], reason: str) -> None:
        for task in tasks:
            if task.checkpoint.stream:
                self._note(task.id, errors.PositionLost(reason=reason))

    def _refuse(self, id: TaskId, failure: LoadFailure) -> None:
        """The task stops and waits for somebody; the stream goes on without it."""
        self._refused.add(id)
        self._note(id, failure, stop=True)

    def _note(self, id: TaskId, failure: DomainError, *, stop: bool = False) -> None:
        with self.units.open() as unit:
            task = repository.task(unit.conn, id, lock=True)
            failed = Load(
                id=LoadId(new_id()),
                task=id,
                state=LoadState.FAILED,
                whole=task.whole_next,
                started_at=unit.now,
                finished_at=unit.now,
                error_layer=getattr(failure, "layer", None),
                error_code=failure.code,
                error_detail={k: str(v) for k, v in failure.detail.items()},
            )
            repository.put_load(unit.conn, failed)
            kept = replace(task, checkpoint=task.checkpoint.unfollowed())
            repository.advance(unit.conn, kept.failed(at=unit.now, final=stop), stop=stop)
        log.warning("task does not follow its stream", task=str(id), code=failure.code)

    def _look(self) -> None:
        """Whether the circle is still the same; and what people see of the stream."""
        with self.units.open() as unit:
            present = streams.muster(unit.conn, self.source, self.mode)
        following = {id for id, whole in present.items() if not whole}
        busy = {id for id, thread in self.joining.items() if thread.is_alive()}
        waiting = set(present) - set(self._followers) - busy - self._refused
        if not set(self._followers) <= following or (waiting and len(busy) < JOINS):
            self._over = True
        over = [
            f for f in self._followers.values()
            if f.window and landing.is_over(f.window, self.units.clock())
        ]  # fmt: skip
        if over:
            landing.close(self.units, [f.window for f in over if f.window])
            for follower in over:
                follower.window = None
        self._confirm()

    def _check(self) -> None:
        wanted = [f.wanted for f in self._followers.values()]
        for table, fault in self.feed.check(wanted).items():
            self._refuse(self._of[table].task, fault)
            self._over = True

    # -- what comes --------------------------------------------------------------------------

    def _take(self, event: Event) -> None:
        match event:
            case Change():
                self._change(event)
            case Committed(through, at):
                self._through, self._committed_at = through, at or self._committed_at
                for id in self._touched:
                    if follower := self._followers.get(id):
                        follower.taken = follower.skip = follower.gone = 0
                self._touched.clear()
            case Quiet(through):
                self._through = max(self._through, through)
            case Shape(table=table):
                if table in self._of:
                    self._reshape(self._of[table], event)
            case Emptied(table, at):
                if table in self._of and at >= self._of[table].position:
                    self._again(self._of[table])

    def _change(self, change: Change) -> None:
        follower = self._of.get(change.shape.table)
        if follower is None or change.at < follower.position:
            return
        follower.taken += 1
        self._touched.add(follower.task)
        if follower.taken <= follower.skip:
            return
        follower.images.take(change)
        if self._since is None:
            self._since = time.monotonic()
        if follower.images.changes >= LAND_AT:
            self._land()

    def _reshape(self, follower: Follower, shape: Shape) -> None:
        try:
            landing.hold_shape(follower.wanted, shape)
        except LoadFailure as failure:
            self._land()
            self._refuse(follower.task, failure)
            self._drop(follower)

    def _again(self, follower: Follower) -> None:
        """Compare everything: what comes after an emptied table is best read as a whole."""
        self._land()
        with self.units.open() as unit:
            task = repository.task(unit.conn, follower.task, lock=True)
            kept = replace(task, checkpoint=task.checkpoint.unfollowed(), whole_next=True)
            repository.advance(unit.conn, kept)
        self._drop(follower)

    def _drop(self, follower: Follower) -> None:
        if follower.window:
            landing.close(self.units, [follower.window])
        self._followers.pop(follower.task, None)
        self._of.pop(follower.wanted.table, None)
        self._over = True

    def _land(self) -> None:
        """Everything that has come, table by table."""
        landed = 0
        for follower in list(self._followers.values()):
            if follower.images.changes:
                landed += self._land_one(follower)
        self._since = None
        if landed:
            now = self.units.clock()
            self._counts.append((time.monotonic(), landed))
            lag = (now - self._committed_at).total_seconds() if self._committed_at else None
            self.state = replace(
                self.state,
                changes=self.state.changes + landed,
                source_at=self._committed_at,
                lag_s=max(lag, 0.0) if lag is not None else None,
                heard_at=now,
            )

    def _land_one(self, follower: Follower) -> int:
        through = max(self._through, follower.position)
        deadline = time.monotonic() + BUSY_LIMIT_S
        while True:
            try:
                return landing.land(
                    self.units, follower, self.feed, through=through, ahead=follower.taken
                )
            except store.DatasetBusy:
                if time.monotonic() > deadline:
                    raise errors.WriteFailed(reason="DatasetBusy") from None
                time.sleep(BUSY_S)
            except TooManyGone:
                follower.images = Images(follower.wanted.key)
                self._again(follower)
                return 0
            except Left:
                self._followers.pop(follower.task, None)
                self._of.pop(follower.wanted.table, None)
                with self.units.open() as unit:
                    repository.unfollow(unit.conn, [follower.task])
                self._over = True
                return 0

    # -- how far -----------------------------------------------------------------------------

    def _confirm(self) -> None:
        """Let the source forget what has landed; while somebody joins it forgets nothing."""
        if self._since is not None or not self._through:
            return
        if self._through > self.state.confirmed and not self.joining:
            self._show("streaming", confirmed=self._through)
        self.feed.confirm(self.state.confirmed)

    def _agree(self) -> None:
        with self.units.open() as unit:
            streams.agreed(unit.conn, list(self._followers), at=unit.now)
        self._show("streaming", heard_at=self.units.clock())

    def _show(self, state: str, **about: object) -> None:
        with self.units.open() as unit:
            since = self.state.state_at if state == self.state.state else unit.now
            changed: Mapping[str, object] = {
                "state": state, "state_at": since, "rate": self._rate(),
                "error_code": None, "error_detail": {}, **about,
            }  # fmt: skip
            self.state = replace(self.state, **changed)  # type: ignore[arg-type]
            streams.put_stream(unit.conn, self.source, self.mode, self.state)
            if "confirmed" in about:
                # In this order: a first load that ends just now holds the stream's row, and is
                # seen here as soon as it lets go.
                streams.let_go(unit.conn, self.source, but=list(self._followers))

    def _rate(self) -> float:
        """Changes a second over the last ten."""
        now = time.monotonic()
        self._counts = [(at, n) for at, n in self._counts if now - at <= RATE_S]
        return round(sum(n for _, n in self._counts) / RATE_S, 1)
