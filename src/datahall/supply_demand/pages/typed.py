"""The application form between what was typed and what it means (申请表)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.datastructures import FormData

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

    def proposal(self) -> tuple[Proposal | None, list[Fault]]:
        """What it means; None with the places that cannot be read."""
        faults: list[Fault] = []
        read: dict[str, Any] = {name: self.values[name] for name in WORDS}
        for name in ("valid_from", "valid_to"):
            read[name] = _read(self.values[name], date.fromisoformat, name, "date_wrong", faults)
        for name in ("daily_quota", "rate_per_s"):
            read[name] = _read(self.values[name], int, name, "number_wrong", faults)
        if self.values["hours"] or self.values["hours_to"]:
            ends = [
                _read(self.values[name], int, "hours", "hours_wrong", faults)
                for name in ("hours", "hours_to")
            ]
            read["hours"] = tuple(ends)
        if faults:
            unique = {(f.field, f.code): f for f in faults}
            return None, list(unique.values())
        return (
            Proposal(
                **read,
                fields=tuple(
                    WantedField(name, reason, masked=name in self.masked)
                    for name, reason in self.reasons.items()
                ),
                row_scope=tuple(_conditions(self.scope)),
                addresses=tuple(self.values["addresses"].split()),
                algorithm=Algorithm(self.values["algorithm"] or Algorithm.HMAC_SHA256),
            ),
            [],
        )


def _read(text: str, kind: Any, field: str, code: str, faults: list[Fault]) -> Any:
    try:
        return kind(text)
    except ValueError:
        faults.append(Fault(field, f"supply_demand.{code}"))


def _conditions(rows: Iterable[ScopeRow]) -> Iterable[Condition]:
    """The conditions typed; several values are apart by commas or spaces, Chinese or not."""
    for row in rows:
        if row.field:
            split = row.values.translate(str.maketrans("、，,；;", "     ")).split()
            yield Condition(row.field, Operator(row.operator or Operator.EQ), tuple(split))
