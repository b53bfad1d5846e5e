"""Sending loads on to a configured OpenLineage address (血缘推送); off unless it is set.

An event is sent until the address takes it, so it may come twice and never not at all; the run's
id tells the receiver.  Only loads that ended within the last day are sent.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

import httpx
import orjson
import structlog
from sqlalchemy import Connection

from datahall import ingestion
from datahall.ingestion import Load
from datahall.kit.ids import ItemId
from datahall.kit.settings import settings
from datahall.kit.uow import Units
from datahall.lineage import openlineage, repository
from datahall.lineage.facts import facts

log = structlog.get_logger(__name__)

WINDOW: Final = timedelta(days=1)
TIMEOUT_S: Final = 5.0
AT_ONCE: Final = 50  # loads of one turn

Post = Callable[[openlineage.Json], None]


def push(units: Units, post: Post | None = None) -> int:
    """Send what has not been taken yet; how many loads were.  Stops at the first refusal."""
    if post is None and not settings().openlineage_url:
        return 0
    send = post or _post
    with units.open() as unit:
        repository.forget(unit.conn, unit.now - 2 * WINDOW)
        waiting = _waiting(unit.conn, ingestion.loads_finished_since(unit.conn, unit.now - WINDOW))
        ready = [
            (load, list(openlineage.run_events(facts(unit.conn, item), load)))
            for load, item in waiting[:AT_ONCE]
        ]
    sent = 0
    for load, events in ready:
        try:
            for event in events:
                send(event)
        except httpx.HTTPError as error:
            log.warning("lineage not taken", load=str(load.id), why=type(error).__name__)
            break
        with units.open() as unit:
            repository.mark(unit.conn, str(load.id), at=unit.now)
        sent += 1
    return sent


def _waiting(conn: Connection, found: list[tuple[Load, ItemId]]) -> list[tuple[Load, ItemId]]:
    taken = repository.taken(conn, [str(load.id) for load, _ in found])
    return [(load, item) for load, item in found if str(load.id) not in taken]


def _headers() -> Iterator[tuple[str, str]]:
    yield "content-type", "application/json"
    if key := settings().openlineage_key.get_secret_value():
        yield "authorization", f"Bearer {key}"


def _post(event: openlineage.Json) -> None:
    address = settings().openlineage_url
    answer = httpx.post(
        address, content=orjson.dumps(event), headers=dict(_headers()), timeout=TIMEOUT_S
    )
    answer.raise_for_status()
