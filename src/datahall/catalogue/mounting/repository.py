"""SQL of mounted resources and their probes."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from datahall.catalogue.errors import ResourceNotFound
from datahall.catalogue.mounting.model import Probe, Resource
from datahall.catalogue.tables import items, probes, resources
from datahall.catalogue.vocabulary import ItemStatus, UpdateCycle
from datahall.kit.ids import ItemId, ResourceId

KEPT: Final = timedelta(days=90)  # [P] of probes
NAMES: Final = tuple(f.name for f in fields(Resource) if f.name != "last")
LIVE: Final = resources.c.ended_at.is_(None)


def get(conn: sa.Connection, id: ResourceId, *, lock: bool = False) -> Resource:
    """One mounted resource.

    Raises:
        ResourceNotFound
    """
    query = sa.select(resources).where(resources.c.id == id, LIVE)
    row = conn.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise ResourceNotFound(resource=id)
    return _resource(row)


def of_items(conn: sa.Connection, ids: Sequence[ItemId]) -> list[Resource]:
    """What is mounted to entries, in the order in which it was."""
    query = sa.select(resources).where(resources.c.item.in_(ids), LIVE)
    return [
        _resource(row)
        for row in conn.execute(query.order_by(resources.c.mounted_at, resources.c.id))
    ]


def add(conn: sa.Connection, resource: Resource) -> None:
    conn.execute(sa.insert(resources).values(**_row(resource)))


def save(conn: sa.Connection, resource: Resource) -> None:
    conn.execute(sa.update(resources).where(resources.c.id == resource.id).values(**_row(resource)))


def end(conn: sa.Connection, id: ResourceId, *, at: datetime) -> None:
    conn.execute(sa.update(resources).where(resources.c.id == id).values(ended_at=at))


def make_due(conn: sa.Connection, id: ResourceId, at: datetime) -> None:
    """Let the next turn look at it."""
    conn.execute(sa.update(resources).where(resources.c.id == id).values(due_at=at))


def due(conn: sa.Connection, now: datetime, *, most: int) -> list[tuple[Resource, UpdateCycle]]:
    """What is to be probed, the longest waiting first, with its entry's cycle.

    Only what entries in force are served from is probed.
    """
    query = (
        sa.select(resources, items.c.update_cycle)
        .join(items, sa.and_(items.c.id == resources.c.item, _in_force()))
        .where(LIVE, resources.c.due_at <= now)
        .order_by(resources.c.due_at)
        .limit(most)
    )
    return [(_resource(row), UpdateCycle(row.update_cycle)) for row in conn.execute(query)]


def note(conn: sa.Connection, id: ResourceId, probe: Probe) -> None:
    """Keep a probe in the history; what is older than `KEPT` goes."""
    conn.execute(sa.insert(probes).values(resource=id, **_plain(probe)))
    old = sa.and_(probes.c.resource == id, probes.c.at < probe.at - KEPT)
    conn.execute(sa.delete(probes).where(old))


def history(conn: sa.Connection, id: ResourceId, *, most: int) -> list[Probe]:
    """The latest probes of a resource, newest first."""
    query = sa.select(probes).where(probes.c.resource == id).order_by(probes.c.at.desc())
    return [
        Probe(at=row.at, ok=row.ok, code=row.code, detail=row.detail, took_ms=row.took_ms)
        for row in conn.execute(query.limit(most))
    ]


def _in_force() -> sa.ColumnElement[bool]:
    return items.c.status == ItemStatus.PUBLISHED


def _plain(probe: Probe) -> dict[str, Any]:
    return {
        "at": probe.at,
        "ok": probe.ok,
        "code": probe.code,
        "detail": dict(probe.detail),
        "took_ms": probe.took_ms,
    }


def _row(resource: Resource) -> dict[str, Any]:
    values = {name: getattr(resource, name) for name in NAMES}
    last = None if resource.last is None else msgspec.to_builtins(resource.last)
    return {
        **values,
        "kind": str(resource.kind),
        "field_map": dict(resource.field_map),
        "last": last,
    }


def _resource(row: sa.Row[Any]) -> Resource:
    values = {name: getattr(row, name) for name in NAMES}
    return msgspec.convert({**values, "last": row.last}, Resource, strict=False)
