"""From sums that differ to the keys under which something differs (逐级收窄)."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from datahall.reconciliation.held import Held
from datahall.reconciliation.ranges import Range, Sum, covering, even, how_many
from datahall.reconciliation.sides import Hall, Key, Listing, Side

LEAF_ROWS: Final = 1_000  # a range of keys with no more rows is listed
LEAF_ROWS_BY_DIGEST: Final = 20_000  # where every further look would read the whole source
FAN_OUT: Final = 16
NOBODY: Final[Counter[str]] = Counter()

OpenHall = Callable[[], AbstractContextManager[tuple[Hall, Held]]]
"""The hall and its quarantine at one instant, in a transaction of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One range and what both ends have in it."""

    span: Range
    source: Sum
    hall: Sum
    waiting: Sum
    settled: Sum  # what clerks' decisions make the source differ from the hall

    @property
    def agrees(self) -> bool:
        return self.source == self.hall + self.waiting + self.settled


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A key under which source and hall may differ, with the keys as either writes it."""

    key: str
    source_keys: frozenset[Key]
    hall_keys: frozenset[Key]


def first_ranges(hall: Hall, rows: int) -> list[Range]:
    """The ranges of the first look: of equal rows by key, of equal width by digest."""
    count = how_many(rows)
    bounds = hall.bounds(count) if hall.questions.by_key else even(count)
    return covering(bounds)


def measure(open_hall: OpenHall, source: Side, ranges: Sequence[Range]) -> list[Part]:
    """Both ends of every range."""
    theirs = source.sums(ranges)
    with open_hall() as (hall, held):
        ours = hall.sums(ranges)
        waiting = held.waiting_sums(ranges)
        settled = held.settled_sums(hall, ranges)
    return [
        Part(span=span, source=s, hall=h, waiting=w, settled=c)
        for span, s, h, w, c in zip(ranges, theirs, ours, waiting, settled, strict=True)
    ]


def narrow(open_hall: OpenHall, source: Side, parts: Sequence[Part]) -> list[Range]:
    """Differing ranges cut up and compared again until each is short enough to list."""
    leaves: list[Range] = []
    differing = [part for part in parts if not part.agrees]
    while differing:
        large: list[Range] = []
        with open_hall() as (hall, _):
            most = LEAF_ROWS if hall.questions.by_key else LEAF_ROWS_BY_DIGEST
            for part in differing:
                rows = max(part.source.rows, part.hall.rows)
                pieces = _cut(hall, part.span) if rows > most else []
                if len(pieces) > 1:
                    large += pieces
                else:
                    leaves.append(part.span)
        differing = [p for p in measure(open_hall, source, large) if not p.agrees] if large else []
    return sorted(leaves, key=lambda span: (span.low is not None, span.low or 0))


def _cut(hall: Hall, span: Range) -> list[Range]:
    if hall.questions.by_key:
        bounds = hall.bounds(FAN_OUT, span)
    else:
        low, high = span.low or 0, span.high if span.high is not None else 1 << 32
        bounds = sorted({low + (high - low) * n // FAN_OUT for n in range(1, FAN_OUT)} - {low})
    edges = [span.low, *bounds, span.high]
    return [Range(low, high) for low, high in pairwise(edges)]


def suspects(open_hall: OpenHall, source: Side, leaves: Sequence[Range]) -> list[Suspect]:
    """The keys in these ranges that quarantine does not explain."""
    if not leaves:
        return []
    theirs = source.listing(leaves)
    with open_hall() as (hall, held):
        ours = hall.listing(leaves)
    inside = {
        key for key in held.waiting if any(held.positions.get(key) in span for span in leaves)
    }
    return [
        Suspect(
            key=key,
            source_keys=_keys(theirs, key) | frozenset(held.keys.get(key, ())),
            hall_keys=_keys(ours, key),
        )
        for key in theirs.keys() | ours.keys() | inside
        if not held.explains(key, _digests(theirs, key), _digests(ours, key))
    ]


def _digests(listing: Listing, key: str) -> Counter[str]:
    return listing[key].digests if key in listing else NOBODY


def _keys(listing: Listing, key: str) -> frozenset[Key]:
    return frozenset(listing[key].keys) if key in listing else frozenset()
