"""What the JSON API takes and gives; the Chinese term of each attribute is in its description."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from datahall.coverage.model import ExemptionStatus, Ground, State, SubjectKind


class Shape(BaseModel):
    model_config = ConfigDict(from_attributes=True, extra="forbid")


class RateOut(Shape):
    """How far a department is covered, with both sides of the fraction (应编尽编率)."""

    org: UUID | None = Field(description="null for the whole city")
    covered: int = Field(description="分子: covered by a published entry")
    due: int = Field(description="分母: seen or listed, and not exempted")
    exempt: int
    gaps: int
    rate: Decimal | None = Field(description="null when nothing is due")


class SubjectOut(Shape):
    """One table or system that has to be catalogued (应编对象)."""

    kind: SubjectKind
    id: UUID
    org: UUID
    name: str
    place: str = Field(description="Schema and table, or the period of the list")
    source: str
    rows: int | None
    columns: int | None
    state: State
    is_due: bool
    is_covered: bool
    covered_by: str
    entry: UUID | None = Field(description="The entry that covers it or is on its way")


class ProofOut(Shape):
    """The proof file (证明材料)."""

    digest: str = Field(description="SHA-256")
    name: str
    media: str
    size_bytes: int


class ExemptionOut(Shape):
    """Leave not to catalogue one thing, until a day (编目豁免)."""

    id: UUID
    org: UUID
    kind: SubjectKind
    subject: UUID
    name: str
    ground: Ground
    reason: str
    review_on: date = Field(description="复审日期: after it the subject is a gap again")
    proof: ProofOut
    status: ExemptionStatus
    asked_at: datetime
    asked_by: str
    decided_at: datetime | None
    decided_by: str
    remarks: str


class DecisionIn(Shape):
    granted: bool
    remarks: str = Field(default="", description="理由; required when refused")


class RemarksIn(Shape):
    remarks: str = Field(description="理由")
