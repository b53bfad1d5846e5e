"""Migrations of the state database: four-digit numbers, one after the other."""

from typing import Final

VERSION_TABLE: Final = "schema_version"


def ours(_thing: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    """Whether Alembic looks at a table: PgQueuer keeps its own."""
    return not (kind == "table" and (name or "").startswith("pgqueuer"))
