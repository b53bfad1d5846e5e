"""The demonstration city: deterministic, consistent, faulty exactly as its manifest says."""

import io
from dataclasses import dataclass
from datetime import date, datetime

import fastexcel
import polars as pl
import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import make_conninfo
from stdnum import luhn
from stdnum.cn import ric, uscc

from datahall.catalogue import Field
from datahall.demo import city
from datahall.quality import RuleSet
from datahall.standards import is_id_card
from tests.conftest import NOON

TODAY = date(2026, 10, 16)


@dataclass(frozen=True)
class Entry:
    fields: tuple[Field, ...]


@pytest.fixture(scope="module")
def small() -> city.City:
    return city.build(scale=0.05, today=TODAY)


def checked(made: city.City, dataset: str):
    fields = city.FIELDS[dataset]
    frame = made.datasets[dataset].frame.rename({f.source_column: f.name for f in fields})
    return frame, RuleSet.for_item(Entry(fields)).check(frame, today=TODAY)


def test_is_the_same_every_time(small):
    again = city.build(scale=0.05, today=TODAY)

    assert all(again.datasets[name].frame.equals(small.datasets[name].frame) for name in city.SIZES)
    assert again.manifests == small.manifests


def test_another_seed_is_another_city(small):
    assert not city.build(scale=0.05, seed=1, today=TODAY).persons.equals(small.persons)


@pytest.mark.parametrize("dataset", city.SIZES)
def test_quarantine_finds_every_sown_fault_and_no_other(small, dataset):
    frame, done = checked(small, dataset)

    source = {f.name: f.source_column for f in city.FIELDS[dataset]}
    (key,) = [f.name for f in city.FIELDS[dataset] if f.is_key]
    keys = frame[key]
    found: dict[str, set[tuple[str, str]]] = {}
    for fault in done.faults.iter_rows(named=True):
        found.setdefault(keys[fault["row"]], set()).add((source[fault["field"]], fault["rule"]))
    assert found == small.manifests[dataset]
    assert done.bad.height == small.faulty[dataset]


@pytest.mark.parametrize("dataset", city.SIZES)
def test_about_three_rows_of_a_hundred_are_faulty(small, dataset):
    sown = small.datasets[dataset]

    assert 0.025 < len(sown.manifest) / sown.frame.height < 0.037


@pytest.mark.parametrize("dataset", city.SIZES)
def test_weak_faults_are_counted_and_hold_nothing(small, dataset):
    _, done = checked(small, dataset)

    mobiles = [n for (_, rule), n in done.counts.items() if rule == "mobile"]
    assert mobiles == [small.datasets[dataset].weak]


def test_people_agree_with_their_numbers(small):
    faulty = pl.Series(list(small.manifests["persons"]))
    people = small.persons.filter(~pl.col("gmsfhm").is_in(faulty.implode()))

    assert people["gmsfhm"].is_unique().all()
    for row in people.head(1500).iter_rows(named=True):
        assert is_id_card(row["gmsfhm"])
        assert row["csrq"] == ric.get_birth_date(row["gmsfhm"])
        assert row["xb"] == ("1" if int(row["gmsfhm"][16]) % 2 else "2")
    assert people.select(
        (pl.col("djrq") >= pl.col("csrq")).all() & (pl.col("gxsj").dt.date() < TODAY).all()
    ).item()


def test_families_live_together(small):
    homes = small.persons.group_by("hh").agg(pl.col("hjdz").n_unique(), pl.len())

    assert homes["hjdz"].max() == 1
    assert 2.2 < homes["len"].mean() < 3.2


def test_children_are_younger_than_heads(small):
    heads = small.persons.filter(pl.col("yhzgx") == "户主").select("hh", head="csrq")
    children = small.persons.filter(pl.col("yhzgx") == "子女").join(heads, on="hh")

    assert (children["csrq"] > children["head"]).all()


def test_datasets_refer_to_residents(small):
    """A number whose check digit was spoiled still begins with the resident's."""
    residents = {number[:17] for number in small.persons["gmsfhm"]}

    def known(numbers: pl.Series) -> bool:
        return all(n[:17] in residents for n in numbers.drop_nulls() if ric.is_valid(n))

    assert known(small.assistance["公民身份号码"])
    assert known(small.cremations["公民身份号码"])
    assert known(small.enterprises["fddbrsfzh"])


def test_some_of_the_dead_are_still_paid(small):
    paid = small.assistance.filter(pl.col("享受终止日期").is_null())
    dead = paid.join(small.cremations, on="公民身份号码")

    assert 1 <= dead.height <= 12


def test_numbers_of_firms_and_banks_are_right(small):
    faulty = small.manifests["enterprises"]
    codes = [c for c in small.enterprises["tyshxydm"] if c not in faulty]

    assert all(map(uscc.is_valid, codes))
    assert all(map(luhn.is_valid, small.assistance["银行账号"]))


def test_source_columns_are_those_of_the_entries():
    for table, dataset in ((city.PERSONS, "persons"), (city.ENTERPRISES, "enterprises")):
        assert [(c.name, c.comment) for c in table.columns] == [
            (f.source_column, f.title) for f in city.FIELDS[dataset]
        ]


@pytest.fixture(scope="module")
def reading(server, small):
    made = city.plant_database(server.dsn(), city.PERSONS, small.persons, password="读-'pw")
    yield made
    server.drop_database(city.PERSONS.database)


class TestDatabase:
    @pytest.fixture
    def reader(self, reading):
        dsn = make_conninfo(reading.dsn, user=reading.role, password=reading.password)
        with psycopg.connect(dsn, autocommit=True) as db:
            yield db

    def test_holds_the_rows_with_blanks_as_they_are(self, reader, small):
        rows = reader.execute("select count(*), count(*) filter (where xm = '') from rk.czrk")

        blank = small.persons.filter(pl.col("xm") == "").height
        assert rows.fetchone() == (small.persons.height, blank)
        assert blank > 0

    def test_describes_itself(self, reader):
        comments = reader.execute(
            "select obj_description('rk.czrk'::regclass), col_description('rk.czrk'::regclass, 1)"
        )
        assert comments.fetchone() == ("常住人口基本信息表", "公民身份号码")

    def test_the_role_may_only_read(self, reader):
        with pytest.raises(errors.InsufficientPrivilege):
            reader.execute("delete from rk.czrk")
        with pytest.raises(errors.InsufficientPrivilege):
            reader.execute("create table rk.x ()")

    def test_a_changed_row_is_stamped_with_beijing_time(self, reading, reader, small):
        key = small.persons["gmsfhm"][0]
        city.change_row(reading, key, {"hjdz": "安徽省六安市金安区东市街道"}, at=NOON)

        row = reader.execute("select hjdz, gxsj from rk.czrk where gmsfhm = %s", [key]).fetchone()
        assert row == ("安徽省六安市金安区东市街道", datetime(2026, 10, 16, 12))  # noqa: DTZ001 as stored

    def test_changing_nobody_is_an_error(self, reading):
        with pytest.raises(KeyError):
            city.change_row(reading, "nobody", {"xm": "王"}, at=NOON)


def test_the_workbook_reads_back_to_the_same_text(small, tmp_path):
    city.write_xlsx(tmp_path / "a.xlsx", city.ASSISTANCE_SHEET, small.assistance)

    sheet = fastexcel.read_excel(tmp_path / "a.xlsx").load_sheet(
        city.ASSISTANCE_SHEET, dtypes="string"
    )
    assert sheet.to_polars().equals(small.assistance)


def test_the_csv_is_gb18030(small, tmp_path):
    path = tmp_path / "a.csv"
    city.write_csv(path, small.cremations)

    text = path.read_bytes()
    assert pl.read_csv(io.BytesIO(text.decode("gb18030").encode()), infer_schema=False).equals(
        small.cremations
    )
    with pytest.raises(UnicodeDecodeError):
        text.decode("utf-8")
