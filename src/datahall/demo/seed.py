"""Brings the demo city into the hall by the steps that its people would take (示例城市入库)."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from datahall import catalogue, ingestion
from datahall.catalogue import CatalogueItem, ItemStatus
from datahall.demo import bindings, cast, changes
from datahall.demo.city import ENTERPRISES
from datahall.demo.departments import HOST, Departments
from datahall.demo.plans import PLANS, Plan
from datahall.ingestion import Diagnosis, Load, LoadState, Source, SourceForm, TaskStatus
from datahall.kit.ids import ItemId
from datahall.kit.messages import sentence
from datahall.kit.uow import Unit, Units

POLL_S: Final = 0.2
LONGEST_LOAD_S: Final = 600.0


class SeedFailed(RuntimeError):
    """The demo city could not be brought in; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Connected:
    """A source as it stands after its test and its scan."""

    source: Source
    diagnosis: Diagnosis
    tables: int


def connect(units: Units, plan: Plan, departments: Departments) -> Connected:
    """A clerk registers the source, uploads its file, tests the way in and scans it.

    A source that an interrupted start has registered already is used.
    """
    form = SourceForm(name=plan.source, kind=plan.kind)
    if plan.table is not None:
        reading = departments.reading(plan.table)
        form = SourceForm(
            name=plan.source,
            kind=plan.kind,
            host=HOST,
            port=str(departments.port),
            database=plan.table.database,
            schema=plan.table.schema,
            user=reading.role,
            password=reading.password,
        )
    with units.open() as unit:
        clerk = cast.actor(unit, f"{plan.department}.clerk")
        known = {source.name: source for source in ingestion.sources(unit, clerk)}
        source = known.get(plan.source) or ingestion.register_source(unit, clerk, form)
        if plan.file:
            with (departments.files / plan.file).open("rb") as content:
                ingestion.upload(unit, clerk, source.id, name=plan.file, content=content)
    with units.open() as unit:
        diagnosis = ingestion.test_source(unit, clerk, source.id)
    if not diagnosis.ok:
        worst = next(f for f in diagnosis.findings if not f.ok)
        raise SeedFailed(f"{plan.source}：{sentence(worst.code, worst.detail)}")
    with units.open() as unit:
        tables = ingestion.scan(unit, clerk, source.id).tables
        return Connected(ingestion.source(unit, clerk, source.id), diagnosis, tables)


def draft(units: Units, plan: Plan, source: Source, *, today: date) -> CatalogueItem:
    """The clerk drafts the entry from the scanned table and completes it."""
    with units.open() as unit:
        clerk = cast.actor(unit, f"{plan.department}.clerk")
        (table,) = catalogue.inventory(unit.conn, source.id)
        if begun := catalogue.mounted(unit.conn, [table.id]).get(table.id):
            return catalogue.get(unit.conn, begun.id)
        item = catalogue.draft_from_table(unit, clerk, table.id, format_type=plan.kind.label)
        return catalogue.revise(unit, clerk, item.id, **plan.revisions(today))


def publish(units: Units, plan: Plan, item: CatalogueItem) -> CatalogueItem:
    """The clerk binds and submits, the head agrees, the bureau publishes: what is still due."""
    if item.status is ItemStatus.DRAFT:
        with units.open() as unit:
            clerk = cast.actor(unit, f"{plan.department}.clerk")
            item = bindings.bind(unit, plan.department, plan.dataset, item)
            item = catalogue.submit(unit, clerk, item.id)
    if item.status is ItemStatus.DEPARTMENT_REVIEW:
        with units.open() as unit:
            item = catalogue.agree(unit, cast.actor(unit, f"{plan.department}.head"), item.id)
    if item.status is ItemStatus.AUTHORITY_REVIEW:
        with units.open() as unit:
            item = catalogue.publish(unit, cast.actor(unit, "bureau"), item.id)
        with units.open() as unit:  # the publication has made the task
            follow(unit, plan, item)
    return item


def follow(unit: Unit, plan: Plan, item: CatalogueItem) -> None:
    """The clerk chooses how the rows are brought, where the plan says so."""
    task = ingestion.task_of_item(unit.conn, item.id)
    if plan.mode is not None and task is not None:
        clerk = cast.actor(unit, f"{plan.department}.clerk")
        ingestion.set_mode(unit, clerk, task.id, plan.mode)


def enter(units: Units, plan: Plan, departments: Departments, *, today: date) -> ItemId:
    """The published entry of the plan; what an interrupted start has done is not done again."""
    with units.open() as unit:
        clerk = cast.actor(unit, f"{plan.department}.clerk")
        for view in ingestion.all_tasks(unit, clerk):
            if view.item.title == plan.title:
                return view.item.id
    source = connect(units, plan, departments).source
    return publish(units, plan, draft(units, plan, source, today=today)).id


def loading(units: Units, plan: Plan, item: ItemId) -> Iterator[Load]:
    """The first load while the worker runs it, as often as it moves; the last one is landed."""
    deadline = time.monotonic() + LONGEST_LOAD_S
    while time.monotonic() < deadline:
        with units.open() as unit:
            clerk = cast.actor(unit, f"{plan.department}.clerk")
            task = ingestion.task_of_item(unit.conn, item)
            view = ingestion.task(unit, clerk, task.id) if task else None
        if view and view.last:
            yield view.last
            if view.last.state is LoadState.DONE:
                return
            if view.task.status is TaskStatus.STOPPED:
                raise SeedFailed(f"{plan.title}没有归集成功，原因见归集页面。")
        time.sleep(POLL_S)
    raise SeedFailed(f"{plan.title}在 {LONGEST_LOAD_S:.0f} 秒内没有归集完：请看 logs/worker.log。")


def disturb(units: Units, departments: Departments) -> None:
    """One source changes after its entry was published, so that there is a ticket to see."""
    plan = next(plan for plan in PLANS if plan.table == ENTERPRISES)
    with units.open() as unit:
        clerk = cast.actor(unit, f"{plan.department}.clerk")
        view = next(v for v in ingestion.all_tasks(unit, clerk) if v.item.title == plan.title)
    changes.change(units, clerk, departments.reading(ENTERPRISES), view.source.id, view.task.table)


def planted(units: Units) -> bool:
    """Whether the whole city has been brought in."""
    with units.open() as unit:
        if not cast.assembled(unit):
            return False
        clerk = {p.department: cast.actor(unit, f"{p.department}.clerk") for p in PLANS}
        titles = {view.item.title for a in clerk.values() for view in ingestion.all_tasks(unit, a)}
    return all(plan.title in titles for plan in PLANS)
