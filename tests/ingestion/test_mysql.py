"""A department's MariaDB, a real one: tested, scanned, loaded, followed, and what can be wrong."""

import os
import shutil
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import pymysql
import pytest

from datahall import catalogue, ingestion
from datahall.ingestion import (
    Kind,
    Layer,
    LoadFailure,
    Mode,
    SourceForm,
    TaskStatus,
    repository,
)
from tests.ingestion.conftest import CLERK, free_port, told, told_by

pytestmark = pytest.mark.mariadb
PATH = f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin"


@pytest.fixture(scope="module")
def mariadb():
    """A server of our own on a free port; its port and root's socket."""
    with tempfile.TemporaryDirectory(prefix="datahall-maria-", dir="/tmp") as folder:
        home = Path(folder)
        user = ["--user=root"] if os.geteuid() == 0 else []
        subprocess.run(
            [
                shutil.which("mariadb-install-db", path=PATH), "--no-defaults", *user,
                f"--datadir={home}/data", "--auth-root-authentication-method=normal",
                "--skip-test-db", "--skip-name-resolve",
            ],
            check=True, capture_output=True,
        )  # fmt: skip
        port = free_port()
        with (home / "log").open("w") as log:
            server = subprocess.Popen(
                [
                    shutil.which("mariadbd", path=PATH), "--no-defaults", *user,
                    f"--datadir={home}/data", f"--socket={home}/s", f"--port={port}",
                    "--bind-address=127.0.0.1", f"--pid-file={home}/pid",
                    "--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve",
                ],
                stdout=log, stderr=log,
            )  # fmt: skip
        try:
            with _root(home / "s", server) as root:
                yield port, root
        finally:
            server.terminate()
            server.wait(30)


def _root(path, server):
    deadline = time.monotonic() + 60
    while not path.exists():
        assert server.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return pymysql.connect(unix_socket=str(path), user="root", autocommit=True)


class MariaDb:
    """One database with a read-only account `hall`."""

    def __init__(self, port, root, name):
        self.port, self.root, self.name = port, root, name

    def execute(self, statement):
        with self.root.cursor() as cursor:
            cursor.execute(f"use {self.name}")
            cursor.execute(statement)

    def form(self, **about):
        given = {
            "name": "低保库",
            "kind": Kind.MYSQL,
            "host": "127.0.0.1",
            "port": str(self.port),
            "database": self.name,
            "user": "hall",
            "password": "correct horse",
        }
        return SourceForm(**given | about)


@pytest.fixture
def db(mariadb, request):
    port, root = mariadb
    name = f"d{abs(hash(request.node.name)):x}"
    with root.cursor() as cursor:
        cursor.execute(f"create database {name} character set utf8mb4")
        cursor.execute("create or replace user hall@'127.0.0.1' identified by 'correct horse'")
        cursor.execute(f"grant select on {name}.* to hall@'127.0.0.1'")
    yield MariaDb(port, root, name)
    with root.cursor() as cursor:
        cursor.execute(f"drop database {name}")


PERSON = """
create table person (
    id bigint unsigned primary key comment '编号',
    xm varchar(50) not null comment '姓名',
    amount decimal(12,2) comment '金额',
    born date,
    active tinyint(1),
    note text,
    update_time datetime not null
) comment '低保对象'
"""


def add_persons(db, first, last, at="2026-10-16 08:00:00"):
    db.execute(
        f"insert into person select seq, concat('张', seq), seq * 1.5, '1980-01-01', seq % 2, "
        f"'“引号”，\\n换行', '{at}' from seq_{first}_to_{last}"
    )


@pytest.fixture
def persons(db):
    db.execute(PERSON)
    add_persons(db, 1, 500)
    return db


def failing(unit, form):
    source = ingestion.register_source(unit, CLERK, form)
    findings = ingestion.test_source(unit, CLERK, source.id).findings
    failed = next(f for f in findings if f.ok is False)
    return failed.layer, told(failed.code, failed.detail)


class TestConnection:
    def test_in_order_says_so(self, unit, persons):
        source = ingestion.register_source(unit, CLERK, persons.form())
        found = ingestion.test_source(unit, CLERK, source.id)
        assert found.ok
        assert "服务器是 MariaDB" in told(found.findings[1].code, found.findings[1].detail)

    def test_that_is_down(self, unit, persons):
        layer, sentence = failing(unit, persons.form(port=str(free_port())))
        assert layer is Layer.REACH
        assert sentence.startswith("连不上 127.0.0.1")

    def test_with_a_wrong_password(self, unit, persons):
        layer, sentence = failing(unit, persons.form(password="wrong"))
        assert layer is Layer.LOGIN
        assert "用户名或密码不对" in sentence

    def test_to_a_database_that_is_none(self, unit, persons):
        layer, sentence = failing(unit, persons.form(database="renkou"))
        assert layer is Layer.LOGIN
        assert "renkou" in sentence

    def test_without_a_table_to_read(self, unit, db):
        layer, sentence = failing(unit, db.form())
        assert layer is Layer.PRIVILEGE
        assert f"GRANT SELECT ON {db.name}.* TO 'hall'@'%';" in sentence


class TestScan:
    def test_reads_comments_keys_and_types(self, unit, persons):
        persons.execute("create table firm (code char(18) not null unique, place point)")
        source = ingestion.register_source(unit, CLERK, persons.form())
        assert ingestion.scan(unit, CLERK, source.id).tables == 2
        firm, person = catalogue.inventory(unit.conn, source.id)
        assert (person.comment, person.primary_key) == ("低保对象", ("id",))
        assert [c.comment for c in person.columns[:3]] == ["编号", "姓名", "金额"]
        assert firm.primary_key == ("code",)
        assert firm.columns[1].type == "未识别：point"

    def test_of_a_database_without_tables_is_refused(self, unit, db):
        source = ingestion.register_source(unit, CLERK, db.form())
        with pytest.raises(LoadFailure):
            ingestion.scan(unit, CLERK, source.id)


class TestLoad:
    def test_lands_and_follows(self, persons, mount):
        mounted = mount(persons.form(), "person")
        assert mounted.task.mode is Mode.INCREMENTAL
        load = mounted.run()
        assert (load.error_code, load.inserted, load.quarantined) == (None, 500, 0)
        row = mounted.rows("id, xm, amount::text, active, note, update_time", "id = 7")[0]
        assert row[:5] == (7, "张7", "10.50", True, "“引号”，\n换行")
        assert row[5].isoformat() == "2026-10-16T00:00:00+00:00"

        persons.execute(
            "update person set xm = '李', update_time = '2026-10-16 09:00:00' where id = 7"
        )
        add_persons(persons, 501, 502, at="2026-10-16 09:00:00")
        mounted.age_checkpoint()
        load = mounted.run()
        assert (load.inserted, load.updated) == (2, 1)
        mounted.age_checkpoint()
        assert mounted.run() is None

    def test_reads_again_in_the_look_back_without_changing_a_thing(self, persons, mount):
        mounted = mount(persons.form(), "person")
        mounted.run()
        assert mounted.run() is None
        add_persons(persons, 600, 600, at="2026-10-16 07:59:00")
        assert mounted.run().inserted == 1

    def test_brings_values_at_the_edge(self, db, mount):
        db.execute(
            "create table edge (id int primary key, d date, big bigint unsigned, n decimal(38,10))"
        )
        db.execute("set sql_mode = ''")
        db.execute("insert into edge values (1, '9999-12-31', 9223372036854775807, 1.5)")
        db.execute("insert into edge values (2, '0000-00-00', 1, null)")
        mounted = mount(db.form(), "edge")
        load = mounted.run()
        assert load.error_code is None
        assert (load.inserted, load.quarantined) == (1, 1)
        assert mounted.rows("d::text, big, n::text") == [
            ("9999-12-31", 9223372036854775807, "1.5000000000")
        ]

    def test_without_privilege_stops_and_says_the_grant(self, persons, mount):
        mounted = mount(persons.form(), "person")
        persons.execute("create table other (id int primary key)")
        with persons.root.cursor() as cursor:
            cursor.execute(f"revoke select on {persons.name}.* from hall@'127.0.0.1'")
            cursor.execute(f"grant select on {persons.name}.other to hall@'127.0.0.1'")
        load = mounted.run()
        assert load.error_layer in {Layer.PRIVILEGE, Layer.CONTRACT}
        assert told_by(load)
        assert mounted.rows() == []
        assert mounted.now().status is TaskStatus.STOPPED

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ("rename table person to people", "源端已没有"),
            ("alter table person drop column born", "已没有这些列：born"),
        ],
    )
    def test_after_the_source_changed_its_shape(self, persons, mount, change, sentence):
        mounted = mount(persons.form(), "person")
        persons.execute(change)
        load = mounted.run()
        assert load.error_layer is Layer.CONTRACT
        assert sentence in told_by(load)
        assert mounted.rows() == []


class TestDrift:
    def test_of_a_changed_table_is_found(self, unit, persons):
        source = ingestion.register_source(unit, CLERK, persons.form())
        ingestion.scan(unit, CLERK, source.id)
        (table,) = catalogue.inventory(unit.conn, source.id)
        assert abs((table.changed_at - datetime.now(UTC)).total_seconds()) < 600
        persons.execute(
            "alter table person change xm full_name varchar(50) not null comment '姓名'"
        )
        persons.execute("alter table person modify amount decimal(14,2) not null comment '金额'")
        persons.execute("alter table person drop column note")
        persons.execute("alter table person add column phone varchar(20) comment '电话'")
        made = ingestion.scan(unit, CLERK, source.id)
        assert [(c.kind.value, c.column, c.after, c.confidence) for c in made.changes] == [
            ("column_renamed", "xm", "full_name", 0.95),
            ("retyped", "amount", "decimal(14,2)", None),
            ("nullable", "amount", "必填", None),
            ("column_gone", "note", "", None),
            ("column_new", "phone", "varchar(20)", None),
        ]


class TestSample:
    def sampled(self, units, form):
        with units.open() as unit:
            source = ingestion.register_source(unit, CLERK, form)
            ingestion.scan(unit, CLERK, source.id)
            (table, *_) = catalogue.inventory(unit.conn, source.id)
            ingestion.order_profile(unit, CLERK, table.id)
        ingestion.make_profile(units, table.id)
        return table.id

    def test_is_summed_up(self, units, persons):
        table = self.sampled(units, persons.form())
        with units.open() as unit:
            found = catalogue.profiles(unit.conn, table)
        assert (found["id"].rows, found["id"].maximum) == (500, "500")
        assert (found["amount"].minimum, found["amount"].maximum) == ("1.50", "750.00")
        assert found["xm"].withheld

    def test_the_server_stops_what_takes_too_long(self, units, db, monkeypatch):
        db.execute("create table z (id int)")
        db.execute("insert into z values (1), (2)")
        db.execute("create view a as select id, sleep(5) as x from z")
        monkeypatch.setattr("datahall.ingestion.connectors.mysql.SAMPLE_WITHIN_S", 1)
        table = self.sampled(units, db.form())
        with units.open() as unit:
            kept = repository.sampling(unit.conn, table)
        assert kept.error_code == "ingestion.sample_too_slow"
