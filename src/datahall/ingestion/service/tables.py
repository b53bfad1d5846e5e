"""One scanned table: what is known of it, and having its columns summed up (数据表、列画像)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from datahall import catalogue, security
from datahall.catalogue import ColumnProfile, Draft, InventoryTable, TableNotFound
from datahall.ingestion import repository
from datahall.ingestion.connectors import Reading
from datahall.ingestion.connectors.base import UNKNOWN
from datahall.ingestion.errors import LoadFailure, TableGoneAlready
from datahall.ingestion.events import SampleOrdered
from datahall.ingestion.model import Sampling, Source
from datahall.ingestion.profiling import profile
from datahall.ingestion.service.access import MANAGE, VIEW
from datahall.ingestion.service.sources import connector_of
from datahall.kit import jobs
from datahall.kit.clock import local_date
from datahall.kit.ids import TableId
from datahall.kit.uow import Unit, Units
from datahall.organisations import SYSTEM
from datahall.standards import code_lists

SAMPLE_ROWS: Final = 10_000  # [P]
JOB: Final = "ingestion.sample"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """A scanned table with what a person wants to see beside it."""

    table: InventoryTable
    source: Source
    entry: Draft | None  # the entry in force or on its way
    profiles: Mapping[str, ColumnProfile]
    sampling: Sampling | None


def table(unit: Unit, actor: security.Actor, id: TableId) -> TableView:
    """A scanned table that the actor may see (数据表).

    Raises:
        TableNotFound
    """
    found = catalogue.inventory_table(unit.conn, id)
    if not security.may(actor, VIEW, on=found.org):
        raise TableNotFound(table=id)
    return TableView(
        table=found,
        source=repository.source(unit.conn, found.source),
        entry=catalogue.mounted(unit.conn, [id]).get(id),
        profiles=catalogue.profiles(unit.conn, id),
        sampling=repository.sampling(unit.conn, id),
    )


def order_profile(unit: Unit, actor: security.Actor, id: TableId) -> Sampling:
    """Have the columns of a table summed up from a bounded sample, in the background (列画像).

    Raises:
        TableNotFound, NotPermitted, TableGoneAlready
    """
    found = table(unit, actor, id).table
    security.require(actor, MANAGE, on=found.org)
    if found.gone_at is not None:
        raise TableGoneAlready(table=id)
    ordered = Sampling(table=id, ordered_at=unit.now)
    repository.put_sampling(unit.conn, ordered)
    jobs.enqueue(unit, JOB, {"table": str(id)}, key=f"{JOB}:{id}")
    unit.record(SampleOrdered(at=unit.now, by=actor.by, source=found.source, table=id))
    return ordered


def make_profile(units: Units, id: TableId) -> None:
    """Take the sample and keep what it says; no transaction of ours waits for the source.

    A failure of the source is written down for whoever ordered it, not raised.
    """
    with units.open() as unit:
        found = catalogue.inventory_table(unit.conn, id)
        source = repository.source(unit.conn, found.source)
        lists = {code: made.codes for code, made in code_lists(unit.conn).items()}
    columns = [column for column in found.columns if not column.type.startswith(UNKNOWN)]
    reading = Reading(
        schema=found.schema, table=found.name, columns=tuple(column.name for column in columns)
    )
    failed: LoadFailure | None = None
    try:
        rows = connector_of(source).sample(reading, rows=SAMPLE_ROWS)
    except LoadFailure as error:
        failed = error
    with units.open() as unit:
        ordered = repository.sampling(unit.conn, id) or Sampling(table=id, ordered_at=unit.now)
        if failed is None:
            made = profile(rows, columns, lists, local_date(unit.now))
            catalogue.record_profile(unit, SYSTEM, id, made)
        repository.put_sampling(
            unit.conn,
            replace(
                ordered,
                finished_at=unit.now,
                error_code=failed.code if failed else None,
                error_detail={k: str(v) for k, v in failed.detail.items()} if failed else {},
            ),
        )
