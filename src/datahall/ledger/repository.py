"""SQL of the ledger."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection

from datahall.ledger.model import Leaf, SaltedLeaf
from datahall.ledger.tables import pending, records

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
