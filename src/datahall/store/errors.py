from datahall.kit.errors import DomainError, Terminal, Transient


class DatasetNotFound(DomainError):
    """There is no hall table for this item yet."""

    code = "store.dataset_not_found"
    status = 404


class DatasetBusy(Transient, DomainError):
    """Another loader holds the dataset; one at a time may write."""

    code = "store.dataset_busy"


class KeyNotUnique(Terminal, DomainError):
    """Too many rows share a key: the columns chosen as the key do not identify a row."""

    code = "store.key_not_unique"
    status = 422
