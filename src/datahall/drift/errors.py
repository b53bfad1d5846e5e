"""Refusals of drift."""

from datahall.kit.errors import DomainError


class TicketNotFound(DomainError):
    """There is no such ticket, or the caller may not see it."""

    code = "drift.ticket_not_found"
    status = 404


class ScansNotFound(DomainError):
    """The source was never scanned, or the caller may not see it."""

    code = "drift.scans_not_found"
    status = 404


class NotAtThisStep(DomainError):
    """The ticket is at a step where this cannot be done."""

    code = "drift.not_at_this_step"


class WordsRequired(DomainError):
    """An explanation, or remarks on one, were left out."""

    code = "drift.words_required"
    status = 422
    field = "words"


class AskedAlready(DomainError):
    """A ticket is extended once."""

    code = "drift.asked_already"


class NothingAsked(DomainError):
    """There is no extension to decide on."""

    code = "drift.nothing_asked"


class ExtensionTooLong(DomainError):
    """The law allows fewer days."""

    code = "drift.extension_too_long"
    status = 422
    field = "days"


class ClockHasRunOut(DomainError):
    """An extension is asked for before the last day is over."""

    code = "drift.clock_has_run_out"
