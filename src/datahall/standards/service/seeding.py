"""Planting what comes with the program: code tables and data elements, each once."""

from datetime import datetime

from sqlalchemy import Connection

from datahall.kit.clock import utc_now
from datahall.standards.model.code_lists import builtin_code_lists
from datahall.standards.repository import code_lists, elements
from datahall.standards.sheets import builtin_elements


def seed(conn: Connection, at: datetime | None = None) -> None:
    """Add the built-in code lists and elements that are missing; what was edited stays."""
    planted_at = at or utc_now()
    code_lists.add(conn, list(builtin_code_lists().values()), at=planted_at)
    elements.add(conn, builtin_elements())
