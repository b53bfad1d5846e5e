"""Suggesting elements for a field, with the registry as it stands (数据元推荐)."""

from sqlalchemy import Connection

from datahall.standards.model.matching import Describes, Match, Profiled, suggest
from datahall.standards.repository.elements import elements


def suggest_elements(
    conn: Connection, field: Describes, profile: Profiled | None = None, *, comment: str = ""
) -> list[Match]:
    """The likeliest of the elements that apply today, best first; at most three."""
    return suggest(field, elements(conn).values(), profile, comment=comment)
