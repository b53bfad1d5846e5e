"""Regions, organisations, people and posts."""

import re
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from datahall.kit.ids import OrgId, PersonId
from datahall.organisations.errors import OrganisationNotFound, PersonNotFound, RegionNotFound
from datahall.organisations.model import (
    Appointment,
    Organisation,
    OrgKind,
    Person,
    Region,
    RegionLevel,
)
from datahall.organisations.tables import appointments, people, regions
from datahall.organisations.tables import organisations as orgs
from datahall.security import Role

_ROLES = (
    sa.select(sa.func.coalesce(sa.func.array_agg(appointments.c.role), sa.text("'{}'::text[]")))
    .where(appointments.c.person == people.c.id, appointments.c.until.is_(None))
    .scalar_subquery()
    .label("roles")
)
_PERSON = sa.select(
    people.c.id, people.c.name, people.c.login, people.c.org,
    people.c.phone_masked, people.c.active, _ROLES,
)  # fmt: skip

_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _region(row: sa.RowMapping) -> Region:
    return Region(**{**row, "level": RegionLevel(row["level"])})


def _organisation(row: sa.RowMapping) -> Organisation:
    return Organisation(**{**row, "kind": OrgKind(row["kind"])})


def _person(row: sa.RowMapping) -> Person:
    return Person(**{**row, "roles": frozenset(map(Role, row["roles"]))})


def region(conn: Connection, code: str) -> Region:
    """One area.

    Raises:
        RegionNotFound
    """
    row = conn.execute(sa.select(regions).where(regions.c.code == code)).mappings().one_or_none()
    if row is None:
        raise RegionNotFound(code=code)
    return _region(row)


def children_of(conn: Connection, code: str | None) -> list[Region]:
    """The areas directly inside `code`, by code; the cities when it is None."""
    inside = regions.c.parent.is_(None) if code is None else regions.c.parent == code
    rows = conn.execute(sa.select(regions).where(inside).order_by(regions.c.code)).mappings()
    return [_region(row) for row in rows]


def tree(conn: Connection) -> list[Region]:
    """The areas from the city to the towns, each after the one around it."""
    query = sa.select(regions).where(regions.c.level != RegionLevel.VILLAGE)
    return [_region(row) for row in conn.execute(query.order_by(regions.c.code)).mappings()]


def names_of_regions(conn: Connection, codes: Collection[str]) -> dict[str, str]:
    query = sa.select(regions.c.code, regions.c.name).where(regions.c.code.in_(codes))
    return {row.code: row.name for row in conn.execute(query)}


def add_regions(conn: Connection, new: Sequence[Region]) -> None:
    """Add areas, each after the one around it."""
    conn.execute(sa.insert(regions), [asdict(r) for r in new])


def organisation(conn: Connection, id: OrgId) -> Organisation:
    """One organisation.

    Raises:
        OrganisationNotFound
    """
    row = conn.execute(sa.select(orgs).where(orgs.c.id == id)).mappings().one_or_none()
    if row is None:
        raise OrganisationNotFound(org=str(id))
    return _organisation(row)


def organisations(conn: Connection) -> list[Organisation]:
    """Every organisation: city departments, then counties and towns by code, then the upper."""
    order = sa.case({"city": 0, "county": 1, "town": 2}, value=orgs.c.kind, else_=3)
    query = sa.select(orgs).order_by(order, orgs.c.region, orgs.c.uscc)
    return [_organisation(row) for row in conn.execute(query).mappings()]


def organisation_by_uscc(conn: Connection, uscc: str) -> Organisation | None:
    row = conn.execute(sa.select(orgs).where(orgs.c.uscc == uscc)).mappings().one_or_none()
    return None if row is None else _organisation(row)


def authority(conn: Connection) -> Organisation | None:
    """The data authority (数据主管部门); None before the first run is set up."""
    query = sa.select(orgs).where(orgs.c.is_authority).order_by(orgs.c.region).limit(1)
    row = conn.execute(query).mappings().one_or_none()
    return None if row is None else _organisation(row)


def same_organisation(conn: Connection, name: str, uscc: str) -> Organisation | None:
    """An organisation that has this name or this code already."""
    query = sa.select(orgs).where(sa.or_(orgs.c.name == name, orgs.c.uscc == uscc)).limit(1)
    row = conn.execute(query).mappings().one_or_none()
    return None if row is None else _organisation(row)


def add_organisations(conn: Connection, new: Sequence[Organisation]) -> None:
    conn.execute(sa.insert(orgs), [asdict(o) for o in new])


def person(conn: Connection, id: PersonId, *, lock: bool = False) -> Person:
    """One person with the posts held now; `lock` holds the row until the unit commits.

    Raises:
        PersonNotFound
    """
    query = _PERSON.where(people.c.id == id)
    if lock:
        query = query.with_for_update(of=people)
    row = conn.execute(query).mappings().one_or_none()
    if row is None:
        raise PersonNotFound(person=str(id))
    return _person(row)


def names_of(conn: Connection, by: Collection[str]) -> dict[str, str]:
    """Those whom acts name (`Event.by`), as 市民政局 周明远; others are left out."""
    ids = [UUID(name) for name in by if _UUID.fullmatch(name)]
    query = (
        sa.select(people.c.id, orgs.c.short_name, people.c.name)
        .join(orgs, orgs.c.id == people.c.org)
        .where(people.c.id.in_(ids))
    )
    return {str(id): f"{org} {name}" for id, org, name in conn.execute(query)}


def person_by_login(conn: Connection, login: str) -> Person | None:
    row = conn.execute(_PERSON.where(people.c.login == login)).mappings().one_or_none()
    return None if row is None else _person(row)


def people_of(
    conn: Connection, org: OrgId, role: Role | None = None, *, suspended: bool = False
) -> list[Person]:
    """The people of an organisation by name, only those in the post when one is named.

    Suspended people are left out unless `suspended`; then they come last.
    """
    query = _PERSON.where(people.c.org == org).order_by(people.c.active.desc(), people.c.name)
    if not suspended:
        query = query.where(people.c.active)
    found = [_person(row) for row in conn.execute(query).mappings()]
    return [p for p in found if role is None or role in p.roles]


def staff(conn: Connection) -> dict[OrgId, list[Person]]:
    """The active people of every organisation, by name."""
    found: dict[OrgId, list[Person]] = {}
    query = _PERSON.where(people.c.active).order_by(people.c.name)
    for row in conn.execute(query).mappings():
        found.setdefault(row["org"], []).append(_person(row))
    return found


def search_people(
    conn: Connection, *, words: str, role: Role | None, limit: int, offset: int
) -> tuple[list[Person], int]:
    """People by name whose name, login or organisation contains `words`, and how many in all."""
    query = _PERSON.join(orgs, orgs.c.id == people.c.org)
    if words:
        query = query.where(
            sa.or_(
                *(
                    column.contains(words, autoescape=True)
                    for column in (people.c.name, people.c.login, orgs.c.name, orgs.c.short_name)
                )
            )
        )
    if role is not None:
        query = query.where(
            sa.exists().where(
                appointments.c.person == people.c.id,
                appointments.c.role == role,
                appointments.c.until.is_(None),
            )
        )
    total = conn.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    page = query.order_by(people.c.active.desc(), people.c.name, people.c.id)
    rows = conn.execute(page.limit(limit).offset(offset)).mappings()
    return [_person(row) for row in rows], total


def add_person(conn: Connection, new: Person, *, at: datetime) -> None:
    values: dict[str, Any] = asdict(new)
    del values["roles"]  # posts are rows of their own
    conn.execute(sa.insert(people).values(**values, registered_at=at))


def add_appointment(conn: Connection, new: Appointment) -> None:
    conn.execute(sa.insert(appointments).values(**asdict(new)))


def end_appointment(conn: Connection, person: PersonId, role: Role, *, at: datetime) -> bool:
    """Whether there was a current appointment to end."""
    done = conn.execute(
        sa.update(appointments)
        .where(
            appointments.c.person == person,
            appointments.c.role == role,
            appointments.c.until.is_(None),
        )
        .values(until=at)
    )
    return done.rowcount == 1


def appointments_of(conn: Connection, person: PersonId) -> list[Appointment]:
    """Every post the person holds or held, newest first."""
    query = (
        sa.select(appointments)
        .where(appointments.c.person == person)
        .order_by(appointments.c.since.desc(), appointments.c.role)
    )
    return [
        Appointment(**{**row, "role": Role(row["role"])}) for row in conn.execute(query).mappings()
    ]


def set_active(conn: Connection, person: PersonId, *, active: bool) -> None:
    conn.execute(sa.update(people).where(people.c.id == person).values(active=active))
