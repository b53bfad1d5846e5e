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
