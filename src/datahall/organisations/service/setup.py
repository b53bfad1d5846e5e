"""The first run: a one-time link makes the data authority and its three administrators."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import stdnum.cn.uscc

from datahall.kit.errors import Fault, Invalid
from datahall.kit.ids import OrgId, PersonId, new_id
from datahall.kit.settings import settings
from datahall.kit.uow import Unit
from datahall.organisations import passwords, seed
from datahall.organisations.errors import AlreadySetUp, LinkSpent
from datahall.organisations.events import (
    Appointed,
    HallSetUp,
    OrganisationRegistered,
    PasswordSet,
    PersonRegistered,
)
from datahall.organisations.logins import Link, digest, new_token
from datahall.organisations.model import Appointment, Organisation, OrgKind, Person
from datahall.organisations.repository import logins, structure
from datahall.organisations.service.credentials import check_new_password, make_link
from datahall.organisations.service.structure import LOGIN
from datahall.security import Role

CONSOLE = "console"  # who acts by a command on the server


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """One administrator as typed in the set-up form."""

    name: str
    login: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """What the set-up made: links to hand to the two administrators who set no password yet."""

    authority: Organisation
    system_admin: Person
    links: Mapping[Role, str]


def setup_link(unit: Unit) -> str:
    """The secret of the one-time link that sets up the hall; earlier ones are spent.

    Raises:
        AlreadySetUp
    """
    if structure.authority(unit.conn) is not None:
        raise AlreadySetUp
    logins.spend_links(unit.conn, None, at=unit.now)
    token = new_token()
    hours = timedelta(hours=settings().link_hours)
    logins.add_link(
        unit.conn,
        Link(person=None, made_at=unit.now, made_by=CONSOLE, expires_at=unit.now + hours),
        digest(token),
    )
    return token


def check_setup_link(unit: Unit, token: str, *, lock: bool = False) -> None:
    """Refuse a secret that does not set up the hall.

    Raises:
        LinkSpent, AlreadySetUp
    """
    link = logins.link(unit.conn, digest(token), lock=lock)
    if structure.authority(unit.conn) is not None:
        raise AlreadySetUp
    if link is None or link.person is not None or not link.is_good(at=unit.now):
        raise LinkSpent


def set_up(
    unit: Unit,
    token: str,
    *,
    name: str,
    short_name: str,
    seal: str,
    uscc: str,
    newcomers: Mapping[Role, Newcomer],
    password: str,
    again: str,
) -> SetUp:
    """Make the data authority and its system, security and audit administrator (初始设置).

    Three people from the start (三员分立): who sets up the hall is the system administrator and
    sets a password; the other two get a link each.

    Raises:
        LinkSpent, AlreadySetUp, Invalid
    """
    check_setup_link(unit, token, lock=True)
    org = Organisation(
        id=OrgId(new_id()),
        name=name.strip(),
        short_name=short_name.strip(),
        seal=seal.strip(),
        kind=OrgKind.CITY,
        uscc=uscc.strip().upper(),
        region=settings().region,
        is_authority=True,
    )
    people = {
        role: Person(
            id=PersonId(new_id()),
            name=typed.name.strip(),
            login=typed.login.strip().lower(),
            org=org.id,
            roles=frozenset({role}),
        )
        for role, typed in newcomers.items()
    }
    admin = people[Role.SYSTEM_ADMIN]
    if faults := [
        *_faults(org, people),
        *check_new_password(password, again, login=admin.login),
    ]:
        raise Invalid(faults)

    if not structure.children_of(unit.conn, None):
        seed.plant_regions(unit.conn)
    structure.add_organisations(unit.conn, [org])
    unit.record(OrganisationRegistered(at=unit.now, by=CONSOLE, org=org.id))
    for role, person in people.items():
        _add(unit, person, role)
    logins.save_password(unit.conn, admin.id, passwords.hash_password(password), at=unit.now)
    unit.record(PasswordSet(at=unit.now, by=str(admin.id), person=admin.id, by_link=True))
    logins.spend_links(unit.conn, None, at=unit.now)
    unit.record(HallSetUp(at=unit.now, by=CONSOLE, org=org.id))
    return SetUp(
        authority=org,
        system_admin=admin,
        links={
            role: make_link(unit, person.id, by=CONSOLE)
            for role, person in people.items()
            if person is not admin
        },
    )


def _faults(org: Organisation, people: Mapping[Role, Person]) -> list[Fault]:
    """What is missing or wrong in the form; each administrator's fields bear the role."""
    fields = {"name": org.name, "short_name": org.short_name}
    fields |= {f"{role}_name": p.name for role, p in people.items()}
    found = [Fault(field, "organisations.missing") for field, v in fields.items() if not v]
    if len(org.seal) != 1:
        found.append(Fault("seal", "organisations.seal_is_one_character"))
    if not stdnum.cn.uscc.is_valid(org.uscc):
        found.append(Fault("uscc", "organisations.bad_uscc"))
    seen: set[str] = set()
    for role, person in people.items():
        if not LOGIN.fullmatch(person.login):
            found.append(Fault(f"{role}_login", "organisations.bad_login"))
        elif person.login in seen:
            found.append(Fault(f"{role}_login", "organisations.same_person"))
        seen.add(person.login)
    return found


def _add(unit: Unit, person: Person, role: Role) -> None:
    structure.add_person(unit.conn, person, at=unit.now)
    structure.add_appointment(
        unit.conn, Appointment(id=new_id(), person=person.id, role=role, since=unit.now)
    )
    unit.record(PersonRegistered(at=unit.now, by=CONSOLE, person=person.id, org=person.org))
    unit.record(Appointed(at=unit.now, by=CONSOLE, person=person.id, role=role))
