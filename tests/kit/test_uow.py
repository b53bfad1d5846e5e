from dataclasses import dataclass
from typing import ClassVar

import pytest
import sqlalchemy as sa

from datahall.kit import db
from datahall.kit.events import Event
from datahall.kit.uow import Units
from tests.conftest import NOON


@dataclass(frozen=True, slots=True, kw_only=True)
class Rang(Event):
    tag: ClassVar[str] = "test:bell:ring"
    bell: str

    @property
    def subject(self) -> str:
        return f"bell:{self.bell}"


def test_subscriber_is_told_and_its_own_acts_reach_the_sink(engine):
    reached = []

    def echo(unit, event):
        if event.bell == "a":
            unit.record(Rang(at=unit.now, by="system", bell="b"))

    units = Units(
        engine=engine,
        sink=lambda _unit, events: reached.extend(e.bell for e in events),
        subscribers={Rang: [echo]},
        clock=lambda: NOON,
    )
    with units.open() as unit:
        unit.record(Rang(at=unit.now, by="system", bell="a"))

    assert reached == ["a", "b"]


def test_a_failure_rolls_back_rows_and_acts(fresh_dsn):
    engine = db.engine(fresh_dsn)
    units = Units(
        engine=engine, sink=lambda *_: pytest.fail("the acts of a failed unit reached the sink")
    )
    with pytest.raises(ZeroDivisionError), units.open() as unit:
        unit.conn.execute(sa.text("create table gone (n int)"))
        unit.record(Rang(at=unit.now, by="system", bell="a"))
        raise ZeroDivisionError
    with engine.connect() as conn:
        assert conn.scalar(sa.text("select to_regclass('gone')")) is None
    engine.dispose()
