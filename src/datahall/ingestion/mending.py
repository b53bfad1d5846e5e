"""Bringing named rows again by the ordinary way in: rules, quarantine, upsert (按主键补正).

Whatever the hall thought of these rows, afterwards it has them as the source has them now.  The
dataset's lock is held from before the rows are read until they are committed, so no other load
comes between; checkpoint and schedule of the task stay as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from datahall import store
from datahall.ingestion import repository
from datahall.ingestion.checking import Checker
from datahall.ingestion.events import LoadLanded
from datahall.ingestion.model import Load
from datahall.ingestion.reach import Reach, reach
from datahall.ingestion.vocabulary import LoadState
from datahall.kit.ids import LoadId, TaskId, new_id
from datahall.kit.uow import Unit, Units
from datahall.organisations import SYSTEM
from datahall.quality import Ward, rules_of
from datahall.store import MergeLoad


def bring(
    units: Units,
    id: TaskId,
    keys: Sequence[Mapping[str, str]],
    *,
    absent: pl.DataFrame | None = None,
    by: str = SYSTEM.by,
) -> Load:
    """Land the rows with these keys as the source has them now.

    Args:
        keys: by field name, as the source writes them.
        absent: keys in the hall's types; those of them that the source does not bring are gone
            there and are marked deleted.

    Raises:
        DatasetBusy, LoadFailure
    """
    with units.open() as unit:
        found = reach(unit.conn, id)
        dataset = store.ensure(unit, found.item)
        store.lock(unit.conn, dataset)
        load = Load(
            id=LoadId(new_id()),
            task=id,
            state=LoadState.RUNNING,
            whole=False,
            started_at=unit.now,
        )
        landing = MergeLoad(unit.conn, dataset, load.id, unit.now)
        load = _land(unit, found, landing, load, keys, absent)
        load = replace(load, state=LoadState.DONE, finished_at=units.clock())
        repository.put_load(unit.conn, load)
        unit.record(
            LoadLanded(
                at=unit.now,
                by=by,
                task=id,
                load=load.id,
                item=found.item.id,
                revision=load.revision or 0,
                inserted=load.inserted,
                updated=load.updated,
                deleted=load.deleted,
                quarantined=load.quarantined,
            )
        )
        return load


def _land(
    unit: Unit,
    found: Reach,
    landing: MergeLoad,
    load: Load,
    keys: Sequence[Mapping[str, str]],
    absent: pl.DataFrame | None,
) -> Load:
    item, dataset = found.item, landing.dataset
    rules = rules_of(unit.conn, item)
    checker = Checker(item=item, rules=rules, reading=found.reading, now=unit.now)
    ward = Ward(
        conn=unit.conn, dataset=dataset.id, item=item, rules=rules, load=load.id, at=unit.now
    )
    read, came = 0, [pl.DataFrame(schema={})]
    for frame in found.batches(keys) if keys else ():
        if frame.is_empty():
            continue
        batch = checker.divide(frame)
        landing.write(dataset.names, batch.rows)
        ward.admit(batch.checked)
        came += [
            batch.checked.good.select(dataset.key),
            batch.keys_of_bad(dataset.key).select(dataset.key),
        ]
        read += batch.read
    newest = next((f.name for f in item.fields if f.source_column == found.reading.watermark), None)
    ward.hold_repeats(landing.duplicates(newest=newest, at_most=max(1, read)))
    if absent is not None:
        here = pl.concat(came, how="diagonal")
        landing.remove(
            absent.join(here, on=list(dataset.key), how="anti") if here.height else absent
        )
    landed = landing.finish()
    ward.finish(whole=False)
    return replace(
        load,
        read=read,
        checked=read,
        inserted=landed.inserted,
        updated=landed.updated,
        unchanged=landed.unchanged,
        deleted=landed.deleted,
        quarantined=ward.held,
        revision=store.state(unit.conn, dataset.id).revision,
    )
