"""The only wiring: settings → engine, tables, acts' sink, subscribers and what a request needs."""

import importlib
import importlib.util
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from datahall import (
    catalogue,
    conformance,
    deadlines,
    drift,
    gateway,
    ingestion,
    ledger,
    lineage,
    quality,
    reconciliation,
    standards,
    store,
    supply_demand,
)
from datahall.catalogue import (
    DepartureAnnounced,
    DepartureCancelled,
    EntrySections,
    FieldFaults,
    ItemFigures,
    ItemPublished,
    ItemWithdrawn,
    LiveUses,
    Measured,
    Measures,
    TableState,
)
from datahall.drift import FieldUses
from datahall.kit import db, jobs
from datahall.kit.events import Event
from datahall.kit.ids import ItemId
from datahall.kit.questions import Question
from datahall.kit.todo import TodoSource
from datahall.kit.uow import Answerer, Subscriber, Unit, Units
from datahall.migrations import VERSION_TABLE

CAPABILITIES = (
    "security",
    "ledger",
    "organisations",
    "deadlines",
    "standards",
    "catalogue",
    "drift",
    "conformance",
    "store",
    "quality",
    "supply_demand",
    "ingestion",
    "reconciliation",
    "gateway",
    "lineage",
    "lists",
    "coverage",
)
"""In the order of their tiers; also the order of tables, routes and pages."""

SUBSCRIBERS: Mapping[type[Event], Sequence[Subscriber]] = {
    ItemPublished: [
        catalogue.mount_published,
        conformance.follow_published,
        ingestion.follow_published,
        drift.follow_published,
        gateway.tell_gateways,
    ],
    ItemWithdrawn: [
        conformance.follow_withdrawn,
        supply_demand.end_with_item,
        ingestion.follow_withdrawn,
        drift.follow_withdrawn,
        gateway.tell_gateways,
    ],
    ingestion.LoadLanded: [reconciliation.follow_landed],
    DepartureAnnounced: [supply_demand.tell_departure],
    DepartureCancelled: [supply_demand.tell_departure_cancelled],
    standards.ElementPublished: [conformance.follow_element],
    standards.ElementRetired: [conformance.follow_element],
    standards.RulingOpened: [supply_demand.tell_ruling_opened],
    standards.RulingDecided: [supply_demand.tell_ruling],
}
"""Who in a higher tier is told of which act of a lower one, in the same transaction."""


def measures(unit: Unit, question: Measures) -> Iterator[Measured]:
    """How fresh and how good the data of entries are (`catalogue.Measures`)."""
    agreed = ingestion.last_agreed(unit.conn, question.items)
    waiting = {tally.item: tally.waiting for tally in quality.tallies(unit.conn, provider=None)}
    for item, state in store.states(unit.conn, question.items).items():
        _, at = agreed.get(item, (None, None))
        checked = state.rows + waiting.get(item, 0)
        yield Measured(
            item=item,
            behind_s=(unit.now - at).total_seconds() if at else None,
            pass_rate=state.rows / checked if checked else None,
        )


ANSWERERS: Mapping[type[Question[Any]], Sequence[Answerer]] = {
    LiveUses: [supply_demand.live_uses],
    TableState: [ingestion.table_state],
    FieldFaults: [quality.rule_faults],
    EntrySections: [conformance.entry_sections, lineage.entry_sections],
    standards.BoundFields: [conformance.bound_fields],
    standards.BindingCounts: [conformance.binding_counts],
    Measures: [measures],
    FieldUses: [supply_demand.field_uses],
}
"""Who in a higher tier answers which question of a lower one, in the same transaction."""


def load_tables() -> None:
    """Import every capability's tables into the one metadata."""
    for name in CAPABILITIES:
        if importlib.util.find_spec(f"datahall.{name}.tables"):
            importlib.import_module(f"datahall.{name}.tables")


def alembic_config(conn: Connection) -> Config:
    """Alembic on our migrations and on this connection."""
    config = Config()
    config.set_main_option("script_location", "datahall:migrations")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = conn
    return config


def migrate(dsn: str) -> None:
    """Bring the database of `dsn` to the current schema; safe to call from several processes."""
    load_tables()
    engine = db.engine(dsn, pool_size=1)
    with engine.begin() as conn:
        conn.execute(text("select pg_advisory_xact_lock(hashtext('datahall:migrate'))"))
        store.prepare(conn)
        command.upgrade(alembic_config(conn), "head")
        jobs.install(conn)
        deadlines.seed(conn)
        standards.seed(conn)
    engine.dispose()


def pending_migrations(conn: Connection) -> list[str]:
    """Numbers of the migrations that the database has not seen."""
    script = ScriptDirectory.from_config(alembic_config(conn))
    seen = MigrationContext.configure(
        conn, opts={"version_table": VERSION_TABLE}
    ).get_current_revision()
    return [r.revision for r in script.walk_revisions() if r.revision > (seen or "")]


def units(engine: Engine) -> Units:
    """Units whose acts reach the ledger and whose subscribers are told."""
    return Units(
        engine=engine, sink=ledger.record_acts, subscribers=SUBSCRIBERS, answerers=ANSWERERS
    )


def item_figures(
    conn: Connection, items: Sequence[ItemId], now: datetime
) -> Mapping[ItemId, ItemFigures]:
    """What is measured about entries that have a hall table (`catalogue.FigureSource`)."""
    agreed = ingestion.last_agreed(conn, items)
    grants = supply_demand.grants_of_items(conn, items)
    calls: Counter[ItemId] = Counter()
    for grant, used in gateway.usage_of(conn, list(grants), now).items():
        calls[grants[grant]] += used.last_30_days
    figures: dict[ItemId, ItemFigures] = {}
    for item, state in store.states(conn, items).items():
        task, at = agreed.get(item, (None, None))
        figures[item] = ItemFigures(
            rows=state.rows,
            loaded_at=state.loaded_at,
            behind_s=(now - at).total_seconds() if at else None,
            calls_30d=calls[item],
            task_url=f"/ingestion/tasks/{task}" if task else None,
        )
    return figures


def todo_sources() -> Sequence[TodoSource]:
    """`todos` of every capability that has things waiting for people."""
    packages = (importlib.import_module(f"datahall.{name}") for name in CAPABILITIES)
    return [source for package in packages if (source := getattr(package, "todos", None))]
