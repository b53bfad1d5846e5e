from typing import ClassVar

from datahall.kit.errors import DomainError, Invalid


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


class UnknownChoice(DomainError):
    """What was sent is none of the choices."""

    code = "supply_demand.choice_wrong"
    status = 422


class SecretAlreadyShown(DomainError):
    """A secret is shown once; whoever lost it rotates it."""

    code = "supply_demand.secret_already_shown"


class ApplicationNotFound(DomainError):
    """There is no such application."""

    code = "supply_demand.application_not_found"
    status = 404


class ProposalIncomplete(Invalid):
    """The application has mistakes; each is named beside its field."""

    code = "supply_demand.proposal_incomplete"


class ItemLeaving(DomainError):
    """The entry will be withdrawn on an announced day and is not granted any more."""

    code = "supply_demand.item_leaving"


class ItemNotOffered(DomainError):
    """Only a published entry can be applied for."""

    code = "supply_demand.item_not_offered"


class ItemWithheld(DomainError):
    """The item is not shared, by law, administrative regulation or State Council decision."""

    code = "supply_demand.item_withheld"


class OutOfScope(DomainError):
    """The entry is shared with some departments on conditions, and this one is not among them."""

    code = "supply_demand.out_of_scope"
    status = 403


class OwnItem(DomainError):
    """A department does not apply to itself."""

    code = "supply_demand.own_item"


class OwnApplication(DomainError):
    """Nobody answers an application of their own department."""

    code = "supply_demand.own_application"
    status = 403


class NotAtThisStage(DomainError):
    """The application is at another stage than this act belongs to."""

    code = "supply_demand.not_at_this_stage"


class AskedAlready(DomainError):
    """A supplement and an extension are asked for once."""

    code = "supply_demand.asked_already"


class ClockHasRunOut(DomainError):
    """What stops or lengthens the clock must come before it has run out."""

    code = "supply_demand.clock_has_run_out"


class ExtensionTooLong(DomainError):
    """The law limits the extension."""

    code = "supply_demand.extension_too_long"
    status = 422
    field: ClassVar[str | None] = "days"


class RefusalIncomplete(Invalid):
    """A refusal names its reason, document, number and article."""

    code = "supply_demand.refusal_incomplete"


class NoFieldAgreed(DomainError):
    """An agreement gives at least one field."""

    code = "supply_demand.no_field_agreed"
    status = 422
    field: ClassVar[str | None] = "fields"


class NotWanted(DomainError):
    """An answer gives no more than was applied for."""

    code = "supply_demand.not_wanted"
    status = 422
    field: ClassVar[str | None] = "fields"


class NoticeNotFound(DomainError):
    """There is no such notice for this department."""

    code = "supply_demand.notice_not_found"
    status = 404
