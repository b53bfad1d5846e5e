"""Ranges of keys and what is summed up over one (主键区间).  No I/O.

A row has a position: its key where that is one whole number, which an index serves, else 32 bits
of the key's digest, which every server computes alike.  A range is an interval of positions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Self

import numpy as np
import numpy.typing as npt

MOST_RANGES: Final = 512
ROWS_A_RANGE: Final = 2_000  # [P] at the first look; larger datasets have larger ranges
DIGEST_SPACE: Final = 1 << 32
_LOW: Final = np.uint64((1 << 30) - 1)
_HIGH: Final = np.uint64(30)

Integers = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Range:
    """Positions from `low` up to, not including, `high`; None is without end.

    A row without a position (its key is missing) stands in the range without a lower end.
    """

    low: int | None
    high: int | None

    def __contains__(self, position: int | None) -> bool:
        if position is None:
            return self.low is None
        return (self.low is None or self.low <= position) and (
            self.high is None or position < self.high
        )


@dataclass(frozen=True, slots=True)
class Sum:
    """How many rows there are, and the sums of two 60-bit words of each row's digest."""

    rows: int = 0
    first: int = 0
    second: int = 0

    def __add__(self, other: Self) -> Self:
        return type(self)(
            self.rows + other.rows, self.first + other.first, self.second + other.second
        )

    def __sub__(self, other: Self) -> Self:
        return type(self)(
            self.rows - other.rows, self.first - other.first, self.second - other.second
        )

    @property
    def digest(self) -> str:
        """In hex, as certificates have it."""
        return f"{self.first % (1 << 96):024x}{self.second % (1 << 96):024x}"


def covering(bounds: Sequence[int]) -> list[Range]:
    """The ranges between ascending bounds, and the two without an end."""
    edges = [None, *bounds, None]
    return [Range(low, high) for low, high in pairwise(edges)]


def how_many(rows: int) -> int:
    """Ranges for a dataset of so many rows."""
    return max(1, min(MOST_RANGES, rows // ROWS_A_RANGE))


def even(count: int) -> list[int]:
    """Bounds of so many equal ranges of digests."""
    return [DIGEST_SPACE * n // count for n in range(1, count)]


@dataclass(frozen=True, slots=True)
class Digested:
    """Many rows: where each stands and two words of its digest."""

    positions: Integers  # MISSING where there is none
    first: Words
    second: Words

    MISSING = np.iinfo(np.int64).min

    @classmethod
    def of(cls, positions: Iterable[int | None], digests: Sequence[bytes]) -> Self:
        words = np.frombuffer(b"".join(digests), dtype=">u8").reshape(-1, 2).astype(np.uint64)
        return cls(
            np.array([cls.MISSING if p is None else p for p in positions], dtype=np.int64),
            words[:, 0] >> np.uint64(4),
            ((words[:, 0] & np.uint64(15)) << np.uint64(56)) | (words[:, 1] >> np.uint64(8)),
        )

    def sums(self, ranges: Sequence[Range]) -> list[Sum]:
        """The sum over each of `ranges`, which are in order and do not overlap."""
        found = []
        for span in ranges:
            inside = np.ones(len(self.positions), dtype=bool)
            if span.low is not None:
                inside &= self.positions >= span.low
            if span.high is not None:
                inside &= self.positions < span.high
            found.append(
                Sum(int(inside.sum()), _total(self.first[inside]), _total(self.second[inside]))
            )
        return found


def _total(words: Words) -> int:
    """The exact sum of 60-bit words: in two halves, so that nothing runs over."""
    return (int((words >> _HIGH).sum()) << 30) + int((words & _LOW).sum())
