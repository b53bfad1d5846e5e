from datahall.kit.errors import DomainError


class NotPermitted(DomainError):
    """The caller's roles do not allow this act on this thing."""

    code = "security.not_permitted"
    status = 403


class LoginRequired(DomainError):
    """Nobody is logged in, or the session has ended."""

    code = "security.login_required"
    status = 401
