"""What is measured about an entry reaches its pages; what is not is not shown as nought."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from datahall import bootstrap, catalogue, store, supply_demand
from datahall.catalogue import ItemFigures, ItemStatus, repository
from datahall.catalogue.figures import no_figures
from datahall.gateway.tables import usage
from datahall.kit.crypto import Vault
from datahall.kit.ids import ItemId, SourceId, new_id
from datahall.security import Role
from datahall.store.tables import datasets
from datahall.supply_demand import Algorithm
from tests.conftest import NOON
from tests.factories import POLICE, make_actor, make_item, make_table
from tests.supply_demand.factories import make_grant


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
    assert found == {item.id: ItemFigures(rows=7, loaded_at=NOON, calls_30d=0)}


def test_calls_of_all_grants_on_the_entry(unit, item):
    store.ensure(unit, item)
    for n in (1, 2):
        grant = make_grant(item=item.id)
        supply_demand.issue(unit, grant, Algorithm.HMAC_SHA256, by="test", vault=Vault.fresh())
        day = {"grant": grant.id, "day": NOON.date(), "calls": n, "rows": 0, "refused": 0}
        unit.conn.execute(sa.insert(usage).values(**day))
    assert bootstrap.item_figures(unit.conn, [item.id], NOON)[item.id].calls_30d == 1 + 2
