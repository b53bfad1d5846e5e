"""Logging in and out, and finding out who sent a request."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from datahall.kit.clock import LOCAL
from datahall.kit.errors import DomainError
from datahall.kit.ids import new_id
from datahall.kit.settings import settings
from datahall.kit.uow import Unit
from datahall.organisations import passwords
from datahall.organisations.errors import LoginBusy, LoginLocked, LoginRefused
from datahall.organisations.events import LoggedIn, LoggedOut, LoginFailed
from datahall.organisations.logins import LoginLimits, Session, digest, new_token
from datahall.organisations.model import Person
from datahall.organisations.repository import logins, structure
from datahall.security import Actor

ANONYMOUS = "anonymous"

_SEEN_EVERY = timedelta(minutes=1)
"""A session's last activity is kept to the minute, so that reading a page seldom writes."""


@dataclass(frozen=True, slots=True)
class LoggedInSession:
    """A new session with the secret for its cookie, which exists nowhere else."""

    session: Session
    token: str


def limits() -> LoginLimits:
    """The operator's limits on logging in."""
    chosen = settings()
    return LoginLimits(
        idle=timedelta(minutes=chosen.session_idle_minutes),
        absolute=timedelta(hours=chosen.session_hours),
        attempts=chosen.login_attempts,
        address_attempts=chosen.login_address_attempts,
        lock=timedelta(minutes=chosen.login_lock_minutes),
    )


def subject_of_login(login: str) -> bytes:
    """Under what the failures of a login name are counted."""
    return digest(f"login:{login.strip().lower()}")


def prove(unit: Unit, *, login: str, password: str, address: str) -> Person | DomainError:
    """The person whose login and password these are, or the refusal to show.

    The refusal is returned and not raised: raising would roll back the count of failures.
    A name that nobody has takes as long, is counted and is locked like any other.
    """
    rules = limits()
    by_name, by_address = subject_of_login(login), digest(f"address:{address}")
    if not logins.only_one_at_a_time(unit.conn, by_name):
        return LoginBusy()
    for subject in (by_name, by_address):
        if until := logins.failures(unit.conn, subject).locked(at=unit.now):
            return _locked(until)

    person = structure.person_by_login(unit.conn, login.strip().lower())
    known = logins.password_hash(unit.conn, person.id) if person else None
    right = passwords.matches(password, known)
    if person is None or known is None or not right or not person.active:
        return _failed(unit, rules, person, by_name=by_name, by_address=by_address, address=address)

    if passwords.is_stale(known):
        logins.save_password_hash(unit.conn, person.id, passwords.hash_password(password))
    logins.forget_failures(unit.conn, by_name)
    return person


def log_in(
    unit: Unit, *, login: str, password: str, address: str = "", agent: str = ""
) -> LoggedInSession | DomainError:
    """A new session, or the refusal to show (登录); see `prove` for why it is returned."""
    proven = prove(unit, login=login, password=password, address=address)
    if isinstance(proven, DomainError):
        return proven
    return open_session(unit, proven, address=address, agent=agent)


def open_session(unit: Unit, person: Person, *, address: str, agent: str) -> LoggedInSession:
    """A new session of a person who has just proved who they are."""
    token = new_token()
    session = Session(
        id=new_id(),
        person=person.id,
        opened_at=unit.now,
        seen_at=unit.now,
        address=address,
        agent=agent[:300],
    )
    logins.add_session(unit.conn, session, digest(token))
    unit.record(
        LoggedIn(
            at=unit.now, by=str(person.id), person=person.id, session=session.id, address=address
        )
    )
    return LoggedInSession(session, token)


def log_out(unit: Unit, token: str) -> None:
    """End the session of the token, if it is one (退出)."""
    session = logins.session_by_token(unit.conn, digest(token))
    if session is None or session.ended_at is not None:
        return
    logins.end_session(unit.conn, session.id, at=unit.now)
    unit.record(
        LoggedOut(at=unit.now, by=str(session.person), person=session.person, session=session.id)
    )


def current_session(unit: Unit, token: str) -> Session | None:
    """The open session of the token."""
    session = logins.session_by_token(unit.conn, digest(token))
    return session if session and session.is_open(limits(), at=unit.now) else None


def actor_of_token(unit: Unit, token: str) -> Actor | None:
    """Who holds the token, with the posts held at this moment; None when it has expired."""
    session = current_session(unit, token)
    if session is None:
        return None
    person = structure.person(unit.conn, session.person)
    if not person.active:
        return None
    if unit.now - session.seen_at >= _SEEN_EVERY:
        logins.see_session(unit.conn, session.id, at=unit.now)
    return actor_of(unit, person)


def actor_of(unit: Unit, person: Person) -> Actor:
    """The person as somebody who acts, with the posts held at this moment."""
    org = structure.organisation(unit.conn, person.org)
    return Actor(
        person=person.id,
        name=person.name,
        org=org.id,
        org_name=org.short_name,
        roles=person.roles,
        region=structure.region(unit.conn, org.region).prefix,
    )


def _failed(
    unit: Unit,
    rules: LoginLimits,
    person: Person | None,
    *,
    by_name: bytes,
    by_address: bytes,
    address: str,
) -> DomainError:
    """Count the failure for the name and the address, and say what to show."""
    until: datetime | None = None
    for subject, limit in ((by_name, rules.attempts), (by_address, rules.address_attempts)):
        count = logins.failures(unit.conn, subject).one_more(
            at=unit.now, limit=limit, lock=rules.lock
        )
        logins.save_failures(unit.conn, subject, count)
        until = until or count.locked_until
    logins.forget_failures_before(unit.conn, unit.now - rules.lock)
    unit.record(
        LoginFailed(
            at=unit.now,
            by=str(person.id) if person else ANONYMOUS,
            person=person.id if person else None,
            address=address,
            locked=until is not None,
        )
    )
    if until:
        return _locked(until)
    return LoginRefused(attempts=rules.attempts, lock_minutes=int(rules.lock.total_seconds() // 60))


def _locked(until: datetime) -> LoginLocked:
    return LoginLocked(until=f"{until.astimezone(LOCAL):%H:%M}")
