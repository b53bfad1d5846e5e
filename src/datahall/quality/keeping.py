"""What quarantine holds of a dataset, for whoever counts rows at both ends (隔离行清点).

A row that waits or was set aside is at the source and not in the hall; one that a clerk let land
is at the source as it came and in the hall as it was corrected.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl
from sqlalchemy import Connection

from datahall.catalogue import Field
from datahall.kit.ids import DatasetId, QuarantineId
from datahall.kit.uow import Unit
from datahall.quality import contract, repository, sealing
from datahall.quality.model import LANDED_BY_CLERK, RowStatus
from datahall.quality.sealing import Row

HELD: Final = (RowStatus.WAITING, RowStatus.DISCARDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRow:
    """A row as it came from the source, opened; it goes no further than the comparison."""

    id: QuarantineId
    status: RowStatus
    came: Row
    landed_key: Row | None  # under which a clerk let it land

    @property
    def landed(self) -> bool:
        return self.status in LANDED_BY_CLERK


def settle_gone(unit: Unit, ids: Sequence[QuarantineId]) -> int:
    """Waiting rows that are gone at the source wait no more; how many they were."""
    return repository.settle_gone(unit.conn, ids, at=unit.now)


def typed(frame: pl.DataFrame, fields: Sequence[Field]) -> pl.DataFrame:
    """A batch with the columns of `fields` in their types; what cannot be read is missing."""
    return contract.apply(frame, fields).frame


def as_kept(frame: pl.DataFrame) -> pl.DataFrame:
    """A batch as quarantine would keep it: text that `typed` reads back to the same values."""
    return sealing.as_text(frame)


def kept_rows(conn: Connection, dataset: DatasetId) -> list[KeptRow]:
    """The rows of a dataset that wait, were set aside, or landed by a clerk's hand."""
    return [
        KeptRow(
            id=id,
            status=status,
            came=sealing.unseal(id, sealed),
            landed_key=sealing.unseal(id, key) if key else None,
        )
        for id, status, sealed, key in repository.kept(conn, dataset, (*HELD, *LANDED_BY_CLERK))
    ]
