"""Store (汇聚库): the hall tables behind published items, and the one way rows get into them."""

from datahall.store.errors import DatasetBusy, DatasetNotFound, KeyNotUnique
from datahall.store.loader import DUPLICATE, FreshLoad, Landing, MergeLoad, encode, lock
from datahall.store.model import (
    READER,
    SCHEMA,
    SYSTEM_COLUMNS,
    Column,
    Dataset,
    DatasetState,
    Landed,
    columns_of,
    key_of,
)
from datahall.store.service import dataset, dataset_for_item, ensure, prepare, state

__all__ = [
    "DUPLICATE",
    "READER",
    "SCHEMA",
    "SYSTEM_COLUMNS",
    "Column",
    "Dataset",
    "DatasetBusy",
    "DatasetNotFound",
    "DatasetState",
    "FreshLoad",
    "KeyNotUnique",
    "Landed",
    "Landing",
    "MergeLoad",
    "columns_of",
    "dataset",
    "dataset_for_item",
    "encode",
    "ensure",
    "key_of",
    "lock",
    "prepare",
    "state",
]
