"""The application form between what was typed and what it means (申请表)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.datastructures import FormData

from datahall.kit import values
from datahall.kit.errors import Fault
from datahall.supply_demand.model.grants import Algorithm, Condition, Operator
from datahall.supply_demand.model.proposal import WORDS, Proposal, WantedField
from datahall.supply_demand.pages.common import word, words

SCOPE_ROWS = 3
PLAIN = (*WORDS, "valid_from", "valid_to", "daily_quota", "rate_per_s", "hours", "hours_to")


@dataclass(frozen=True, slots=True)
class ScopeRow:
    """One condition as typed."""

    field: str = ""
    operator: str = ""
    values: str = ""


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as it stands on the page."""

    values: Mapping[str, str]
    reasons: Mapping[str, str]  # of the ticked fields
    masked: frozenset[str]
    scope: tuple[ScopeRow, ...]

    @classmethod
    def of_form(cls, form: FormData) -> "Typed":
        chosen = words(form, "fields")
        return cls(
            values={n: word(form, n) for n in (*PLAIN, "addresses", "algorithm")},
            reasons={name: word(form, f"fields.{name}") for name in chosen},
            masked=frozenset(n for n in chosen if word(form, f"give.{n}") == "masked"),
            scope=tuple(
                ScopeRow(
                    word(form, f"scope.{i}.field"),
                    word(form, f"scope.{i}.operator"),
                    word(form, f"scope.{i}"),
                )
                for i in range(SCOPE_ROWS)
            ),
        )

    @classmethod
    def of(cls, proposal: Proposal) -> "Typed":
        plain = {
            name: str(getattr(proposal, name)) for name in PLAIN if not name.startswith("hours")
        }
        hours = [str(hour) for hour in proposal.hours or ("", "")]
        rows = [
            ScopeRow(c.field, c.operator.value, "、".join(c.values)) for c in proposal.row_scope
        ]
        return cls(
            values=plain
            | dict(zip(("hours", "hours_to"), hours, strict=True))
            | {
                "addresses": "\n".join(proposal.addresses),
                "algorithm": proposal.algorithm.value,
            },
            reasons={f.name: f.reason for f in proposal.fields},
            masked=frozenset(f.name for f in proposal.fields if f.masked),
            scope=tuple([*rows, *[ScopeRow()] * SCOPE_ROWS][: max(SCOPE_ROWS, len(rows))]),
        )

    def proposal(self, today: date) -> tuple[Proposal, list[Fault]]:
        """What it means, and the places that cannot be read; a usual value stands for each."""
        faults: list[Fault] = []
        usual = Proposal.blank(today)

        def read(name: str, kind: Callable[[str], Any], code: str, field: str = "") -> Any:
            try:
                return kind(self.values[name])
            except ValueError:
                faults.append(Fault(field or name, f"supply_demand.{code}"))
                return getattr(usual, name, None)

        hours: tuple[int, int] | None = None
        if self.values["hours"] or self.values["hours_to"]:
            ends = [read(n, values.whole, "hours_wrong", "hours") for n in ("hours", "hours_to")]
            hours = (ends[0], ends[1]) if None not in ends else None
        told: dict[str, Any] = {name: self.values[name] for name in WORDS}
        made = Proposal(
            **told,
            valid_from=read("valid_from", values.day, "date_wrong"),
            valid_to=read("valid_to", values.day, "date_wrong"),
            daily_quota=read("daily_quota", values.whole, "number_wrong"),
            rate_per_s=read("rate_per_s", values.whole, "number_wrong"),
            algorithm=read(
                "algorithm", lambda text: Algorithm(text or usual.algorithm), "choice_wrong"
            ),
            hours=hours,
            fields=tuple(
                WantedField(name, reason, masked=name in self.masked)
                for name, reason in self.reasons.items()
            ),
            row_scope=tuple(_conditions(self.scope, faults)),
            addresses=tuple(self.values["addresses"].split()),
        )
        return made, list({(f.field, f.code): f for f in faults}.values())


def _conditions(rows: Iterable[ScopeRow], faults: list[Fault]) -> Iterable[Condition]:
    """The conditions typed; several values are apart by commas or spaces, Chinese or not."""
    for place, row in enumerate(row for row in rows if row.field):
        split = row.values.translate(str.maketrans("、，,；;", "     ")).split()
        try:
            operator = Operator(row.operator or Operator.EQ)
        except ValueError:
            faults.append(Fault(f"scope.{place}", "supply_demand.choice_wrong"))
        else:
            yield Condition(row.field, operator, tuple(split))
