"""Changes, where they stand in a stream, and what is left of them per key.  No I/O."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias

import polars as pl

Position: TypeAlias = tuple[int, ...]
"""A place in a source's log; greater is later."""

TableName: TypeAlias = tuple[str, str]
"""Schema and name, as the source writes them."""

Values: TypeAlias = tuple[Any, ...]


class _Unchanged:
    """A large value that the log leaves out because the change did not touch it."""

    def __repr__(self) -> str:
        return "UNCHANGED"


UNCHANGED: Final = _Unchanged()


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a stream's table; `series` makes of its values what a load would read."""

    name: str
    type: str  # as the source calls it
    series: Callable[[str, Sequence[Any]], pl.Series] | None  # None: a type that we cannot bring


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A table as the log writes it from here on."""

    table: TableName
    columns: tuple[Column, ...]
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(c.name for c in self.columns))

    def places(self, names: Iterable[str]) -> tuple[int, ...]:
        """Where these columns are in a row of this shape."""
        return tuple(self.names.index(name) for name in names)


@dataclass(frozen=True, slots=True)
class Change:
    """One row before and after; None where it did not exist.

    `before` has at least the columns by which the source tells rows apart, the others may be
    None; it is missing too when the change left those alone.
    """

    shape: Shape
    before: Values | None
    after: Values | None
    at: Position = ()  # of its transaction, to be compared with a checkpoint's


@dataclass(frozen=True, slots=True)
class Emptied:
    """All rows of a table were removed at once (TRUNCATE)."""

    table: TableName
    at: Position = ()


@dataclass(frozen=True, slots=True)
class Committed:
    """The changes since the last one belong together; everything before `through` is complete."""

    through: Position
    at: datetime | None  # UTC, the source's clock


@dataclass(frozen=True, slots=True)
class Quiet:
    """There is nothing before `through` that has not been given."""

    through: Position


Event: TypeAlias = Shape | Change | Emptied | Committed | Quiet


@dataclass(slots=True)
class Images:
    """What the changes since the last landing leave of each key of one table.

    Only the last image of a key counts; the order of changes of one key is kept by that.
    """

    key: tuple[str, ...]  # source columns
    last: dict[Values, tuple[Shape, Values] | None] = field(default_factory=dict)
    changes: int = 0
    shape: Shape | None = None  # of the last change
    _places: tuple[int, ...] = ()

    def take(self, change: Change) -> None:
        """Add the next change."""
        self.changes += 1
        if change.shape is not self.shape:
            self.shape, self._places = change.shape, change.shape.places(self.key)
        before, after = change.before, change.after
        old = None if before is None else tuple(before[i] for i in self._places)
        if after is None:
            if old is not None:
                self.last.pop(old, None)
                self.last[old] = None
            return
        new = tuple(
            before[i] if before is not None and after[i] is UNCHANGED else after[i]
            for i in self._places
        )
        earlier = self.last.pop(new if old is None else old, None)
        if UNCHANGED in after:
            after = _filled(change.shape, before, after, earlier)
        if old is not None and old != new:
            self.last[old] = None
            self.last.pop(new, None)
        self.last[new] = (change.shape, after)


def _filled(
    shape: Shape, before: Values | None, after: Values, earlier: tuple[Shape, Values] | None
) -> Values:
    """`after` with what an older image of the row, as far as we hold one, says of the rest."""
    known = earlier[1] if earlier is not None and earlier[0] is shape else None
    return tuple(
        value
        if value is not UNCHANGED
        else next(
            (
                image[i]
                for image in (known, before)
                if image is not None and image[i] is not UNCHANGED and image[i] is not None
            ),
            UNCHANGED,
        )
        for i, value in enumerate(after)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamState:
    """How a stream stands, as the page shows it and as the next worker takes it over (变更流)."""

    epoch: str
    confirmed: Position = ()
    about: dict[str, Any] = field(default_factory=dict)
    state: str = "starting"
    state_at: datetime
    heard_at: datetime | None = None
    source_at: datetime | None = None
    lag_s: float | None = None
    rate: float = 0.0
    changes: int = 0
    error_code: str | None = None
    error_detail: dict[str, Any] = field(default_factory=dict)
