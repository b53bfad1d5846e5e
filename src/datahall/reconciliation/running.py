"""One run: sums, narrowing, looks, repair, certificate (对账).

Nothing is held at the source between two statements, and of the hall no transaction stays open
while the source is asked, so rows change while they are compared.  Therefore a row counts as
different only if it still differs at a later look, after the ordinary load has had its turn,
while neither end has moved; what moves at every look is told apart.
"""

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import orjson
import polars as pl
import structlog

from datahall import ingestion, quality, security, store
from datahall.ingestion import LoadState, Mode, Reach, TaskStatus
from datahall.kit.errors import DomainError
from datahall.kit.ids import RunId, new_id
from datahall.kit.uow import Unit, Units
from datahall.organisations import SYSTEM
from datahall.reconciliation import certifying, model, narrowing, repository, sides
from datahall.reconciliation.errors import NotLoadedYet, SourceEmpty
from datahall.reconciliation.events import DifferencesRepaired
from datahall.reconciliation.held import Held
from datahall.reconciliation.judging import Found, Judge
from datahall.reconciliation.model import Counts, Difference, Run, Value
from datahall.reconciliation.narrowing import Part, Suspect
from datahall.reconciliation.sides import Digester, Hall, key_of
from datahall.reconciliation.vocabulary import Fate, Kind, Method, Ordering, RunState
from datahall.store import Dataset, DatasetBusy

log = structlog.get_logger(__name__)

LOOKS: Final = 4
CATCH_UP_S: Final = 20.0  # for the ordinary load to have its turn
PAUSE_S: Final = 0.2
POSITION_WITHIN_S: Final = 10


def run(units: Units, id: RunId) -> Run:
    """Compare, repair what may be repaired, and certify what was found.

    A failure is written down with its layer and returned, not raised.
    """
    try:
        with _started(units, id) as comparison:
            return comparison.make()
    except DomainError as error:
        return _failed(units, id, error)


@contextmanager
def _started(units: Units, id: RunId) -> Iterator["Comparison"]:
    with units.open() as unit:
        order = repository.run(unit.conn, id, lock=True)
        order = replace(order, state=RunState.RUNNING, started_at=unit.now)
        repository.save_run(unit.conn, order)
    yield prepare(units, order)


def prepare(units: Units, order: Run) -> "Comparison":
    """Both ends of a comparison, with a secret of its own.

    Raises:
        NotLoadedYet, LoadFailure
    """
    with units.open() as unit:
        reach = ingestion.reach(unit.conn, order.task)
        dataset = store.dataset_for_item(unit.conn, order.item)
        if (
            dataset is None
            or not store.fits(dataset, reach.item)
            or store.state(unit.conn, dataset.id).revision == 0
        ):
            raise NotLoadedYet
    secret = secrets.token_hex(16)
    source = sides.source_side(reach, secret=secret)
    in_source = isinstance(source, sides.InSource)
    whole = (
        source.questions.by_key if isinstance(source, sides.InSource) else source.digester.by_key
    )
    digester = Digester(fields=reach.item.fields, secret=secret, by_key=whole)
    return Comparison(
        units=units,
        order=replace(
            order,
            method=Method.IN_SOURCE if in_source else Method.BY_READING,
            ordering=Ordering.KEY if whole else Ordering.DIGEST,
        ),
        reach=reach,
        dataset=dataset,
        digester=digester,
        source=source,
    )


@dataclass(slots=True, kw_only=True)
class Comparison:
    """A run with both its ends."""

    units: Units
    order: Run
    reach: Reach
    dataset: Dataset
    digester: Digester
    source: sides.InSource | sides.ByReading

    # -- the ends ----------------------------------------------------------------------------

    @contextmanager
    def open_all(self) -> Iterator[tuple[Unit, Hall, Held]]:
        """The hall at one instant."""
        with self.units.open() as unit:
            hall = sides.hall_side(
                unit.conn,
                self.dataset,
                self.digester.fields,
                secret=self.digester.secret,
                whole=self.digester.by_key,
            )
            yield unit, hall, Held.of(unit.conn, self.dataset.id, self.digester)

    @contextmanager
    def open_hall(self) -> Iterator[tuple[Hall, Held]]:
        with self.open_all() as (_, hall, held):
            yield hall, held

    @property
    def judge(self) -> Judge:
        return Judge(
            reach=self.reach,
            dataset=self.dataset,
            digester=self.digester,
            open_all=self.open_all,
        )

    # -- the run -----------------------------------------------------------------------------

    def make(self) -> Run:
        began = self.units.clock()
        position = self.reach.position(now=began, within_s=POSITION_WITHIN_S)
        with self.open_all() as (unit, hall, _):
            rows = store.state(unit.conn, self.dataset.id).rows
            ranges = narrowing.first_ranges(hall, rows)
        parts = narrowing.measure(self.open_hall, self.source, ranges)
        self._refuse_emptied(parts)
        leaves = narrowing.narrow(self.open_hall, self.source, parts)
        suspects = narrowing.suspects(self.open_hall, self.source, leaves)
        confirmed, moving = self._confirm(suspects)
        fates = self.repair(confirmed) if confirmed else {}
        self.order = replace(
            self.order,
            position=position,
            ranges=len(parts),
            differing=sum(not part.agrees for part in parts),
        )
        return self._finish(parts, confirmed, moving, fates, began)

    def _refuse_emptied(self, parts: Sequence[Part]) -> None:
        source, hall = sum(p.source.rows for p in parts), sum(p.hall.rows for p in parts)
        if not source and hall:
            raise SourceEmpty(table=self.reach.reading.name, rows=hall)

    def _confirm(self, suspects: Sequence[Suspect]) -> tuple[list[Found], list[Suspect]]:
        """What stood still and differed at two looks, and what moved at every look."""
        confirmed: list[Found] = []
        before: dict[str, Found] = {}
        open_ = list(suspects)
        for look in range(LOOKS):
            if not open_:
                break
            if look:
                self.catch_up()
            found = {f.suspect.key: f for f in self.judge.look(open_)}
            still = {
                key: f for key, f in found.items() if key in before and before[key].state == f.state
            }
            confirmed += still.values()
            open_ = [f.suspect for key, f in found.items() if key not in still]
            before = found
        return confirmed, open_

    def catch_up(self) -> None:
        """Let the ordinary load have its turn: what it brings by itself was never different."""
        if self.reach.task.mode is Mode.FULL:
            return
        since = self.units.clock()
        deadline = time.monotonic() + CATCH_UP_S
        while time.monotonic() < deadline:
            with self.units.open() as unit:
                task = ingestion.task_of_item(unit.conn, self.order.item)
            if task is None or task.status is not TaskStatus.ACTIVE:
                return
            if task.checked_at is not None and task.checked_at > since:
                return
            if task.mode is Mode.INCREMENTAL:
                load = ingestion.run(self.units, self.order.task)
                if load is not None and load.state is not LoadState.DONE:
                    return
            time.sleep(PAUSE_S)

    def _automatic(self) -> bool:
        with self.units.open() as unit:
            schedule = repository.schedule(unit.conn, self.order.task)
        return schedule is None or schedule.automatic

    def repair(self, found: Sequence[Found], *, by: str | None = None) -> dict[str, Fate]:
        """Bring the rows again as the source has them; key → what became of it.

        Args:
            by: who asked for it; None: the run itself, which asks no one but takes few rows out.
        """
        fates = {f.suspect.key: Fate.LEFT for f in found}
        if by is None and not self._automatic():
            return fates
        mine = list(found)
        surplus = [f for f in found if f.kind is Kind.SURPLUS]
        with self.units.open() as unit:
            rows = store.state(unit.conn, self.dataset.id).rows
        if by is None and not model.may_remove(len(surplus), rows):
            mine = [f for f in found if f.kind is not Kind.SURPLUS]
        if not mine:
            return fates
        load = self._bring(mine, by or SYSTEM.by)
        left = {f.suspect.key for f in self.judge.look([f.suspect for f in mine])}
        for f in mine:
            if f.suspect.key not in left:
                fates[f.suspect.key] = Fate.QUARANTINED if f.fails else Fate.REPAIRED
        if load is not None:
            self.order = replace(self.order, load=load.id)
            with self.units.open() as unit:
                unit.record(
                    DifferencesRepaired(
                        at=unit.now,
                        by=by or SYSTEM.by,
                        run=self.order.id,
                        item=self.order.item,
                        load=load.id,
                        found=len(found),
                        repaired=sum(fate is not Fate.LEFT for fate in fates.values()),
                    )
                )
        return fates

    def _bring(self, found: Sequence[Found], by: str) -> ingestion.Load | None:
        stale = [id for f in found for id in f.stale]
        if stale:
            with self.units.open() as unit:
                quality.settle_gone(unit, stale)
        names = [f.name for f in key_of(self.digester.fields)]
        moved = [f for f in found if f.kind is not Kind.STALE]
        if not moved:
            return None
        keys = sorted({key for f in moved for key in f.source_keys})
        gone = sorted({key for f in moved if f.kind is Kind.SURPLUS for key in f.hall_keys})
        absent = quality.typed(
            pl.DataFrame(gone, schema=dict.fromkeys(names, pl.String), orient="row"),
            key_of(self.digester.fields),
        )
        deadline = time.monotonic() + CATCH_UP_S
        while True:
            try:
                return ingestion.bring(
                    self.units,
                    self.order.task,
                    [dict(zip(names, key, strict=True)) for key in (*keys, *gone)],
                    absent=absent,
                    by=by,
                )
            except DatasetBusy:
                if time.monotonic() > deadline:
                    return None
                time.sleep(PAUSE_S)

    # -- the end -----------------------------------------------------------------------------

    def _finish(
        self,
        parts: Sequence[Part],
        confirmed: Sequence[Found],
        moving: Sequence[Suspect],
        fates: dict[str, Fate],
        began: datetime,
    ) -> Run:
        counts = Counts(
            source=sum(p.source.rows for p in parts),
            hall=sum(p.hall.rows for p in parts),
            waiting=sum(p.waiting.rows for p in parts),
            settled=sum(p.settled.rows for p in parts),
            found=len(confirmed),
            repaired=sum(fate is not Fate.LEFT for fate in fates.values()),
            remaining=sum(fate is Fate.LEFT for fate in fates.values()),
            moving=len(moving),
        )
        where = {f.suspect.key: self.digester.position_of(f.suspect.key) for f in confirmed}
        shifting = [self.digester.position_of(s.key) for s in moving]
        with self.units.open() as unit:
            issued = certifying.Issue(
                run=replace(self.order, counts=counts),
                reach=self.reach,
                parts=parts,
                found=[(where[f.suspect.key], fates[f.suspect.key]) for f in confirmed],
                moving=shifting,
                began=began,
                revision=store.state(unit.conn, self.dataset.id).revision,
            )
            certificate = certifying.issue(unit, issued)
            done = replace(
                self.order,
                state=RunState.DONE,
                finished_at=unit.now,
                counts=counts,
                certificate=certificate,
            )
            repository.save_run(unit.conn, done)
            repository.add_differences(
                unit.conn,
                [
                    self._difference(unit, f, fates[f.suspect.key])
                    for f in sorted(confirmed, key=lambda f: fates[f.suspect.key] is not Fate.LEFT)[
                        : model.MOST_KEPT
                    ]
                ],
            )
        return done

    def _difference(self, unit: Unit, found: Found, fate: Fate) -> Difference:
        fields = {f.name: f for f in self.digester.fields}
        id = new_id()
        written = min(found.source_keys | found.hall_keys | found.suspect.source_keys, default=())
        key = "、".join(
            security.mask(f.sensitive.value, value, grade=f.grade) or "—"
            for f, value in zip(key_of(self.digester.fields), written, strict=False)
        )
        other = found.unlike
        values = (
            tuple(
                Value(
                    name=name,
                    title=fields[name].title,
                    source=quality.shown(fields[name], other.given[name]),
                    hall=quality.shown(fields[name], (other.hall or {}).get(name)),
                )
                for name in other.columns
            )
            if other
            else ()
        )
        return Difference(
            id=id,
            run=self.order.id,
            kind=found.kind,
            fate=fate,
            key=key,
            values=values,
            sealed=unit.keys.vault().seal(
                orjson.dumps(
                    {
                        "key": found.suspect.key,
                        "source": sorted(found.suspect.source_keys | found.source_keys),
                        "hall": sorted(found.suspect.hall_keys | found.hall_keys),
                    }
                ),
                context=f"reconciliation_differences:{id}",
            ),
        )


def unsealed(unit: Unit, difference: Difference) -> Suspect:
    """The row of a difference, to be looked at again."""
    plain = orjson.loads(
        unit.keys.vault().open(
            difference.sealed, context=f"reconciliation_differences:{difference.id}"
        )
    )
    return Suspect(
        key=plain["key"],
        source_keys=frozenset(map(tuple, plain["source"])),
        hall_keys=frozenset(map(tuple, plain["hall"])),
    )


def _failed(units: Units, id: RunId, error: DomainError) -> Run:
    with units.open() as unit:
        order = repository.run(unit.conn, id, lock=True)
        layer = getattr(error, "layer", None)
        failed = replace(
            order,
            state=RunState.FAILED,
            finished_at=unit.now,
            error_layer=str(layer) if layer else None,
            error_code=error.code,
            error_detail={
                k: v if isinstance(v, str | int | float | bool) else str(v)
                for k, v in error.detail.items()
            },
        )
        repository.save_run(unit.conn, failed)
        if (schedule := repository.schedule(unit.conn, order.task)) is not None:
            repository.save_schedule(unit.conn, schedule.after(unit.now, failed=True))
    log.warning("reconciliation failed", run=str(id), code=error.code)
    return failed


def mend(units: Units, id: RunId, by: str) -> Run:
    """Bring again what a run left: looked at afresh, since days may have passed (补正剩余差异).

    Raises:
        RunNotFound, LoadFailure
    """
    with units.open() as unit:
        order = repository.run(unit.conn, id)
        left = repository.differences_of(unit.conn, id, limit=model.MOST_KEPT, fate=Fate.LEFT)
        rows = {unsealed(unit, d).key: d for d in left}
        suspects = [unsealed(unit, d) for d in left]
    comparison = prepare(units, order)
    found = comparison.judge.look(suspects)
    fates = comparison.repair(found, by=by) if found else {}
    with units.open() as unit:
        for key, difference in rows.items():
            repository.settle(unit.conn, difference.id, fates.get(key, Fate.REPAIRED))
        order = repository.run(unit.conn, id, lock=True)
        done = sum(fates.get(key, Fate.REPAIRED) is not Fate.LEFT for key in rows)
        counts = replace(
            order.counts,
            repaired=order.counts.repaired + done,
            remaining=max(0, order.counts.remaining - done),
        )
        mended = replace(order, counts=counts, load=comparison.order.load or order.load)
        repository.save_run(unit.conn, mended)
    return mended
