"""SQL for applications and their history."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from datahall.kit.ids import ApplicationId, OrgId, PersonId
from datahall.supply_demand.errors import ApplicationNotFound
from datahall.supply_demand.model.application import (
    Application,
    Status,
    Step,
    code,
)
from datahall.supply_demand.tables import applications, steps

OPEN = applications.c.closed_at.is_(None)


def get(conn: sa.Connection, id: ApplicationId, *, lock: bool = False) -> Application:
    """Return one application; `lock` holds its row until the unit commits.

    Raises:
        ApplicationNotFound
    """
    query = sa.select(applications).where(applications.c.id == id)
    row = conn.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None:
        raise ApplicationNotFound(application=id)
    return _application(row)


def add(conn: sa.Connection, application: Application) -> None:
    conn.execute(sa.insert(applications).values(_row(application)))


def save(conn: sa.Connection, application: Application) -> None:
    statement = sa.update(applications).where(applications.c.id == application.id)
    conn.execute(statement.values(_row(application)))


def begun(conn: sa.Connection, id: ApplicationId, *, by: PersonId) -> Application | None:
    """The application that this person has begun under this id, if so; nobody else begins one
    until this transaction ends.

    Raises:
        ApplicationNotFound: it is somebody else's.
    """
    _lock_codes(conn)
    row = conn.execute(sa.select(applications).where(applications.c.id == id)).mappings().first()
    if row is not None and row["applicant"] != by:
        raise ApplicationNotFound(application=id)
    return _application(row) if row else None


def _lock_codes(conn: sa.Connection) -> None:
    conn.execute(sa.text("select pg_advisory_xact_lock(hashtext('supply_demand_codes'))"))


def next_code(conn: sa.Connection, day: date) -> str:
    """The day's next case number; nobody else takes one until this transaction ends."""
    _lock_codes(conn)
    begun = sa.select(sa.func.count()).where(applications.c.code.startswith(code(day, 0)[:-4]))
    return code(day, conn.execute(begun).scalar_one() + 1)


def open_of(
    conn: sa.Connection,
    *,
    consumer: OrgId | None = None,
    provider: OrgId | None = None,
    statuses: Collection[Status] = (),
) -> list[Application]:
    """Applications that wait for somebody, of the given parties and at the given stages."""
    query = _of(sa.select(applications).where(OPEN), consumer, provider)
    if statuses:
        query = query.where(applications.c.status.in_(statuses))
    rows = conn.execute(query.order_by(applications.c.drafted_at)).mappings()
    return [_application(row) for row in rows]


def closed_of(
    conn: sa.Connection,
    *,
    consumer: OrgId | None = None,
    provider: OrgId | None = None,
    limit: int,
    offset: int = 0,
) -> tuple[list[Application], int]:
    """Answered and withdrawn applications, latest first, with how many there are."""
    query = _of(sa.select(applications).where(~OPEN), consumer, provider)
    total = conn.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one()
    page = query.order_by(applications.c.closed_at.desc()).limit(limit).offset(offset)
    return [_application(row) for row in conn.execute(page).mappings()], total


def _of(query: sa.Select[Any], consumer: OrgId | None, provider: OrgId | None) -> sa.Select[Any]:
    """Narrowed to the parties; a draft is nobody's business but the applicant's."""
    if consumer is not None:
        return query.where(applications.c.consumer == consumer)
    submitted = applications.c.desk.is_not(None) & (applications.c.desk != Status.DEPARTMENT)
    query = query.where(submitted)
    return query if provider is None else query.where(applications.c.provider == provider)


def add_step(conn: sa.Connection, step: Step) -> None:
    conn.execute(sa.insert(steps).values(asdict(step)))


def steps_of(conn: sa.Connection, id: ApplicationId) -> Sequence[Step]:
    """The history of an application in its order."""
    query = sa.select(steps).where(steps.c.application == id).order_by(steps.c.number)
    return [
        msgspec.convert({f.name: row[f.name] for f in fields(Step)}, Step)
        for row in conn.execute(query).mappings()
    ]


def _application(row: sa.RowMapping) -> Application:
    return msgspec.convert({f.name: row[f.name] for f in fields(Application)}, Application)


def _row(application: Application) -> dict[str, Any]:
    plain = msgspec.to_builtins(application)
    kept = {f.name: getattr(application, f.name) for f in fields(application)}
    return {
        name: plain[name] if isinstance(applications.c[name].type, (JSONB, ARRAY)) else value
        for name, value in kept.items()
    }
