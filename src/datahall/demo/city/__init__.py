"""The demonstration city: what the departments of 六安 keep, made up (示例城市数据).

`build` makes the same city from the same scale, seed and day: residents, enterprises, assisted
people and cremations that refer to one another, with about three rows of a hundred faulty in a
way that `City.manifests` lists exactly.  Nobody in it exists.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import polars as pl

from datahall.demo.city.faults import Fault, Manifest, Sown, sow
from datahall.demo.city.firms import firms
from datahall.demo.city.people import people
from datahall.demo.city.sources import (
    Reading,
    add_rows,
    change_row,
    plant_database,
    write_csv,
    write_xlsx,
)
from datahall.demo.city.tables import (
    ASSISTANCE_SHEET,
    ENTERPRISES,
    FIELDS,
    KEYS,
    PERSONS,
    DatabaseTable,
)
from datahall.demo.city.welfare import assistance, cremations

SEED: Final = 341500
SIZES: Final = {
    "persons": 200_000,
    "enterprises": 20_000,
    "assistance": 30_000,
    "cremations": 5_000,
}
"""Rows at scale 1, without the few that come twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """Four datasets with their faults in place."""

    today: date
    datasets: Mapping[str, Sown]

    @property
    def persons(self) -> pl.DataFrame:
        return self.datasets["persons"].frame

    @property
    def enterprises(self) -> pl.DataFrame:
        return self.datasets["enterprises"].frame

    @property
    def assistance(self) -> pl.DataFrame:
        return self.datasets["assistance"].frame

    @property
    def cremations(self) -> pl.DataFrame:
        return self.datasets["cremations"].frame

    @property
    def manifests(self) -> dict[str, Manifest]:
        """Dataset → key of a row → the (source column, rule) pairs it breaks."""
        return {name: sown.manifest for name, sown in self.datasets.items()}

    @property
    def faulty(self) -> dict[str, int]:
        """Dataset → rows that quarantine must hold."""
        return {name: len(sown.manifest) for name, sown in self.datasets.items()}


def build(*, scale: float = 1, seed: int = SEED, today: date) -> City:
    """The city as of `today`; scale 1 takes a few seconds.

    Args:
        scale: 0.01 for a test, 10 for two million residents.
        today: no date in the city is later, but for faults.
    """
    size = {name: max(50, round(rows * scale)) for name, rows in SIZES.items()}
    rng = {name: np.random.default_rng([seed, i]) for i, name in enumerate(SIZES)}
    residents = people(rng["persons"], size["persons"], today)
    helped = assistance(rng["assistance"], size["assistance"], residents, today)
    clean = {
        "persons": residents,
        "enterprises": firms(rng["enterprises"], size["enterprises"], residents, today),
        "assistance": helped,
        "cremations": cremations(rng["cremations"], size["cremations"], residents, helped, today),
    }
    return City(
        today=today,
        datasets={
            name: sow(rng[name], name, frame, KEYS[name], today) for name, frame in clean.items()
        },
    )


__all__ = [
    "ASSISTANCE_SHEET",
    "ENTERPRISES",
    "FIELDS",
    "KEYS",
    "PERSONS",
    "SEED",
    "SIZES",
    "City",
    "DatabaseTable",
    "Fault",
    "Manifest",
    "Reading",
    "Sown",
    "add_rows",
    "build",
    "change_row",
    "plant_database",
    "write_csv",
    "write_xlsx",
]
