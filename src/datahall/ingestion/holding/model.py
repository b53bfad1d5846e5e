"""When a load is held, and what is kept of it.  No I/O."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from datahall.catalogue import CatalogueItem, Field
from datahall.ingestion.model import Task
from datahall.kit.ids import LoadId, TaskId
from datahall.kit.settings import Settings
from datahall.security import mask
from datahall.store import Leaving

EXAMPLES: Final = 5
ENDS: Final = 2  # characters
LONGEST_REASON: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """How much a load may delete before a person is asked (删除警戒线)."""

    percent: int  # of the rows that the hall has
    rows: int  # below it nobody is asked

    @classmethod
    def of(cls, task: Task, settings: Settings) -> Self:
        """The task's own line, and where it has none, the city's."""
        percent, rows = task.deletions_percent, task.deletions_rows
        return cls(
            percent=settings.deletions_percent if percent is None else percent,
            rows=settings.deletions_rows if rows is None else rows,
        )

    def stops(self, *, rows: int, going: int) -> bool:
        """Whether deleting `going` of `rows` is for a person to decide."""
        return going >= self.rows and going * 100 > rows * self.percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A load that waits, and what somebody decided about it (待确认的归集)."""

    load: LoadId
    task: TaskId
    at: datetime  # UTC
    rows: int  # of the hall then
    going: int  # of them, those that the source no longer has
    read: int
    examples: tuple[str, ...] = ()  # masked
    fingerprint: str = ""  # of the file; what was confirmed is true of no other
    decided_at: datetime | None = None  # UTC
    decided_by: str | None = None
    confirmed: bool | None = None
    reason: str = ""
    used_at: datetime | None = None  # UTC; a confirmation is good for one load

    @property
    def percent(self) -> int:
        """The share that would go, rounded down: 99.9 % is not everything."""
        return self.going * 100 // self.rows if self.rows else 0

    def decided(self, *, at: datetime, by: str, confirmed: bool, reason: str) -> Self:
        return replace(self, decided_at=at, decided_by=by, confirmed=confirmed, reason=reason)

    def covers(self, leaving: Leaving, guard: Guard, *, fingerprint: str) -> bool:
        """Whether what was confirmed allows this load; what goes beyond it is judged anew."""
        beyond = leaving.going - self.going
        return fingerprint == self.fingerprint and not guard.stops(
            rows=leaving.rows, going=max(0, beyond)
        )


def shown(item: CatalogueItem, leaving: Leaving) -> tuple[str, ...]:
    """The examples as anybody may see them, whatever the grade of the key."""
    fields = [field for field in item.fields if field.is_key]
    return tuple(
        "，".join(_hidden(field, value) for field, value in zip(fields, key, strict=True))
        for key in leaving.examples
    )


def _hidden(field: Field, value: str) -> str:
    """By the field's kind; of an ordinary number the ends stay, to tell which rows are meant."""
    masked = mask(field.sensitive.value, value, grade=field.grade) or ""
    if masked != value or len(value) <= 2 * ENDS:
        return masked if masked != value else "***"
    return f"{value[:ENDS]}***{value[-ENDS:]}"
