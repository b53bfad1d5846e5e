"""What the JSON API takes and answers."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from datahall.quality.model import Dimension, Level, RowStatus, RowView
from datahall.quality.views import Listing


class RuleOut(BaseModel):
    """One rule of the library (规则)."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    title: str
    dimension: Dimension
    level: Level
    basis: str
    takes: str


class FaultOut(BaseModel):
    """Why a row waits (不通过)."""

    model_config = ConfigDict(from_attributes=True)

    field: str
    rule: str
    value: str | None
    message: str


class RowOut(BaseModel):
    """A quarantined row, every value masked (隔离行)."""

    id: UUID
    item: UUID
    status: RowStatus
    times: int
    first_seen_at: datetime
    last_seen_at: datetime
    faults: list[FaultOut]
    values: dict[str, str | None]

    @classmethod
    def of(cls, view: RowView) -> Self:
        row = view.row
        return cls(
            id=row.id,
            item=row.item,
            status=row.status,
            times=row.times,
            first_seen_at=row.first_seen_at,
            last_seen_at=row.last_seen_at,
            faults=[FaultOut.model_validate(fault) for fault in row.faults],
            values={cell.field: cell.value for cell in view.cells},
        )


class ListingOut(BaseModel):
    """One page of an item's quarantine (隔离清单)."""

    total: int
    statuses: dict[RowStatus, int]
    reasons: dict[str, int]
    rows: list[RowOut]

    @classmethod
    def of(cls, listing: Listing) -> Self:
        return cls(
            total=listing.total,
            statuses=dict(listing.statuses),
            reasons={reason: n for reason, _, n in listing.reasons},
            rows=[RowOut.of(view) for view in listing.rows],
        )


class ResultOut(BaseModel):
    """How one rule did when the whole item was last checked (核验结果)."""

    model_config = ConfigDict(from_attributes=True)

    field: str
    rule: str
    level: Level
    failing: int
    checked: int
    pass_rate: float | None


class CorrectionIn(BaseModel):
    """Values to put in the place of those that came; fields left out stay as they are."""

    values: dict[str, Annotated[str, Field(max_length=4000)]]


class NoteIn(BaseModel):
    """Why (理由)."""

    note: Annotated[str, Field(max_length=2000)] = ""


class ReplayIn(BaseModel):
    """Which rows to check again."""

    rows: Annotated[list[UUID], Field(max_length=5000)]


class ReplayedOut(BaseModel):
    """What came of it."""

    model_config = ConfigDict(from_attributes=True)

    landed: int
    still_waiting: int
