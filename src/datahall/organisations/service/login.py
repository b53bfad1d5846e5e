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
from datahall.security import ADMINISTRATORS, Actor

ANONYMOUS = "anonymous"

FAMILIAR = timedelta(days=30)
"""How long an address stays familiar after a login from it."""

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


def subject_of_login(unit: Unit, login: str, address: str) -> bytes:
    """Under what the failures of a login name are counted.

    An address from which the person has lately been logged in is counted by itself, so that
    strangers who try passwords lock out other strangers and not the person at the own desk.
    """
    name = login.strip().lower()
    if logins.is_familiar(unit.conn, name, address, since=unit.now - FAMILIAR):
        return digest(f"login:{name}@{address}")
    return digest(f"login:{name}")


def prove(unit: Unit, *, login: str, password: str, address: str) -> Person | DomainError:
    """The person whose login and password these are, or the refusal to show.

    The refusal is returned and not raised: raising would roll back the count of failures.
    A name that nobody has takes as long, is counted and is locked like any other.
    """
    subject = subject_of_login(unit, login, address)
    if refusal := barred(unit, subject, address=address):
        return refusal
    person = structure.person_by_login(unit.conn, login.strip().lower())
    known = logins.password_hash(unit.conn, person.id) if person else None
    right = passwords.matches(password, known)
    if person is None or known is None or not right or not person.active:
        rules = limits()
        refusal = LoginRefused(attempts=rules.attempts, lock_minutes=rules.lock_minutes)
        return failed(unit, subject, person, refusal, address=address)
    if passwords.is_stale(known):
        logins.save_password_hash(unit.conn, person.id, passwords.hash_password(password))
    logins.forget_failures(unit.conn, subject)
    return person


def barred(unit: Unit, subject: bytes, *, address: str) -> DomainError | None:
    """The refusal while attempts for `subject` or from the address are not even checked."""
    if not logins.only_one_at_a_time(unit.conn, subject):
        return LoginBusy()
    for counted in (subject, _subject_of_address(address)):
        if until := logins.failures(unit.conn, counted).locked(at=unit.now):
            return _locked(until)
    return None


def failed(
    unit: Unit, subject: bytes, person: Person | None, refusal: DomainError, *, address: str
) -> DomainError:
    """Count a failure for `subject` and for the address; the refusal, or that it is locked now."""
    rules = limits()
    until: datetime | None = None
    for counted, limit in (
        (subject, rules.attempts),
        (_subject_of_address(address), rules.address_attempts),
    ):
        count = logins.failures(unit.conn, counted).one_more(
            at=unit.now, limit=limit, lock=rules.lock
        )
        logins.save_failures(unit.conn, counted, count)
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
    return _locked(until) if until else refusal


def log_in(
    unit: Unit, *, login: str, password: str, address: str = "", agent: str = ""
) -> LoggedInSession | DomainError:
    """A new session, or the refusal to show (登录); see `prove` for why it is returned."""
    proven = prove(unit, login=login, password=password, address=address)
    if isinstance(proven, DomainError):
        return proven
    return enter(unit, proven, address=address, agent=agent)


def enter(unit: Unit, person: Person, *, address: str, agent: str) -> LoggedInSession:
    """A session after the first proof; it waits for the one-time code of who needs one."""
    waits = needs_code(unit, person)
    return open_session(unit, person, address=address, agent=agent, waits=waits)


def must_have_code(person: Person) -> bool:
    """Whether the operator asks this person for a second factor (双因素)."""
    match settings().second_factor:
        case "everybody":
            return True
        case "administrators":
            return bool(person.roles & ADMINISTRATORS)
        case _:
            return False


def needs_code(unit: Unit, person: Person) -> bool:
    """Whether a one-time code is asked for: because the person has one, or must have one."""
    factor = logins.second_factor(unit.conn, person.id)
    return must_have_code(person) or (factor is not None and factor.enrolled_at is not None)


def open_session(
    unit: Unit, person: Person, *, address: str, agent: str, waits: bool = False
) -> LoggedInSession:
    """A new session of a person who has just proved who they are, or begun to when it `waits`."""
    token = new_token()
    session = Session(
        id=new_id(),
        person=person.id,
        opened_at=unit.now,
        seen_at=unit.now,
        address=address,
        agent=agent[:300],
        proven_at=None if waits else unit.now,
    )
    logins.add_session(unit.conn, session, digest(token))
    if not waits:
        unit.record(
            LoggedIn(
                at=unit.now,
                by=str(person.id),
                person=person.id,
                session=session.id,
                address=address,
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


def _subject_of_address(address: str) -> bytes:
    return digest(f"address:{address}")


def _locked(until: datetime) -> LoginLocked:
    return LoginLocked(until=f"{until.astimezone(LOCAL):%H:%M}")
