"""The acts of supply and demand (供需对接的行为)."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from datahall.kit.events import Event
from datahall.kit.ids import ApplicationId, GrantId, ItemId, OrgId


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantAct(Event):
    """Something done to a grant."""

    grant: GrantId
    consumer: OrgId
    provider: OrgId

    @property
    def subject(self) -> str:
        return f"grant:{self.grant}"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantIssued(GrantAct):
    """An agreement became an enforced grant (授权生效)."""

    tag: ClassVar[str] = "supply_demand:grant:issue"
    application: ApplicationId
    item: ItemId
    app_id: str
    fields: tuple[str, ...]
    valid_from: date
    valid_to: date


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantStatusChanged(GrantAct):
    """One of the parties, or the authority, stopped or resumed the grant and said why."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantSuspended(GrantStatusChanged):
    tag: ClassVar[str] = "supply_demand:grant:suspend"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantResumed(GrantStatusChanged):
    tag: ClassVar[str] = "supply_demand:grant:resume"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRevoked(GrantStatusChanged):
    tag: ClassVar[str] = "supply_demand:grant:revoke"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantExpired(GrantAct):
    tag: ClassVar[str] = "supply_demand:grant:expire"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretShown(GrantAct):
    tag: ClassVar[str] = "supply_demand:secret:show"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRotated(GrantAct):
    tag: ClassVar[str] = "supply_demand:secret:rotate"
