"""What waits for somebody, from every capability, in the order of the time left (待办)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from datahall import bootstrap
from datahall.kit.clock import local_date
from datahall.kit.todo import Todo
from datahall.kit.uow import Unit
from datahall.security import Actor


def todos(unit: Unit, actor: Actor) -> Sequence[Todo]:
    """Everything that waits for the actor, overdue first, without a clock last."""
    found = [todo for source in bootstrap.todo_sources() for todo in source(unit, actor)]
    return sorted(found, key=lambda t: (last_day(t) or date.max, t.since or unit.now, t.title))


def last_day(todo: Todo) -> date | None:
    """The day on which it must be done."""
    if todo.clock is not None:
        due: date = todo.clock.due_on
        return due
    return todo.due_on


@dataclass(frozen=True, slots=True)
class Pressure:
    """How the waiting things stand today."""

    total: int
    overdue: int
    today: int

    @classmethod
    def of(cls, waiting: Sequence[Todo], now: datetime) -> "Pressure":
        today = local_date(now)
        days = [day for todo in waiting if (day := last_day(todo)) is not None]
        return cls(len(waiting), sum(d < today for d in days), sum(d == today for d in days))

    @property
    def sentence(self) -> str:
        """今天有 1 件超期、1 件今日截止，其余 5 件都在时限内."""
        if not self.total:
            return "没有等着办的事"
        pressing = [
            words
            for n, words in (
                (self.overdue, f"{self.overdue} 件超期"),
                (self.today, f"{self.today} 件今日截止"),
            )
            if n
        ]
        rest = self.total - self.overdue - self.today
        if not pressing:
            return f"有 {self.total} 件待办，都在时限内"
        tail = f"，其余 {rest} 件都在时限内" if rest else ""
        return f"今天有 {'、'.join(pressing)}{tail}"


def kinds(waiting: Sequence[Todo]) -> Sequence[tuple[str, int]]:
    """Which kinds of things wait and how many of each, the most frequent first."""
    return Counter(t.kind for t in waiting).most_common()
