"""Plain functions that make a valid thing; a test names only what it is about.

`make_…` makes a value without a database; `add_…` stores it in the test's transaction.
"""

from itertools import count
from typing import Any

from sqlalchemy import Connection
from stdnum.cn import uscc

from datahall.kit.ids import OrgId, PersonId, new_id
from datahall.organisations import Appointment, Organisation, OrgKind, Person, seed
from datahall.organisations.repository import structure
from datahall.security import Actor, Role
from tests.conftest import NOON

_NUMBER = count(1)
CITY = "341500"


def make_uscc() -> str:
    """A unified social credit code that nobody has yet, with its check character."""
    base = f"12{CITY}{next(_NUMBER):08d}0"
    return base + uscc.calc_check_digit(base)


def make_org(**about: Any) -> Organisation:
    """A city department."""
    n = next(_NUMBER)
    defaults = {
        "id": OrgId(new_id()),
        "name": f"六安市第{n}局",
        "short_name": f"市{n}局",
        "seal": "测",
        "kind": OrgKind.CITY,
        "uscc": make_uscc(),
        "region": CITY,
    }
    return Organisation(**defaults | about)


def make_actor(*roles: Role, org: Organisation | OrgId | None = None, **about: Any) -> Actor:
    """Somebody with these posts; in an organisation of their own unless one is named."""
    if not isinstance(org, Organisation):
        org = make_org() if org is None else make_org(id=org)
    defaults = {
        "person": PersonId(new_id()),
        "name": "周明远",
        "org": org.id,
        "org_name": org.short_name,
        "roles": frozenset(roles),
        "region": "3415",
    }
    return Actor(**defaults | about)


def add_city(conn: Connection) -> None:
    """The seeded areas and organisations; `seed.org_id("police")` is 市公安局."""
    seed.plant(conn)


def add_org(conn: Connection, **about: Any) -> Organisation:
    """A stored department; the areas are planted when they are missing."""
    if not structure.children_of(conn, None):
        seed.plant_regions(conn)
    org = make_org(**about)
    structure.add_organisations(conn, [org])
    return org


def add_person(
    conn: Connection, *roles: Role, org: Organisation | OrgId | None = None, **about: Any
) -> Person:
    """A stored person in these posts, without a password."""
    if org is None:
        org = add_org(conn)
    n = next(_NUMBER)
    defaults = {
        "id": PersonId(new_id()),
        "name": "周明远",
        "login": f"person{n}",
        "org": org.id if isinstance(org, Organisation) else org,
        "roles": frozenset(roles),
    }
    person = Person(**defaults | about)
    structure.add_person(conn, person, at=NOON)
    for role in sorted(person.roles):
        structure.add_appointment(
            conn, Appointment(id=new_id(), person=person.id, role=role, since=NOON)
        )
    return person


def add_actor(
    conn: Connection, *roles: Role, org: Organisation | OrgId | None = None, **about: Any
) -> Actor:
    """A stored person in these posts, as the services want them."""
    return actor_of(conn, add_person(conn, *roles, org=org, **about))


def actor_of(conn: Connection, person: Person) -> Actor:
    org = structure.organisation(conn, person.org)
    return make_actor(*person.roles, org=org, person=person.id, name=person.name)
