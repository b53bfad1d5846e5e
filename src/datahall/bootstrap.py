"""The only wiring: settings → engine, tables, acts' sink, subscribers and what a request needs."""

import importlib
import importlib.util
from collections.abc import Mapping, Sequence

from sqlalchemy import Engine

from datahall import deadlines, ingestion, ledger, store
from datahall.catalogue import ItemPublished, ItemWithdrawn
from datahall.kit import db, jobs
from datahall.kit.events import Event
from datahall.kit.todo import TodoSource
from datahall.kit.uow import Subscriber, Units

CAPABILITIES = (
    "security",
    "ledger",
    "organisations",
    "standards",
    "deadlines",
    "catalogue",
    "store",
    "quality",
    "supply_demand",
    "ingestion",
    "gateway",
)
"""In the order of their tiers; also the order of tables, routes and pages."""

SUBSCRIBERS: Mapping[type[Event], Sequence[Subscriber]] = {
    ItemPublished: [ingestion.follow_published],
    ItemWithdrawn: [ingestion.follow_withdrawn],
}
"""Who in a higher tier is told of which act of a lower one, in the same transaction."""


def load_tables() -> None:
    """Import every capability's tables into the one metadata."""
    for name in CAPABILITIES:
        if importlib.util.find_spec(f"datahall.{name}.tables"):
            importlib.import_module(f"datahall.{name}.tables")


def migrate(dsn: str) -> None:
    """Bring the database of `dsn` to the current schema."""
    load_tables()
    engine = db.engine(dsn)
    with engine.begin() as conn:
        store.prepare(conn)
        db.metadata.create_all(conn)
        jobs.install(conn)
        deadlines.seed(conn)
    engine.dispose()


def units(engine: Engine) -> Units:
    """Units whose acts reach the ledger and whose subscribers are told."""
    return Units(engine=engine, sink=ledger.record_acts, subscribers=SUBSCRIBERS)


def todo_sources() -> Sequence[TodoSource]:
    """`todos` of every capability that has things waiting for people."""
    packages = (importlib.import_module(f"datahall.{name}") for name in CAPABILITIES)
    return [source for package in packages if (source := getattr(package, "todos", None))]
