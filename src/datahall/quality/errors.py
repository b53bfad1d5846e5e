from datahall.kit.errors import DomainError, Terminal


class UnknownRule(Terminal, DomainError):
    """A field of the item names a quality rule that does not exist."""

    code = "quality.unknown_rule"
    status = 422


class RuleMisfit(Terminal, DomainError):
    """A quality rule cannot be applied to this field: wrong argument or wrong type."""

    code = "quality.rule_misfit"
    status = 422


class ColumnMissing(Terminal, DomainError):
    """The batch lacks a column that the item promises."""

    code = "quality.column_missing"
    status = 422


class RowNotFound(DomainError):
    """No quarantined row has this id."""

    code = "quality.row_not_found"
    status = 404
