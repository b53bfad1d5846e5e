"""A published item with a hall table, whose loads are played by hand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from datahall import store
from datahall.catalogue import CatalogueItem, ItemStatus
from datahall.catalogue import repository as catalogue_repository
from datahall.kit.ids import QuarantineId
from datahall.kit.uow import Unit
from datahall.organisations import seed
from datahall.quality import Ward
from datahall.quality.tables import quarantine
from tests.conftest import NOON
from tests.factories import add_city, make_item
from tests.tools.collect import collect

WANG, LI, BAD = "341502199001010017", "341502199001020039", "341502199001010018"
POLICE = seed.org_id("police")


def person(id_card: str | None = WANG, name: str | None = "王德发", sex: str = "1") -> dict:
    return {"gmsfhm": id_card, "xm": name, "xb": sex, "ssxq": "341502"}


@dataclass
class Collected:
    """An item of 市公安局 and its hall table."""

    unit: Unit
    item: CatalogueItem
    dataset: store.Dataset
    minutes: Any = field(default_factory=count)

    def load(self, *rows: dict, whole: bool = False) -> Ward:
        """What ingestion does with one batch."""
        at = NOON + timedelta(minutes=next(self.minutes))
        return collect(self.unit.conn, self.item, self.dataset, rows, at=at, whole=whole)

    def kept(self) -> list[sa.RowMapping]:
        query = sa.select(quarantine).order_by(quarantine.c.first_seen_at, quarantine.c.id)
        return list(self.unit.conn.execute(query).mappings())

    @property
    def only(self) -> QuarantineId:
        (row,) = self.kept()
        return QuarantineId(row["id"])

    def hall(self) -> dict[str, str]:
        """Key → name of the rows in the hall."""
        rows = self.unit.conn.exec_driver_sql(
            f'select gmsfhm, xm from hall."{self.dataset.table}" where not _deleted'
        )
        return dict(rows.all())


@pytest.fixture(name="collect")
def collect_() -> Callable[..., Collected]:
    def make(unit: Unit, **about: Any) -> Collected:
        item = make_item(provider=POLICE, status=ItemStatus.PUBLISHED, published_at=NOON, **about)
        catalogue_repository.add(unit.conn, item)
        return Collected(unit, item, store.ensure(unit, item))

    return make


@pytest.fixture
def collected(unit: Unit, collect: Callable[..., Collected]) -> Collected:
    add_city(unit.conn)
    return collect(unit)
