from datahall.kit.errors import DomainError, Invalid


class CodeListNotFound(DomainError):
    """No code list has this code."""

    code = "standards.code_list_not_found"
    status = 404


class CodeListClash(DomainError):
    """A national code list changes only with its standard: the source must name the standard."""

    code = "standards.code_list_clash"
    field = "source"


class CodeListInvalid(Invalid):
    """The code list has mistakes."""

    code = "standards.code_list_invalid"


class ElementNotFound(DomainError):
    """No data element has this code."""

    code = "standards.element_not_found"
    status = 404


class ElementTaken(DomainError):
    """Another data element has this code or this name."""

    code = "standards.element_taken"
    field = "code"


class ElementInvalid(Invalid):
    """The data element has mistakes."""

    code = "standards.element_invalid"


class WrongElementStage(DomainError):
    """The version of the element is not in the stage that the act needs."""

    code = "standards.wrong_element_stage"


class EffectiveTooEarly(DomainError):
    """A new version begins today at the earliest, and not before the version it follows."""

    code = "standards.effective_too_early"
    field = "effective_on"


class ReasonRequired(DomainError):
    """The act needs a reason."""

    code = "standards.reason_required"
    field = "reason"


class RulingNotFound(DomainError):
    """There is no such case, or the actor is no party to it."""

    code = "standards.ruling_not_found"
    status = 404


class RulingClosed(DomainError):
    """The case is decided, or this side has given its claim up."""

    code = "standards.ruling_closed"


class NoParty(DomainError):
    """The organisation is no side of the case, or no longer one."""

    code = "standards.no_party"
    field = "winner"


class HearingOpen(DomainError):
    """A side has not been heard yet, and its days for that are not over."""

    code = "standards.hearing_open"


class RulingPending(DomainError):
    """A case about the source of this element is open; it is decided there."""

    code = "standards.ruling_pending"


class SourceUnchanged(DomainError):
    """The organisation is the source already."""

    code = "standards.source_unchanged"
    field = "org"
