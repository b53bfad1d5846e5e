"""The search's own index: what is in it, when, and what it forgives."""

from datetime import date

import pytest
import sqlalchemy as sa

from datahall.catalogue import (
    Facet,
    ItemStatus,
    Measured,
    Measures,
    Order,
    SearchQuery,
    index,
    repository,
    search,
    searching,
    tasks,
)
from datahall.catalogue.queries import Freshness, QualityGrade
from datahall.catalogue.tables import listings
from datahall.kit.ids import TableId, new_id
from tests.conftest import NOON
from tests.factories import add_org, make_field, make_item

N = iter(range(1, 1000))


def publish(conn, title, **about):
    given = {"status": ItemStatus.PUBLISHED, "published_at": NOON, "abstract": "", **about}
    item = make_item(title=title, code=f"101001/{next(N):06d}", **given)
    repository.add(conn, item)
    return item


def found(conn, text="", **about):
    return [hit.title for hit in search(conn, SearchQuery(text=text, **about)).items]


class TestListing:
    def test_what_is_in_force_is_listed_and_nothing_else(self, unit):
        item = publish(unit.conn, "水库大坝监测")
        assert found(unit.conn, "水库") == ["水库大坝监测"]
        repository.save(unit.conn, item.withdrawn("不再采集"))
        assert found(unit.conn, "水库") == []
        repository.add(unit.conn, make_item(title="水库草稿"))
        assert found(unit.conn, "水库") == []

    def test_the_next_version_replaces_the_listing(self, unit):
        item = publish(unit.conn, "水库大坝监测")
        draft = item.next_version(at=NOON).revised({"title": "河道断面监测"})
        repository.add(unit.conn, draft)
        assert found(unit.conn, "水库") == ["水库大坝监测"]
        repository.save(unit.conn, item.superseded(on=date(2026, 10, 16)))
        agreed = draft.submitted(at=NOON).agreed(at=NOON)
        repository.save(unit.conn, agreed.published(code="", at=NOON))
        assert (found(unit.conn, "水库"), found(unit.conn, "河道")) == ([], ["河道断面监测"])

    def test_the_worker_lists_what_an_older_program_left(self, units):
        with units.open() as unit:
            publish(unit.conn, "水库大坝监测")
            publish(unit.conn, "河道断面监测")
            unit.conn.execute(sa.delete(listings).where(listings.c.title == "水库大坝监测"))
            unit.conn.execute(sa.update(listings).values(spelling=0))
        assert tasks.relist(units) == 2
        assert tasks.relist(units) == 0
        with units.open() as unit:
            assert found(unit.conn, "水库") == ["水库大坝监测"]

    def test_a_filter_is_a_look_up_in_the_index(self, unit):
        publish(unit.conn, "水库大坝监测")
        unit.conn.execute(sa.text("set local enable_seqscan = off"))
        condition = searching.Wanted("'水库'").where(["'sharing=conditional'"])
        query = sa.select(listings.c.item).where(condition)
        made = query.compile(unit.conn)
        plan = unit.conn.exec_driver_sql(f"explain {made}", made.params).scalars()
        assert "ix_catalogue_listings_words" in "\n".join(plan)


class TestTypos:
    @pytest.mark.parametrize(
        "typed",
        [
            "最低生活报账",  # homophones
            "最底生活保障",
            "最低升活保障",
            "最低生活保章",
            "最低生保障",  # one missing
            "最低生活活保障",  # one doubled
            "最低活生保障",  # exchanged
            "最低生活救障",  # a wrong one
            "zuidishenghuobaozhnag"[:17],  # typed in letters, cut off
        ],
    )
    def test_one_mistake_is_forgiven(self, unit, typed):
        publish(unit.conn, "最低生活保障对象信息")
        publish(unit.conn, "殡葬火化登记信息")
        assert found(unit.conn, typed) == ["最低生活保障对象信息"]

    @pytest.mark.parametrize("typed", ["量子纠缠实验", "火箭", "qqqq", "xyz"])
    def test_what_is_not_alike_is_not_offered(self, unit, typed):
        publish(unit.conn, "最低生活保障对象信息")
        assert found(unit.conn, typed) == []


class TestRanking:
    def test_exact_then_beginning_then_title_then_the_rest(self, unit):
        for title, about in (
            ("食品抽检", {"abstract": "企业登记的抽检"}),
            ("全市企业登记", {}),
            ("企业登记", {}),
            ("企业登记注销", {}),
        ):
            publish(unit.conn, title, **about)
        assert found(unit.conn, "企业登记", expand=False) == [
            "企业登记", "企业登记注销", "全市企业登记", "食品抽检",
        ]  # fmt: skip

    def test_the_same_when_there_are_more_than_are_ranked(self, unit, monkeypatch):
        monkeypatch.setattr(searching, "MOST_RANKED", 4)
        for n in range(12):
            publish(unit.conn, f"第{n}批企业登记核查", abstract="企业登记")
        publish(unit.conn, "企业登记")
        publish(unit.conn, "企业登记注销")
        assert found(unit.conn, "企业登记", expand=False)[:2] == ["企业登记", "企业登记注销"]

    def test_initials_from_the_beginning_come_first(self, unit):
        publish(unit.conn, "全市最低生活保障")
        publish(unit.conn, "最低生活保障对象")
        assert found(unit.conn, "zdshbz")[0] == "最低生活保障对象"

    @pytest.mark.parametrize("order", list(Order))
    def test_every_order_gives_every_hit_once(self, unit, order):
        titles = {publish(unit.conn, f"企业{n}登记").title for n in range(7)}
        pages = [found(unit.conn, "企业", order=order, size=3, page=n) for n in (1, 2, 3)]
        assert sorted(t for page in pages for t in page) == sorted(titles)


class TestCodes:
    def test_an_alias_code_or_its_beginning(self, unit):
        publish(unit.conn, "水库大坝监测", alias_code="AH-2026-0007")
        assert found(unit.conn, "AH-2026-0007") == ["水库大坝监测"]
        assert found(unit.conn, "ah-2026") == ["水库大坝监测"]

    @pytest.mark.parametrize("text", ["\x00", "a\x00b", "'" * 40, "zz" * 90, "1" * 200, "\\:*'"])
    def test_any_characters(self, unit, text):
        assert found(unit.conn, text) == []
        assert found(unit.conn, chosen={Facet.THEME: (text,)}) == []


class TestBounds:
    def test_more_than_are_counted_is_said(self, unit, monkeypatch):
        monkeypatch.setattr(searching, "MOST_COUNTED", 5)
        for n in range(9):
            publish(unit.conn, f"企业{n}登记")
        result = search(unit.conn, SearchQuery(text="企业"))
        assert (result.total, result.is_bounded) == (5, True)
        assert search(unit.conn, SearchQuery(text="企业3")).is_bounded is False


class TestFacets:
    def test_theme_and_level(self, unit):
        county = add_org(unit.conn, region="341502")
        publish(unit.conn, "甲", provider=county.id)
        publish(unit.conn, "乙", theme="市场监管")
        facets = search(unit.conn, SearchQuery()).facets
        assert facets[Facet.LEVEL] == {"county": 1, "": 1}
        assert facets[Facet.THEME] == {"国家人口": 1, "市场监管": 1}
        assert found(unit.conn, chosen={Facet.LEVEL: ("county",)}) == ["甲"]
        assert found(unit.conn, chosen={Facet.THEME: ("市场监管",)}) == ["乙"]

    def test_what_was_measured_can_be_filtered_by(self, unit):
        item = publish(unit.conn, "甲", fields=(make_field("a", title="编号"),))
        publish(unit.conn, "乙")
        index.measure(unit.conn, item.id, Freshness.LATE, QualityGrade.B)
        assert found(unit.conn, chosen={Facet.FRESHNESS: ("late",)}) == ["甲"]
        index.measure(unit.conn, item.id, Freshness.KEPT, QualityGrade.A)
        assert found(unit.conn, chosen={Facet.FRESHNESS: ("late",)}) == []
        assert found(unit.conn, chosen={Facet.QUALITY: ("A",)}) == ["甲"]
        assert found(unit.conn, "编号", chosen={Facet.FRESHNESS: ("kept",)}) == ["甲"]

    def test_the_worker_asks_who_measures(self, units):
        with units.open() as unit:
            item = publish(unit.conn, "甲", table=TableId(new_id()))

        def answer(_unit, question):
            assert question.items == (item.id,)
            yield Measured(item=item.id, behind_s=1e9, pass_rate=0.96)

        asked = type(units)(engine=units.engine, answerers={Measures: [answer]})
        tasks.keep_index(asked)
        with units.open() as unit:
            chosen = {Facet.FRESHNESS: ("late",), Facet.QUALITY: ("B",)}
            assert found(unit.conn, chosen=chosen) == ["甲"]


@pytest.mark.parametrize(
    ("rate", "grade"),
    [
        (1, "A"),
        (0.98, "A"),
        (0.979, "B"),
        (0.95, "B"),
        (0.9, "C"),
        (0.8, "D"),
        (0.1, "E"),
        (0, "E"),
    ],
)
def test_grades_of_quality(rate, grade):
    assert QualityGrade.of(rate) == grade
    assert QualityGrade.of(None) is QualityGrade.UNKNOWN
