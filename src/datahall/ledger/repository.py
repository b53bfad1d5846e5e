"""SQL of the ledger."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping
from sqlalchemy.dialects.postgresql import insert

from datahall.ledger.model import Act, ActQuery, Leaf, SaltedLeaf, SignedCheckpoint
from datahall.ledger.tables import checkpoints, leaves, pending, records, tiles
from datahall.ledger.tiles import Tile, TilesBroken

INSERT_CALLS: Final = """
with kept as (
    insert into ledger_records (leaf, at, kind, by, salt, record)
    select * from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::bytea[], $6::text[])
)
insert into ledger_pending (leaf, leaf_hash)
select * from unnest($1::uuid[], $7::bytea[])
"""
"""Store many call leaves in one statement of asyncpg.

Arrays of equal length: leaf, at, kind, by, salt, record, leaf_hash.
"""

_LOCK: Final = (
    0x6C6564676572  # "ledger": whoever gives places holds it to the end of the transaction
)

_SEQUENCE: Final = sa.text("""
with taken as (
    delete from ledger_pending
    where seq in (select seq from ledger_pending order by seq limit :most)
    returning seq, leaf, leaf_hash
), placed as (
    insert into ledger_leaves ("index", leaf, leaf_hash)
    select :size + row_number() over (order by seq) - 1, leaf, leaf_hash from taken
    returning "index", leaf_hash
)
select leaf_hash from placed order by "index"
""")
"""Give the leaves that wait longest the next places; returns their hashes in order."""


def add(conn: Connection, made: Sequence[tuple[Leaf, SaltedLeaf]]) -> None:
    """Store records and let their leaves wait for a place."""
    conn.execute(
        records.insert(),
        [
            {
                "leaf": salted.leaf,
                "at": leaf.at,
                "kind": leaf.kind,
                "by": leaf.by,
                "subject": leaf.subject,
                "salt": salted.salt,
                "record": salted.record,
            }
            for leaf, salted in made
        ],
    )
    conn.execute(
        pending.insert(),
        [{"leaf": salted.leaf, "leaf_hash": salted.leaf_hash} for _, salted in made],
    )


def lock(conn: Connection) -> None:
    """Wait until nobody else gives places."""
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def take_pending(conn: Connection, *, size: int, most: int) -> list[bytes]:
    """Give up to `most` waiting leaves their places after the first `size`; their hashes."""
    return list(conn.execute(_SEQUENCE, {"size": size, "most": most}).scalars())


def read_tile(conn: Connection, level: int, index: int) -> bytes:
    """The hashes of a tile.

    Raises:
        TilesBroken: there is no such tile.
    """
    found: bytes | None = conn.scalar(
        sa.select(tiles.c.hashes).where(tiles.c.level == level, tiles.c.index == index)
    )
    if found is None:
        raise TilesBroken(f"tile {level}/{index} is missing")
    return found


def save_tiles(conn: Connection, changed: dict[Tile, bytes]) -> None:
    new = insert(tiles)
    conn.execute(
        new.on_conflict_do_update(
            index_elements=[tiles.c.level, tiles.c.index], set_={"hashes": new.excluded.hashes}
        ),
        [{"level": lv, "index": ix, "hashes": hashes} for (lv, ix), hashes in changed.items()],
    )


def _signed(row: RowMapping) -> SignedCheckpoint:
    return SignedCheckpoint(
        size=row["size"],
        root=row["root"],
        suite=row["suite"],
        note=row["note"],
        at=row["at"],
    )


def latest_checkpoint(conn: Connection) -> SignedCheckpoint | None:
    query = sa.select(checkpoints).order_by(checkpoints.c.size.desc()).limit(1)
    row = conn.execute(query).mappings().first()
    return _signed(row) if row else None


def checkpoints_before(conn: Connection, size: int | None, most: int) -> list[SignedCheckpoint]:
    """Checkpoints smaller than `size` (None: all), the newest first."""
    query = sa.select(checkpoints).order_by(checkpoints.c.size.desc()).limit(most)
    if size is not None:
        query = query.where(checkpoints.c.size < size)
    return [_signed(row) for row in conn.execute(query).mappings()]


def save_checkpoint(conn: Connection, signed: SignedCheckpoint) -> None:
    conn.execute(checkpoints.insert(), asdict(signed))


def count_waiting(conn: Connection) -> int:
    return conn.execute(sa.select(sa.func.count()).select_from(pending)).scalar_one()


def record(conn: Connection, leaf: UUID) -> RowMapping | None:
    """The record `leaf` with its place, as `salt, record, index`; None when there is none."""
    query = (
        sa.select(records.c.salt, records.c.record, leaves.c.index)
        .select_from(records.outerjoin(leaves, leaves.c.leaf == records.c.leaf))
        .where(records.c.leaf == leaf)
    )
    return conn.execute(query).mappings().first()


def erase(conn: Connection, leaf: UUID, at: datetime) -> RowMapping | None:
    """Drop what a record says; its `kind` and `at` remain.  None when there is nothing to drop."""
    query = (
        records.update()
        .where(records.c.leaf == leaf, records.c.record.is_not(None))
        .values(salt=None, record=None, by="", subject=None, erased_at=at)
        .returning(records.c.kind, records.c.at)
    )
    return conn.execute(query).mappings().first()


def acts(conn: Connection, wanted: ActQuery) -> list[Act]:
    """Acts as wanted, the newest first; gateway calls are not among them."""
    query = (
        sa.select(records, leaves.c.index)
        .select_from(records.outerjoin(leaves, leaves.c.leaf == records.c.leaf))
        .where(records.c.subject.is_not(None))
        .order_by(records.c.leaf.desc())
        .limit(wanted.most)
    )
    for column, value in (
        (records.c.subject, wanted.subject),
        (records.c.by, wanted.by),
        (records.c.kind, wanted.kind),
    ):
        if value:
            query = query.where(column == value)
    if wanted.before:
        query = query.where(records.c.leaf < wanted.before)
    if wanted.since:
        query = query.where(records.c.at >= wanted.since)
    if wanted.until:
        query = query.where(records.c.at < wanted.until)
    return [_act(row) for row in conn.execute(query).mappings()]


def act(conn: Connection, leaf: UUID) -> Act | None:
    query = (
        sa.select(records, leaves.c.index)
        .select_from(records.outerjoin(leaves, leaves.c.leaf == records.c.leaf))
        .where(records.c.leaf == leaf)
    )
    row = conn.execute(query).mappings().first()
    return _act(row) if row else None


def _act(row: RowMapping) -> Act:
    record: dict[str, Any] | None = orjson.loads(row["record"]) if row["record"] else None
    return Act(
        leaf=row["leaf"],
        index=row["index"],
        kind=row["kind"],
        subject=row["subject"] or "",
        at=row["at"],
        by=row["by"],
        body=record["body"] if record else None,
    )


def each_leaf(conn: Connection) -> Iterator[RowMapping]:
    """The whole log in order, each leaf with its record's row or nulls; streamed."""
    query = (
        sa.select(
            leaves.c.index,
            leaves.c.leaf,
            leaves.c.leaf_hash,
            records.c.leaf.label("found"),
            *(c for c in records.c if c.name != "leaf"),
        )
        .select_from(leaves.outerjoin(records, leaves.c.leaf == records.c.leaf))
        .order_by(leaves.c.index)
    )
    with conn.execute(query.execution_options(yield_per=2_000)) as result:
        yield from result.mappings()


def each_waiting(conn: Connection) -> Iterator[RowMapping]:
    """Every pending leaf with its record's row or nulls."""
    query = sa.select(
        pending.c.leaf,
        pending.c.leaf_hash,
        records.c.leaf.label("found"),
        *(c for c in records.c if c.name != "leaf"),
    ).select_from(pending.outerjoin(records, pending.c.leaf == records.c.leaf))
    yield from conn.execute(query).mappings()


def unlisted(conn: Connection) -> list[UUID]:
    """Records that are neither in the log nor waiting: somebody put them in, or their leaf out."""
    query = sa.select(records.c.leaf).where(
        ~sa.exists().where(leaves.c.leaf == records.c.leaf),
        ~sa.exists().where(pending.c.leaf == records.c.leaf),
    )
    return list(conn.execute(query).scalars())


def each_checkpoint(conn: Connection) -> Iterator[SignedCheckpoint]:
    """All checkpoints, the smallest first."""
    query = sa.select(checkpoints).order_by(checkpoints.c.size)
    with conn.execute(query.execution_options(yield_per=2_000)) as result:
        for row in result.mappings():
            yield _signed(row)


def each_tile(conn: Connection) -> Iterator[tuple[Tile, bytes]]:
    """All tiles."""
    query = sa.select(tiles.c.level, tiles.c.index, tiles.c.hashes)
    with conn.execute(query.execution_options(yield_per=200)) as result:
        for level, index, hashes in result:
            yield (level, index), hashes
