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
    """Calls are refused until the grant is resumed (暂停授权)."""

    tag: ClassVar[str] = "supply_demand:grant:suspend"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantResumed(GrantStatusChanged):
    """Calls are admitted again (恢复授权)."""

    tag: ClassVar[str] = "supply_demand:grant:resume"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRevoked(GrantStatusChanged):
    """The grant ended for good (终止授权)."""

    tag: ClassVar[str] = "supply_demand:grant:revoke"


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantExpired(GrantAct):
    """The grant's last day is over (授权到期)."""

    tag: ClassVar[str] = "supply_demand:grant:expire"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretShown(GrantAct):
    """The consumer was shown the secret, once (领取密钥)."""

    tag: ClassVar[str] = "supply_demand:secret:show"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRotated(GrantAct):
    """A new secret replaced the old one (更换密钥)."""

    tag: ClassVar[str] = "supply_demand:secret:rotate"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationAct(Event):
    """Something done to an application."""

    application: ApplicationId
    code: str

    @property
    def subject(self) -> str:
        return f"application:{self.application}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationDrafted(ApplicationAct):
    """A clerk began an application (起草申请)."""

    tag: ClassVar[str] = "supply_demand:application:draft"
    item: ItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationRevised(ApplicationAct):
    """A clerk changed a draft (修改申请)."""

    tag: ClassVar[str] = "supply_demand:application:revise"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationSent(ApplicationAct):
    """A clerk handed a draft to the head of the own sharing office (报本部门审核)."""

    tag: ClassVar[str] = "supply_demand:application:send"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationReturned(ApplicationAct):
    """The own sharing office sent a draft back (退回修改)."""

    tag: ClassVar[str] = "supply_demand:application:return"
    remarks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationEndorsed(ApplicationAct):
    """The own sharing office agreed to apply (本部门同意)."""

    tag: ClassVar[str] = "supply_demand:application:endorse"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationReceived(ApplicationAct):
    """The application reached a desk and that desk's clock began (送达)."""

    tag: ClassVar[str] = "supply_demand:application:receive"
    desk: str
    limit_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplementAsked(ApplicationAct):
    """All that was missing was told at once; the clock stands still (一次性告知补正)."""

    tag: ClassVar[str] = "supply_demand:supplement:ask"
    missing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplemented(ApplicationAct):
    """The applicant completed what was missing; the clock goes on (补正)."""

    tag: ClassVar[str] = "supply_demand:supplement:supply"
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionAsked(ApplicationAct):
    """Who answers asked the authority for more days (申请延期)."""

    tag: ClassVar[str] = "supply_demand:extension:ask"
    days: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionDecided(ApplicationAct):
    """The authority agreed to more days, or did not (延期审批)."""

    tag: ClassVar[str] = "supply_demand:extension:decide"
    granted: bool
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationAnswered(ApplicationAct):
    """A desk agreed, in whole or in part, or refused (答复)."""

    tag: ClassVar[str] = "supply_demand:application:answer"
    agreed: bool
    fields: tuple[str, ...]
    reason: str
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationWithdrawn(ApplicationAct):
    """The applicant took the application back (撤回申请)."""

    tag: ClassVar[str] = "supply_demand:application:withdraw"
    reason: str
