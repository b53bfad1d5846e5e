from datahall.kit.errors import DomainError


class FieldNotFound(DomainError):
    """The entry has no such field."""

    code = "conformance.field_not_found"
    status = 404


class BindingUnknown(DomainError):
    """No published data element has this code."""

    code = "conformance.element_unknown"
    status = 422
    field = "element"


class NothingLikely(DomainError):
    """No suggestion is likely enough to be taken without a look."""

    code = "conformance.nothing_likely"


class InReview(DomainError):
    """The entry's newest version is being reviewed; it is bound before or after."""

    code = "conformance.in_review"


class BoundMeanwhile(DomainError):
    """Somebody else bound this field after the page was opened."""

    code = "conformance.bound_meanwhile"
