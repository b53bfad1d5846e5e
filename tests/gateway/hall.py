"""A small hall with one published item, its rows and grants: what gateway tests and benches call."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from stdnum.cn import ric

from datahall import bootstrap, catalogue, store, supply_demand
from datahall.catalogue import CatalogueItem, FieldType, ItemStatus
from datahall.kit import db
from datahall.kit.clock import local_date, utc_now
from datahall.kit.ids import ApplicationId, GrantId, OrgId, new_id
from datahall.kit.keys import KeyStore
from datahall.kit.uow import Units
from datahall.standards import SensitiveKind
from datahall.store import DatasetState
from datahall.supply_demand import Algorithm, Grant, GrantedField, GrantStatus
from tests.factories import make_field, make_item

CODE = "101001/000001"
FIELDS = (
    make_field("id_card", length=18, is_key=True, grade=3, sensitive=SensitiveKind.ID_CARD),
    make_field("name", grade=3, sensitive=SensitiveKind.NAME),
    make_field("mobile", grade=3, sensitive=SensitiveKind.MOBILE),
    make_field("region", length=6),
    make_field("birth_date", type=FieldType.DATE, length=None, grade=2, sensitive=SensitiveKind.BIRTH_DATE),
    make_field("pension", type=FieldType.MONEY, length=None, grade=2),
    make_field("remark", grade=3),
)  # fmt: skip
GRANTED = (
    GrantedField("id_card", masked=True),
    GrantedField("name", masked=False),
    GrantedField("mobile", masked=True),
    GrantedField("region", masked=False),
    GrantedField("pension", masked=False),
)


def person(n: int) -> dict[str, Any]:
    """The nth person of the item."""
    born = date(1950, 1, 1) + timedelta(days=n % 20_000)
    region = f"34150{2 + n % 3}"
    base = f"{region}{born:%Y%m%d}{n // 20_000 % 1000:03d}"
    return {
        "id_card": base + ric.calc_check_digit(base),
        "name": "张王李赵"[n % 4] + "三四五六"[n // 4 % 4],
        "mobile": f"138{n:08d}",
        "region": region,
        "birth_date": born,
        "pension": Decimal(n) + Decimal("0.50"),
        "remark": "低保复核中",
    }


@dataclass(frozen=True, slots=True)
class Caller:
    """A grant with the secret that its system signs with."""

    grant: Grant
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Hall:
    """The database, its keys and the published item."""

    dsn: str
    keys: KeyStore
    units: Units
    item: CatalogueItem

    def grant(self, **about: Any) -> Caller:
        """A grant in force, unless `about` says otherwise."""
        algorithm = about.pop("algorithm", Algorithm.HMAC_SHA256)
        now = utc_now()
        today = local_date(now)
        given: dict[str, Any] = {
            "id": GrantId(new_id()),
            "application": ApplicationId(new_id()),
            "item": self.item.id,
            "item_title": self.item.title,
            "consumer": OrgId(new_id()),
            "provider": self.item.provider,
            "system": "智慧人社经办平台",
            "app_id": supply_demand.service.grants.new_app_id(),
            "fields": GRANTED,
            "purpose": "养老保险待遇领取资格核验",
            "valid_from": today,
            "valid_to": today + timedelta(days=365),
            "daily_quota": 1_000_000,
            "rate_per_s": 100_000,
            "status_at": now,
            "issued_at": now,
        }
        vault = self.keys.vault()
        with self.units.open() as unit:
            grant = supply_demand.issue(
                unit, Grant(**given | about), algorithm, by="test", vault=vault
            )
            sealed = supply_demand.repository.grants.get_credential(unit.conn, grant.id)
        context = supply_demand.credential_context(grant.id)
        return Caller(grant, vault.open(sealed.sealed_secret, context=context).decode())

    def end(self, caller: Caller, status: GrantStatus) -> None:
        """Give the grant another status, as its provider or the authority would."""
        with self.units.open() as unit:
            grant = supply_demand.repository.grants.get(unit.conn, caller.grant.id, lock=True)
            changed = {
                GrantStatus.REVOKED: grant.revoke,
                GrantStatus.SUSPENDED: grant.suspend,
                GrantStatus.ACTIVE: grant.resume,
            }[status](reason="测试", at=unit.now)
            supply_demand.repository.grants.save(unit.conn, changed)

    def publish(self, **changes: Any) -> None:
        """Put another version of the item's entry into force."""
        with self.units.open() as unit:
            item = catalogue.get(unit.conn, self.item.id)
            catalogue.repository.save(unit.conn, item.superseded(on=local_date(unit.now)))
            values = {f: getattr(item, f) for f in item.__dataclass_fields__}
            newer = CatalogueItem(**values | {"version": item.version + 1} | changes)
            catalogue.repository.add(unit.conn, newer)

    def fetch(self, sql: str, **parameters: object) -> Sequence[sa.Row[Any]]:
        with self.units.engine.begin() as conn:
            found = conn.execute(sa.text(sql), parameters)
            return found.all() if found.returns_rows else []


@contextmanager
def open_hall(dsn: str, folder: Path, *, persons: int = 12, landed: bool = True) -> Iterator[Hall]:
    """A hall on the migrated database `dsn` with its key files in `folder`."""
    engine = db.engine(dsn)
    item = make_item(fields=FIELDS, status=ItemStatus.PUBLISHED, code=CODE, published_at=utc_now())
    units = bootstrap.units(engine)
    with units.open() as unit:
        store.prepare(unit.conn)
        catalogue.repository.add(unit.conn, item)
        dataset = store.ensure(unit, item)
        if landed:
            _fill(unit.conn, dataset.table, persons)
            state = DatasetState(rows=persons, deleted=0, revision=1, loaded_at=unit.now)
            store.repository.set_state(unit.conn, dataset.id, state)
    yield Hall(dsn, KeyStore(folder), units, item)
    engine.dispose()


def _fill(conn: sa.Connection, table: str, persons: int) -> None:
    names = [f.name for f in FIELDS]
    places = ", ".join(f":{name}" for name in names)
    insert = sa.text(
        f'insert into hall."{table}" ({", ".join(names)}, _revision, _load, _loaded_at)'
        f" values ({places}, 1, gen_random_uuid(), now())"
    )
    for start in range(0, persons, 10_000):
        conn.execute(insert, [person(n) for n in range(start, min(start + 10_000, persons))])
    conn.execute(sa.text(f'analyze hall."{table}"'))
