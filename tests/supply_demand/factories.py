"""Plain functions that make a valid thing; a test names only what it is about."""

from datetime import UTC, date, datetime
from typing import Any

from datahall.catalogue import CatalogueItem, FieldType, ItemStatus, repository
from datahall.kit.crypto import Vault
from datahall.kit.ids import ApplicationId, GrantId, ItemId, OrgId, new_id
from datahall.kit.uow import Unit
from datahall.organisations import seed
from datahall.security import Actor, Role
from datahall.supply_demand import (
    Condition,
    Grant,
    GrantedField,
    Operator,
    Proposal,
    WantedField,
)
from datahall.supply_demand.service.grants import new_app_id
from tests import factories

NOON = datetime(2026, 10, 16, 4, tzinfo=UTC)
RENSHE = seed.org_id("social_security")  # 市人社局, who applies
MINZHENG = seed.org_id("civil_affairs")  # 市民政局, who provides
SHUGUAN = seed.org_id("bureau")  # 市数管局
VAULT = Vault.fresh()


def make_actor(*roles: Role, org: OrgId = RENSHE, **about: Any) -> Actor:
    """Somebody of 市人社局, unless another department is named."""
    return factories.make_actor(*roles, org=org, **about)


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


def make_cremations(**about: Any) -> CatalogueItem:
    """The published entry of 市民政局 that 市人社局 applies for."""
    defaults: dict[str, Any] = {
        "provider": MINZHENG,
        "title": "殡葬火化登记信息",
        "status": ItemStatus.PUBLISHED,
        "published_at": NOON,
        "code": "307011/000001",
        "fields": (
            *factories.make_fields(),
            factories.make_field("hhrq", title="火化日期", type=FieldType.DATE, grade=2),
        ),
    }
    return factories.make_item(**defaults | about)


def add_cremations(unit: Unit, **about: Any) -> CatalogueItem:
    item = make_cremations(**about)
    repository.add(unit.conn, item)
    return item


def make_proposal(**about: Any) -> Proposal:
    """What 市人社局 asks for, complete."""
    defaults: dict[str, Any] = {
        "fields": (
            WantedField("gmsfhm", "比对主键"),
            WantedField("xm", "防止号码误录", masked=True),
            WantedField("hhrq", "确定停发月份"),
        ),
        "scenario": "城乡居民养老保险待遇领取资格核验，每月比对一次，防止冒领",
        "basis": "《中华人民共和国社会保险法》第七十四条",
        "usage": "市人社局养老保险科 6 名经办人",
        "row_scope": (Condition("ssxq", Operator.IN, ("341502", "341503")),),
        "valid_from": date(2026, 11, 1),
        "valid_to": date(2027, 10, 31),
        "disposal": "核验结果保存 3 年后销毁，提交销毁证明",
        "system": "智慧人社经办平台",
    }
    return Proposal(**defaults | about)
