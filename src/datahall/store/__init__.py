"""Store (汇聚库): the hall tables behind published items, and the one way rows get into them."""

from datahall.store.comparing import Unlike, unlike
from datahall.store.errors import DatasetBusy, DatasetNotFound, KeyNotUnique
from datahall.store.loader import FreshLoad, Landing, MergeLoad, encode, lock
from datahall.store.model import (
    READER,
    SCHEMA,
    SYSTEM_COLUMNS,
    Column,
    Dataset,
    DatasetState,
    Landed,
    Leaving,
    fits,
    key_of,
    reshaped,
)
from datahall.store.service import dataset, dataset_for_item, ensure, prepare, state, states

__all__ = [
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
    "Leaving",
    "MergeLoad",
    "Unlike",
    "dataset",
    "dataset_for_item",
    "encode",
    "ensure",
    "fits",
    "key_of",
    "lock",
    "prepare",
    "reshaped",
    "state",
    "states",
    "unlike",
]
