"""SQL for notices."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from datahall.kit.ids import OrgId, PersonId
from datahall.supply_demand.model.notice import Notice
from datahall.supply_demand.tables import notices

COLUMNS = [notices.c[f.name] for f in fields(Notice)]


def add(conn: sa.Connection, notice: Notice) -> None:
    conn.execute(sa.insert(notices).values(asdict(notice)))


def unseen(conn: sa.Connection, org: OrgId) -> Sequence[Notice]:
    """What the department has not taken note of yet, latest first."""
    query = sa.select(*COLUMNS).where(notices.c.org == org, notices.c.seen_at.is_(None))
    rows = conn.execute(query.order_by(notices.c.at.desc())).mappings()
    return [Notice(**row) for row in rows]


def unseen_about(conn: sa.Connection, org: OrgId, url: str) -> Sequence[Notice]:
    """Those of them that are about one page, oldest first."""
    return [notice for notice in reversed(unseen(conn, org)) if notice.url == url]


def mark_seen(
    conn: sa.Connection, id: UUID, org: OrgId, *, by: PersonId, at: datetime
) -> str | None:
    """Note who took note first; the page it was about, None when the department has no such."""
    mine = (notices.c.id == id) & (notices.c.org == org)
    seen = sa.update(notices).where(mine, notices.c.seen_at.is_(None))
    conn.execute(seen.values(seen_at=at, seen_by=by))
    return conn.scalar(sa.select(notices.c.url).where(mine))
