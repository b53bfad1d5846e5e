"""SQL for rows that wait: the only module that reads or writes `quality_quarantine`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
import orjson
import sqlalchemy as sa

from datahall.kit.ids import DatasetId, ItemId, LoadId, OrgId, QuarantineId
from datahall.quality.errors import RowNotFound
from datahall.quality.model import SETTLED_BY_CLERK, Level, QuarantinedRow, RowFault, RowStatus
from datahall.quality.tables import quarantine as rows
from datahall.quality.tables import results

COLUMNS = [c for c in rows.c if c.name not in {"identity", "keyed", "content", "reasons"}]
_ADD: Final = sa.text("""
insert into quality_quarantine as q (
    id, dataset, item, provider, load, identity, keyed, content, sealed, faults, reasons,
    status, times, first_seen_at, last_seen_at
)
select id, :dataset, :item, :provider, :load, identity, keyed, content, sealed, faults::jsonb,
       array(select f->>'field' || ':' || (f->>'rule') from jsonb_array_elements(faults::jsonb) f),
       'waiting', 1, :at, :at
from unnest(
    cast(:ids as uuid[]), cast(:identities as bytea[]), cast(:keyed as boolean[]),
    cast(:contents as bytea[]), cast(:sealed as bytea[]), cast(:faults as text[])
) as given (id, identity, keyed, content, sealed, faults)
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
"""Stores bad rows; one that came before waits again, unless a clerk settled this very row."""


def get(conn: sa.Connection, id: QuarantineId, *, lock: bool = False) -> QuarantinedRow:
    """One row; `lock` holds it until the unit commits.

    Raises:
        RowNotFound
    """
    query = sa.select(*COLUMNS).where(rows.c.id == id)
    row = conn.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None:
        raise RowNotFound(row=id)
    return _row(dict(row))


def _row(row: Mapping[str, Any]) -> QuarantinedRow:
    return msgspec.convert(row, QuarantinedRow)


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
            "ids": [row.id for row in given],
            "identities": [row.identity for row in given],
            "keyed": [row.keyed for row in given],
            "contents": [row.content for row in given],
            "sealed": [row.sealed for row in given],
            "faults": [orjson.dumps(row.faults).decode() for row in given],
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
    *,
    load: LoadId,
    at: datetime,
) -> int:
    """Rows with these keys that an earlier load brought are corrected at the source."""
    return _settle(
        conn,
        (_waiting(dataset), rows.c.keyed, rows.c.identity.in_(keys), rows.c.load != load),
        RowStatus.CORRECTED,
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


def save(conn: sa.Connection, row: QuarantinedRow) -> None:
    """Store what became of a row."""
    conn.execute(
        sa.update(rows)
        .where(rows.c.id == row.id)
        .values(
            status=row.status,
            settled_at=row.settled_at,
            settled_by=row.settled_by,
            note=row.note,
        )
    )


def add_results(
    conn: sa.Connection,
    counts: Mapping[tuple[str, str], tuple[Level, int]],
    *,
    dataset: DatasetId,
    load: LoadId,
    checked: int,
    at: datetime,
) -> None:
    """Keep how many rows of a load failed which rule."""
    found = [
        {
            "load": load,
            "field": field,
            "rule": rule,
            "dataset": dataset,
            "level": level,
            "failing": failing,
            "checked": checked,
            "at": at,
        }
        for (field, rule), (level, failing) in counts.items()
    ]
    if found:
        conn.execute(sa.insert(results), found)
