"""Passwords and the one-time links for setting them; suspending people and ending sessions."""

from datetime import timedelta

from datahall import security
from datahall.kit.errors import DomainError, Fault, Invalid
from datahall.kit.ids import PersonId
from datahall.kit.settings import settings
from datahall.kit.uow import Unit
from datahall.organisations import passwords
from datahall.organisations.errors import (
    AdministratorsLink,
    LinkSpent,
    LoginRefused,
    OwnSuspension,
    WrongPassword,
)
from datahall.organisations.events import (
    LinkIssued,
    PasswordSet,
    Resumed,
    SessionsEnded,
    Suspended,
)
from datahall.organisations.logins import Link, Session, digest, new_token
from datahall.organisations.model import ROLE_NAMES, Person
from datahall.organisations.repository import logins, structure
from datahall.organisations.service import login as gate
from datahall.security import ADMINISTRATORS, Actor


def check_new_password(password: str, again: str, *, login: str) -> list[Fault]:
    """What is wrong with a new password typed twice."""
    found = passwords.faults(password, login=login, least=settings().password_length)
    if not found and password != again:
        found = [Fault("again", "organisations.password_unlike")]
    return found


def change_password(
    unit: Unit, actor: Actor, *, current: str, password: str, again: str, keep: Session | None
) -> DomainError | None:
    """Change one's own password (修改密码); every session but `keep` ends.

    Returns:
        None when it is changed; the refusal when `current` is wrong, which counts as a failed
        login and so must not be rolled back.

    Raises:
        Invalid: the new password is not good enough.
    """
    person = structure.person(unit.conn, actor.person, lock=True)
    found = check_new_password(password, again, login=person.login)
    if not found and password == current:
        found = [Fault("password", "organisations.password_same")]
    if found:
        raise Invalid(found)
    address = keep.address if keep else ""
    proven = gate.prove(unit, login=person.login, password=current, address=address)
    if isinstance(proven, DomainError):
        return WrongPassword() if isinstance(proven, LoginRefused) else proven
    _set_password(unit, person, password, by_link=False)
    logins.end_sessions_of(unit.conn, person.id, at=unit.now, but=keep.id if keep else None)
    return None


def issue_link(unit: Unit, actor: Actor, person: PersonId) -> str:
    """The secret of a one-time link with which the person sets a password (发放设密链接).

    Earlier links of the person are spent.  The secret is shown once and stored nowhere.

    Raises:
        NotPermitted, PersonNotFound, AdministratorsLink
    """
    subject = structure.person(unit.conn, person, lock=True)
    security.require(actor, "organisations:manage", on=subject.org)
    if held := sorted(subject.roles & ADMINISTRATORS):
        # Else one administrator could take the account of another, and the separation with it.
        raise AdministratorsLink(name=subject.name, role=ROLE_NAMES[held[0]])
    return make_link(unit, subject.id, by=actor.by)


def make_link(unit: Unit, person: PersonId, *, by: str) -> str:
    """The secret of a link, for who has the right already: set-up, or the server's console."""
    logins.spend_links(unit.conn, person, at=unit.now)
    token = new_token()
    hours = timedelta(hours=settings().link_hours)
    logins.add_link(
        unit.conn,
        Link(person=person, made_at=unit.now, made_by=by, expires_at=unit.now + hours),
        digest(token),
    )
    unit.record(LinkIssued(at=unit.now, by=by, person=person))
    return token


def person_of_link(unit: Unit, token: str, *, lock: bool = False) -> Person:
    """Whose password the link sets.

    Raises:
        LinkSpent
    """
    link = logins.link(unit.conn, digest(token), lock=lock)
    if link is None or link.person is None or not link.is_good(at=unit.now):
        raise LinkSpent
    person = structure.person(unit.conn, link.person)
    if not person.active:
        raise LinkSpent
    return person


def set_password_by_link(unit: Unit, token: str, *, password: str, again: str) -> Person:
    """Set a password with a one-time link; the lock of the login and its sessions end.

    Raises:
        LinkSpent, Invalid
    """
    person = person_of_link(unit, token, lock=True)
    if found := check_new_password(password, again, login=person.login):
        raise Invalid(found)
    logins.spend_links(unit.conn, person.id, at=unit.now)
    _set_password(unit, person, password, by_link=True)
    logins.end_sessions_of(unit.conn, person.id, at=unit.now)
    for address in ("", *logins.addresses_of(unit.conn, person.id)):
        logins.forget_failures(unit.conn, gate.subject_of_login(unit, person.login, address))
    return person


def suspend(unit: Unit, actor: Actor, person: PersonId) -> Person:
    """Keep a person from logging in and end what is open (停用); posts and record stay.

    Raises:
        NotPermitted, PersonNotFound, OwnSuspension
    """
    subject = structure.person(unit.conn, person, lock=True)
    security.require(actor, "organisations:manage", on=subject.org)
    if subject.id == actor.person:
        raise OwnSuspension
    if subject.active:
        structure.set_active(unit.conn, person, active=False)
        logins.spend_links(unit.conn, person, at=unit.now)
        logins.end_sessions_of(unit.conn, person, at=unit.now)
        unit.record(Suspended(at=unit.now, by=actor.by, person=person))
    return structure.person(unit.conn, person)


def resume(unit: Unit, actor: Actor, person: PersonId) -> Person:
    """Let a suspended person log in again (启用).

    Raises:
        NotPermitted, PersonNotFound
    """
    subject = structure.person(unit.conn, person, lock=True)
    security.require(actor, "organisations:manage", on=subject.org)
    if not subject.active:
        structure.set_active(unit.conn, person, active=True)
        unit.record(Resumed(at=unit.now, by=actor.by, person=person))
    return structure.person(unit.conn, person)


def end_sessions(unit: Unit, actor: Actor, person: PersonId) -> int:
    """Log a person out everywhere (强制下线); how many sessions were open.

    Raises:
        NotPermitted, PersonNotFound
    """
    subject = structure.person(unit.conn, person)
    security.require(actor, "organisations:manage", on=subject.org)
    count = logins.end_sessions_of(unit.conn, person, at=unit.now)
    if count:
        unit.record(SessionsEnded(at=unit.now, by=actor.by, person=person, count=count))
    return count


def end_own_sessions(unit: Unit, actor: Actor, *, keep: Session | None) -> int:
    """Log oneself out everywhere but here; how many sessions were open."""
    but = keep.id if keep else None
    count = logins.end_sessions_of(unit.conn, actor.person, at=unit.now, but=but)
    if count:
        unit.record(SessionsEnded(at=unit.now, by=actor.by, person=actor.person, count=count))
    return count


def open_sessions(unit: Unit, person: PersonId) -> list[Session]:
    """The person's sessions that still identify them, newest first."""
    rules = gate.limits()
    return [s for s in logins.sessions_of(unit.conn, person) if s.is_open(rules, at=unit.now)]


def _set_password(unit: Unit, person: Person, password: str, *, by_link: bool) -> None:
    logins.save_password(unit.conn, person.id, passwords.hash_password(password), at=unit.now)
    unit.record(PasswordSet(at=unit.now, by=str(person.id), person=person.id, by_link=by_link))
