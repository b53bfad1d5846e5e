"""Things that change by versions with a day from which each applies (版本与生效日期).  No I/O."""

from collections.abc import Iterable
from datetime import date
from typing import Protocol, TypeVar


class Versioned(Protocol):
    """A published version of something."""

    @property
    def version(self) -> int: ...
    @property
    def effective_on(self) -> date | None: ...


V = TypeVar("V", bound=Versioned)


def in_force(versions: Iterable[V], on: date) -> V | None:
    """The version that applies on a day: the latest begun by then; of one day the later version.

    A version without a day is a draft and never applies.
    """
    begun = [v for v in versions if v.effective_on is not None and v.effective_on <= on]
    return max(begun, key=_order, default=None)


def _order(version: Versioned) -> tuple[date, int]:
    return version.effective_on or date.min, version.version
