"""Column profiles: what a sample says, and that nothing of a person is kept."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datahall import catalogue, ingestion
from datahall.catalogue import ColumnProfile, ScannedColumn, TableNotFound
from datahall.ingestion import Kind, SourceForm, make_profile, order_profile, repository
from datahall.ingestion.errors import TableGoneAlready
from datahall.ingestion.profiling import profile
from datahall.ingestion.service import tables
from datahall.quality import checksums
from datahall.security import NotPermitted, Role
from tests.factories import make_actor
from tests.ingestion.conftest import CLERK, PERSONS, add_persons

TODAY = date(2026, 10, 16)
SEXES = {"GB/T 2261.1": frozenset("0129")}


def make_id_card(n: int) -> str:
    base = f"341502{1950 + n % 60}{n % 12 + 1:02}{n % 28 + 1:02}{n % 1000:03}"
    total = sum(int(d) * w for d, w in zip(base, checksums.ID_WEIGHTS, strict=True))
    return base + checksums.ID_CHECKS[total % 11]


def column(name: str, comment: str = "", type_: str = "text") -> ScannedColumn:
    return ScannedColumn(name=name, comment=comment, type=type_, position=1)


def profile_of(values: list[Any], name: str = "c1", comment: str = "") -> ColumnProfile:
    frame = pl.DataFrame({name: values}, strict=False)
    return profile(frame, [column(name, comment)], SEXES, TODAY)[name]


class TestProfile:
    def test_counts_what_is_empty_and_what_differs(self):
        made = profile_of(["甲", "甲", "乙", " ", "", None])
        assert (made.rows, made.nulls, made.distinct) == (6, 3, 2)
        assert made.null_rate == 0.5

    def test_orders_numbers_by_size_even_as_text(self):
        made = profile_of(["10", "9", "100"])
        assert (made.minimum, made.maximum) == ("9", "100")
        made = profile_of([10, 9, 100])
        assert (made.minimum, made.maximum) == ("9", "100")

    @pytest.mark.parametrize(
        ("values", "shape"),
        [
            (["AB-2026-0001", "AB-2026-0002"], "AA-9{4}-9{4}"),
            (["皖西大道", "皖西大道"], "汉{4}"),
            (["a1", "12345", "甲乙"], None),
        ],
    )
    def test_names_the_common_shape(self, values, shape):
        assert profile_of(values).pattern == shape

    def test_recognises_identity_numbers_by_their_check_digit(self):
        made = profile_of([make_id_card(n) for n in range(100)])
        assert made.shares["id_card"] == 1
        assert made.likely_kind == "id_card"
        assert "像公民身份号码" in made.in_words
        wrong = [make_id_card(n)[:17] + "A" for n in range(100)]
        assert "id_card" not in profile_of(wrong).shares

    def test_recognises_names_but_not_places(self):
        assert profile_of(["张伟", "王秀英", "李娜", "欧阳锋"]).shares["name"] == 1
        assert "name" not in profile_of(["金安区", "叶集区", "金寨县"]).shares

    def test_recognises_codes_of_a_list(self):
        made = profile_of(["1", "2", "1", None])
        assert made.shares["code_list:GB/T 2261.1"] == 1
        assert made.likely_code_list == "GB/T 2261.1"
        assert "code_list:GB/T 2261.1" not in profile_of(["1", "7", "8"]).shares

    def test_recognises_birth_dates_beside_identity_numbers(self):
        ids = [make_id_card(n) for n in range(50)]
        days = [f"{i[6:10]}-{i[10:12]}-{i[12:14]}" for i in ids]
        frame = pl.DataFrame({"a": ids, "b": days})
        made = profile(frame, [column("a"), column("b")], {}, TODAY)["b"]
        assert made.shares["birth_date"] == 1
        assert made.minimum is None

    def test_of_no_rows_says_so(self):
        assert profile_of([]).in_words == "没有取到行。"
        assert profile_of([None, None]).in_words == "全部为空。"


class TestDiscretion:
    @pytest.mark.parametrize(
        ("values", "name", "comment"),
        [
            (["乙", "甲"], "xm", ""),  # by its name
            (["乙", "甲"], "c1", "户籍地址"),  # by its comment
            (["甲", "乙"], "c1", "疾病诊断"),
            ([3200, 1800], "c1", "家庭月收入"),
            (["x"] * 99 + [make_id_card(1)], "c1", ""),  # by one value among a hundred
            (["x"] * 99 + ["13800005678"], "c1", ""),
            (["低保户张三，身份证" + make_id_card(2) + "，已核"], "c1", "备注"),
            (["张伟", "王秀英", "李娜"], "c1", ""),
            (["金安区皖西大道12号", "裕安区解放路3号"], "c1", ""),
            ([116.50712, 116.49321], "c1", ""),
            (["很长的说明" * 20], "c1", ""),
        ],
    )
    def test_keeps_no_value_of_what_tells_about_people(self, values, name, comment):
        made = profile_of(values, name, comment)
        assert made.withheld
        assert (made.pattern, made.minimum, made.maximum) == (None, None, None)

    def test_keeps_the_bounds_of_the_rest(self):
        made = profile_of([3, 1, 2], comment="窗口号")
        assert (made.withheld, made.minimum, made.maximum) == ("", "1", "3")

    @settings(deadline=None)
    @given(st.lists(st.integers(0, 5000), min_size=1, max_size=30), st.integers(0, 40))
    def test_no_identity_number_is_ever_kept(self, numbers, others):
        """Whatever stands beside it in the column, and whatever the column is called."""
        values = [f"编号{n}" for n in range(others)] + [make_id_card(n) for n in numbers]
        made = profile_of(values)
        assert not any(value in repr(made) for value in values[others:])

    def test_what_a_caller_sends_in_clear_is_not_stored(self, unit, source_table):
        sent = ColumnProfile(
            column="xm", rows=1, nulls=0, distinct=1, minimum="张三", maximum="张三"
        )
        catalogue.record_profile(unit, CLERK, source_table, {"xm": sent})
        kept = catalogue.profiles(unit.conn, source_table)["xm"]
        assert (kept.minimum, kept.maximum) == (None, None)
        assert "姓名" in kept.withheld


@pytest.fixture
def source_table(unit, source_db):
    """The table `person` of a scanned PostgreSQL, in the test's transaction."""
    source_db.execute(PERSONS)
    add_persons(source_db, range(1, 1001))
    return scanned(unit, source_db.form())


def scanned(unit, form, name="person"):
    source = ingestion.register_source(unit, CLERK, form)
    ingestion.scan(unit, CLERK, source.id)
    return next(t.id for t in catalogue.inventory(unit.conn, source.id) if t.name == name)


class TestSample:
    def test_of_postgresql_is_summed_up_and_kept(self, units, source_db):
        source_db.execute(PERSONS)
        add_persons(source_db, range(1, 1001))
        with units.open() as unit:
            table = scanned(unit, source_db.form())
            order_profile(unit, CLERK, table)
        make_profile(units, table)
        with units.open() as unit:
            found = catalogue.profiles(unit.conn, table)
            assert repository.sampling(unit.conn, table).finished_at is not None
        assert found["id"].rows == 1000
        assert (found["id"].minimum, found["id"].maximum) == ("1", "1000")
        assert found["active"].distinct == 2
        assert found["xm"].withheld
        assert found["xm"].sampled_at is not None

    def test_is_bounded_and_comes_from_all_over_a_large_table(self, unit, source_db):
        source_db.execute(PERSONS)
        add_persons(source_db, range(1, 60_001))
        source_db.execute("analyze person")
        table = catalogue.inventory_table(unit.conn, scanned(unit, source_db.form()))
        found = repository.source(unit.conn, table.source)
        reading = tables.Reading(schema="public", table="person", columns=("id",))
        rows = tables.connector_of(found).sample(reading, rows=500)
        assert 0 < rows.height <= 500
        assert rows["id"].max() > 5000

    def test_the_source_stops_what_takes_too_long(self, units, source_db, monkeypatch):
        source_db.execute(PERSONS)
        source_db.execute("create view slow as select id, pg_sleep(5)::text as x from person")
        add_persons(source_db, range(1, 10))
        monkeypatch.setattr("datahall.ingestion.connectors.postgres.SAMPLE_WITHIN_S", 1)
        with units.open() as unit:
            table = scanned(unit, source_db.form(), "slow")
            order_profile(unit, CLERK, table)
        make_profile(units, table)
        with units.open() as unit:
            assert repository.sampling(unit.conn, table).error_code == "ingestion.sample_too_slow"
            assert catalogue.profiles(unit.conn, table) == {}

    @pytest.mark.parametrize("kind", [Kind.CSV, Kind.XLSX])
    def test_of_files(self, units, kind, tmp_path):
        frame = pl.DataFrame({"证号": [make_id_card(n) for n in range(30)], "状态": ["在用"] * 30})
        path = tmp_path / f"册.{kind.value}"
        frame.write_csv(path) if kind is Kind.CSV else frame.write_excel(path, worksheet="册")
        with units.open() as unit:
            source = ingestion.register_source(unit, CLERK, SourceForm(name="册", kind=kind))
            with path.open("rb") as content:
                ingestion.upload(unit, CLERK, source.id, name=path.name, content=content)
            ingestion.scan(unit, CLERK, source.id)
            (table,) = catalogue.inventory(unit.conn, source.id)
            order_profile(unit, CLERK, table.id)
        make_profile(units, table.id)
        with units.open() as unit:
            found = catalogue.profiles(unit.conn, table.id)
        assert found["证号"].shares["id_card"] == 1
        assert found["证号"].minimum is None
        assert (found["状态"].distinct, found["状态"].minimum) == (1, "在用")


class TestOrder:
    def test_is_the_clerks_of_the_department(self, unit, source_table):
        with pytest.raises(TableNotFound):
            order_profile(unit, make_actor(Role.CLERK), source_table)
        with pytest.raises(NotPermitted):
            order_profile(unit, make_actor(Role.HEAD, org=CLERK.org), source_table)

    def test_is_refused_for_a_table_that_is_gone(self, unit, source_table, source_db):
        source_db.execute("drop table person; create table other (id int)")
        source = catalogue.inventory_table(unit.conn, source_table).source
        unit.now = unit.now.replace(hour=5)
        ingestion.scan(unit, CLERK, source)
        with pytest.raises(TableGoneAlready):
            order_profile(unit, CLERK, source_table)
