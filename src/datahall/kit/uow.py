"""One request, task or command is one transaction (ADR-0003)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from datahall.kit.clock import utc_now
from datahall.kit.events import Event
from datahall.kit.keys import KeyStore, key_store
from datahall.kit.questions import Question

Answer = TypeVar("Answer")


@dataclass(slots=True)
class Unit:
    """A unit of work: one connection, one instant, the keys, and the acts to record at commit."""

    conn: Connection
    now: datetime  # UTC; read once, so that a row and its event carry the same time
    keys: KeyStore = field(default_factory=key_store)
    events: list[Event] = field(default_factory=list)
    answerers: "Mapping[type[Question[Any]], Sequence[Answerer]]" = field(default_factory=dict)

    def record(self, event: Event) -> None:
        self.events.append(event)

    def ask(self, question: Question[Answer]) -> list[Answer]:
        """What higher packages answer, in the order in which they are wired."""
        told = self.answerers.get(type(question), ())
        return [answer for answerer in told for answer in answerer(self, question)]


Answerer = Callable[[Unit, Any], Iterable[Any]]
Subscriber = Callable[[Unit, Event], None]
Sink = Callable[[Unit, Sequence[Event]], None]


def _discard(_unit: Unit, _events: Sequence[Event]) -> None:
    """The sink of a program that keeps no ledger (tests of one package)."""


@dataclass(frozen=True, kw_only=True)
class Units:
    """Opens units: on success subscribers react, acts reach the sink, and all commits together."""

    engine: Engine
    sink: Sink = _discard
    subscribers: Mapping[type[Event], Sequence[Subscriber]] = field(default_factory=dict)
    answerers: Mapping[type[Question[Any]], Sequence[Answerer]] = field(default_factory=dict)
    clock: Callable[[], datetime] = utc_now
    keys: KeyStore = field(default_factory=key_store)

    @contextmanager
    def open(self) -> Iterator[Unit]:
        """One transaction; an exception rolls back rows and acts alike."""
        with self.engine.begin() as conn:
            unit = Unit(conn=conn, now=self.clock(), keys=self.keys, answerers=self.answerers)
            yield unit
            self.settle(unit)

    def settle(self, unit: Unit) -> None:
        """Tell subscribers (who may record more) and hand every act to the sink."""
        done = 0
        while done < len(unit.events):
            event = unit.events[done]
            done += 1
            for tell in self.subscribers.get(type(event), ()):
                tell(unit, event)
        if unit.events:
            self.sink(unit, unit.events)
