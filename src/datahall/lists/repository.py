"""SQL of lists: model in, model out."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from datahall.kit.ids import ListId, ListRowId, OrgId
from datahall.lists.changes import ChangeKind, RowChange, plain
from datahall.lists.errors import ListNotFound
from datahall.lists.model import ListVersion, Remark, Round, Row, Save
from datahall.lists.tables import remarks, rounds, rows, saves, versions
from datahall.lists.vocabulary import OPEN_STAGES, ListKind, ListStatus

T = TypeVar("T", ListVersion, Round, Remark)
VERSION_COLUMNS = tuple(f.name for f in fields(ListVersion))
OPEN = versions.c.status.in_([str(stage) for stage in OPEN_STAGES])
IN_FORCE = versions.c.status == ListStatus.PUBLISHED
NEWEST_FIRST = (versions.c.period.desc(), versions.c.number.desc())


# -- periods ---------------------------------------------------------------------------------------


def add_round(conn: sa.Connection, opened: Round) -> None:
    """Store a period; one that is open already gets the new day, lists and note."""
    values = {
        "kinds": [str(kind) for kind in opened.kinds],
        "due_on": opened.due_on,
        "note": opened.note,
    }
    conn.execute(
        insert(rounds)
        .values(period=opened.period, opened_at=opened.opened_at, **values)
        .on_conflict_do_update(index_elements=["period"], set_=values)
    )


def all_rounds(conn: sa.Connection) -> list[Round]:
    """The periods that the authority has opened, the newest first."""
    query = sa.select(rounds).order_by(rounds.c.due_on.desc(), rounds.c.period.desc())
    return [_told(row, Round) for row in conn.execute(query)]


# -- versions --------------------------------------------------------------------------------------


def get(conn: sa.Connection, id: ListId, *, lock: bool = False) -> ListVersion:
    """One version; with `lock`, nobody else changes it until the unit commits.

    Raises:
        ListNotFound
    """
    query = sa.select(versions).where(versions.c.id == id)
    row = conn.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise ListNotFound(list=id)
    return _told(row, ListVersion)


def add(conn: sa.Connection, version: ListVersion) -> None:
    conn.execute(sa.insert(versions).values(**_values(version)))


def save(conn: sa.Connection, version: ListVersion) -> None:
    conn.execute(sa.update(versions).where(versions.c.id == version.id).values(**_values(version)))


def of_org(conn: sa.Connection, org: OrgId, kind: ListKind | None = None) -> list[ListVersion]:
    """Every version of a department, the newest first."""
    query = sa.select(versions).where(versions.c.org == org)
    if kind is not None:
        query = query.where(versions.c.kind == str(kind))
    return [_told(row, ListVersion) for row in conn.execute(query.order_by(*NEWEST_FIRST))]


def of_period(conn: sa.Connection, period: str) -> list[ListVersion]:
    """Every version of every department for a period, the older first."""
    query = sa.select(versions).where(versions.c.period == period).order_by(versions.c.number)
    return [_told(row, ListVersion) for row in conn.execute(query)]


def waiting(
    conn: sa.Connection, *stages: ListStatus, org: OrgId | None = None
) -> list[ListVersion]:
    """Versions in these stages, of one department or of all, those waiting longest first."""
    query = sa.select(versions).where(versions.c.status.in_([str(stage) for stage in stages]))
    if org is not None:
        query = query.where(versions.c.org == org)
    since = sa.func.coalesce(versions.c.signed_at, versions.c.handed_in_at, versions.c.started_at)
    return [_told(row, ListVersion) for row in conn.execute(query.order_by(since))]


def in_force(conn: sa.Connection, org: OrgId, kind: ListKind) -> ListVersion | None:
    """The version last published: of the latest period, whatever period is being filled."""
    query = sa.select(versions).where(versions.c.org == org, versions.c.kind == kind, IN_FORCE)
    row = conn.execute(query.order_by(*NEWEST_FIRST).limit(1)).one_or_none()
    return None if row is None else _told(row, ListVersion)


def orgs_with(conn: sa.Connection, kind: ListKind) -> list[OrgId]:
    """The departments that have published a list of this kind."""
    query = sa.select(versions.c.org).where(versions.c.kind == kind, IN_FORCE).distinct()
    return [OrgId(org) for org in conn.scalars(query)]


def published_of(
    conn: sa.Connection, org: OrgId, kind: ListKind, period: str
) -> ListVersion | None:
    """The version in force of one period, locked until the unit commits."""
    query = sa.select(versions).where(
        versions.c.org == org, versions.c.kind == kind, versions.c.period == period, IN_FORCE
    )
    row = conn.execute(query.with_for_update()).one_or_none()
    return None if row is None else _told(row, ListVersion)


def hold(conn: sa.Connection, org: OrgId, kind: ListKind) -> None:
    """Hold the department's lock of this list, so that no version is started twice at once."""
    key = sa.func.hashtext(f"lists:{org}:{kind}")
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


# -- rows ------------------------------------------------------------------------------------------


def rows_of(
    conn: sa.Connection,
    id: ListId,
    *,
    only: Sequence[ListRowId] | None = None,
    offset: int = 0,
    limit: int | None = None,
) -> list[Row]:
    """The rows of a version in the order of the sheet: all, a page, or those named."""
    query = sa.select(rows.c.id, rows.c.position, rows.c.cells).where(rows.c.list == id)
    if only is not None:
        query = query.where(rows.c.id.in_(only))
    query = query.order_by(rows.c.position, rows.c.id).offset(offset).limit(limit)
    return [
        Row(id=ListRowId(row.id), position=row.position, cells=row.cells)
        for row in conn.execute(query)
    ]


def ends(conn: sa.Connection, id: ListId, after: ListRowId | None) -> tuple[float, float | None]:
    """Between which positions a row goes: after the given one, or after the last."""
    if after is not None:
        at = conn.scalar(sa.select(rows.c.position).where(rows.c.list == id, rows.c.id == after))
        if at is not None:
            following = sa.select(sa.func.min(rows.c.position)).where(
                rows.c.list == id, rows.c.position > at
            )
            return at, conn.scalar(following)
    last = conn.scalar(sa.select(sa.func.max(rows.c.position)).where(rows.c.list == id))
    return (0.0 if last is None else last), None


def count_rows(conn: sa.Connection, id: ListId) -> int:
    query = sa.select(sa.func.count()).select_from(rows).where(rows.c.list == id)
    return int(conn.scalar(query) or 0)


def copy_rows(conn: sa.Connection, source: ListId, target: ListId) -> None:
    """Give a new version the rows of another, each with its id."""
    taken = sa.select(sa.literal(target, sa.Uuid), rows.c.id, rows.c.position, rows.c.cells)
    conn.execute(
        sa.insert(rows).from_select(
            ["list", "id", "position", "cells"], taken.where(rows.c.list == source)
        )
    )


def write(conn: sa.Connection, id: ListId, changes: Iterable[RowChange]) -> None:
    """Make the changes to the stored rows."""
    made = list(changes)
    gone = [change.row for change in made if change.kind is ChangeKind.REMOVED]
    if gone:
        conn.execute(sa.delete(rows).where(rows.c.list == id, rows.c.id.in_(gone)))
    new = [
        {"list": id, "id": c.row, "position": c.position, "cells": dict(c.after)}
        for c in made
        if c.kind is ChangeKind.ADDED
    ]
    if new:
        conn.execute(sa.insert(rows), new)
    altered = [
        {
            "this_list": id,
            "this_row": c.row,
            "set_": {name: text for name, text in c.after.items() if text},
            "emptied": [name for name, text in c.after.items() if not text],
        }
        for c in made
        if c.kind is ChangeKind.CHANGED
    ]
    if altered:
        conn.execute(_ALTER, altered)


_ALTER = sa.text(
    "update lists_rows set cells = (cells || :set_) - :emptied "
    "where list = :this_list and id = :this_row"
).bindparams(
    sa.bindparam("set_", type_=rows.c.cells.type),
    sa.bindparam("emptied", type_=rounds.c.kinds.type),
    sa.bindparam("this_list", type_=sa.Uuid),
    sa.bindparam("this_row", type_=sa.Uuid),
)


# -- saves -----------------------------------------------------------------------------------------


def add_save(conn: sa.Connection, id: ListId, made: Save, *, by: str) -> None:
    conn.execute(
        sa.insert(saves).values(
            list=id,
            edit=made.edit,
            at=made.at,
            by=by,
            name=made.name,
            how=made.how,
            changes=plain(made.changes),
        )
    )


def saves_of(conn: sa.Connection, id: ListId, *, since: int = 0) -> list[Save]:
    """The saves of a version after the `since`-th, oldest first, with their changes."""
    query = sa.select(saves).where(saves.c.list == id, saves.c.edit > since)
    return [
        Save(
            edit=row.edit,
            at=row.at,
            name=row.name,
            how=row.how,
            changes=msgspec.convert(row.changes, tuple[RowChange, ...], strict=False),
        )
        for row in conn.execute(query.order_by(saves.c.edit))
    ]


def save_heads(conn: sa.Connection, id: ListId) -> list[tuple[int, datetime, str, str, int]]:
    """Edit, time, name, way and number of changed rows of every save, newest first."""
    size = sa.func.jsonb_array_length(saves.c.changes)
    query = sa.select(saves.c.edit, saves.c.at, saves.c.name, saves.c.how, size)
    return [
        (row[0], row[1], row[2], row[3], row[4])
        for row in conn.execute(query.where(saves.c.list == id).order_by(saves.c.edit.desc()))
    ]


# -- remarks ---------------------------------------------------------------------------------------


def remarks_of(
    conn: sa.Connection, id: ListId, *, row: ListRowId | None = None, round: int | None = None
) -> list[Remark]:
    """The remarks on a version, oldest first; of one row or one round of review if asked."""
    query = sa.select(remarks).where(remarks.c.list == id)
    if row is not None:
        query = query.where(remarks.c.row == row)
    if round is not None:
        query = query.where(remarks.c.round == round)
    found = conn.execute(query.order_by(remarks.c.at, remarks.c.id))
    return [_told(row, Remark) for row in found]


def set_remarks(
    conn: sa.Connection, id: ListId, row: ListRowId, round: int, said: Sequence[Remark]
) -> None:
    """Make the unsent remarks of this round on a row what is `said`."""
    conn.execute(
        sa.delete(remarks).where(
            remarks.c.list == id,
            remarks.c.row == row,
            remarks.c.round == round,
            remarks.c.sent_at.is_(None),
        )
    )
    if said:
        conn.execute(
            sa.insert(remarks),
            [{f.name: getattr(remark, f.name) for f in fields(Remark)} for remark in said],
        )


def send_remarks(conn: sa.Connection, id: ListId, *, at: datetime) -> int:
    """The reviewer has decided: what was noted goes to the department; the number of it."""
    sent = conn.execute(
        sa.update(remarks)
        .where(remarks.c.list == id, remarks.c.sent_at.is_(None))
        .values(sent_at=at)
    )
    return sent.rowcount


def _told(row: sa.Row[Any], type_: type[T]) -> T:
    return msgspec.convert({f.name: getattr(row, f.name) for f in fields(type_)}, type_)


def _values(version: ListVersion) -> dict[str, Any]:
    return {name: getattr(version, name) for name in VERSION_COLUMNS}
