"""The demonstration city: regions and organisations of 六安 (示例城市).

County codes are GB/T 2260.  The development zone has no national code, so 341571 is ours;
codes below the county and every unified social credit code are made up, with valid check
characters.
"""

import csv
from collections.abc import Iterator
from importlib import resources
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy import Connection

from datahall.kit.ids import OrgId
from datahall.organisations.model import Organisation, OrgKind, Region, RegionLevel
from datahall.organisations.repository import structure

_SPACE: Final = UUID("6c753a6e-3431-4535-8030-da7ac0de0001")


def org_id(key: str) -> OrgId:
    """The id of a seeded organisation by its key in organisations.csv: `org_id("social_security")` 市人社局."""
    return OrgId(uuid5(_SPACE, key))


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (resources.files(__package__) / name).open(encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


def regions() -> list[Region]:
    """The city, its counties and some towns and villages, each after the one around it."""
    return [
        Region(
            code=row["code"],
            name=row["name"],
            level=RegionLevel(row["level"]),
            parent=row["parent"] or None,
        )
        for row in _rows("regions.csv")
    ]


def by_key() -> dict[str, Organisation]:
    """City departments, counties, two towns and one provincial department, by key."""
    return {
        row["key"]: Organisation(
            id=org_id(row["key"]),
            name=row["name"],
            short_name=row["short_name"],
            seal=row["seal"],
            kind=OrgKind(row["kind"]),
            uscc=row["uscc"],
            region=row["region"],
            parent=org_id(row["parent"]) if row["parent"] else None,
            is_authority=row["key"] == "bureau",
        )
        for row in _rows("organisations.csv")
    }


def organisations() -> list[Organisation]:
    """The seeded organisations, each after its parent."""
    return list(by_key().values())


def plant_regions(conn: Connection) -> None:
    """Add the seeded areas to an empty database."""
    structure.add_regions(conn, regions())


def plant(conn: Connection) -> None:
    """Add the seeded areas and organisations to an empty database."""
    plant_regions(conn)
    structure.add_organisations(conn, organisations())
