"""Plain functions that make a valid thing; a test names only what it is about."""

from datetime import UTC, date, datetime
from typing import Any

from datahall.kit.ids import ApplicationId, GrantId, ItemId, OrgId, PersonId, new_id
from datahall.security import Actor, Role
from datahall.supply_demand import Condition, Grant, GrantedField, Operator
from datahall.supply_demand.service.grants import new_app_id

NOON = datetime(2026, 10, 16, 4, tzinfo=UTC)
RENSHE = OrgId(new_id())  # 市人社局, who applies
MINZHENG = OrgId(new_id())  # 市民政局, who provides
SHUGUAN = OrgId(new_id())  # 市数管局


def make_actor(*roles: Role, org: OrgId = RENSHE, **about: Any) -> Actor:
    defaults = {"name": "许文静", "org_name": "市人社局", "person": PersonId(new_id())}
    return Actor(**defaults | {"org": org, "roles": frozenset(roles)} | about)


def make_grant(**about: Any) -> Grant:
    defaults: dict[str, Any] = {
        "id": GrantId(new_id()),
        "application": ApplicationId(new_id()),
        "item": ItemId(new_id()),
        "item_title": "殡葬火化登记信息",
        "consumer": RENSHE,
        "provider": MINZHENG,
        "system": "智慧人社经办平台",
        "app_id": new_app_id(),
        "fields": (GrantedField("id_card", masked=False), GrantedField("name", masked=True)),
        "row_scope": (Condition("county", Operator.IN, ("341502", "341503")),),
        "purpose": "城乡居民养老保险待遇领取资格核验",
        "valid_from": date(2026, 10, 16),
        "valid_to": date(2027, 10, 15),
        "daily_quota": 10_000,
        "rate_per_s": 20,
        "hours": (8, 20),
        "addresses": ("10.34.0.0/16",),
        "status_at": NOON,
        "issued_at": NOON,
    }
    return Grant(**defaults | about)


class PlainVault:
    """Seals by writing the context in front; what we do not own is faked here only."""

    def seal(self, plain: bytes, *, context: str) -> bytes:
        return context.encode() + b"|" + plain

    def open(self, sealed: bytes, *, context: str) -> bytes:
        assert sealed.startswith(context.encode() + b"|")
        return sealed.removeprefix(context.encode() + b"|")
