from typing import ClassVar

from datahall.kit.errors import DomainError


class DayNameRequired(DomainError):
    """A special day says what it is."""

    code = "deadlines.day_name_required"
    status = 422
    field: ClassVar[str | None] = "name"


class DayIsOrdinary(DomainError):
    """A weekday that is worked or a weekend that is not needs no entry."""

    code = "deadlines.day_is_ordinary"
    status = 422
    field: ClassVar[str | None] = "works"
