"""The demo city changes by itself, and only in ways that a window would enter."""

import re
import threading

import pytest

from datahall.demo import city, life
from datahall.kit.clock import local_date, utc_now


@pytest.fixture
def reading(department):
    made = city.build(scale=0.002, today=local_date(utc_now()))
    table = city.PERSONS
    department.drop_database(table.database)
    yield city.plant_database(department.dsn(), table, made.persons, password="x")
    department.drop_database(table.database)


def test_rows_change_one_by_one_and_stay_valid(reading, monkeypatch):
    stop, seen = threading.Event(), []

    def change_row(reading, key, values, *, at):
        city.change_row(reading, key, values, at=at)
        seen.append(values)
        if len(seen) == 20:
            stop.set()

    monkeypatch.setattr(life, "change_row", change_row)
    life.live(reading, per_minute=60_000, stop=stop, seed=1)
    assert len(seen) == 20
    for values in seen:
        for column, value in values.items():
            shape = r"1[3578]\d{9}" if column == "lxdh" else r"安徽省六安市\S+号"
            assert re.fullmatch(shape, value), value


def test_can_be_switched_off(reading):
    life.live(reading, per_minute=0, stop=threading.Event())
