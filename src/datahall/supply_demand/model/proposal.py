"""What an applicant asks for, and what is wrong with it (申请内容)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from ipaddress import ip_network
from typing import Final

from datahall.catalogue import CatalogueItem, FieldType, ShareMethod
from datahall.kit import values
from datahall.kit.errors import Fault
from datahall.supply_demand.model.grants import Algorithm, Condition, Operator

LONGEST_TERM_DAYS: Final = 3 * 366
"""A grant is renewed by a new application at least every three years [P]."""
MOST_CALLS_A_DAY: Final = 10_000_000
MOST_CALLS_A_SECOND: Final = 500
MOST_VALUES: Final = 100  # of one condition
HOURS_A_DAY: Final = 24
USUAL_TERM: Final = timedelta(days=364)


@dataclass(frozen=True, slots=True)
class WantedField:
    """One information item that is asked for, and why it is necessary (逐项说明必要性)."""

    name: str
    reason: str = ""
    masked: bool = False  # what the applicant is content with; the provider may mask more


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The content of an application: article 20 wants basis, scenario, scope, method and term."""

    fields: tuple[WantedField, ...] = ()
    scenario: str = ""  # 使用场景
    basis: str = ""  # 使用依据
    usage: str = ""  # 使用范围: who uses it, in which matter
    row_scope: tuple[Condition, ...] = ()  # none means every row
    method: ShareMethod = ShareMethod.API
    valid_from: date
    valid_to: date
    disposal: str = ""  # 到期处置
    system: str = ""  # 调用系统
    algorithm: Algorithm = Algorithm.HMAC_SHA256
    daily_quota: int = 10_000
    rate_per_s: int = 20
    hours: tuple[int, int] | None = None
    addresses: tuple[str, ...] = ()

    @classmethod
    def blank(cls, today: date) -> "Proposal":
        """An empty form: a year from today."""
        return cls(valid_from=today, valid_to=today + USUAL_TERM)

    def wanted(self, name: str) -> WantedField | None:
        return next((f for f in self.fields if f.name == name), None)


WORDS: Final = ("scenario", "basis", "usage", "system", "disposal")
"""Parts that must be said in words."""


def faults(proposal: Proposal, item: CatalogueItem, today: date) -> list[Fault]:
    """Everything that keeps the proposal from being handed in, each beside its field."""
    return [
        *_faults_of_words(proposal),
        *_faults_of_fields(proposal, item),
        *_faults_of_scope(proposal.row_scope, item),
        *_faults_of_term(proposal, today),
        *_faults_of_limits(proposal),
        *_faults_of_method(proposal, item),
    ]


def _faults_of_words(proposal: Proposal) -> Iterator[Fault]:
    for name in WORDS:
        if not getattr(proposal, name):
            yield Fault(name, f"supply_demand.{name}_missing")


def _faults_of_fields(proposal: Proposal, item: CatalogueItem) -> Iterator[Fault]:
    if not proposal.fields:
        yield Fault("fields", "supply_demand.fields_missing")
    for wanted in proposal.fields:
        field = item.field(wanted.name)
        if field is None:
            yield Fault("fields", "supply_demand.field_unknown", {"name": wanted.name})
        elif not wanted.reason:
            yield Fault(
                f"fields.{wanted.name}",
                "supply_demand.field_reason_missing",
                {"title": field.title},
            )


def _faults_of_scope(scope: Sequence[Condition], item: CatalogueItem) -> Iterator[Fault]:
    for place, condition in enumerate(scope):
        where = f"scope.{place}"
        field = item.field(condition.field)
        if field is None:
            yield Fault(where, "supply_demand.field_unknown", {"name": condition.field})
            continue
        if not condition.values or len(condition.values) > MOST_VALUES:
            yield Fault(where, "supply_demand.values_missing", {"most": MOST_VALUES})
        elif condition.operator is not Operator.IN and len(condition.values) > 1:
            yield Fault(where, "supply_demand.one_value_only")
        elif condition.operator is Operator.PREFIX and field.type not in TEXTS:
            yield Fault(where, "supply_demand.prefix_of_text_only", {"title": field.title})
        else:
            read = VALUES.get(field.type)
            if read and not all(_reads(value, read) for value in condition.values):
                yield Fault(
                    where,
                    "supply_demand.value_of_other_type",
                    {"title": field.title, "type": field.type.label},
                )


TEXTS: Final = frozenset({FieldType.STRING, FieldType.TEXT, FieldType.GENERAL})
VALUES: Final[Mapping[FieldType, Callable[[str], object]]] = {
    FieldType.INTEGER: values.whole,
    FieldType.NUMBER: values.number,
    FieldType.MONEY: values.number,
    FieldType.DOUBLE: values.floating,
    FieldType.FLOAT: values.floating,
    FieldType.DATE: values.day,
    FieldType.DATETIME: values.moment,
    FieldType.BOOLEAN: values.boolean,
}
"""How a value of a condition is read for a field of the type; text may be anything."""


def _reads(text: str, read: Callable[[str], object]) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def _faults_of_term(proposal: Proposal, today: date) -> Iterator[Fault]:
    if proposal.valid_to < proposal.valid_from:
        yield Fault("valid_to", "supply_demand.term_backwards")
    elif proposal.valid_to < today:
        yield Fault("valid_to", "supply_demand.term_over")
    elif (proposal.valid_to - proposal.valid_from).days >= LONGEST_TERM_DAYS:
        yield Fault("valid_to", "supply_demand.term_too_long")


def _faults_of_limits(proposal: Proposal) -> Iterator[Fault]:
    if not 1 <= proposal.daily_quota <= MOST_CALLS_A_DAY:
        yield Fault("daily_quota", "supply_demand.out_of_range", {"most": MOST_CALLS_A_DAY})
    if not 1 <= proposal.rate_per_s <= MOST_CALLS_A_SECOND:
        yield Fault("rate_per_s", "supply_demand.out_of_range", {"most": MOST_CALLS_A_SECOND})
    if proposal.hours and not 0 <= proposal.hours[0] < proposal.hours[1] <= HOURS_A_DAY:
        yield Fault("hours", "supply_demand.hours_wrong")
    for address in proposal.addresses:
        try:
            ip_network(address)
        except ValueError:
            yield Fault("addresses", "supply_demand.address_wrong", {"address": address})


def _faults_of_method(proposal: Proposal, item: CatalogueItem) -> Iterator[Fault]:
    if proposal.method is not ShareMethod.API or ShareMethod.API not in item.share_methods:
        yield Fault("method", "supply_demand.method_not_offered")
