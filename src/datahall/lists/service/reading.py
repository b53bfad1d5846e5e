"""Reading lists, as far as the reader may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from datahall import security
from datahall.kit.clock import local_date
from datahall.kit.ids import ListId, ListRowId, OrgId
from datahall.kit.uow import Unit
from datahall.lists import checks, repository
from datahall.lists.changes import RowChange, differences, undo
from datahall.lists.errors import ListNotFound, RowNotFound
from datahall.lists.kinds import definition
from datahall.lists.model import ListVersion, Remark, Round, Row
from datahall.lists.vocabulary import ListKind, ListStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemRow:
    """One information system that a department has published in its list (信息系统)."""

    row: ListRowId
    name: str
    connected: bool  # 是否已对接平台
    obstacle: str
    period: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A version beside the one before it, or beside another one of the same list."""

    version: ListVersion
    before: ListVersion | None  # None: there is nothing before it
    changes: tuple[RowChange, ...]


def read(unit: Unit, actor: security.Actor, id: ListId) -> ListVersion:
    """A version, as its department and the authority may see it.

    Raises:
        ListNotFound, NotPermitted
    """
    security.require(actor, "lists:view")
    version = repository.get(unit.conn, id)
    if not security.may(actor, "lists:view", on=version.org):
        raise ListNotFound(list=id)
    return version


def rows(
    unit: Unit, actor: security.Actor, id: ListId, *, offset: int = 0, limit: int | None = None
) -> list[Row]:
    """The rows of a version, in the order of the sheet.

    Raises:
        ListNotFound, NotPermitted
    """
    read(unit, actor, id)
    return repository.rows_of(unit.conn, id, offset=offset, limit=limit)


def row(unit: Unit, actor: security.Actor, id: ListId, row: ListRowId) -> Row:
    """One row of a version.

    Raises:
        ListNotFound, RowNotFound, NotPermitted
    """
    read(unit, actor, id)
    found = repository.rows_of(unit.conn, id, only=[row])
    if not found:
        raise RowNotFound(row=row)
    return found[0]


def faults(unit: Unit, version: ListVersion) -> list[checks.CellFault]:
    """Every cell that still has to change before the list can be handed in."""
    every = repository.rows_of(unit.conn, version.id)
    return checks.faults(definition(version.kind), every, today=local_date(unit.now))


def state_at(unit: Unit, id: ListId, edit: int, rows: Sequence[ListRowId]) -> dict[ListRowId, Row]:
    """Those of `rows` that were there after the `edit`-th save, as they were."""
    now = repository.rows_of(unit.conn, id, only=rows)
    wanted = set(rows)
    later = [
        change
        for save in repository.saves_of(unit.conn, id, since=edit)
        for change in save.changes
        if change.row in wanted
    ]
    return {row.id: row for row in undo(now, later)}


def history(unit: Unit, actor: security.Actor, id: ListId) -> list[ListVersion]:
    """Every version of the same department's list, the newest first (历次版本).

    Raises:
        ListNotFound, NotPermitted
    """
    version = read(unit, actor, id)
    return repository.of_org(unit.conn, version.org, version.kind)


def compare(
    unit: Unit, actor: security.Actor, id: ListId, *, before: ListId | None = None
) -> Compared:
    """Rows added, removed and changed cell by cell since another version (与上一版对照).

    Args:
        before: of the same list; None: the published version that this one started from.

    Raises:
        ListNotFound, NotPermitted
    """
    version = read(unit, actor, id)
    wanted = before or version.based_on
    if wanted is None:
        return Compared(version=version, before=None, changes=())
    other = read(unit, actor, wanted)
    if (other.org, other.kind) != (version.org, version.kind):
        raise ListNotFound(list=wanted)
    changes = differences(
        repository.rows_of(unit.conn, other.id), repository.rows_of(unit.conn, version.id)
    )
    return Compared(version=version, before=other, changes=changes)


def remarks(unit: Unit, actor: security.Actor, version: ListVersion) -> list[Remark]:
    """What reviewers said about cells: what is sent for everybody, the rest for who reviews."""
    said = repository.remarks_of(unit.conn, version.id)
    mine = reviews(actor, version)
    return [remark for remark in said if remark.sent_at is not None or mine]


def standing(version: ListVersion, said: Sequence[Remark]) -> list[Remark]:
    """The remarks that are still to be answered: of the last review, while it is returned."""
    if version.status is ListStatus.PUBLISHED:
        return []
    return [remark for remark in said if remark.round == version.round]


def reviews(actor: security.Actor, version: ListVersion) -> bool:
    """Whether the version waits for this actor's decision."""
    act = REVIEW_ACTS.get(version.status)
    return act is not None and security.may(actor, act, on=version.org)


REVIEW_ACTS = {ListStatus.SIGN_OFF: "lists:sign", ListStatus.REVIEW: "lists:review"}
"""Which post decides at which stage."""


def round_of(conn: Connection, period: str) -> Round | None:
    """The period as the authority opened it, if it did."""
    return next((r for r in repository.all_rounds(conn) if r.period == period), None)


def current_round(conn: Connection, today: date) -> Round | None:
    """The period that departments are asked for now: the first not yet due, else the last."""
    opened = repository.all_rounds(conn)
    running = [r for r in opened if r.due_on >= today]
    return running[-1] if running else (opened[0] if opened else None)


def systems(conn: Connection, org: OrgId) -> list[SystemRow]:
    """The systems of a department's published list (系统清单); empty before there is one."""
    published = repository.in_force(conn, org, ListKind.SYSTEMS)
    if published is None:
        return []
    return [
        SystemRow(
            row=row.id,
            name=row.cells.get("name", ""),
            connected=row.cells.get("connected") == "是",
            obstacle=row.cells.get("obstacle", ""),
            period=published.period,
        )
        for row in repository.rows_of(conn, published.id)
    ]


def orgs_with_systems(conn: Connection) -> list[OrgId]:
    """The departments that have published their systems."""
    return repository.orgs_with(conn, ListKind.SYSTEMS)
