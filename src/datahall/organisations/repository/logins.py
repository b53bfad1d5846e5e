"""Password hashes, failures, sessions."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from datahall.kit.ids import PersonId
from datahall.organisations.logins import Failures, Link, SecondFactor, Session
from datahall.organisations.tables import (
    accounts,
    links,
    login_failures,
    people,
    second_factors,
    sessions,
)

_SESSION = sa.select(*(c for c in sessions.c if c.name != "token_hash"))


def password_hash(conn: Connection, person: PersonId) -> str | None:
    """The hash of the person's password; None before one is set."""
    return conn.scalar(sa.select(accounts.c.password_hash).where(accounts.c.person == person))


def password_set_at(conn: Connection, person: PersonId) -> datetime | None:
    """When the person last set a password; None before the first."""
    return conn.scalar(sa.select(accounts.c.changed_at).where(accounts.c.person == person))


def save_password(conn: Connection, person: PersonId, password_hash: str, *, at: datetime) -> None:
    values = {"password_hash": password_hash, "changed_at": at}
    conn.execute(
        insert(accounts)
        .values(person=person, **values)
        .on_conflict_do_update(index_elements=["person"], set_=values)
    )


def save_password_hash(conn: Connection, person: PersonId, password_hash: str) -> None:
    """The same password, hashed anew."""
    conn.execute(
        sa.update(accounts).where(accounts.c.person == person).values(password_hash=password_hash)
    )


def only_one_at_a_time(conn: Connection, subject: bytes) -> bool:
    """Whether this is the only attempt for `subject` now; holds until the unit ends.

    Without it many guesses sent at once would all be checked before the first is counted.
    """
    key = int.from_bytes(subject[:8], signed=True)
    return bool(conn.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(key))))


def failures(conn: Connection, subject: bytes) -> Failures:
    row = conn.execute(
        sa.select(
            login_failures.c.failures, login_failures.c.last_at, login_failures.c.locked_until
        ).where(login_failures.c.subject == subject)
    ).one_or_none()
    return (
        Failures() if row is None else Failures(count=row[0], last_at=row[1], locked_until=row[2])
    )


def save_failures(conn: Connection, subject: bytes, now: Failures) -> None:
    values = {
        "failures": now.count,
        "last_at": now.last_at,
        "locked_until": now.locked_until,
    }
    conn.execute(
        insert(login_failures)
        .values(subject=subject, **values)
        .on_conflict_do_update(index_elements=["subject"], set_=values)
    )


def forget_failures(conn: Connection, subject: bytes) -> None:
    conn.execute(sa.delete(login_failures).where(login_failures.c.subject == subject))


def forget_failures_before(conn: Connection, instant: datetime) -> None:
    """Keep the table small: names that nobody has are counted too."""
    conn.execute(sa.delete(login_failures).where(login_failures.c.last_at < instant))


def add_session(conn: Connection, session: Session, token_hash: bytes) -> None:
    conn.execute(sa.insert(sessions).values(**asdict(session), token_hash=token_hash))


def session_by_token(conn: Connection, token_hash: bytes) -> Session | None:
    row = conn.execute(_SESSION.where(sessions.c.token_hash == token_hash)).mappings().one_or_none()
    return None if row is None else Session(**row)


def see_session(conn: Connection, id: UUID, *, at: datetime) -> None:
    conn.execute(sa.update(sessions).where(sessions.c.id == id).values(seen_at=at))


def drop_session(conn: Connection, token_hash: bytes) -> None:
    """Forget a session that never identified anybody: a proven one takes its place."""
    conn.execute(sa.delete(sessions).where(sessions.c.token_hash == token_hash))


def end_session(conn: Connection, id: UUID, *, at: datetime) -> None:
    conn.execute(
        sa.update(sessions)
        .where(sessions.c.id == id, sessions.c.ended_at.is_(None))
        .values(ended_at=at)
    )


def end_sessions_of(
    conn: Connection, person: PersonId, *, at: datetime, but: UUID | None = None
) -> int:
    """How many open sessions of the person were ended; `but` stays."""
    query = sa.update(sessions).where(sessions.c.person == person, sessions.c.ended_at.is_(None))
    if but is not None:
        query = query.where(sessions.c.id != but)
    return conn.execute(query.values(ended_at=at)).rowcount


def sessions_of(conn: Connection, person: PersonId) -> list[Session]:
    """The person's sessions that nobody has ended, newest first; some may have expired."""
    query = _SESSION.where(sessions.c.person == person, sessions.c.ended_at.is_(None))
    rows = conn.execute(query.order_by(sessions.c.seen_at.desc())).mappings()
    return [Session(**row) for row in rows]


def all_sessions(conn: Connection, *, since: datetime) -> list[Session]:
    """Every session that nobody has ended and that was active since, newest first."""
    query = _SESSION.where(sessions.c.seen_at > since, sessions.c.ended_at.is_(None))
    rows = conn.execute(query.order_by(sessions.c.seen_at.desc())).mappings()
    return [Session(**row) for row in rows]


def is_familiar(conn: Connection, login: str, address: str, *, since: datetime) -> bool:
    """Whether the person with this login proved who they are from the address since."""
    query = sa.select(
        sa.exists().where(
            people.c.login == login,
            sessions.c.person == people.c.id,
            sessions.c.address == address,
            sessions.c.proven_at > since,
        )
    )
    return bool(conn.scalar(query))


def addresses_of(conn: Connection, person: PersonId) -> list[str]:
    """From where the person has been logged in."""
    query = sa.select(sessions.c.address).where(sessions.c.person == person).distinct()
    return list(conn.scalars(query))


def forget_sessions_before(conn: Connection, instant: datetime) -> None:
    """Sessions opened before `instant`, which must have expired by now."""
    conn.execute(sa.delete(sessions).where(sessions.c.opened_at < instant))


def forget_links_before(conn: Connection, instant: datetime) -> None:
    """Links that expired before `instant`, used or not."""
    conn.execute(sa.delete(links).where(links.c.expires_at < instant))


def add_link(conn: Connection, link: Link, token_hash: bytes) -> None:
    conn.execute(sa.insert(links).values(**asdict(link), token_hash=token_hash))


def link(conn: Connection, token_hash: bytes, *, lock: bool = False) -> Link | None:
    """The link with this secret, good or not."""
    query = sa.select(*(c for c in links.c if c.name != "token_hash")).where(
        links.c.token_hash == token_hash
    )
    row = conn.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    return None if row is None else Link(**row)


def spend_links(conn: Connection, person: PersonId | None, *, at: datetime) -> None:
    """Spend every unused link of the person (None: of the first run): the last one counts."""
    whose = links.c.person.is_(None) if person is None else links.c.person == person
    conn.execute(sa.update(links).where(whose, links.c.used_at.is_(None)).values(used_at=at))


def second_factor(conn: Connection, person: PersonId, *, lock: bool = False) -> SecondFactor | None:
    """The person's second factor, enrolled or not; `lock` holds it until the unit commits."""
    query = sa.select(second_factors).where(second_factors.c.person == person)
    row = conn.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    return None if row is None else SecondFactor(**row)


def save_second_factor(conn: Connection, factor: SecondFactor) -> None:
    values = asdict(factor)
    conn.execute(
        insert(second_factors)
        .values(**values)
        .on_conflict_do_update(index_elements=["person"], set_=values)
    )


def drop_second_factor(conn: Connection, person: PersonId) -> bool:
    """Whether there was one."""
    done = conn.execute(sa.delete(second_factors).where(second_factors.c.person == person))
    return done.rowcount == 1
