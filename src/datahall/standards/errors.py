from datahall.kit.errors import DomainError, Invalid


class CodeListNotFound(DomainError):
    """No code list has this code."""

    code = "standards.code_list_not_found"
    status = 404


class CodeListClash(DomainError):
    """A national code list is built in and cannot be replaced by a local one."""

    code = "standards.code_list_clash"
    field = "code"


class CodeListInvalid(Invalid):
    """The code list has mistakes."""

    code = "standards.code_list_invalid"
