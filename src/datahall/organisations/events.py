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
