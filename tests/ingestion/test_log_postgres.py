"""A PostgreSQL followed by its log: every kind of change, every way in which it can break."""

import socket
import threading

import pytest

from datahall import catalogue, ingestion
from datahall.ingestion import LoadState, Mode, TaskStatus
from datahall.ingestion.cdc import service
from datahall.ingestion.errors import ModeNotReady
from tests.ingestion.conftest import CLERK, PERSONS, add_persons, publish, told
from tests.ingestion.following import (
    choose,
    failures,
    following,
    joined,
    publish_changes,
    state_of,
    story,
    until,
    waiting,
)

ALL = """
create table person (
    id bigint primary key, xm text not null, fine numeric(38,10), born date, seen timestamp,
    stamped timestamptz, ok boolean, ratio real, code char(4), note text
)
"""


def source_rows(db, what="id, xm"):
    return db.execute(f"select {what} from person order by 1").fetchall()


@pytest.fixture
def mounted(source_db, mount):
    source_db.execute(PERSONS)
    add_persons(source_db, range(1, 101))
    made = mount(source_db.form(), "person")
    publish_changes(source_db, "person")
    choose(made)
    yield made
    source_db.execute(
        "select pg_terminate_backend(active_pid) from pg_replication_slots where active_pid > 0"
    )
    until(
        lambda: (
            not source_db.execute(
                "select pg_drop_replication_slot(slot_name) from pg_replication_slots where not active"
            ).fetchall()
        )
    )


def same(mounted, db):
    return lambda: mounted.rows("id, xm") == source_rows(db)


class TestFollowing:
    def test_brings_inserts_updates_deletes_and_keys_that_change(self, mounted, source_db):
        with following(mounted):
            joined(mounted)
            assert same(mounted, source_db)()
            source_db.execute("insert into person values (500, '新来的', 1, null, true, now())")
            source_db.execute("update person set xm = '改名' where id = 7")
            source_db.execute("delete from person where id between 10 and 20")
            source_db.execute("update person set id = id + 1000 where id between 30 and 40")
            until(same(mounted, source_db), why=lambda: story(mounted))
        gone = mounted.rows("id", "_deleted")
        assert [r[0] for r in gone] == [*range(10, 21), *range(30, 41)]

    def test_keeps_the_order_of_changes_of_one_key(self, mounted, source_db):
        with following(mounted):
            joined(mounted)
            for n in range(50):
                source_db.execute("update person set xm = %s where id = 1", [f"第{n}次"])
            source_db.execute("delete from person where id = 2")
            source_db.execute("insert into person values (2, '回来', 1, null, true, now())")
            source_db.execute("insert into person values (900, '一瞬', 1, null, true, now())")
            source_db.execute("delete from person where id = 900")
            until(same(mounted, source_db), why=lambda: story(mounted))
        assert mounted.rows("xm", "id = 1") == [("第49次",)]

    def test_swaps_of_keys_within_one_transaction(self, mounted, source_db):
        with following(mounted):
            joined(mounted)
            with source_db.conn.transaction():
                source_db.execute("update person set id = -1 where id = 1")
                source_db.execute("update person set id = 1 where id = 2")
                source_db.execute("update person set id = 2 where id = -1")
            until(same(mounted, source_db), why=lambda: story(mounted))

    def test_a_bad_image_of_a_good_row_waits_and_the_hall_keeps_the_last_good_one(
        self, mounted, source_db
    ):
        with following(mounted):
            joined(mounted)
            source_db.execute("update person set xm = '' where id = 5")
            until(lambda: waiting(mounted) == 1, why=lambda: story(mounted))
            assert mounted.rows("xm", "id = 5 and not _deleted") == [("张5",)]
            source_db.execute("update person set xm = '好了' where id = 5")
            until(lambda: waiting(mounted) == 0, why=lambda: story(mounted))
            assert mounted.rows("xm", "id = 5") == [("好了",)]
            source_db.execute("update person set xm = '' where id = 6")
            until(lambda: waiting(mounted) == 1, why=lambda: story(mounted))
            source_db.execute("delete from person where id = 6")
            until(lambda: waiting(mounted) == 0, why=lambda: story(mounted))
        assert mounted.rows("id", "id = 6 and not _deleted") == []

    def test_a_transaction_larger_than_a_landing(self, mounted, source_db, monkeypatch):
        monkeypatch.setattr("datahall.ingestion.cdc.session.LAND_AT", 700)
        with following(mounted):
            joined(mounted)
            add_persons(source_db, range(1000, 6000))
            until(same(mounted, source_db), why=lambda: story(mounted))
        assert mounted.now().checkpoint.ahead == 0

    def test_a_long_transaction_comes_when_it_commits(self, mounted, source_db):
        with following(mounted):
            joined(mounted)
            with source_db.conn.transaction():
                source_db.execute("update person set xm = '长事务' where id = 1")
                other = source_db.server.dsn(source_db.name)
                with ingestion_connection(other) as quick:
                    quick.execute("update person set xm = '短事务' where id = 2")
                until(lambda: mounted.rows("xm", "id = 2") == [("短事务",)])
                assert mounted.rows("xm", "id = 1") == [("张1",)]
            until(same(mounted, source_db), why=lambda: story(mounted))

    def test_shows_one_load_a_minute_with_what_became_of_the_rows(self, mounted, source_db):
        with following(mounted):
            joined(mounted)
            for n in range(3):
                source_db.execute("update person set xm = %s where id = 1", [f"{n}"])
                until(same(mounted, source_db), why=lambda: story(mounted))
        (window, first) = mounted.loads()
        assert (first.whole, first.inserted) == (True, 100)
        assert (window.state, window.updated, window.read) == (LoadState.DONE, 3, 3)
        assert state_of(mounted).changes == 3
        assert state_of(mounted).lag_s < 5


def ingestion_connection(dsn):
    import psycopg  # noqa: PLC0415

    return psycopg.connect(dsn, autocommit=True)


def test_every_type_comes_as_a_first_load_would_read_it(source_db, mount):
    source_db.execute(ALL)
    values = [
        (1, "甲", "1234567890123456789012345678.1234567890", "1899-12-31", "1850-01-02 03:04:05.678901",
         "1900-01-01 00:00:00+08", True, 0.1, "ab", "备注"),
        (2, "乙", "-0.0000000001", "9999-12-31", "9999-12-31 23:59:59", "9999-12-31 15:59:59+00", False,
         1e30, "abcd", ""),
        (3, "丙", None, "infinity", "-infinity", "infinity", None, None, None, None),
    ]  # fmt: skip
    put = "insert into person values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
    for row in values:
        source_db.execute(put, row)
    made = mount(source_db.form(), "person")
    publish_changes(source_db, "person")
    choose(made)
    with following(made):
        joined(made)
        for id, *rest in values:
            source_db.execute(put, (id + 10, *rest))
        until(lambda: len(made.rows()) + waiting(made) == 6, why=lambda: story(made))
    rows = [row[1:-4] for row in made.rows()]
    assert rows[:3] == rows[3:]
    assert len(rows) == 6


def test_a_value_that_is_no_moment_waits_with_its_reason(source_db, mount):
    source_db.execute(PERSONS)
    made = mount(source_db.form(), "person")
    publish_changes(source_db, "person")
    choose(made)
    with following(made):
        joined(made)
        source_db.execute("insert into person values (1, '古', 1, '0044-03-15 BC', true, now())")
        source_db.execute("insert into person values (2, '今', 1, '2000-01-01', true, now())")
        until(lambda: waiting(made) == 1 and len(made.rows()) == 1, why=lambda: story(made))


def test_large_values_that_did_not_change_stay(source_db, mount):
    source_db.execute("create table person (id int primary key, xm text, note text, long text)")
    source_db.execute("alter table person alter long set storage external")
    source_db.execute("insert into person values (1, '甲', 'a', repeat('长', 20000))")
    source_db.execute("insert into person values (2, '乙', 'a', repeat('文', 20000))")
    made = mount(source_db.form(), "person")
    publish_changes(source_db, "person")
    choose(made)
    with following(made):
        joined(made)
        source_db.execute("update person set xm = '甲二' where id = 1")
        with source_db.conn.transaction():
            source_db.execute("update person set long = repeat('新', 30000) where id = 2")
            source_db.execute("update person set xm = '乙二' where id = 2")
        until(lambda: made.rows("xm") == [("乙二",), ("甲二",)], why=lambda: story(made))
    assert made.rows("id, length(long), left(long, 1)") == [(1, 20000, "长"), (2, 30000, "新")]


class TestBreaks:
    def test_what_happened_while_nobody_followed_comes_after(self, mounted, source_db):
        with following(mounted):
            joined(mounted)
        epoch = state_of(mounted).epoch
        source_db.execute("update person set xm = '夜里' where id = 3")
        source_db.execute("delete from person where id = 4")
        with following(mounted):
            until(same(mounted, source_db), why=lambda: story(mounted))
        assert state_of(mounted).epoch == epoch
        assert [load.whole for load in mounted.loads()].count(True) == 1

    def test_a_cut_connection_is_taken_up_again(self, mounted, source_db):
        with following(mounted):
            joined(mounted)
            for n in range(3):
                source_db.execute(
                    "select pg_terminate_backend(active_pid) from pg_replication_slots "
                    "where active_pid > 0"
                )
                source_db.execute("update person set xm = %s where id = 8", [f"断{n}"])
                until(same(mounted, source_db), why=lambda: story(mounted))

    def test_a_lost_slot_is_announced_and_everything_compared_again(self, mounted, source_db):
        with following(mounted):
            joined(mounted)
        source_db.execute("update person set xm = '漏不掉' where id = 9")
        source_db.execute("delete from person where id = 10")
        source_db.execute("select pg_drop_replication_slot(slot_name) from pg_replication_slots")
        with following(mounted):
            until(same(mounted, source_db), why=lambda: story(mounted))
            joined(mounted)
        assert "ingestion.position_lost" in failures(mounted)
        assert len(mounted.rows()) == 99

    def test_a_slot_that_somebody_moved_is_noticed(self, mounted, source_db):
        with following(mounted):
            joined(mounted)
        source_db.execute("update person set xm = '被跳过' where id = 9")
        source_db.execute(
            "select pg_replication_slot_advance(slot_name, pg_current_wal_lsn()) "
            "from pg_replication_slots"
        )
        with following(mounted):
            until(same(mounted, source_db), why=lambda: story(mounted))
        assert "ingestion.position_lost" in failures(mounted)

    def test_an_emptied_and_refilled_table(self, mounted, source_db):
        with following(mounted):
            joined(mounted)
            with source_db.conn.transaction():
                source_db.execute("truncate person")
                add_persons(source_db, range(50, 60))
            until(same(mounted, source_db), why=lambda: story(mounted))

    def test_an_emptied_table_leaves_the_hall_alone_and_asks(self, mounted, source_db):
        with following(mounted):
            joined(mounted)
            source_db.execute("truncate person")
            until(lambda: mounted.now().status is TaskStatus.STOPPED, why=lambda: story(mounted))
        assert failures(mounted)[0] == "ingestion.source_emptied"
        assert len(mounted.rows()) == 100

    def test_more_deletions_at_once_than_may_go_unasked_wait_for_a_person(
        self, mounted, source_db, monkeypatch
    ):
        monkeypatch.setattr("datahall.ingestion.cdc.session.LAND_AT", 10)
        with following(mounted):
            joined(mounted)
            add_persons(source_db, range(101, 1001))
            until(same(mounted, source_db), why=lambda: story(mounted))
            source_db.execute("delete from person where id > 10")
            until(lambda: mounted.now().status is TaskStatus.HELD, why=lambda: story(mounted))
        assert 10 < len(mounted.rows()) <= 1000

    def test_a_column_that_goes_stops_the_task_with_its_name(self, mounted, source_db):
        with following(mounted):
            joined(mounted)
            source_db.execute("alter table person drop column born")
            source_db.execute("update person set xm = '之后' where id = 1")
            until(lambda: mounted.now().status is TaskStatus.STOPPED, why=lambda: story(mounted))
        (failed,) = [x for x in mounted.loads() if x.state is LoadState.FAILED]
        assert failed.error_code == "ingestion.columns_gone"
        assert "born" in told(failed.error_code, failed.error_detail)
        assert mounted.rows("xm", "id = 1") == [("张1",)]

    def test_a_column_of_another_type_and_a_new_one_do_no_harm(self, mounted, source_db):
        with following(mounted):
            joined(mounted)
            source_db.execute("alter table person alter amount type text using amount::text")
            source_db.execute("alter table person add column extra int default 3")
            source_db.execute("update person set amount = '12.50' where id = 1")
            source_db.execute("update person set amount = '很多' where id = 2")
            until(lambda: waiting(mounted) == 1, why=lambda: story(mounted))
            until(lambda: str(mounted.rows("amount", "id = 1")[0][0]) == "12.50")
        assert mounted.now().status is TaskStatus.ACTIVE

    def test_a_table_renamed_away_is_missed(self, mounted, source_db):
        with following(mounted):
            joined(mounted)
            source_db.execute("update person set xm = '在' where id = 1")
            until(same(mounted, source_db), why=lambda: story(mounted))
            source_db.execute("alter table person rename to person_old")
            source_db.execute("update person_old set xm = '不在' where id = 1")
            until(lambda: mounted.now().status is TaskStatus.STOPPED, why=lambda: story(mounted))
        assert failures(mounted)[0] == "ingestion.table_gone"

    def test_a_table_taken_out_of_the_publication_is_missed(self, mounted, source_db, monkeypatch):
        monkeypatch.setattr("datahall.ingestion.cdc.session.CHECK_S", 0.2)
        with following(mounted):
            joined(mounted)
            source_db.execute("alter publication datahall drop table person")
            until(lambda: mounted.now().status is TaskStatus.STOPPED, why=lambda: story(mounted))
        assert failures(mounted)[0] == "ingestion.not_published"

    def test_a_server_that_says_nothing_any_more_is_given_up(self, source_db, mount, monkeypatch):
        """A network cut without a word: the connection stands, nothing comes."""
        monkeypatch.setattr("datahall.ingestion.cdc.postgres.SILENCE_S", 1.0)
        monkeypatch.setattr("datahall.ingestion.cdc.postgres.ASK_S", 0.2)
        source_db.execute(PERSONS)
        add_persons(source_db, range(1, 11))
        with Hose(source_db.server.port) as hose:
            made = mount(source_db.form(port=str(hose.port)), "person")
            publish_changes(source_db, "person")
            choose(made)
            with following(made):
                joined(made)
                hose.pinch()
                source_db.execute("update person set xm = '断网时' where id = 1")
                until(lambda: hose.opened > hose.pinched_at, why="it did not try again")
                until(same(made, source_db), why=lambda: story(made))

    def test_two_workers_never_both_write(self, mounted, source_db):
        with following(mounted), following(mounted):
            joined(mounted)
            for n in range(20):
                source_db.execute("update person set xm = %s where id = 1", [f"{n}"])
            until(same(mounted, source_db), why=lambda: story(mounted))
        assert sum(load.updated for load in mounted.loads()) <= 20


class Hose:
    """Passes bytes between two sockets, until it is pinched: then nothing passes and nothing ends."""

    def __init__(self, target):
        self.target = target
        self.opened, self.pinched_at = 0, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.pinched: set[int] = set()
        self.sockets: list[socket.socket] = []

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()
        for each in self.sockets:
            each.close()

    def pinch(self):
        self.pinched_at = self.opened
        self.pinched = set(range(self.opened))

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            number, self.opened = self.opened, self.opened + 1
            self.sockets += [near, far]
            for one, two in ((near, far), (far, near)):
                threading.Thread(target=self._pass, args=[one, two, number], daemon=True).start()

    def _pass(self, one, two, number):
        try:
            while data := one.recv(65536):
                if number not in self.pinched:
                    two.sendall(data)
        except OSError:
            pass
        if number not in self.pinched:
            two.close()


class TestLeaving:
    def test_a_paused_task_leaves_nothing_behind_and_misses_nothing(self, mounted, source_db):
        with following(mounted):
            joined(mounted)
        with mounted.units.open() as unit:
            ingestion.pause(unit, CLERK, mounted.task.id)
        with following(mounted) as stream:
            stream.leave()
            stream.thread.join(10)
        kept = source_db.execute("select count(*) from pg_replication_slots").fetchone()
        assert kept == (0,)
        source_db.execute("update person set xm = '暂停时' where id = 1")
        with mounted.units.open() as unit:
            ingestion.resume(unit, CLERK, mounted.task.id)
        with following(mounted):
            until(same(mounted, source_db), why=lambda: story(mounted))

    def test_another_version_of_the_entry_keeps_the_way(self, mounted, source_db):
        with following(mounted):
            joined(mounted)
            with mounted.units.open() as unit:
                draft = catalogue.start_version(unit, CLERK, mounted.item.id)
                publish(unit, draft)
            assert mounted.now().mode is Mode.LOG
            source_db.execute("update person set xm = '新版' where id = 1")
            until(same(mounted, source_db), why=lambda: story(mounted))


class TestChoosing:
    def refused(self, mounted, mode=Mode.LOG):
        with pytest.raises(ModeNotReady) as caught:
            choose(mounted, mode)
        assert mounted.now().mode is not Mode.LOG
        return told(caught.value.code, caught.value.detail)

    @pytest.fixture
    def bare(self, source_db, mount):
        source_db.execute("alter role hall noreplication")
        source_db.execute(PERSONS)
        return mount(source_db.form(), "person")

    def test_says_layer_by_layer_what_the_administrator_must_run(self, bare, source_db):
        assert 'ALTER ROLE "hall" REPLICATION;' in self.refused(bare)
        source_db.execute("alter role hall replication")
        statement = self.refused(bare).partition("执行：")[2]
        assert statement.startswith("CREATE PUBLICATION datahall FOR TABLE")
        source_db.execute(statement)
        source_db.execute("alter table person replica identity nothing")
        assert "REPLICA IDENTITY FULL" in self.refused(bare)
        source_db.execute("alter table person replica identity default")
        assert choose(bare).mode is Mode.LOG

    def test_needs_a_key_that_the_source_keeps(self, source_db, mount):
        source_db.execute("create table person (id bigint, xm text)")
        made = mount(source_db.form(), "person", key=("id",))
        publish_changes(source_db, "person")
        assert "REPLICA IDENTITY FULL" in self.refused(made)
        source_db.execute("alter table person replica identity full")
        assert "ADD UNIQUE" in self.refused(made)

    def test_a_publication_that_leaves_things_out(self, bare, source_db):
        source_db.execute("alter role hall replication")
        source_db.execute("create publication datahall for table person (id, xm)")
        assert "筛选" in self.refused(bare)
        source_db.execute("drop publication datahall")
        source_db.execute("create publication datahall for table person with (publish = 'insert')")
        assert "少了" in self.refused(bare)

    def test_the_whole_script_is_for_copying(self, bare):
        with bare.units.open() as unit:
            text = service.script(unit, CLERK, bare.task.id, Mode.LOG)
        assert "wal_level" in text
        assert 'FOR TABLE "public"."person"' in text
