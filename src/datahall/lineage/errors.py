"""Refusals of lineage."""

from datahall.kit.errors import DomainError


class ColumnNotFound(DomainError):
    """The table or entry has no such column or field."""

    code = "lineage.column_not_found"
    status = 404
