"""The acts of coverage (应编尽编的行为)."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from datahall.kit.events import Event
from datahall.kit.ids import ExemptionId, OrgId


@dataclass(frozen=True, slots=True, kw_only=True)
class ExemptionAct(Event):
    """Something done about an exemption."""

    exemption: ExemptionId
    org: OrgId
    name: str

    @property
    def subject(self) -> str:
        return f"exemption:{self.exemption}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExemptionAsked(ExemptionAct):
    """A clerk asked not to have to catalogue something, with a proof (申请豁免)."""

    tag: ClassVar[str] = "coverage:exemption:ask"
    kind: str
    of: UUID
    ground: str
    reason: str
    review_on: date
    digest: str  # of the proof


@dataclass(frozen=True, slots=True, kw_only=True)
class ExemptionDecided(ExemptionAct):
    """The authority granted an exemption, or refused it (审定豁免)."""

    tag: ClassVar[str] = "coverage:exemption:decide"
    granted: bool
    remarks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExemptionEnded(ExemptionAct):
    """The authority took an exemption back before its review date (收回豁免)."""

    tag: ClassVar[str] = "coverage:exemption:end"
    remarks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExemptionWithdrawn(ExemptionAct):
    """The department took its request back (撤回豁免申请)."""

    tag: ClassVar[str] = "coverage:exemption:withdraw"
