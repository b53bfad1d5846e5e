"""What the JSON API of supply and demand takes and gives besides the model itself."""

from datetime import date

from pydantic import BaseModel, Field

from datahall.kit.ids import ItemId
from datahall.supply_demand.model.application import Application
from datahall.supply_demand.model.proposal import Proposal


class ApplicationIn(BaseModel):
    """A new application (申请)."""

    item: ItemId
    proposal: Proposal


class ClockOut(BaseModel):
    """How the clock stands today (时限)."""

    state: str
    due_on: date
    original_due_on: date
    used_days: int
    left_days: int
    paused_days: int
    extension_days: int


class CaseOut(BaseModel):
    """An application with its clock (办件)."""

    application: Application
    clock: ClockOut | None = Field(description="None where no limit runs.")


class ReasonIn(BaseModel):
    """Why (理由)."""

    reason: str = ""


class ExtensionIn(BaseModel):
    """More working days (延期)."""

    days: int
    reason: str


class DecisionIn(BaseModel):
    """Yes or no (审批意见)."""

    granted: bool


class MissingIn(BaseModel):
    """All that is missing, told at once (补正告知)."""

    missing: str


class SupplementIn(BaseModel):
    """What was missing, completed (补正)."""

    explanation: str
    reasons: dict[str, str] = Field(
        default={}, description="Field → why it is necessary, written anew."
    )


class SecretOut(BaseModel):
    """The secret, this once (密钥)."""

    app_id: str
    algorithm: str
    secret: str
