from typing import ClassVar

from datahall.kit.errors import DomainError


class OrganisationNotFound(DomainError):
    """No organisation has this id."""

    code = "organisations.organisation_not_found"
    status = 404


class PersonNotFound(DomainError):
    """No person has this id."""

    code = "organisations.person_not_found"
    status = 404


class RegionNotFound(DomainError):
    """No region has this code."""

    code = "organisations.region_not_found"
    status = 404
    field: ClassVar[str | None] = "region"


class OrganisationExists(DomainError):
    """An organisation with this name or unified social credit code is registered already."""

    code = "organisations.organisation_exists"


class LoginTaken(DomainError):
    """Another person has this login name."""

    code = "organisations.login_taken"
    field: ClassVar[str | None] = "login"


class AlreadyAppointed(DomainError):
    """The person holds this post already."""

    code = "organisations.already_appointed"
    field: ClassVar[str | None] = "role"


class NotAppointed(DomainError):
    """The person does not hold this post."""

    code = "organisations.not_appointed"
    field: ClassVar[str | None] = "role"


class PostsMustBeSeparate(DomainError):
    """One person may not hold both posts: administrators are separated (三员分立)."""

    code = "organisations.posts_must_be_separate"
    field: ClassVar[str | None] = "role"


class PostNotOfOrganisation(DomainError):
    """This post exists only in another kind of organisation."""

    code = "organisations.post_not_of_organisation"
    field: ClassVar[str | None] = "role"


class OwnAppointment(DomainError):
    """Nobody appoints themselves."""

    code = "organisations.own_appointment"
    field: ClassVar[str | None] = "role"


class LoginRefused(DomainError):
    """The login name and the password do not belong together, or the person is suspended."""

    code = "organisations.login_refused"
    status = 401


class LoginLocked(DomainError):
    """Too many failures in a row; the login is locked for a while, whether it exists or not."""

    code = "organisations.login_locked"
    status = 429


class LoginBusy(DomainError):
    """Another attempt with the same login name is being checked at this moment."""

    code = "organisations.login_busy"
    status = 429


class WrongPassword(DomainError):
    """The present password was not typed correctly."""

    code = "organisations.wrong_password"
    status = 422
    field: ClassVar[str | None] = "current"


class LinkSpent(DomainError):
    """The one-time link is unknown, used or expired."""

    code = "organisations.link_spent"
    status = 410


class AlreadySetUp(DomainError):
    """The hall has its administrators; the first-run link is of no more use."""

    code = "organisations.already_set_up"


class AdministratorsLink(DomainError):
    """A link for an administrator is made on the server itself, never by another administrator."""

    code = "organisations.administrators_link"
    status = 403


class OwnSuspension(DomainError):
    """Nobody suspends themselves."""

    code = "organisations.own_suspension"


class WrongCode(DomainError):
    """The one-time code is not the one of this moment, or has been used already."""

    code = "organisations.wrong_code"
    status = 422
    field: ClassVar[str | None] = "code"


class SecondFactorRequired(DomainError):
    """The operator's settings ask this person for a second factor; it cannot be removed."""

    code = "organisations.second_factor_required"
    status = 409
