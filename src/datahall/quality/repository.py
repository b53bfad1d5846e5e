"""SQL for rows that wait: the only module that reads or writes `quality_quarantine`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Final

import orjson
import sqlalchemy as sa

from datahall.kit.ids import DatasetId, ItemId, LoadId, OrgId, QuarantineId
from datahall.quality.errors import RowNotFound
from datahall.quality.model import (
    LANDED_BY_CLERK,
    SETTLED_BY_CLERK,
    DatasetTally,
    Level,
    QuarantinedRow,
    RowFault,
    RowStatus,
    RuleResult,
)
from datahall.quality.tables import quarantine as rows
from datahall.quality.tables import results
from datahall.store import SCHEMA, Dataset

COLUMNS = [
    c for c in rows.c if c.name not in {"identity", "keyed", "content", "reasons", "landed_key"}
]
_ADD: Final = sa.text("""
insert into quality_quarantine as q (
    id, dataset, item, provider, load, identity, keyed, content, sealed, faults, reasons,
    status, times, first_seen_at, last_seen_at
)
select id, :dataset, :item, :provider, :load, decode(identity, 'hex'), keyed,
       decode(content, 'hex'), decode(sealed, 'hex'), faults,
       array(select f->>'field' || ':' || (f->>'rule') from jsonb_array_elements(faults) f),
       'waiting', 1, :at, :at
from jsonb_to_recordset(cast(:rows as jsonb)) as given (
    id uuid, identity text, keyed boolean, content text, sealed text, faults jsonb
)
on conflict (dataset, identity, content) do update set
    load = excluded.load,
    times = q.times + case when q.load = excluded.load then 0 else 1 end,
    faults = excluded.faults,
    reasons = excluded.reasons,
    last_seen_at = excluded.last_seen_at,
    status = case when q.status = any(:settled) then q.status else 'waiting' end,
    settled_at = case when q.status = any(:settled) then q.settled_at end,
    settled_by = case when q.status = any(:settled) then q.settled_by end
""")
"""Stores bad rows, given as one document, which is half the work of quoting arrays of bytes.

One that came before waits again, unless a clerk settled this very row.
"""


def get(conn: sa.Connection, id: QuarantineId, *, lock: bool = False) -> QuarantinedRow:
    """One row; `lock` holds it until the unit commits.

    Raises:
        RowNotFound
    """
    query = sa.select(*COLUMNS).where(rows.c.id == id)
    row = conn.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None:
        raise RowNotFound(row=id)
    return _row(row)


def _row(row: sa.RowMapping) -> QuarantinedRow:
    faults = tuple(RowFault(**fault) for fault in row["faults"])
    return QuarantinedRow(**{**row, "faults": faults, "status": RowStatus(row["status"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A row on its way into quarantine."""

    id: QuarantineId
    identity: bytes
    keyed: bool
    content: bytes
    sealed: bytes
    faults: list[RowFault]


def add(
    conn: sa.Connection,
    incoming: Sequence[Incoming],
    *,
    dataset: DatasetId,
    item: ItemId,
    provider: OrgId,
    load: LoadId,
    at: datetime,
) -> None:
    """Let rows wait; of rows that are the same to the last character one is kept."""
    given = list({(row.identity, row.content): row for row in incoming}.values())
    conn.execute(
        _ADD,
        {
            "dataset": dataset,
            "item": item,
            "provider": provider,
            "load": load,
            "at": at,
            "settled": [str(status) for status in SETTLED_BY_CLERK],
            "rows": orjson.dumps(given, default=bytes.hex).decode(),
        },
    )


def waiting_keys(conn: sa.Connection, dataset: DatasetId, *, before: LoadId) -> set[bytes]:
    """The keys of rows that waited before this load."""
    query = sa.select(rows.c.identity).where(_waiting(dataset), rows.c.keyed, rows.c.load != before)
    return set(conn.scalars(query))


def settle_keys(
    conn: sa.Connection,
    dataset: DatasetId,
    keys: Collection[bytes],
    status: RowStatus,
    *,
    load: LoadId,
    at: datetime,
) -> int:
    """Rows with these keys that an earlier load brought and this one did not are settled."""
    return _settle(
        conn,
        (_waiting(dataset), rows.c.keyed, rows.c.identity.in_(keys), rows.c.load != load),
        status,
        at=at,
    )


def settle_absent(conn: sa.Connection, dataset: DatasetId, *, load: LoadId, at: datetime) -> int:
    """Rows that this load, which brought everything, did not bring are gone at the source."""
    return _settle(conn, (_waiting(dataset), rows.c.load != load), RowStatus.GONE, at=at)


def _waiting(dataset: DatasetId) -> sa.ColumnElement[bool]:
    return sa.and_(rows.c.dataset == dataset, rows.c.status == RowStatus.WAITING)


def _settle(
    conn: sa.Connection,
    which: Sequence[sa.ColumnElement[bool]],
    status: RowStatus,
    *,
    at: datetime,
) -> int:
    done = conn.execute(
        sa.update(rows).where(*which).values(status=status, settled_at=at, settled_by=None)
    )
    return done.rowcount


def save(conn: sa.Connection, row: QuarantinedRow, *, landed_key: bytes | None = None) -> None:
    """Store what became of a row, and if it landed under which sealed key."""
    conn.execute(
        sa.update(rows)
        .where(rows.c.id == row.id)
        .values(
            status=row.status,
            settled_at=row.settled_at,
            settled_by=row.settled_by,
            note=row.note,
            landed_key=landed_key,
        )
    )


def landed_keys(
    conn: sa.Connection, dataset: DatasetId, *, load: LoadId
) -> list[tuple[QuarantineId, bytes]]:
    """Sealed keys of rows that clerks let land, of those that this load brought again."""
    query = sa.select(rows.c.id, rows.c.landed_key).where(
        rows.c.dataset == dataset,
        rows.c.load == load,
        rows.c.status.in_(LANDED_BY_CLERK),
        rows.c.landed_key.is_not(None),
    )
    return [(row.id, row.landed_key) for row in conn.execute(query)]


def kept(
    conn: sa.Connection, dataset: DatasetId, statuses: Collection[RowStatus]
) -> list[tuple[QuarantineId, RowStatus, bytes, bytes | None]]:
    """The rows of a dataset in these states: sealed, with the sealed key that one landed under."""
    query = sa.select(rows.c.id, rows.c.status, rows.c.sealed, rows.c.landed_key).where(
        rows.c.dataset == dataset, rows.c.status.in_(statuses)
    )
    return [(QuarantineId(i), RowStatus(s), row, key) for i, s, row, key in conn.execute(query)]


def settle_gone(conn: sa.Connection, ids: Collection[QuarantineId], *, at: datetime) -> int:
    """Rows that were found to be gone at the source wait no more."""
    return _settle(
        conn, (rows.c.id.in_(ids), rows.c.status == RowStatus.WAITING), RowStatus.GONE, at=at
    )


def page(
    conn: sa.Connection,
    item: ItemId,
    *,
    status: RowStatus,
    reason: str | None = None,
    limit: int,
    offset: int = 0,
) -> list[QuarantinedRow]:
    """Rows of an item, the newest first; `reason` is `field:rule`."""
    query = (
        sa.select(*COLUMNS)
        .where(*_which(item, status, reason))
        .order_by(rows.c.last_seen_at.desc(), rows.c.id)
        .limit(limit)
        .offset(offset)
    )
    return [_row(row) for row in conn.execute(query).mappings()]


def waiting(conn: sa.Connection, item: ItemId, ids: Sequence[QuarantineId]) -> list[QuarantinedRow]:
    """Those of these rows of an item that wait, locked until the unit commits."""
    query = (
        sa.select(*COLUMNS)
        .where(*_which(item, RowStatus.WAITING, None), rows.c.id.in_(ids))
        .order_by(rows.c.id)
        .with_for_update()
    )
    return [_row(row) for row in conn.execute(query).mappings()]


def count(conn: sa.Connection, item: ItemId, *, status: RowStatus, reason: str | None) -> int:
    """How many rows `page` goes through."""
    query = sa.select(sa.func.count()).where(*_which(item, status, reason))
    return conn.scalar(query) or 0


def by_status(conn: sa.Connection, item: ItemId) -> dict[RowStatus, int]:
    """Rows of an item by what became of them."""
    query = (
        sa.select(rows.c.status, sa.func.count()).where(rows.c.item == item).group_by(rows.c.status)
    )
    return {RowStatus(status): n for status, n in conn.execute(query)}


def by_reason(conn: sa.Connection, item: ItemId, *, status: RowStatus) -> dict[str, int]:
    """`field:rule` → rows, the commonest first; a row with two faults counts for both."""
    reason = sa.func.unnest(rows.c.reasons).label("reason")
    query = (
        sa.select(reason, sa.func.count())
        .where(*_which(item, status, None))
        .group_by(reason)
        .order_by(sa.func.count().desc(), reason)
    )
    return {row[0]: row[1] for row in conn.execute(query)}


def tallies(conn: sa.Connection, *, provider: OrgId | None) -> list[DatasetTally]:
    """Every item that ever had a quarantined row, of one department or of all."""
    waiting = rows.c.status == RowStatus.WAITING
    query = (
        sa.select(
            rows.c.item,
            rows.c.provider,
            sa.func.count().filter(waiting).label("waiting"),
            sa.func.count().filter(~waiting).label("settled"),
            sa.func.max(rows.c.last_seen_at).label("last_seen_at"),
        )
        .group_by(rows.c.item, rows.c.provider)
        .order_by(sa.text("waiting desc"))
    )
    if provider is not None:
        query = query.where(rows.c.provider == provider)
    return [DatasetTally(**row) for row in conn.execute(query).mappings()]


def _which(
    item: ItemId, status: RowStatus, reason: str | None
) -> tuple[sa.ColumnElement[bool], ...]:
    which = (rows.c.item == item, rows.c.status == status)
    return which if reason is None else (*which, rows.c.reasons.contains([reason]))


def add_results(
    conn: sa.Connection,
    found: Sequence[RuleResult],
    *,
    dataset: DatasetId,
    load: LoadId,
    whole: bool,
    at: datetime,
) -> None:
    """Keep how many rows of a load failed which rule."""
    about = {"dataset": dataset, "load": load, "whole": whole, "at": at}
    if found:
        conn.execute(sa.insert(results), [{**asdict(result), **about} for result in found])


def last_results(
    conn: sa.Connection, dataset: DatasetId
) -> tuple[datetime | None, list[RuleResult]]:
    """When a whole load last ran, and how every rule did in it."""
    latest = (
        sa.select(results.c.load, results.c.at)
        .where(results.c.dataset == dataset, results.c.whole)
        .order_by(results.c.at.desc())
        .limit(1)
    )
    load = conn.execute(latest).one_or_none()
    if load is None:
        return None, []
    names = [results.c[f.name] for f in fields(RuleResult)]
    query = sa.select(*names).where(results.c.load == load.load)
    found = [
        RuleResult(**{**r, "level": Level(r["level"])}) for r in conn.execute(query).mappings()
    ]
    return load.at, found


def key_landed(conn: sa.Connection, dataset: Dataset, key: Mapping[str, Any]) -> bool:
    """Whether the hall has a row with this key."""
    hall = sa.table(dataset.table, *(sa.column(name) for name in (*key, "_deleted")), schema=SCHEMA)
    same = (hall.c[name] == value for name, value in key.items())
    query = sa.select(sa.exists().select_from(hall).where(*same, ~hall.c["_deleted"]))
    return bool(conn.scalar(query))
