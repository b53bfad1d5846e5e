"""A source that changes its tables: scans notice, tickets follow, loads point at them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from datahall import catalogue, drift, ingestion
from datahall.catalogue import FieldType
from datahall.drift import (
    ChangeKind,
    Outcome,
    Status,
)
from datahall.ingestion import TaskStatus, repository
from datahall.ingestion.service import scanning
from datahall.ingestion.tasks import JOBS
from datahall.kit.errors import Invalid
from datahall.kit.uow import Units
from datahall.organisations import SYSTEM
from datahall.security import NotPermitted, Role
from tests.factories import make_actor
from tests.ingestion.conftest import BUREAU, CLERK, HEAD, PERSONS, add_persons, publish


@pytest.fixture
def mounted(mount, source_db):
    """The published entry of the table `person`, loaded once."""
    source_db.execute(PERSONS)
    add_persons(source_db, range(1, 11))
    made = mount(source_db.form(), "person", key=("id",), watermark="update_time")
    made.run()
    return made


def scan(mounted, *, as_system=False):
    if as_system:
        return ingestion.scan_by_schedule(mounted.units, mounted.source.id)
    with mounted.units.open() as unit:
        return ingestion.scan(unit, CLERK, mounted.source.id)


def ticket_of(mounted):
    with mounted.units.open() as unit:
        found = drift.tickets(unit, CLERK) or drift.tickets(unit, CLERK, closed=True)
        return found[0] if found else None


def changes_of(scan):
    return [(c.kind, c.place, c.after) for c in scan.changes]


class TestScan:
    def test_of_a_changed_postgresql_says_exactly_what_changed(self, mounted, source_db):
        source_db.execute(
            """
            alter table person rename column xm to full_name;
            alter table person alter column amount type numeric(14, 2);
            alter table person alter column born set not null;
            alter table person drop column active;
            alter table person add column note text;
            comment on column person.born is '出生日期';
            create table extra (id int primary key);
            """
        )
        made = scan(mounted)
        assert not made.is_first
        assert sorted(changes_of(made)) == sorted(
            [
                (ChangeKind.COLUMN_RENAMED, "person.xm", "full_name"),
                (ChangeKind.RETYPED, "person.amount", "numeric(14,2)"),
                (ChangeKind.NULLABLE, "person.born", "必填"),
                (ChangeKind.COMMENT, "person.born", "出生日期"),
                (ChangeKind.COLUMN_GONE, "person.active", ""),
                (ChangeKind.COLUMN_NEW, "person.note", "text"),
                (ChangeKind.TABLE_NEW, "extra", "extra"),
            ]
        )
        (renamed,) = [c for c in made.changes if c.kind is ChangeKind.COLUMN_RENAMED]
        assert renamed.confidence == 0.95

    def test_keeps_its_history(self, mounted, source_db):
        source_db.execute("alter table person add column note text")
        scan(mounted)
        scan(mounted)
        with mounted.units.open() as unit:
            history = drift.scans_of(unit.conn, mounted.source.id)
        assert [(s.is_first, len(s.changes)) for s in history] == [
            (False, 0),
            (False, 1),
            (True, 0),
        ]


class TestSchedule:
    def due(self, units: Units, *, later: timedelta) -> list[object]:
        with units.open() as unit:
            return repository.scans_due(unit.conn, unit.now + later)

    def test_scans_once_a_day_unless_told_otherwise(self, mounted):
        assert self.due(mounted.units, later=timedelta(hours=23)) == []
        assert self.due(mounted.units, later=timedelta(hours=25)) == [mounted.source.id]
        with mounted.units.open() as unit:
            scanning.set_interval(unit, CLERK, mounted.source.id, seconds="3600")
        assert self.due(mounted.units, later=timedelta(hours=2)) == [mounted.source.id]
        with mounted.units.open() as unit:
            scanning.set_interval(unit, CLERK, mounted.source.id, seconds="0")
        assert self.due(mounted.units, later=timedelta(days=99)) == []

    @pytest.mark.parametrize("seconds", ["", "1", "-3600", "3600.0", "每天"])
    def test_knows_a_few_intervals_only(self, mounted, seconds):
        with pytest.raises(Invalid), mounted.units.open() as unit:
            scanning.set_interval(unit, CLERK, mounted.source.id, seconds=seconds)

    def test_is_the_clerks_to_change(self, mounted):
        with pytest.raises(NotPermitted), mounted.units.open() as unit:
            scanning.set_interval(unit, HEAD, mounted.source.id, seconds="3600")

    def test_what_is_due_is_ordered_once_and_scanned_by_the_worker(self, mounted):
        late = Units(
            engine=mounted.units.engine, clock=lambda: mounted.units.clock() + timedelta(days=2)
        )
        scanning.order_due(late)
        scanning.order_due(late)
        with late.engine.connect() as conn:
            ordered = conn.exec_driver_sql(
                "select count(*) from pgqueuer where entrypoint = 'ingestion.scan'"
            ).scalar_one()
        assert ordered == 1
        JOBS["ingestion.scan"](late, {"source": str(mounted.source.id)})
        with late.open() as unit:
            (last, *_) = drift.scans_of(unit.conn, mounted.source.id)
        assert last.by == SYSTEM.by
        assert self.due(late, later=timedelta(hours=23)) == []

    def test_a_scan_that_fails_is_kept_and_tried_again_soon(self, mounted):
        with mounted.units.open() as unit:
            source = repository.source(unit.conn, mounted.source.id)
            repository.save_source(unit.conn, replace(source, schema="elsewhere"))
        failed = scan(mounted, as_system=True)
        assert failed.error_code == "ingestion.schema_missing"
        assert self.due(mounted.units, later=timedelta(minutes=61)) == [mounted.source.id]
        assert ticket_of(mounted) is None  # nothing is known to be gone

    def test_a_source_changed_meanwhile_is_not_mistaken(self, mounted, monkeypatch):
        real = scanning.connector_of

        def moved(source):
            with mounted.units.open() as unit:
                repository.save_source(unit.conn, replace(source, database="other"))
            return real(source)

        monkeypatch.setattr(scanning, "connector_of", moved)
        assert scan(mounted, as_system=True) is None


class TestTicket:
    def test_opens_with_the_clock_of_the_law(self, mounted, source_db):
        source_db.execute("alter table person rename column xm to full_name")
        scan(mounted)
        view = ticket_of(mounted)
        assert view.ticket.code.startswith("BG")
        assert view.reading.limit_days == 10
        assert view.ticket.item == mounted.item.id
        assert [(m.field, m.stops) for m in view.misfits] == [("xm", True)]
        assert "full_name" in view.misfits[0].reason
        with mounted.units.open() as unit:
            (todo,) = drift.todos(unit, CLERK)
            assert (todo.kind, todo.due_on) == ("目录变更", view.reading.due_on)
            assert drift.todos(unit, HEAD) == []
            assert drift.todos(unit, make_actor(Role.CLERK)) == []

    def test_is_not_opened_for_what_nobody_catalogued(self, mounted, source_db):
        source_db.execute("create table extra (id int)")
        scan(mounted)
        source_db.execute("alter table extra add column x int")
        scan(mounted)
        assert ticket_of(mounted) is None

    def test_follows_the_table_until_it_is_as_it_was(self, mounted, source_db):
        source_db.execute("alter table person rename column xm to full_name")
        scan(mounted)
        source_db.execute("alter table person add column note text")
        scan(mounted)
        assert len(ticket_of(mounted).ticket.changes) == 2
        source_db.execute("alter table person rename column full_name to xm")
        source_db.execute("alter table person drop column note")
        scan(mounted, as_system=True)
        closed = ticket_of(mounted).ticket
        assert (closed.status, closed.outcome) == (Status.CLOSED, Outcome.RESTORED)

    def test_a_table_that_went(self, mounted, source_db):
        source_db.execute("create table other (id int); drop table person")
        scan(mounted)
        view = ticket_of(mounted)
        assert view.stops
        assert [c.kind for c in view.ticket.changes] == [ChangeKind.TABLE_GONE]

    def test_ends_when_a_version_fits(self, mounted, source_db):
        source_db.execute("alter table person alter column amount type text")
        scan(mounted)
        self.revise(mounted, title="人员基本信息")  # its amount is still a number
        assert ticket_of(mounted).ticket.status is Status.OPEN
        self.revise(
            mounted, fields=self.fields(mounted, "amount", type=FieldType.STRING, length=None)
        )
        closed = ticket_of(mounted).ticket
        assert (closed.status, closed.outcome) == (Status.CLOSED, Outcome.REVISED)

    def test_and_its_loads_go_on_when_the_entry_names_the_new_column(self, mounted, source_db):
        source_db.execute("alter table person rename column xm to full_name")
        scan(mounted)
        self.revise(mounted, fields=self.fields(mounted, "xm", source_column="full_name"))
        assert ticket_of(mounted).ticket.outcome is Outcome.REVISED
        assert mounted.run().read == 10

    def fields(self, mounted, column, **about):
        return tuple(
            replace(f, **about) if f.source_column == column else f for f in mounted.item.fields
        )

    def revise(self, mounted, **changes):
        with mounted.units.open() as unit:
            draft = catalogue.start_version(unit, CLERK, mounted.item.id)
            catalogue.revise(unit, CLERK, draft.id, **changes)
            publish(unit, draft)

    def test_ends_with_the_entry(self, mounted, source_db):
        source_db.execute("alter table person add column note text")
        scan(mounted)
        with mounted.units.open() as unit:
            catalogue.withdraw(unit, BUREAU, mounted.item.id, remarks="停用")
        assert ticket_of(mounted).ticket.outcome is Outcome.WITHDRAWN


class TestLoad:
    def test_that_meets_drift_has_the_source_scanned_and_points_at_the_ticket(
        self, mounted, source_db
    ):
        source_db.execute("alter table person rename column xm to full_name")
        failed = mounted.run()
        assert failed.error_code == "ingestion.columns_gone"
        assert mounted.now().status is TaskStatus.STOPPED
        with mounted.units.engine.connect() as conn:
            (payload,) = conn.exec_driver_sql(
                "select payload from pgqueuer where entrypoint = 'ingestion.scan'"
            ).scalars()
        assert str(mounted.source.id) in bytes(payload).decode()
        scan(mounted, as_system=True)
        with mounted.units.open() as unit:
            view = ingestion.task(unit, CLERK, mounted.task.id)
        assert view.ticket.item == mounted.item.id
