"""What is really different about a suspected row: read again, by contract and rules (逐行判定)."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import polars as pl

from datahall import quality, store
from datahall.ingestion import Reach
from datahall.kit.clock import local_date
from datahall.kit.ids import QuarantineId
from datahall.kit.uow import Unit
from datahall.reconciliation.held import Held
from datahall.reconciliation.narrowing import Suspect
from datahall.reconciliation.sides import Digester, Hall, Key, Listed, key_of
from datahall.reconciliation.vocabulary import Kind
from datahall.store import Dataset, Unlike

OpenAll = Callable[[], AbstractContextManager[tuple[Unit, Hall, Held]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One row about which source and hall differ, at one look."""

    suspect: Suspect
    kind: Kind
    source: tuple[str, ...]  # digests of its rows at the source
    hall: tuple[str, ...]
    source_keys: frozenset[Key]
    hall_keys: frozenset[Key]
    fails: bool = False  # the row of the source breaks a strong rule and is not in quarantine
    unlike: Unlike | None = None  # the values, of a row that both have
    stale: tuple[QuarantineId, ...] = ()  # rows that wait and are gone at the source

    @property
    def state(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What must stand still from one look to the next for the difference to count."""
        return self.source, self.hall


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the source as it was read."""

    place: int  # in the frame
    plain: str  # digest
    kept: str  # digest as quarantine would have it
    written: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Looks at suspected rows at both ends."""

    reach: Reach
    dataset: Dataset
    digester: Digester
    open_all: OpenAll

    def look(self, suspects: Sequence[Suspect]) -> list[Found]:
        """Those of the suspects that differ, as both ends are now; the source is read first."""
        frame, rows = self._read(suspects)
        with self.open_all() as (unit, hall, held):
            here = hall.under([s.key for s in suspects])
            open_: dict[str, list[_Row]] = {}
            for s in suspects:
                open_[s.key] = _unexplained(rows.get(s.key, []), held, s.key)
            verdicts = self._verdicts(unit, frame, [r for some in open_.values() for r in some])
            return [
                found
                for s in suspects
                if (found := _judge(s, rows.get(s.key, []), open_[s.key], here, held, verdicts))
            ]

    def _read(self, suspects: Sequence[Suspect]) -> tuple[pl.DataFrame, dict[str, list[_Row]]]:
        fields = self.digester.fields
        names = [f.name for f in key_of(fields)]
        wanted = sorted({key for s in suspects for key in s.source_keys | s.hall_keys if all(key)})
        keys = [dict(zip(names, key, strict=True)) for key in wanted]
        frames = [f for f in self.reach.rows(keys) if f.height] if keys else []
        if not frames:
            return pl.DataFrame(), {}
        frame = pl.concat(frames, how="vertical_relaxed").with_row_index("\0place")
        came = quality.as_kept(frame)
        typed, kept = quality.typed(frame, fields), quality.typed(came, fields)
        rows: dict[str, list[_Row]] = {}
        for place, (key, plain, waits, written) in enumerate(
            zip(
                self.digester.keys(typed),
                self.digester.digests(typed),
                self.digester.digests(kept),
                came.select(names).rows(),
                strict=True,
            )
        ):
            as_text = tuple("" if v is None else v for v in written)
            rows.setdefault(key, []).append(_Row(place, plain.hex(), waits.hex(), as_text))
        return frame, rows

    def _verdicts(
        self, unit: Unit, frame: pl.DataFrame, rows: Sequence[_Row]
    ) -> dict[int, Unlike | None]:
        """Place → how the hall has the row otherwise (None: it breaks a rule); equal ones are out."""
        if not rows:
            return {}
        some = frame.filter(pl.col("\0place").is_in([r.place for r in rows]))
        rules = quality.rules_of(unit.conn, self.reach.item)
        checked = rules.check(some, today=local_date(unit.now))
        good = checked.good
        found: dict[int, Unlike | None] = dict.fromkeys(checked.bad["\0place"].to_list())
        places = good["\0place"].to_list()
        for other in store.unlike(unit.conn, self.dataset, good.select(self.dataset.names)):
            found[places[other.place]] = other
        return found


def _unexplained(rows: Sequence[_Row], held: Held, key: str) -> list[_Row]:
    """Rows of the source that are not the content of a row that quarantine knows."""
    known = held.waiting.get(key, Counter()) + held.settled.get(key, Counter())
    rest = []
    for row in rows:
        if known[row.kept] or known[row.plain]:
            known[row.kept if known[row.kept] else row.plain] -= 1
        else:
            rest.append(row)
    return rest


def _judge(
    suspect: Suspect,
    rows: Sequence[_Row],
    rest: Sequence[_Row],
    hall: dict[str, Listed],
    held: Held,
    verdicts: dict[int, Unlike | None],
) -> Found | None:
    """How source and hall differ under one key, if they do."""
    here = hall.get(suspect.key, Listed())
    digests = tuple(sorted(here.digests.elements()))
    unlike = [(row, verdicts[row.place]) for row in rest if row.place in verdicts]
    there = {row.kept for row in rows} | {row.plain for row in rows}
    stale = tuple(
        id
        for digest in held.waiting.get(suspect.key, ())
        if digest not in there
        for id in held.ids[suspect.key, digest]
    )
    bad, other = bool(unlike) and unlike[0][1] is None, unlike[0][1] if unlike else None
    if unlike:
        kind = Kind.DIFFERENT if digests else Kind.MISSING
    elif not rows and digests and suspect.key not in held.landed:
        kind = Kind.SURPLUS
    elif stale:
        kind = Kind.STALE
    else:
        return None
    return Found(
        suspect=suspect,
        kind=kind,
        source=tuple(sorted(row.plain for row in rows)),
        hall=digests,
        source_keys=frozenset(row.written for row in rows),
        hall_keys=frozenset(here.keys),
        fails=bad,
        unlike=other,
        stale=stale,
    )
