"""The asset inventory of a department: source → table → column (部门数据资产)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from datahall import catalogue
from datahall.catalogue import Draft, InventoryTable, ScannedColumn
from datahall.ingestion import repository
from datahall.ingestion.model import Source
from datahall.ingestion.service.access import scope
from datahall.kit.ids import TableId
from datahall.kit.labels import Labelled
from datahall.kit.uow import Unit
from datahall.security import Actor


class State(Labelled):
    """How a table stands to the catalogue (编目情况)."""

    CATALOGUED = "catalogued", "已编目"
    NOT_CATALOGUED = "not_catalogued", "未编目"
    GONE = "gone", "已消失"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One table of the inventory."""

    table: InventoryTable
    entry: Draft | None
    columns: Sequence[ScannedColumn]  # those found by the search, else all

    @property
    def state(self) -> State:
        if self.table.gone_at is not None:
            return State.GONE
        return State.CATALOGUED if self.entry else State.NOT_CATALOGUED


@dataclass(frozen=True, slots=True, kw_only=True)
class Assets:
    """What a search of the inventory found."""

    tables: Sequence[tuple[Source, Asset]]  # by department, source and name
    counts: Mapping[State, int]  # of what the words fit, whatever state was chosen
    columns: int  # of the tables counted


def assets(unit: Unit, actor: Actor, *, words: str = "", state: State | None = None) -> Assets:
    """The tables that the actor may see, those that fit every word, in `state` if one is chosen."""
    wanted = words.casefold().split()
    found: list[tuple[Source, Asset]] = []
    counts = dict.fromkeys(State, 0)
    columns = 0
    for source in repository.sources_of(unit.conn, scope(actor)):
        tables = catalogue.inventory(unit.conn, source.id)
        entries = catalogue.mounted(unit.conn, [table.id for table in tables])
        for table in tables:
            asset = _asset(table, entries, wanted)
            if asset is None:
                continue
            counts[asset.state] += 1
            columns += len(table.columns)
            if state in {None, asset.state}:
                found.append((source, asset))
    return Assets(tables=found, counts=counts, columns=columns)


def _asset(
    table: InventoryTable, entries: Mapping[TableId, Draft], wanted: Sequence[str]
) -> Asset | None:
    """The table if every word is in its name, or else in one of its columns."""
    named = f"{table.schema}.{table.name} {table.comment}".casefold()
    rest = [word for word in wanted if word not in named]
    columns = [
        column
        for column in table.columns
        if all(word in f"{column.name} {column.comment}".casefold() for word in rest)
    ]
    if rest and not columns:
        return None
    return Asset(table=table, entry=entries.get(table.id), columns=columns)
