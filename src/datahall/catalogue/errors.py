from collections.abc import Sequence
from typing import Protocol

from datahall.kit.errors import DomainError, Fault, Invalid


class ItemNotFound(DomainError):
    """No catalogue item has this id, code or version."""

    code = "catalogue.item_not_found"
    status = 404


class TableNotFound(DomainError):
    """No scanned table has this id."""

    code = "catalogue.table_not_found"
    status = 404


class AlreadyCatalogued(DomainError):
    """The table is already mounted to an entry; revise that one instead."""

    code = "catalogue.already_catalogued"


class WrongStage(DomainError):
    """The entry is not in the stage that this act belongs to."""

    code = "catalogue.wrong_stage"


class ClashingPlace(Protocol):
    """A place that two editors changed unlike; `merging.Clash` is one."""

    @property
    def path(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def base(self) -> str: ...
    @property
    def theirs(self) -> str: ...
    @property
    def yours(self) -> str: ...


class EditedMeanwhile(Invalid):
    """Somebody else changed the same places after this form was opened; each is named."""

    code = "catalogue.edited_meanwhile"
    status = 409

    def __init__(self, clashes: Sequence[ClashingPlace]) -> None:
        self.clashes = clashes
        super().__init__(
            [
                Fault(
                    clash.path,
                    "catalogue.clash",
                    {"base": clash.base, "theirs": clash.theirs, "yours": clash.yours},
                )
                for clash in clashes
            ]
        )


class EntryInvalid(Invalid):
    """The entry has mistakes; each is named beside its field."""

    code = "catalogue.entry_invalid"


class EntryIncomplete(Invalid):
    """The entry cannot be submitted yet; what is missing is named beside its field."""

    code = "catalogue.entry_incomplete"


class CategoriesRefused(Invalid):
    """The tree was not taken in; every wrong cell is named, by its address in the sheet."""

    code = "catalogue.categories_refused"


class CodeTaken(DomainError):
    """Another entry has this code, or had it once; codes are never given twice."""

    code = "catalogue.code_taken"
    field = "alias_code"


class ResourceNotFound(DomainError):
    """No mounted resource has this id."""

    code = "catalogue.resource_not_found"
    status = 404


class MountRefused(Invalid):
    """The resource cannot be mounted as it was described; each mistake is named."""

    code = "catalogue.mount_refused"


class StillInUse(DomainError):
    """Departments still use the entry; announce the withdrawal to them with a date instead."""

    code = "catalogue.still_in_use"
    field = "remarks"


class DeparturePlanned(DomainError):
    """A plan to take the entry down is already under way."""

    code = "catalogue.departure_planned"


class DepartureNotOpen(DomainError):
    """There is no plan to take the entry down in the stage that this act belongs to."""

    code = "catalogue.departure_not_open"


class DateTooEarly(DomainError):
    """Who uses the entry has to be told early enough."""

    code = "catalogue.date_too_early"
    status = 422
    field = "effective_on"


class RemarksRequired(DomainError):
    """Returning or withdrawing an entry needs the reason in words."""

    code = "catalogue.remarks_required"
    status = 422
    field = "remarks"


class DecisionMissing(DomainError):
    """A review needs one of its decisions chosen."""

    code = "catalogue.decision_missing"
    status = 422
    field = "decision"
