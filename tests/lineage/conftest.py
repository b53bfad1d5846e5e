"""A hall with one entry that was scanned, published, loaded, granted, and drifted since."""

from dataclasses import dataclass

import pytest

from datahall.kit.ids import GrantId, ItemId, TableId, TaskId
from datahall.kit.uow import Units
from datahall.security import Role
from tests.acceptance import others
from tests.factories import add_city, make_actor


@dataclass(frozen=True)
class Hall:
    units: Units
    item: ItemId
    table: TableId
    task: TaskId
    grant: GrantId


OWNER = make_actor(Role.CLERK, org=others.OWNER)
PARTNER = make_actor(Role.CLERK, org=others.PARTNER)
BUREAU = make_actor(Role.BUREAU, org=others.AUTHORITY)
STRANGER = make_actor(Role.CLERK)


@pytest.fixture
def hall(units):
    with units.open() as unit:
        add_city(unit.conn)
    things = others.plant(units)
    given = things.things
    return Hall(units, things.published, given[TableId], given[TaskId], given[GrantId])
