"""What the registry asks the packages above it (向上询问); `bootstrap` names who answers."""

from dataclasses import dataclass

from datahall.kit.ids import ItemId, OrgId
from datahall.kit.questions import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundField:
    """A field of an entry in force that is bound to an element (绑定的信息项)."""

    item: ItemId
    item_title: str
    org: OrgId
    field: str
    field_title: str
    deviations: tuple[str, ...]  # in words; empty: as the element says
    is_source: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundFields(Question[BoundField]):
    """Which fields of the catalogue are bound to this element?"""

    element: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingCount:
    """How many fields of entries in force are bound to an element."""

    element: str
    fields: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingCounts(Question[BindingCount]):
    """How many fields are bound to each element?"""
