"""Quarantined rows as people may see them (脱敏展示): opened, masked, never stored in clear."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from datahall.catalogue import CatalogueItem, Field
from datahall.quality import sealing
from datahall.quality.library import RULES
from datahall.quality.model import Cell, QuarantinedRow, RowStatus, RowView
from datahall.quality.ruleset import shown
from datahall.standards import SensitiveKind


def view(row: QuarantinedRow, item: CatalogueItem) -> RowView:
    """The row with every value masked, in the order of the entry's fields."""
    came = sealing.unseal(row.id, row.sealed)
    cells = tuple(
        Cell(
            field=field.name,
            title=field.title,
            value=_shown(field, came.get(field.name)),
            faults=tuple(f for f in row.faults if f.field == field.name),
        )
        for field in item.fields
        if field.name in came
    )
    return RowView(row=row, cells=cells, label=_label(item, cells))


def _shown(field: Field, value: str | None) -> str | None:
    text = (value or "").strip()
    return shown(field, text) if text else None


def _label(item: CatalogueItem, cells: tuple[Cell, ...]) -> tuple[str, ...]:
    """By what a clerk recognises the row: its name first, then its key."""
    named = [f.name for f in item.fields if f.sensitive is SensitiveKind.NAME][:1] or [
        f.name for f in item.fields if f.title.endswith("名称")
    ][:1]
    keys = [f.name for f in item.fields if f.is_key]
    by_name = {cell.field: cell.value for cell in cells}
    return tuple(by_name.get(name) or "—" for name in dict.fromkeys((*named, *keys)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of an item's quarantine (隔离清单)."""

    item: CatalogueItem
    rows: tuple[RowView, ...]
    total: int
    statuses: Mapping[RowStatus, int]
    reasons: tuple[tuple[str, str, int], ...]  # (field:rule, in words, rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one item stands: what the hall has, what waits, when it was last checked (质量概况)."""

    item: CatalogueItem
    waiting: int
    settled: int
    landed: int  # rows in the hall
    last_seen_at: datetime | None  # UTC; when a row was last held back

    @property
    def waiting_rate(self) -> float | None:
        """Waiting rows ÷ waiting and landed rows."""
        both = self.waiting + self.landed
        return self.waiting / both if both else None


def reason_words(item: CatalogueItem, reason: str) -> str:
    """`gmsfhm:id_card` in words: 公民身份号码; the rule's name too where it says more."""
    name, _, rule = reason.partition(":")
    title = next((f.title for f in item.fields if f.name == name), name)
    words = RULES[rule].title if rule in RULES else rule
    return title if words == title else f"{title} {words}"
