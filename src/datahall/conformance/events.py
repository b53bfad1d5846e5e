"""Acts upon bindings."""

from dataclasses import dataclass
from typing import ClassVar

from datahall.kit.events import Event
from datahall.kit.ids import ItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldsBound(Event):
    """A clerk bound fields of an entry to data elements, or released them (绑定数据元)."""

    tag: ClassVar[str] = "conformance:fields:bind"
    item: ItemId
    version: int
    bound: tuple[str, ...]  # field=element; an empty element releases
    sources: tuple[str, ...]  # fields claimed as source

    @property
    def subject(self) -> str:
        return f"item:{self.item}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionRejected(Event):
    """A clerk said that a field is not the element that was suggested (不采纳建议)."""

    tag: ClassVar[str] = "conformance:suggestion:reject"
    item: ItemId
    field: str
    element: str

    @property
    def subject(self) -> str:
        return f"item:{self.item}"
