from typing import ClassVar

from datahall.kit.errors import DomainError


class GrantNotFound(DomainError):
    """There is no such grant."""

    code = "supply_demand.grant_not_found"
    status = 404


class GrantHasEnded(DomainError):
    """A revoked or expired grant does not change any more."""

    code = "supply_demand.grant_has_ended"


class ReasonRequired(DomainError):
    """The act must say why."""

    code = "supply_demand.reason_required"
    status = 422
    field: ClassVar[str | None] = "reason"


class SecretAlreadyShown(DomainError):
    """A secret is shown once; whoever lost it rotates it."""

    code = "supply_demand.secret_already_shown"
