from datahall.kit.errors import DomainError, Invalid, Terminal


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


class AlreadySettled(DomainError):
    """The quarantined row no longer waits."""

    code = "quality.already_settled"


class NoteRequired(DomainError):
    """Releasing or discarding a row needs the reason in words."""

    code = "quality.note_required"
    status = 422
    field = "note"


class NotReleasable(DomainError):
    """The hall table cannot hold the row as it is."""

    code = "quality.not_releasable"


class KeyTaken(DomainError):
    """Another row of the hall already has the key that the corrected row would have."""

    code = "quality.key_taken"
    status = 422


class NothingCollected(DomainError):
    """The item has no hall table yet."""

    code = "quality.nothing_collected"
    status = 404


class StillFaulty(Invalid):
    """The corrected row still breaks strong rules; each is named beside its field."""

    code = "quality.still_faulty"
