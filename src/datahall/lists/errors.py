from typing import ClassVar

from datahall.kit.errors import DomainError, Invalid


class ListNotFound(DomainError):
    """No version of a list has this id."""

    code = "lists.list_not_found"
    status = 404


class RowNotFound(DomainError):
    """The version of the list has no such row."""

    code = "lists.row_not_found"
    status = 404


class PeriodUnreadable(DomainError):
    """A period is a year or a quarter: 2026 or 2026-Q4."""

    code = "lists.period_unreadable"
    status = 422
    field: ClassVar[str | None] = "period"


class DueInThePast(DomainError):
    """The last day for handing in has not passed when a period is opened."""

    code = "lists.due_in_the_past"
    status = 422
    field: ClassVar[str | None] = "due_on"


class NoListChosen(DomainError):
    """A period asks for at least one list."""

    code = "lists.no_list_chosen"
    status = 422
    field: ClassVar[str | None] = "kinds"


class PeriodNotOpen(DomainError):
    """The authority has not opened this period."""

    code = "lists.period_not_open"


class AlreadyStarted(DomainError):
    """The department has an unfinished version of this list for the period."""

    code = "lists.already_started"


class WrongStage(DomainError):
    """The list is not in the stage that this act belongs to."""

    code = "lists.wrong_stage"


class EditedMeanwhile(Invalid):
    """Somebody else saved other values into the same cells; each is named with both values."""

    code = "lists.edited_meanwhile"
    status = 409


class ListIncomplete(Invalid):
    """The list cannot be handed in yet; each cell that has to change is named."""

    code = "lists.list_incomplete"


class ListEmpty(DomainError):
    """A list without rows is not handed in."""

    code = "lists.list_empty"
    status = 422


class TooManyRows(DomainError):
    """A list has no more rows than this."""

    code = "lists.too_many_rows"
    status = 422
    field: ClassVar[str | None] = "block"


class CellTooLong(DomainError):
    """A cell holds no more characters than this."""

    code = "lists.cell_too_long"
    status = 422
    field: ClassVar[str | None] = "block"


class RemarksRequired(DomainError):
    """Returning a list needs the reason in words, of the whole or of a cell."""

    code = "lists.remarks_required"
    status = 422
    field: ClassVar[str | None] = "remarks"


class DecisionMissing(DomainError):
    """A review needs one of its decisions chosen."""

    code = "lists.decision_missing"
    status = 422
    field: ClassVar[str | None] = "decision"


class UnknownColumn(DomainError):
    """The list has no such column."""

    code = "lists.unknown_column"
    status = 422


class BlockRefused(DomainError):
    """What was pasted or uploaded cannot be read as rows of this list; nothing was changed."""

    code = "lists.block_refused"
    status = 422
    field: ClassVar[str | None] = "block"


class NothingToPrefill(DomainError):
    """The hall knows nothing to start this list from that is not in it already."""

    code = "lists.nothing_to_prefill"
