"""What the catalogue asks the packages above it (向上询问); `bootstrap` names who answers."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from datahall.catalogue.findings import Finding
from datahall.catalogue.model import CatalogueItem
from datahall.kit.errors import Fault
from datahall.kit.ids import ItemId, OrgId, TableId
from datahall.kit.questions import Question
from datahall.security import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A titled block that a higher package adds to the page of an entry (详情页分栏).

    `template` is included where the block stands; it sees `content`, the page's own context and
    the components it imports.  `key` is the block's id on the page.
    """

    key: str
    title: str
    template: str
    content: Any
    sub: str = ""
    place: Literal["main", "side"] = "main"
    flush: bool = False  # the template begins with a table or a list


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySections(Question[Section]):
    """What else is to be shown about this entry to this person?"""

    item: CatalogueItem
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFaults(Question[Fault]):
    """Which rules, elements … of the fields cannot be kept?  Paths are `fields.<index>.<part>`."""

    item: CatalogueItem


@dataclass(frozen=True, slots=True, kw_only=True)
class TableState(Question[Finding]):
    """How does the table stand that an entry is served from: is it read, as of when?"""

    item: ItemId
    table: TableId


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Somebody who still gets the data of an entry (在用)."""

    consumer: OrgId
    system: str  # what calls
    until: date  # last day of the term


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveUses(Question[Use]):
    """Who still uses this entry?  While there is an answer it is not taken down at once."""

    item: ItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What is known about the data of one entry (实测)."""

    item: ItemId
    behind_s: float | None  # seconds since its source was last seen to be the same
    pass_rate: float | None  # share of its rows that pass the strong rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures(Question[Measured]):
    """How fresh and how good are the data of these entries?"""

    items: tuple[ItemId, ...]
