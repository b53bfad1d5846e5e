"""One-time codes besides the password (双因素认证): enrolling a phone, proving, removing."""

from dataclasses import replace

from datahall.kit.crypto import Vault
from datahall.kit.errors import DomainError
from datahall.kit.ids import PersonId
from datahall.kit.uow import Unit
from datahall.organisations import totp
from datahall.organisations.errors import SecondFactorRequired, WrongCode
from datahall.organisations.events import SecondFactorEnrolled, SecondFactorRemoved
from datahall.organisations.logins import SecondFactor, digest
from datahall.organisations.model import Person
from datahall.organisations.repository import logins, structure
from datahall.organisations.service import login as gate
from datahall.security import Actor


def waiting_person(unit: Unit, token: str) -> Person | None:
    """Whose right password waits for its code in the session of this token."""
    session = logins.session_by_token(unit.conn, digest(token))
    if session is None or not session.is_waiting(at=unit.now):
        return None
    person = structure.person(unit.conn, session.person)
    return person if person.active else None


def enrolling_secret(unit: Unit, person: PersonId, *, vault: Vault) -> str | None:
    """The secret to put into the phone; None when a phone is enrolled already.

    It stays the same until the first right code, so that the page may be opened again.
    """
    factor = logins.second_factor(unit.conn, person, lock=True)
    if factor is None:
        secret = totp.new_secret()
        sealed = vault.seal(secret.encode(), context=_context(person))
        logins.save_second_factor(unit.conn, SecondFactor(person=person, sealed=sealed))
        return secret
    return None if factor.enrolled_at else _secret(factor, vault)


def prove_code(
    unit: Unit, person: Person, code: str, *, address: str, vault: Vault
) -> DomainError | None:
    """None when the code is the one of this moment; the first right one enrols the phone.

    A refusal is returned and not raised: raising would roll back the count of failures.  Codes
    are counted apart from passwords, so that a right password does not begin the count anew.
    """
    subject = digest(f"code:{person.login}")
    if refusal := gate.barred(unit, subject, address=address):
        return refusal
    factor = logins.second_factor(unit.conn, person.id, lock=True)
    step = totp.step_of(_secret(factor, vault), code, at=unit.now) if factor else None
    if factor is None or step is None or step <= factor.last_step:
        return gate.failed(unit, subject, person, WrongCode(), address=address)
    logins.forget_failures(unit.conn, subject)
    logins.save_second_factor(
        unit.conn, replace(factor, last_step=step, enrolled_at=factor.enrolled_at or unit.now)
    )
    if factor.enrolled_at is None:
        unit.record(SecondFactorEnrolled(at=unit.now, by=str(person.id), person=person.id))
    return None


def finish_login(
    unit: Unit, token: str, code: str, *, agent: str, address: str, vault: Vault
) -> gate.LoggedInSession | DomainError | None:
    """A proven session in place of the waiting one; None when nothing waits under the token."""
    person = waiting_person(unit, token)
    if person is None:
        return None
    if refusal := prove_code(unit, person, code, address=address, vault=vault):
        return refusal
    logins.drop_session(unit.conn, digest(token))
    return gate.open_session(unit, person, address=address, agent=agent)


def remove(
    unit: Unit, actor: Actor, code: str, *, address: str, vault: Vault
) -> DomainError | None:
    """Ask for codes no more, proved by one last code; None when it is done (停用动态口令).

    Raises:
        SecondFactorRequired
    """
    person = structure.person(unit.conn, actor.person)
    if gate.must_have_code(person):
        raise SecondFactorRequired
    if refusal := prove_code(unit, person, code, address=address, vault=vault):
        return refusal
    forget(unit, person.id, by=actor.by)
    return None


def forget(unit: Unit, person: PersonId, *, by: str) -> bool:
    """Whether the person had a phone to forget; for the server's console when it is lost."""
    had = logins.drop_second_factor(unit.conn, person)
    if had:
        unit.record(SecondFactorRemoved(at=unit.now, by=by, person=person))
    return had


def _context(person: PersonId) -> str:
    """What a secret is sealed for, so that one cannot be passed off as another's."""
    return f"organisations:second_factor:{person}"


def _secret(factor: SecondFactor, vault: Vault) -> str:
    return vault.open(factor.sealed, context=_context(factor.person)).decode()
