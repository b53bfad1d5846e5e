from datahall.kit.errors import DomainError


class LeafNotFound(DomainError):
    """No record has this number."""

    code = "ledger.leaf_not_found"
    status = 404


class NotSequenced(DomainError):
    """The record has no place in the log yet; it gets one within a second."""

    code = "ledger.not_sequenced"
    status = 409


class RecordErased(DomainError):
    """The record was erased by law; only its hash remains in the log."""

    code = "ledger.record_erased"
    status = 410


class NoCheckpoint(DomainError):
    """The log has no checkpoint of this size."""

    code = "ledger.no_checkpoint"
    status = 404


class LogBroken(RuntimeError):
    """What is stored is not what was last signed: nothing more is signed until somebody looks.

    Not a refusal: somebody changed the database past the program, or another key signs.
    """
