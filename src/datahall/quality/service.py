"""What people do with rows that wait; one function a use case."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl
from sqlalchemy import Connection

from datahall import catalogue, security, store
from datahall.catalogue import CatalogueItem, FieldFaults
from datahall.kit.clock import local_date
from datahall.kit.errors import Fault
from datahall.kit.ids import ItemId, LoadId, QuarantineId, new_id
from datahall.kit.uow import Unit
from datahall.quality import contract, repository, sealing, views
from datahall.quality.checks import misfits
from datahall.quality.errors import KeyTaken, NothingCollected, StillFaulty, UnknownRule
from datahall.quality.events import RowDiscarded, RowReleased, RowRepaired, RowsReplayed
from datahall.quality.model import QuarantinedRow, RowView
from datahall.quality.ruleset import Checked, RuleSet
from datahall.quality.sealing import Row
from datahall.standards import code_list

REPLAY_AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What came of checking rows again."""

    landed: int
    still_waiting: int


def look(unit: Unit, actor: security.Actor, id: QuarantineId) -> RowView:
    """One row with every value masked (隔离行详情).

    Raises:
        RowNotFound, NotPermitted
    """
    row = repository.get(unit.conn, id)
    security.require(actor, "quality:view", on=row.provider)
    return views.view(row, catalogue.get(unit.conn, row.item))


def repair(
    unit: Unit, actor: security.Actor, id: QuarantineId, corrected: Mapping[str, str]
) -> QuarantinedRow:
    """Put corrected values into a row, check it again and let it land (更正入库).

    Values that are not in `corrected` stay as they came; nobody needs to see them for that.

    Raises:
        RowNotFound, NotPermitted, AlreadySettled, StillFaulty, KeyTaken, DatasetBusy
    """
    row, item = _open(unit, actor, id)
    repaired = row.repair(at=unit.now, by=actor.by)
    came = sealing.unseal(row.id, row.sealed)
    values = {**came, **{name: corrected[name] for name in came if name in corrected}}
    checked = _check(unit, item, [values])
    if checked.bad.height:
        raise StillFaulty(
            [
                Fault(line["field"], "quality.fault", {"message": line["message"]})
                for line in checked.faults.iter_rows(named=True)
            ]
        )
    if _key(item, values) != _key(item, came) or row.repeats_a_key:
        _refuse_taken(unit, item, checked.good)
    _land(unit, item, checked.good)
    repository.save(unit.conn, repaired, landed_key=_sealed_key(row, item, checked.good))
    changed = tuple(name for name in came if values[name] != came[name])
    unit.record(RowRepaired(at=unit.now, by=actor.by, row=row.id, item=item.id, fields=changed))
    return repaired


def release(unit: Unit, actor: security.Actor, id: QuarantineId, note: str) -> QuarantinedRow:
    """Let a row land as it is, for a reason (放行).

    Raises:
        RowNotFound, NotPermitted, AlreadySettled, NoteRequired, NotReleasable, DatasetBusy
    """
    row, item = _open(unit, actor, id)
    released = row.release(at=unit.now, by=actor.by, note=note, key=store.key_of(item))
    came = sealing.unseal(row.id, row.sealed)
    typed = contract.apply(_frame(item, [came]), item.fields).frame
    _land(unit, item, typed)
    repository.save(unit.conn, released, landed_key=_sealed_key(row, item, typed))
    unit.record(
        RowReleased(
            at=unit.now,
            by=actor.by,
            row=row.id,
            item=item.id,
            rules=tuple(f"{f.field}:{f.rule}" for f in row.faults),
            note=released.note or "",
        )
    )
    return released


def discard(unit: Unit, actor: security.Actor, id: QuarantineId, note: str) -> QuarantinedRow:
    """Set a row aside for good, for a reason (作废).

    Raises:
        RowNotFound, NotPermitted, AlreadySettled, NoteRequired
    """
    row, item = _open(unit, actor, id)
    discarded = row.discard(at=unit.now, by=actor.by, note=note)
    repository.save(unit.conn, discarded)
    unit.record(
        RowDiscarded(at=unit.now, by=actor.by, row=row.id, item=item.id, note=discarded.note or "")
    )
    return discarded


def replay(
    unit: Unit, actor: security.Actor, item: ItemId, ids: Sequence[QuarantineId]
) -> Replayed:
    """Check waiting rows of an item again, by the rules and code lists of today (重放).

    Raises:
        ItemNotFound, NotPermitted, NothingCollected, DatasetBusy
    """
    entry = catalogue.get(unit.conn, item)
    security.require(actor, "quality:repair", on=entry.provider)
    asked = repository.waiting(unit.conn, item, ids[:REPLAY_AT_ONCE])
    rows = [row for row in asked if not row.repeats_a_key]  # no rule of today lets those pass
    if not rows:
        return Replayed(landed=0, still_waiting=len(asked))
    checked = _check(unit, entry, [sealing.unseal(row.id, row.sealed) for row in rows])
    if checked.good.height:
        _land(unit, entry, checked.good)
    bad = set(checked.bad["row"])
    passing = [row for n, row in enumerate(rows) if n not in bad]
    for row in passing:
        repository.save(unit.conn, row.repair(at=unit.now, by=actor.by))
    landed = len(passing)
    done = Replayed(landed=landed, still_waiting=len(asked) - landed)
    unit.record(
        RowsReplayed(
            at=unit.now,
            by=actor.by,
            item=item,
            landed=done.landed,
            still_waiting=done.still_waiting,
        )
    )
    return done


def rules_of(conn: Connection, item: CatalogueItem) -> RuleSet:
    """The rules of an item, with the code lists that are in force.

    Raises:
        UnknownRule, RuleMisfit
    """
    return RuleSet.for_item(item, find=lambda code: code_list(conn, code))


def rule_faults(unit: Unit, question: FieldFaults) -> Iterator[Fault]:
    """Rules of an entry that could not be run, each at its field (`catalogue.FieldFaults`).

    A rule that the field names is wrong in `rules`; one that its description implies, in `type`.
    """
    fields = question.item.fields
    for index, name, refused in misfits(fields, lambda code: code_list(unit.conn, code)):
        if isinstance(refused, UnknownRule) or name == "code_list":
            continue  # the catalogue itself says so
        is_named = any(rule.partition(":")[0].rstrip("!?") == name for rule in fields[index].rules)
        part = "rules" if is_named else "type"
        yield Fault(f"fields.{index}.{part}", refused.code, refused.detail)


def _open(
    unit: Unit, actor: security.Actor, id: QuarantineId
) -> tuple[QuarantinedRow, CatalogueItem]:
    row = repository.get(unit.conn, id, lock=True)
    security.require(actor, "quality:repair", on=row.provider)
    return row, catalogue.get(unit.conn, row.item)


def _frame(item: CatalogueItem, rows: Sequence[Row]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys([f.name for f in item.fields], pl.String))


def _check(unit: Unit, item: CatalogueItem, rows: Sequence[Row]) -> Checked:
    rules = rules_of(unit.conn, item)
    return rules.check(_frame(item, rows), today=local_date(unit.now))


def _key(item: CatalogueItem, row: Row) -> tuple[object, ...]:
    """The row's key as the hall would have it."""
    keys = [field for field in item.fields if field.is_key]
    frame = _frame(item, [row]).select(field.name for field in keys)
    return contract.apply(frame, keys).frame.row(0)


def _refuse_taken(unit: Unit, item: CatalogueItem, row: pl.DataFrame) -> None:
    """A correction may change a row's own place in the hall, never another row's."""
    dataset = _dataset(unit, item)
    if repository.key_landed(unit.conn, dataset, row.select(dataset.key).row(0, named=True)):
        raise KeyTaken


def _dataset(unit: Unit, item: CatalogueItem) -> store.Dataset:
    dataset = store.dataset_for_item(unit.conn, item.id)
    if dataset is None:
        raise NothingCollected
    return dataset


def _land(unit: Unit, item: CatalogueItem, rows: pl.DataFrame) -> None:
    """Bring rows into the hall table as a small load of their own."""
    dataset = _dataset(unit, item)
    store.lock(unit.conn, dataset)
    landing = store.MergeLoad(unit.conn, dataset, LoadId(new_id()), unit.now)
    kept = rows.select(name for name in dataset.names if name in rows.columns)
    landing.write(kept.columns, store.encode(kept))
    landing.finish()


def _sealed_key(row: QuarantinedRow, item: CatalogueItem, landed: pl.DataFrame) -> bytes:
    (key,) = sealing.as_text(landed.select(store.key_of(item))).rows(named=True)
    return sealing.seal(row.id, key)
