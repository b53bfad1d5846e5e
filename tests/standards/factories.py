"""Plain functions that make a valid thing of standards."""

from typing import Any

from datahall.kit.ids import ItemId, OrgId, new_id
from datahall.standards import Claim, DataElement
from datahall.standards.model.sources import Party
from tests.conftest import NOON


def make_element(code: str = "DE90001", **about: Any) -> DataElement:
    """A draft that could be published."""
    given: dict[str, Any] = {
        "name": f"测试数据元{code}",
        "synonyms": ("测试项",),
        "columns": ("csx",),
        "definition": "测试用。",
        "length": 20,
        "source": "六安市数据标准",
    }
    return DataElement(code=code, **{**given, **about})


def make_claim(org: OrgId, element: str = "DE03003", **about: Any) -> Claim:
    given: dict[str, Any] = {
        "item": ItemId(new_id()),
        "item_title": "常住人口基本信息",
        "field": "hjdz",
        "claimed_at": NOON,
    }
    return Claim(element=element, org=org, **{**given, **about})


def make_party(org: OrgId, **about: Any) -> Party:
    return Party(org=org, since=NOON, **about)
