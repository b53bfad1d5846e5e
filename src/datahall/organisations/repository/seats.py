"""Who sits at the departments' counters in the hall."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from datahall.kit.ids import PersonId
from datahall.organisations.logins import LoginLimits
from datahall.organisations.model import Organisation
from datahall.organisations.repository.structure import organisations
from datahall.organisations.tables import appointments, people, sessions
from datahall.security import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A department's seat in the hall (值守席位), with its chief representative."""

    org: Organisation
    person: PersonId
    name: str
    present: bool  # logged in and active, as measured from sessions


def seats(conn: Connection, *, now: datetime, limits: LoginLimits) -> list[Seat]:
    """The seats of the departments that have a chief representative, in the usual order."""
    present = (
        sa.select(sessions.c.id)
        .where(
            sessions.c.person == people.c.id,
            sessions.c.ended_at.is_(None),
            sessions.c.seen_at > now - limits.idle,
            sessions.c.opened_at > now - limits.absolute,
        )
        .exists()
    )
    rows = conn.execute(
        sa.select(people.c.org, people.c.id, people.c.name, present.label("present"))
        .join(appointments, appointments.c.person == people.c.id)
        .where(
            people.c.active,
            appointments.c.role == Role.REPRESENTATIVE,
            appointments.c.until.is_(None),
        )
        .order_by(people.c.name)
    )
    sitting = {row.org: row for row in rows}
    return [
        Seat(org=org, person=row.id, name=row.name, present=row.present)
        for org in organisations(conn)
        if (row := sitting.get(org.id))
    ]
