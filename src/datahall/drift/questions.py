"""What drift asks the packages above it (向上询问); `bootstrap` names who answers."""

from dataclasses import dataclass

from datahall.kit.ids import ItemId, OrgId
from datahall.kit.questions import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldUse:
    """A system that gets fields of an entry (信息项的使用方)."""

    consumer: OrgId
    system: str
    fields: frozenset[str]
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldUses(Question[FieldUse]):
    """Who gets which fields of this entry now?"""

    item: ItemId
