"""What higher packages have measured about an entry, as its pages show it (实测).

The catalogue stands below the store and the gateway; `bootstrap` puts a source of figures in
place.  What is not measured is None and is not shown as nought.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from datahall.kit.ids import ItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFigures:
    """The figures of one entry."""

    rows: int | None = None  # in the hall now
    loaded_at: datetime | None = None  # UTC; when the source was last seen to be the same
    behind_s: float | None = None  # seconds since then
    calls_30d: int | None = None
    task_url: str | None = None  # page of the ingestion task


class FigureSource(Protocol):
    """Figures of those of `items` that have any."""

    def __call__(
        self, conn: Connection, items: Sequence[ItemId], now: datetime
    ) -> Mapping[ItemId, ItemFigures]: ...


def no_figures(
    _conn: Connection, _items: Sequence[ItemId], _now: datetime
) -> Mapping[ItemId, ItemFigures]:
    """Before anything is measured."""
    return {}
