"""What can be wrong with a department's PostgreSQL: each is told in words, nothing half-written."""

import pytest
import sqlalchemy as sa

from datahall import catalogue, ingestion
from datahall.catalogue import EntryIncomplete
from datahall.ingestion import Layer, LoadFailure, TaskStatus, tables
from datahall.ingestion.service import sources
from datahall.kit.keys import KeyStore
from tests.ingestion.conftest import (
    CLERK,
    PERSONS,
    add_persons,
    free_port,
    publish,
    told,
    told_by,
)


@pytest.fixture
def persons(source_db):
    source_db.execute(PERSONS)
    add_persons(source_db, range(1, 101))
    return source_db


@pytest.fixture
def mounted(persons, mount):
    return mount(persons.form(), "person")


def failing(unit, form):
    """Register and test; what the layer that failed says, and the layers after it."""
    source = ingestion.register_source(unit, CLERK, form)
    findings = ingestion.test_source(unit, CLERK, source.id).findings
    failed = next(f for f in findings if f.ok is False)
    after = findings[findings.index(failed) + 1 :]
    assert [f.ok for f in after] == [None] * len(after)
    return failed.layer, told(failed.code, failed.detail)


def no_rows(mounted):
    return mounted.rows(where="true") == [] and mounted.loads()[0].inserted == 0


class TestConnection:
    def test_in_order_says_so_layer_by_layer(self, unit, persons):
        source = ingestion.register_source(unit, CLERK, persons.form())
        diagnosis = ingestion.test_source(unit, CLERK, source.id)
        assert diagnosis.ok
        sentences = [told(f.code, f.detail) for f in diagnosis.findings]
        assert sentences[1].startswith("账号 hall 登录成功，服务器是 PostgreSQL")
        assert sentences[2:] == ["可读 1 张表。", "试读 public.person 成功。"]

    def test_to_a_source_that_is_down(self, unit, persons):
        port = free_port()
        layer, sentence = failing(unit, persons.form(port=str(port)))
        assert layer is Layer.REACH
        assert sentence.startswith(f"连不上 127.0.0.1:{port}。请确认数据库已启动")

    def test_to_a_host_that_nobody_knows(self, unit, persons):
        layer, sentence = failing(unit, persons.form(host="no-such-host.invalid"))
        assert layer is Layer.REACH
        assert sentence.startswith("找不到主机 no-such-host.invalid。")

    def test_to_where_clouds_keep_their_secrets(self, unit, persons):
        layer, sentence = failing(unit, persons.form(host="169.254.169.254"))
        assert layer is Layer.REACH
        assert "这是云主机的元数据地址" in sentence

    def test_with_a_wrong_password(self, unit, persons):
        layer, sentence = failing(unit, persons.form(password="wrong"))
        assert layer is Layer.LOGIN
        assert sentence.startswith("账号 hall 登录不了：用户名或密码不对")
        assert "wrong" not in sentence

    def test_with_a_user_that_is_none(self, unit, persons):
        layer, _ = failing(unit, persons.form(user="nobody_here"))
        assert layer is Layer.LOGIN

    def test_to_a_database_that_is_none(self, unit, persons):
        layer, sentence = failing(unit, persons.form(database="renkou"))
        assert layer is Layer.LOGIN
        assert "没有名为 renkou 的数据库" in sentence

    def test_to_a_schema_that_may_not_be_used(self, unit, persons):
        persons.execute("create schema secret")
        layer, sentence = failing(unit, persons.form(schema="secret"))
        assert layer is Layer.PRIVILEGE
        assert "GRANT USAGE ON SCHEMA secret TO hall;" in sentence

    def test_without_any_table_to_read(self, unit, persons):
        persons.execute("revoke all on person from hall")
        layer, sentence = failing(unit, persons.form())
        assert layer is Layer.PRIVILEGE
        assert "GRANT SELECT ON ALL TABLES IN SCHEMA public TO hall;" in sentence

    def test_whose_key_file_was_changed(self, unit, persons, monkeypatch, tmp_path):
        source = ingestion.register_source(unit, CLERK, persons.form())
        monkeypatch.setattr(sources, "key_store", lambda: KeyStore(tmp_path / "other"))
        failed = ingestion.test_source(unit, CLERK, source.id).findings[0]
        assert "密钥文件换过" in told(failed.code, failed.detail)

    def test_of_another_way_in_is_not_known_before_it_is_tested(self, unit, persons):
        source = ingestion.register_source(unit, CLERK, persons.form())
        ingestion.test_source(unit, CLERK, source.id)
        renamed = ingestion.revise_source(
            unit, CLERK, source.id, persons.form(name="人口库", password="")
        )
        assert renamed.diagnosis is not None
        moved = ingestion.revise_source(unit, CLERK, source.id, persons.form(name="人口库"))
        assert (moved.diagnosis, moved.tested_at) == (None, None)


class TestScan:
    def test_of_a_table_without_key_cannot_be_mounted(self, unit, persons):
        persons.execute("create table loose (xm varchar(20), zt varchar(10))")
        source = ingestion.register_source(unit, CLERK, persons.form())
        ingestion.scan(unit, CLERK, source.id)
        table = next(t for t in catalogue.inventory(unit.conn, source.id) if t.name == "loose")
        assert table.primary_key == ()

        draft = catalogue.draft_from_table(unit, CLERK, table.id)
        with pytest.raises(EntryIncomplete) as refused:
            publish(unit, draft)
        assert "catalogue.key_missing" in [f.code for f in refused.value.faults]

    def test_offers_a_unique_index_as_the_key(self, unit, persons):
        persons.execute("create table firm (code varchar(18) not null unique, name text)")
        source = ingestion.register_source(unit, CLERK, persons.form())
        ingestion.scan(unit, CLERK, source.id)
        table = next(t for t in catalogue.inventory(unit.conn, source.id) if t.name == "firm")
        assert table.primary_key == ("code",)

    def test_of_a_source_that_is_down_is_refused_and_leaves_the_inventory(self, unit, persons):
        source = ingestion.register_source(unit, CLERK, persons.form())
        ingestion.scan(unit, CLERK, source.id)
        form = persons.form(name=source.name, port=str(free_port()))
        ingestion.revise_source(unit, CLERK, source.id, form)
        with pytest.raises(LoadFailure):
            ingestion.scan(unit, CLERK, source.id)
        assert len(catalogue.inventory(unit.conn, source.id)) == 1

    def test_shows_types_that_cannot_be_brought(self, unit, persons):
        persons.execute("create table shop (id int primary key, place point, tags text[])")
        source = ingestion.register_source(unit, CLERK, persons.form())
        ingestion.scan(unit, CLERK, source.id)
        table = next(t for t in catalogue.inventory(unit.conn, source.id) if t.name == "shop")
        assert [c.type for c in table.columns] == ["integer", "未识别：point", "未识别：text[]"]


class TestLoad:
    def test_from_a_source_that_went_down_is_tried_again(self, mounted, units):
        with units.open() as unit:
            unit.conn.execute(sa.update(tables.sources).values(port=free_port()))
        load = mounted.run()
        assert load.error_layer is Layer.REACH
        assert told_by(load).startswith("连不上 127.0.0.1")
        assert no_rows(mounted)
        task = mounted.now()
        assert (task.status, task.failures) == (TaskStatus.ACTIVE, 1)
        assert task.due_at > load.finished_at

    def test_without_privilege_stops_and_says_the_grant(self, persons, mounted):
        persons.execute("revoke select on person from hall")
        load = mounted.run()
        assert load.error_layer is Layer.PRIVILEGE
        assert 'GRANT SELECT ON "public"."person" TO hall;' in told_by(load)
        assert no_rows(mounted)
        assert mounted.now().status is TaskStatus.STOPPED

        persons.execute("grant select on person to hall")
        with mounted.units.open() as unit:
            ingestion.resume(unit, CLERK, mounted.task.id)
        assert mounted.run().inserted == 100

    def test_with_a_wrong_password_stops(self, persons, mounted):
        persons.execute("create role other login password 'new'")
        try:
            with mounted.units.open() as unit:
                unit.conn.execute(sa.update(tables.sources).values(user="other"))
            load = mounted.run()
        finally:
            persons.execute("drop role other")
        assert load.error_layer is Layer.LOGIN
        assert mounted.now().status is TaskStatus.STOPPED

    def test_of_an_unknown_type_says_which_column(self, persons, mount):
        persons.execute("create table shop (id int primary key, place point)")
        mounted = mount(persons.form(), "shop")
        load = mounted.run()
        assert load.error_layer is Layer.CONTRACT
        assert told_by(load).startswith("public.shop 的 place 列是 point 类型，大厅不认识")
        assert no_rows(mounted)

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ("alter table person rename to people", "源端已没有 public.person"),
            ("alter table person drop column born", "public.person 已没有这些列：born"),
        ],
    )
    def test_after_the_source_changed_its_shape(self, persons, mounted, change, sentence):
        mounted.run()
        persons.execute(change)
        load = mounted.run()
        assert load.error_layer is Layer.CONTRACT
        assert told_by(load).startswith(sentence)
        assert len(mounted.rows()) == 100

    def test_that_reads_nothing_from_a_table_with_rows_is_no_success(self, persons, mount):
        persons.execute("analyze person")
        mounted = mount(persons.form(), "person")
        persons.execute("alter table person enable row level security")
        load = mounted.run()
        assert load.error_layer is Layer.READ
        assert told_by(load).startswith("源表 public.person 应有约 100 行，但这次一行也没有读到")
        assert mounted.now().status is TaskStatus.ACTIVE

    def test_of_a_register_that_was_emptied_keeps_the_hall(self, persons, mounted, units):
        mounted.run()
        persons.execute("truncate person")
        with units.open() as unit:
            ingestion.compare_all(unit, CLERK, mounted.task.id)
        load = mounted.run()
        assert told_by(load).startswith("源表 public.person 现在是空的，而大厅有 100 行")
        assert len(mounted.rows()) == 100
        assert mounted.now().status is TaskStatus.STOPPED

    def test_with_a_key_that_is_none_is_refused(self, persons, mount):
        persons.execute("create view v_person as select id, xm, active from person")
        persons.execute("update person set active = true")
        mounted = mount(persons.form(), "v_person", key=("active",))
        load = mounted.run()
        assert "不能唯一确定一行：本次读到 100 行" in told_by(load)
        assert no_rows(mounted)

    def test_of_two_hundred_columns_lands(self, persons, mount):
        columns = ", ".join(f"c{i} varchar(20)" for i in range(199))
        persons.execute(f"create table wide (id bigint primary key, {columns})")
        values = ", ".join("'值' || i" for _ in range(199))
        persons.execute(  # the columns are made three lines above
            f"insert into wide select i, {values} from generate_series(1, 500) i"
        )
        mounted = mount(persons.form(), "wide")
        assert len(mounted.item.fields) == 200
        assert mounted.run().inserted == 500
        assert mounted.rows("id, c198", "id = 500") == [(500, "值500")]

    def test_of_values_at_the_edge_of_their_types(self, persons, mount):
        persons.execute(
            "create table edge (id int primary key, d date, t timestamp, z timestamptz, n numeric,"
            " s text, j jsonb, u uuid)"
        )
        persons.execute(
            """insert into edge values
            (1, '9999-12-31', '1899-12-31 23:59:59.999999', '2026-10-16 12:00+08', 1e20, '', '{}',
             'b6f0c3a8-0000-4000-8000-000000000000'),
            (2, 'infinity', null, 'infinity', null, e'引号"，换行\n，逗号,\\\\N', null, null)"""
        )
        mounted = mount(persons.form(), "edge")
        assert mounted.run().inserted == 2
        rows = mounted.rows("id, d::text, s, z")
        assert rows[0][:3] == (1, "9999-12-31", None)
        assert rows[0][3].isoformat() == "2026-10-16T04:00:00+00:00"
        assert rows[1] == (2, None, '引号"，换行\n，逗号,\\N', None)
