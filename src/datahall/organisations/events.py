"""Acts on organisations, people, posts and logins."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from datahall.kit.events import Event
from datahall.kit.ids import OrgId, PersonId
from datahall.security import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationRegistered(Event):
    """An organisation joined the directory (登记单位)."""

    tag: ClassVar[str] = "organisations:organisation:register"
    org: OrgId

    @property
    def subject(self) -> str:
        return f"organisation:{self.org}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _PersonAct(Event):
    person: PersonId

    @property
    def subject(self) -> str:
        return f"person:{self.person}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRegistered(_PersonAct):
    """A person joined an organisation; they hold no post yet (登记人员)."""

    tag: ClassVar[str] = "organisations:person:register"
    org: OrgId


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointed(_PersonAct):
    """A person was given a post (任职)."""

    tag: ClassVar[str] = "organisations:person:appoint"
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentEnded(_PersonAct):
    """A person left a post (免职)."""

    tag: ClassVar[str] = "organisations:appointment:end"
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn(_PersonAct):
    """A person opened a session (登录)."""

    tag: ClassVar[str] = "organisations:session:open"
    session: UUID
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedOut(_PersonAct):
    """A person closed their session (退出)."""

    tag: ClassVar[str] = "organisations:session:close"
    session: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginFailed(Event):
    """A login was refused (登录失败); `locked` when this failure locked the name.

    The name typed is not kept: people type their password there.
    """

    tag: ClassVar[str] = "organisations:login:refuse"
    person: PersonId | None  # None: nobody has the name typed
    address: str
    locked: bool

    @property
    def subject(self) -> str:
        return f"person:{self.person}" if self.person else "login:unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkIssued(_PersonAct):
    """A one-time link for setting a password was handed out (发放设密链接)."""

    tag: ClassVar[str] = "organisations:link:issue"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordSet(_PersonAct):
    """A person set a password, by a link or knowing the old one (设置密码)."""

    tag: ClassVar[str] = "organisations:password:set"
    by_link: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsEnded(_PersonAct):
    """The other sessions of a person were ended, by themselves or by an administrator (下线)."""

    tag: ClassVar[str] = "organisations:sessions:end"
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended(_PersonAct):
    """A person may not log in any more (停用)."""

    tag: ClassVar[str] = "organisations:person:suspend"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(_PersonAct):
    """A suspended person may log in again (启用)."""

    tag: ClassVar[str] = "organisations:person:resume"


@dataclass(frozen=True, slots=True, kw_only=True)
class HallSetUp(Event):
    """The first run: the data authority and its three administrators exist (初始设置)."""

    tag: ClassVar[str] = "organisations:hall:set_up"
    org: OrgId

    @property
    def subject(self) -> str:
        return f"organisation:{self.org}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorEnrolled(_PersonAct):
    """A person's phone began to show one-time codes (启用动态口令)."""

    tag: ClassVar[str] = "organisations:second_factor:enrol"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorRemoved(_PersonAct):
    """A person's one-time codes are asked for no more (停用动态口令)."""

    tag: ClassVar[str] = "organisations:second_factor:remove"
