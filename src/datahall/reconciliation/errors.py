"""Refusals of reconciliation."""

from datahall.kit.errors import DomainError, Terminal


class RunNotFound(DomainError):
    """There is no such run, or the caller may not see it."""

    code = "reconciliation.run_not_found"
    status = 404


class CertificateNotFound(DomainError):
    """There is no such certificate, or the caller may not see it."""

    code = "reconciliation.certificate_not_found"
    status = 404


class AlreadyRunning(DomainError):
    """A run of the task waits or is under way."""

    code = "reconciliation.already_running"


class NothingLeft(DomainError):
    """The run left no difference that waits for somebody."""

    code = "reconciliation.nothing_left"


class NotLoadedYet(Terminal, DomainError):
    """The first load has not landed, or the entry has a new shape that no load has built yet."""

    code = "reconciliation.not_loaded_yet"


class SourceEmpty(Terminal, DomainError):
    """The source has no row while the hall has some; nothing is taken out of the hall for that."""

    code = "reconciliation.source_empty"


class TooDifferent(Terminal, DomainError):
    """More rows stand in differing ranges than are compared one by one."""

    code = "reconciliation.too_different"
