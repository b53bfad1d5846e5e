"""Making and finding hall tables."""

import re
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from datahall.catalogue import CatalogueItem, inventory_table
from datahall.kit.ids import DatasetId, ItemId, new_id
from datahall.kit.uow import Unit
from datahall.store import repository
from datahall.store.model import Dataset, DatasetState, columns_of, key_of

_NAME_LENGTH = 40  # PostgreSQL cuts names at 63; the rest is for suffixes of builds and indexes


def prepare(conn: Connection) -> None:
    """Create what hall tables need: their schema and the reader's role; safe to repeat."""
    repository.prepare(conn)


def dataset(conn: Connection, id: DatasetId) -> Dataset:
    """Return one dataset.

    Raises:
        DatasetNotFound
    """
    return repository.get(conn, id)


def dataset_for_item(conn: Connection, item: ItemId) -> Dataset | None:
    """The dataset of a catalogue item, or None when nothing is mounted yet."""
    return repository.for_item(conn, item)


def state(conn: Connection, id: DatasetId) -> DatasetState:
    """Rows, revision and last load of a dataset.

    Raises:
        DatasetNotFound
    """
    return repository.state(conn, id)


def states(conn: Connection, items: Sequence[ItemId]) -> Mapping[ItemId, DatasetState]:
    """The state of the dataset of each of `items` that has one; one query, for lists."""
    return repository.states(conn, items)


def ensure(unit: Unit, item: CatalogueItem) -> Dataset:
    """Return the dataset of `item`, with an empty hall table when there was none.

    A dataset whose entry has changed since keeps the table as built; the next load builds the
    new shape and swaps it in, so readers never see a half-changed table.
    """
    found = repository.for_item(unit.conn, item.id)
    if found is not None:
        return found
    made = Dataset(
        id=DatasetId(new_id()),
        item=item.id,
        title=item.title,
        table=_table_name(unit.conn, item),
        key=key_of(item),
        columns=columns_of(item),
    )
    repository.save(unit.conn, made)
    repository.create_table(unit.conn, made.table, made)
    repository.add_system_columns(
        unit.conn, made.table, revision=0, load=str(made.id), loaded_at=unit.now.isoformat()
    )
    repository.create_indexes(unit.conn, made.table, made)
    return made


def _table_name(conn: Connection, item: CatalogueItem) -> str:
    """The mounted table's own name where it has a plain one, made unique by the item's id."""
    source = inventory_table(conn, item.table).name if item.table else ""
    stem = re.sub(r"[^a-z0-9]+", "_", source.lower()).strip("_")[:_NAME_LENGTH]
    if not re.match(r"[a-z]", stem):
        stem = "dataset"
    return f"{stem}_{item.id.hex[-8:]}"
