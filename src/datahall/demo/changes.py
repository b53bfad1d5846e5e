"""One department changes its table while the city is watched: drift and a ticket (示例：来源变了).

The change is made at the source, as its own administrators would; a scan finds it.  Loads go on.
"""

from typing import Final

import psycopg

from datahall import drift, ingestion
from datahall.demo.city import Reading
from datahall.drift import Ticket
from datahall.kit.ids import SourceId, TableId
from datahall.kit.uow import Units
from datahall.security import Actor

STATEMENTS: Final = (
    "alter table {table} add column if not exists qyhhr varchar(50)",
    "comment on column {table}.qyhhr is '执行事务合伙人'",
    "alter table {table} alter column zs type varchar(300)",
    "comment on column {table}.lxdh is '企业联系电话（年报）'",
)
"""市市场监管局 adds the managing partner, allows longer addresses and words a comment anew."""


def change(
    units: Units, clerk: Actor, reading: Reading, source: SourceId, table: TableId
) -> Ticket | None:
    """Change the register of enterprises at its source, scan it and sum its columns up.

    Returns the ticket that this opened; doing it twice changes nothing more.
    """
    name = f"{reading.table.schema}.{reading.table.name}"
    with psycopg.connect(reading.dsn, autocommit=True) as conn:
        for statement in STATEMENTS:
            conn.execute(statement.format(table=name).encode())
    with units.open() as unit:
        ingestion.scan(unit, clerk, source)
        ingestion.order_profile(unit, clerk, table)
        return drift.open_ticket(unit.conn, table)
