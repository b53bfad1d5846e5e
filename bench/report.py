"""What a measurement gives: conditions, figures, and bars that it must meet."""

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Bar:
    """A limit on one value; ratios of one run, never an absolute time."""

    name: str
    value: float
    limit: float
    sense: Literal["<=", ">="]

    @property
    def ok(self) -> bool:
        return self.value <= self.limit if self.sense == "<=" else self.value >= self.limit

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "limit": self.limit,
            "sense": self.sense,
            "ok": self.ok,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """One measurement."""

    conditions: dict[str, Any]
    figures: dict[str, Any]
    bars: list[Bar] = field(default_factory=list)
