from datahall.kit.errors import DomainError


class PageNotFound(DomainError):
    """There is no page and no interface at this address."""

    code = "http.not_found"
    status = 404


class MethodNotAllowed(DomainError):
    """The address exists and does not answer this method."""

    code = "http.method_not_allowed"
    status = 405


class Malformed(DomainError):
    """What was sent cannot be read; `reason` names the places."""

    code = "http.malformed"
    status = 422


class Internal(DomainError):
    """The program failed; the log has the cause under `incident`."""

    code = "http.internal"
    status = 500
