"""What quarantine accounts for: rows that are at the source and rightly not in the hall (隔离抵账)."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import polars as pl
from sqlalchemy import Connection

from datahall import quality
from datahall.kit.ids import DatasetId, QuarantineId
from datahall.quality import KeptRow, RowStatus
from datahall.reconciliation.ranges import Digested, Range, Sum
from datahall.reconciliation.sides import Digester, Hall, Key, key_of


@dataclass(slots=True, kw_only=True)
class Held:
    """Quarantine as it was at one instant.

    Attributes:
        waiting: canonical key → digests of the rows that wait; all of them must be at the source.
        settled: the same of rows that clerks set aside or let land; they may be at the source.
        landed: canonical keys under which clerks let rows land.
        keys: canonical key → the keys as they came.
        ids: canonical key and digest → the rows that wait.
    """

    waiting: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    settled: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    landed: set[str] = field(default_factory=set)
    keys: dict[str, set[Key]] = field(default_factory=lambda: defaultdict(set))
    ids: dict[tuple[str, str], list[QuarantineId]] = field(
        default_factory=lambda: defaultdict(list)
    )
    positions: dict[str, int | None] = field(default_factory=dict)
    _waiting: Digested | None = None
    _settled: Digested | None = None

    @classmethod
    def of(cls, conn: Connection, dataset: DatasetId, digester: Digester) -> Self:
        found = cls()
        rows = quality.kept_rows(conn, dataset)
        for status in (True, False):
            some = [r for r in rows if (r.status is RowStatus.WAITING) is status]
            digested = found._take(some, digester, waits=status)
            if status:
                found._waiting = digested
            else:
                found._settled = digested
        landed = [r.landed_key for r in rows if r.landed and r.landed_key]
        if landed:
            key = key_of(digester.fields)
            frame = pl.DataFrame(landed, schema={f.name: pl.String for f in key})
            typed = quality.typed(frame, key)
            found.landed = set(digester.keys(typed))
            found.positions |= dict(
                zip(digester.keys(typed), digester.positions(typed), strict=True)
            )
        return found

    def _take(self, rows: Sequence[KeptRow], digester: Digester, *, waits: bool) -> Digested:
        schema = {f.name: pl.String for f in digester.fields}
        came = pl.DataFrame([r.came for r in rows], schema=schema)
        typed = quality.typed(came, digester.fields)
        names = [f.name for f in key_of(digester.fields)]
        kind = self.waiting if waits else self.settled
        digests = digester.digests(typed)
        keys, positions = digester.keys(typed), digester.positions(typed)
        self.positions |= dict(zip(keys, positions, strict=True))
        for row, key, digest, raw in zip(
            rows, keys, digests, came.select(names).rows(), strict=True
        ):
            kind[key][digest.hex()] += 1
            self.keys[key].add(tuple("" if v is None else v for v in raw))
            if waits:
                self.ids[key, digest.hex()].append(row.id)
        return Digested.of(positions, digests)

    def waiting_sums(self, ranges: Sequence[Range]) -> list[Sum]:
        return self._waiting.sums(ranges) if self._waiting else [Sum()] * len(ranges)

    def settled_sums(self, hall: Hall, ranges: Sequence[Range]) -> list[Sum]:
        """What the clerks' decisions make the source differ from the hall, range by range.

        The rows as they came, less the rows that the hall has in their stead.
        """
        if self._settled is None:
            return [Sum()] * len(ranges)
        stead = hall.under(sorted(self.landed))
        positions, digests = [], []
        for key, listed in stead.items():
            for digest in listed.digests.elements():
                positions.append(self.positions[key])
                digests.append(bytes.fromhex(digest))
        instead = Digested.of(positions, digests).sums(ranges)
        came = self._settled.sums(ranges)
        return [there - here for there, here in zip(came, instead, strict=True)]

    def explains(self, key: str, source: Counter[str], hall: Counter[str]) -> bool:
        """Whether source and hall agree about a key, quarantine taken into account."""
        waiting = self.waiting.get(key, Counter())
        if source == hall + waiting:
            return True
        rest = source - self.settled.get(key, Counter())
        if rest == hall + waiting:
            return True
        return key in self.landed and rest == waiting
