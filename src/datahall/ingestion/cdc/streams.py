"""Keeps the streams of all sources running beside the worker's loops."""

import threading
import time
from dataclasses import dataclass, field, replace
from typing import Final

import psycopg
import structlog
from sqlalchemy.exc import SQLAlchemyError

from datahall.ingestion import repository
from datahall.ingestion.cdc import repository as streams
from datahall.ingestion.cdc.feeds import feed_of
from datahall.ingestion.cdc.model import StreamState
from datahall.ingestion.cdc.session import Session
from datahall.ingestion.vocabulary import Mode
from datahall.kit import jobs
from datahall.kit.errors import DomainError
from datahall.kit.ids import SourceId, TaskId
from datahall.kit.uow import Units

log = structlog.get_logger(__name__)

PAUSES_S: Final = (
    0.2,
    0.5,
    1.0,
    2.0,
    5.0,
    10.0,
    30.0,
)  # after the first, second … failure in a row
STEADY_S: Final = 30.0


@dataclass(slots=True, kw_only=True)
class Stream:
    """One source's changes, followed in a thread until nobody wants them."""

    units: Units
    source: SourceId
    mode: Mode
    stop: threading.Event = field(default_factory=threading.Event)
    leaving: bool = False  # nobody wants it any more: give back what the source keeps for us
    joining: dict[TaskId, threading.Thread] = field(default_factory=dict)
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        name = f"stream-{self.mode}-{self.source}"
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)

    def _run(self) -> None:
        failures = 0
        while not self.stop.is_set():
            began = time.monotonic()
            try:
                with jobs.lease(self.units.engine, f"stream:{self.mode}:{self.source}") as ours:
                    if ours:
                        self._session()
                        failures = 0
                        continue
                self.stop.wait(PAUSES_S[1])
                continue
            except DomainError as failure:
                self._tell(failure)
            except (psycopg.Error, SQLAlchemyError, OSError) as error:
                log.warning("stream could not write", source=str(self.source), why=str(error))
            except Exception:
                log.exception("stream crashed", source=str(self.source))
            failures = 0 if time.monotonic() - began > STEADY_S else failures + 1
            self.stop.wait(PAUSES_S[min(max(failures, 1), len(PAUSES_S)) - 1])

        if self.leaving:
            self._leave()

    def leave(self) -> None:
        """End it, and let the source keep no log for us."""
        self.leaving = True
        self.stop.set()

    def _leave(self) -> None:
        """An abandoned place in a log would fill the source's disk."""
        try:
            with self.units.open() as unit:
                if streams.muster(unit.conn, self.source, self.mode):
                    return
                source = repository.source(unit.conn, self.source)
            feed = feed_of(source, self.mode)
            try:
                feed.abandon()
            finally:
                feed.close()
            with self.units.open() as unit:
                streams.let_go(unit.conn, self.source, but=[])
                streams.drop_stream(unit.conn, self.source, self.mode)
        except (DomainError, psycopg.Error, SQLAlchemyError, OSError) as error:
            log.warning("stream could not be given up yet", source=str(self.source), why=str(error))
            time.sleep(PAUSES_S[4])

    def _session(self) -> None:
        with self.units.open() as unit:
            source = repository.source(unit.conn, self.source)
        feed = feed_of(source, self.mode)
        session = Session(
            units=self.units,
            source=self.source,
            mode=self.mode,
            feed=feed,
            stop=self.stop,
            joining=self.joining,
        )
        try:
            session.run()
        finally:
            feed.close()
        session.close()

    def _tell(self, failure: DomainError) -> None:
        """Let people see why the stream does not run."""
        log.warning("stream broken", source=str(self.source), code=failure.code)
        try:
            with self.units.open() as unit:
                known = streams.stream(unit.conn, self.source, self.mode)
                fresh = known or StreamState(epoch="", state_at=unit.now)
                since = fresh.state_at if fresh.state == "broken" else unit.now
                told = replace(
                    fresh,
                    state="broken",
                    state_at=since,
                    rate=0.0,
                    error_code=failure.code,
                    error_detail={k: str(v) for k, v in failure.detail.items()},
                )
                streams.put_stream(unit.conn, self.source, self.mode, told)
        except (psycopg.Error, SQLAlchemyError, OSError) as error:
            log.warning("stream could not say why it broke", why=str(error))


class Streams:
    """Starts a stream for each source that somebody follows, and ends those that nobody does."""

    def __init__(self) -> None:
        self._running: dict[tuple[SourceId, Mode], Stream] = {}

    def tick(self, units: Units) -> None:
        """Look who is wanted, and return at once."""
        with units.open() as unit:
            wanted = set(streams.wanted(unit.conn))
            known = set(streams.known(unit.conn))
        for key, stream in list(self._running.items()):
            if not stream.thread.is_alive():
                del self._running[key]
            elif key not in wanted:
                stream.leave()
        for source, mode in (wanted | known) - set(self._running):
            made = Stream(units=units, source=source, mode=mode)
            if (source, mode) not in wanted:
                made.leave()
            self._running[source, mode] = made
            made.thread.start()

    def finish(self) -> None:
        """End all of them; what has come lands first."""
        for stream in self._running.values():
            stream.stop.set()
        for stream in self._running.values():
            stream.thread.join(30)
        self._running.clear()
