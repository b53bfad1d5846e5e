"""Sources of data elements, claims and rulings."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on, insert

from datahall.kit.clock import local_date
from datahall.kit.ids import OrgId, RulingId
from datahall.standards.errors import RulingNotFound
from datahall.standards.model.sources import Claim, Ruling, RulingStatus, Source, case_code
from datahall.standards.tables import claims, rulings, sources

RULING_COLUMNS = tuple(f.name for f in fields(Ruling))
Made = TypeVar("Made", Source, Claim, Ruling)


def lock(conn: sa.Connection, element: str) -> None:
    """Hold the element's source until the unit ends: claims are heard one after the other."""
    key = sa.func.hashtext(f"source:{element}")
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def source_of(conn: sa.Connection, element: str) -> Source | None:
    """The source of an element now."""
    return next(iter(source_history(conn, element)), None)


def source_history(conn: sa.Connection, element: str) -> list[Source]:
    """Who was the source of an element, the present one first."""
    query = sa.select(sources).where(sources.c.element == element)
    rows = conn.execute(query.order_by(sources.c.version.desc()))
    return [_made(Source, row) for row in rows]


def sources_now(conn: sa.Connection, elements: Collection[str] | None = None) -> dict[str, Source]:
    """The present source of every element that has one, or of those asked for."""
    query = sa.select(sources).ext(distinct_on(sources.c.element))
    if elements is not None:
        query = query.where(sources.c.element.in_(elements))
    rows = conn.execute(query.order_by(sources.c.element, sources.c.version.desc()))
    found = [_made(Source, row) for row in rows]
    return {source.element: source for source in found}


def add_source(conn: sa.Connection, source: Source) -> None:
    conn.execute(sa.insert(sources).values(asdict(source)))


def claims_on(conn: sa.Connection, element: str) -> list[Claim]:
    """Who claims to be the source of an element, the first claim first."""
    query = sa.select(claims).where(claims.c.element == element).order_by(claims.c.claimed_at)
    rows = conn.execute(query)
    return [_made(Claim, row) for row in rows]


def keep_claim(conn: sa.Connection, claim: Claim) -> bool:
    """Store a claim, or the newer entry of one that is known; whether it is new."""
    values = asdict(claim)
    newer = {name: values[name] for name in ("item", "item_title", "field")}
    statement = insert(claims).values(values)
    added = conn.execute(statement.on_conflict_do_nothing()).rowcount == 1
    if not added:
        mine = (claims.c.element == claim.element) & (claims.c.org == claim.org)
        conn.execute(sa.update(claims).where(mine).values(newer))
    return added


def ruling(conn: sa.Connection, id: RulingId, *, lock: bool = False) -> Ruling:
    """One case.

    Raises:
        RulingNotFound
    """
    query = sa.select(rulings).where(rulings.c.id == id)
    row = conn.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise RulingNotFound(ruling=id)
    return _ruling(row)


def rulings_on(conn: sa.Connection, element: str) -> list[Ruling]:
    """The cases about an element, latest first."""
    return _list(conn, sa.select(rulings).where(rulings.c.element == element))


def all_rulings(
    conn: sa.Connection,
    *,
    party: OrgId | None = None,
    statuses: Sequence[RulingStatus] = tuple(RulingStatus),
) -> list[Ruling]:
    """Cases in these stages, of one party or of all, latest first."""
    query = sa.select(rulings).where(rulings.c.status.in_([str(s) for s in statuses]))
    if party is not None:
        query = query.where(rulings.c.parties.contains([{"org": str(party)}]))
    return _list(conn, query)


def open_elements(conn: sa.Connection) -> dict[str, RulingId]:
    """Elements whose source is being ruled on, with the case."""
    query = sa.select(rulings.c.element, rulings.c.id).where(rulings.c.status == RulingStatus.OPEN)
    return {row.element: RulingId(row.id) for row in conn.execute(query)}


def next_code(conn: sa.Connection, at: datetime) -> str:
    """The next case number of the day."""
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext("standards:rulings"))))
    prefix = case_code(local_date(at), 0)[:-4]
    count = sa.select(sa.func.count()).where(rulings.c.code.startswith(prefix))
    return case_code(local_date(at), (conn.scalar(count) or 0) + 1)


def add_ruling(conn: sa.Connection, ruling: Ruling) -> None:
    conn.execute(sa.insert(rulings).values(_row(ruling)))


def save_ruling(conn: sa.Connection, ruling: Ruling) -> None:
    conn.execute(sa.update(rulings).where(rulings.c.id == ruling.id).values(_row(ruling)))


def _list(conn: sa.Connection, query: sa.Select[Any]) -> list[Ruling]:
    return [_ruling(row) for row in conn.execute(query.order_by(rulings.c.opened_at.desc()))]


def _ruling(row: sa.Row[Any]) -> Ruling:
    return _made(Ruling, row)


def _made(kind: type[Made], row: sa.Row[Any]) -> Made:
    """The value of a row whose columns are called as the attributes of `kind` are."""
    values = {f.name: getattr(row, f.name) for f in fields(kind)}
    return msgspec.convert(values, kind, strict=False)


def _row(ruling: Ruling) -> dict[str, Any]:
    plain = msgspec.to_builtins(ruling)
    return {name: getattr(ruling, name) for name in RULING_COLUMNS} | {"parties": plain["parties"]}
