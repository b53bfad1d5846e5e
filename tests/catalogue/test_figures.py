"""What is measured about an entry reaches its pages; what is not is not shown as nought."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from datahall import bootstrap, catalogue, store
from datahall.catalogue import ItemFigures, ItemStatus, repository
from datahall.catalogue.figures import no_figures
from datahall.kit.ids import ItemId, SourceId, new_id
from datahall.security import Role
from datahall.store.tables import datasets
from tests.conftest import NOON
from tests.factories import POLICE, make_actor, make_item, make_table


@pytest.fixture
def item(unit):
    clerk, source = make_actor(Role.CLERK, org=POLICE), SourceId(new_id())
    catalogue.record_scan(unit, clerk, source, POLICE.id, [make_table()])
    table = catalogue.inventory(unit.conn, source)[0].id
    made = make_item(status=ItemStatus.PUBLISHED, published_at=NOON, code="101001/1", table=table)
    repository.add(unit.conn, made)
    return made


def test_nothing_is_measured_before_the_first_load(unit, item):
    assert bootstrap.item_figures(unit.conn, [item.id], NOON) == {}
    assert no_figures(unit.conn, [item.id], NOON) == {}


def test_rows_of_the_hall_table(unit, item):
    store.ensure(unit, item)
    unit.conn.execute(sa.update(datasets).values(rows=7, loaded_at=NOON))
    later = NOON + timedelta(minutes=5)
    found = bootstrap.item_figures(unit.conn, [item.id, ItemId(new_id())], later)
    assert found == {item.id: ItemFigures(rows=7, loaded_at=NOON)}
