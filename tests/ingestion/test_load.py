"""A PostgreSQL table from the source to the hall, first as a whole and then by its changes."""

from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa

from datahall import catalogue, ingestion, store
from datahall.ingestion import LoadLanded, LoadState, Mode, TaskStatus
from tests.ingestion.conftest import BUREAU, CLERK, HEAD, PERSONS, add_persons


@pytest.fixture
def persons(source_db):
    source_db.execute(PERSONS)
    return source_db


@pytest.fixture
def mounted(persons, mount):
    add_persons(persons, range(1, 1001))
    return mount(persons.form(), "person")


def look(mounted):
    """Run after the look-back of what was read so far is over."""
    mounted.age_checkpoint()
    return mounted.run()


class TestFirstLoad:
    def test_lands_every_row_in_typed_columns(self, mounted):
        assert mounted.task.mode is Mode.INCREMENTAL

        load = mounted.run()

        figures = (load.state, load.read, load.inserted, load.revision)
        assert figures == (LoadState.DONE, 1000, 1000, 1)
        first = mounted.rows("id, xm, amount, active, _revision, _deleted")[0]
        assert first == (1, "张1", Decimal("1.50"), False, 1, False)
        assert len(mounted.rows()) == 1000

    def test_keeps_bad_rows_out_and_counts_them(self, persons, mount):
        add_persons(persons, range(1, 101))
        persons.execute("update person set xm = '' where id <= 3")
        mounted = mount(persons.form(), "person")

        load = mounted.run()

        assert (load.read, load.inserted, load.quarantined) == (100, 97, 3)
        assert len(mounted.rows()) == 97

    def test_tells_the_reader_role_nothing_but_the_hall(self, mounted, units):
        mounted.run()
        with units.open() as unit:
            unit.conn.exec_driver_sql("set local role datahall_reader")
            count = unit.conn.execute(sa.select(sa.func.count()).select_from(_table(mounted)))
            assert count.scalar() == 1000
            with pytest.raises(Exception, match="permission denied"), unit.conn.begin_nested():
                unit.conn.exec_driver_sql("select * from ingestion_sources")

    def test_of_an_empty_table_is_a_success_without_rows(self, persons, mount):
        mounted = mount(persons.form(), "person")
        load = mounted.run()
        assert (load.state, load.read, load.inserted) == (LoadState.DONE, 0, 0)
        assert mounted.now().status is TaskStatus.ACTIVE

        add_persons(persons, range(1, 11))
        assert mounted.run().inserted == 10

    def test_records_one_act_with_its_counts(self, mounted, units):
        acts = []
        mounted.units = replace(units, sink=lambda _unit, events: acts.extend(events))
        mounted.run()
        landed = [a for a in acts if isinstance(a, LoadLanded)]
        assert [(a.inserted, a.revision) for a in landed] == [(1000, 1)]


class TestLook:
    def test_brings_a_changed_row_and_a_new_one(self, persons, mounted):
        mounted.run()
        persons.execute(
            "update person set xm = '李', update_time = '2026-10-16 09:00' where id = 7"
        )
        add_persons(persons, range(1001, 1002), at="2026-10-16 09:00")

        load = look(mounted)

        assert (load.read, load.inserted, load.updated, load.revision) == (2, 1, 1, 2)
        assert mounted.rows("id, xm, _revision", "id in (7, 8, 1001)") == [
            (7, "李", 2),
            (8, "张8", 1),
            (1001, "张1001", 2),
        ]

    def test_that_finds_nothing_leaves_no_load(self, mounted):
        mounted.run()
        assert look(mounted) is None
        assert len(mounted.loads()) == 1
        assert mounted.now().checked_at is not None

    def test_within_the_look_back_reads_again_and_changes_nothing(self, mounted):
        mounted.run()
        assert mounted.run() is None
        assert mounted.rows("max(_revision)") == [(1,)]

    def test_finds_a_row_that_was_committed_late(self, persons, mounted):
        """Its transaction stamped it before the highest watermark that we had already read."""
        mounted.run()
        add_persons(persons, range(2001, 2002), at="2026-10-16 07:58")

        load = mounted.run()

        assert load.inserted == 1
        assert mounted.rows("id", "id > 2000") == [(2001,)]

    def test_is_not_blinded_by_a_watermark_of_the_year_9999(self, persons, mounted):
        persons.execute("update person set update_time = '9999-12-31' where id = 1")
        mounted.run()
        add_persons(persons, range(3001, 3002), at="2026-10-16 08:30")
        assert look(mounted).inserted == 1

    def test_does_not_see_a_deletion_until_everything_is_compared(self, persons, mounted, units):
        mounted.run()
        persons.execute("delete from person where id <= 10")
        assert look(mounted) is None

        with units.open() as unit:
            ingestion.compare_all(unit, CLERK, mounted.task.id)
        load = mounted.run()

        assert (load.whole, load.deleted, load.unchanged) == (True, 10, 990)
        assert len(mounted.rows()) == 990
        assert len(mounted.rows(where="_deleted and _revision = 2")) == 10

    def test_revives_a_row_that_came_back(self, persons, mounted, units):
        mounted.run()
        for change in ("delete from person where id = 5", None):
            if change:
                persons.execute(change)
            else:
                add_persons(persons, range(5, 6))
            with units.open() as unit:
                ingestion.compare_all(unit, CLERK, mounted.task.id)
            load = mounted.run()
        assert (load.inserted, load.updated) == (1, 0)
        assert len(mounted.rows()) == 1000
        with units.open() as unit:
            assert ingestion.task(unit, CLERK, mounted.task.id).rows == 1000

    def test_keeps_the_good_row_while_its_successor_is_bad(self, persons, mounted, units):
        mounted.run()
        persons.execute("update person set xm = '', update_time = '2026-10-16 09:00' where id = 7")
        with units.open() as unit:
            ingestion.compare_all(unit, CLERK, mounted.task.id)

        load = mounted.run()

        assert (load.quarantined, load.deleted) == (1, 0)
        assert mounted.rows("xm", "id = 7 and not _deleted") == [("张7",)]

        persons.execute(
            "update person set xm = '王', update_time = '2026-10-16 10:00' where id = 7"
        )
        assert look(mounted).updated == 1
        with units.open() as unit:
            waiting = unit.conn.exec_driver_sql(
                "select count(*) from quality_quarantine where status = 'waiting'"
            )
            assert waiting.scalar() == 0

    def test_skips_what_another_worker_holds(self, mounted, units):
        with units.open() as unit:
            unit.conn.exec_driver_sql(
                "select pg_advisory_xact_lock(hashtextextended('dataset:' || id, 0)) "
                "from store_datasets"
            )
            assert mounted.run() is None
        assert mounted.run().inserted == 1000


class TestNewShape:
    def test_is_built_aside_and_swapped_in(self, mounted, units):
        mounted.run()
        with units.open() as unit:
            draft = catalogue.start_version(unit, CLERK, mounted.item.id)
            fields = tuple(f for f in draft.fields if f.name != "amount")
            fields = tuple(replace(f, required=False) for f in fields)
            catalogue.revise(unit, CLERK, draft.id, fields=fields)
            catalogue.submit(unit, CLERK, draft.id)
            catalogue.agree(unit, HEAD, draft.id)
            catalogue.publish(unit, BUREAU, draft.id)
        assert mounted.rows("amount", "id = 1") == [(Decimal("1.50"),)]

        load = mounted.run()

        assert (load.whole, load.inserted, load.revision) == (True, 1000, 2)
        with pytest.raises(Exception, match='column "amount" does not exist'):
            mounted.rows("amount")


def _table(mounted):
    with mounted.units.open() as unit:
        name = store.dataset_for_item(unit.conn, mounted.item.id).table
        return sa.table(name, schema="hall")
