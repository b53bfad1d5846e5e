"""Lets the demo city live: people move and change their numbers while the hall runs (数据自己在变)."""

import random
import threading
from typing import Final

import psycopg
import structlog
from psycopg import sql

from datahall.demo.city import Reading, change_row
from datahall.kit.clock import utc_now

log = structlog.get_logger(__name__)

STREETS: Final = ("皖西大道", "梅山南路", "解放中路", "人民东路", "淠河路", "龙河西路")
TOWNS: Final = ("衡山镇中兴社区", "三里桥街道振华社区", "城关镇新城社区", "独山镇双峰村")
AT_ONCE: Final = 200  # people picked at a time


def live(reading: Reading, *, per_minute: int, stop: threading.Event, seed: int = 0) -> None:
    """Change single rows of the population register until `stop`, at uneven moments.

    Only what a window would enter: every new value is valid, so quarantine stays as it was sown.
    """
    dice = random.Random(seed or None)
    people: list[str] = []
    while per_minute > 0 and not stop.wait(dice.expovariate(per_minute / 60)):
        try:
            people = people or _some(reading)
            if people:
                change_row(reading, people.pop(), _change(dice), at=utc_now())
        except (psycopg.Error, KeyError) as error:
            log.warning("the city stood still for a moment", why=type(error).__name__)
            people = []


def _change(dice: random.Random) -> dict[str, str]:
    if dice.random() < 0.5:
        return {"lxdh": f"1{dice.choice('3578')}{dice.randrange(10**9):09d}"}
    if dice.random() < 0.7:
        return {"hjdz": f"安徽省六安市{dice.choice(STREETS)}{dice.randrange(1, 400)}号"}
    return {"hjdz": f"安徽省六安市{dice.choice(TOWNS)}{dice.randrange(1, 90)}号"}


def _some(reading: Reading) -> list[str]:
    """Keys of people whose rows nobody has to put right."""
    table = reading.table
    key = sql.Identifier(table.key)
    query = sql.SQL(
        "select {key} from {table} where {key} ~ '^[0-9]{{17}}[0-9X]$' "
        "and lxdh ~ '^1[0-9]{{10}}$' order by random() limit {n}"
    ).format(key=key, table=sql.Identifier(table.schema, table.name), n=AT_ONCE)
    with psycopg.connect(reading.dsn) as db:
        return [row[0] for row in db.execute(query)]
