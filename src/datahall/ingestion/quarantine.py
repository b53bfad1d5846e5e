"""Rows that broke a strong rule, on their way into quarantine (隔离)."""

from dataclasses import dataclass

import polars as pl

from datahall.catalogue import CatalogueItem
from datahall.kit.ids import LoadId
from datahall.kit.uow import Unit
from datahall.quality import Checked
from datahall.store import Dataset

UNIQUE = "unique"


@dataclass(slots=True, kw_only=True)
class Quarantine:
    """The quarantine of one load, in the load's transaction."""

    unit: Unit
    item: CatalogueItem
    dataset: Dataset
    load: LoadId
    new: int = 0  # rows that were not waiting in quarantine before
    repeats: int = 0  # rows whose key another row of the load has

    def add(self, checked: Checked) -> None:
        """Take the bad rows of a batch."""
        self.repeats += sum(n for (_, rule), n in checked.counts.items() if rule == UNIQUE)
        self.new += checked.bad.height

    def add_repeats(self, rows: pl.DataFrame) -> None:
        """Take rows that another row of the load with the same key displaced."""
        self.repeats += rows.height
        self.new += rows.height

    def keys(self, checked: Checked) -> pl.DataFrame:
        """Keys of the bad rows that have one, in the types of the hall table."""
        key = list(self.dataset.key)
        types = {name: checked.good.schema[name] for name in key}
        text = checked.bad.select(
            pl.col(name).str.strip_chars() if checked.bad.schema[name] == pl.String else name
            for name in key
        )
        return text.cast(types, strict=False).drop_nulls().unique()  # type: ignore[arg-type]

    def resolve(self) -> None:
        """Close what waited for a row that has landed now."""
