"""Searching the published catalogue: words, codes, pinyin, synonyms, facets."""

import pytest

from datahall.catalogue import (
    Facet,
    ItemStatus,
    Order,
    SearchQuery,
    ShareMethod,
    Sharing,
    UpdateCycle,
    repository,
    search,
)
from tests.conftest import NOON
from tests.factories import POLICE, make_field, make_item, make_org

CIVIL_AFFAIRS = make_org(short_name="市民政局")

ENTRIES = {
    "常住人口基本信息": {"abstract": "全市常住人口的身份与户籍所在地。"},
    "最低生活保障对象信息": {
        "provider": CIVIL_AFFAIRS.id,
        "category_code": "101004",
        "abstract": "城市与农村低保在册对象。",
    },
    "殡葬火化登记信息": {
        "provider": CIVIL_AFFAIRS.id,
        "category_code": "101003",
        "abstract": "全市殡仪馆火化登记。",
        "update_cycle": UpdateCycle.WEEKLY,
        "share_methods": (ShareMethod.API, ShareMethod.BATCH),
    },
    "企业登记基本信息": {
        "provider": make_org(short_name="市市场监管局").id,
        "category_code": "102001",
        "abstract": "企业的名称、统一社会信用代码和经营状态。",
        "sharing": Sharing.UNCONDITIONAL,
        "fields": (make_field("uscc", title="统一社会信用代码", is_key=True),),
        "keywords": ("营业执照",),
    },
}


@pytest.fixture
def found(unit):
    """`found("低保")` gives the titles of the hits."""
    for n, (title, about) in enumerate(ENTRIES.items(), start=1):
        given = {"abstract": "", "status": ItemStatus.PUBLISHED, "published_at": NOON, **about}
        code = f"{given.get('category_code', '101001')}/{n:06d}"
        repository.add(unit.conn, make_item(title=title, code=code, **given))
    repository.add(unit.conn, make_item(title="人口迁移草稿"))

    def titles(text="", **about):
        return [hit.title for hit in search(unit.conn, SearchQuery(text=text, **about)).items]

    return titles


@pytest.fixture
def result(unit, found):
    del found
    return lambda text="", **about: search(unit.conn, SearchQuery(text=text, **about))


class TestWords:
    @pytest.mark.parametrize(
        ("text", "first"),
        [
            ("常住人口", "常住人口基本信息"),
            ("户籍 常住", "常住人口基本信息"),
            ("火化", "殡葬火化登记信息"),
            ("火", "殡葬火化登记信息"),  # a single character
            ("统一社会信用代码", "企业登记基本信息"),  # only in a field and the abstract
            ("营业执照", "企业登记基本信息"),  # a keyword
            ("ＵＳＣＣ", "企业登记基本信息"),  # full width, the column's name
            ("低保", "最低生活保障对象信息"),  # only in the abstract
            ("困难群众", "最低生活保障对象信息"),  # a synonym of a word in the abstract
            ("常住人口的信息", "常住人口基本信息"),  # words that say nothing are left out
        ],
    )
    def test_finds(self, found, text, first):
        assert found(text)[0] == first

    def test_drafts_are_not_found(self, found):
        assert "人口迁移草稿" not in found("人口")

    def test_every_word_must_be_there(self, result):
        assert result("常住 企业").approximate or result("常住 企业").total == 0

    def test_the_title_outranks_the_abstract(self, found):
        assert found("企业", expand=False)[0] == "企业登记基本信息"

    def test_synonyms_may_be_left_out(self, result):
        assert result("困难群众").query.synonyms
        assert result("困难群众", expand=False).total == 0

    @pytest.mark.parametrize("text", ["'", "a'b:*", "\\", "%", "_", "<->", "!", "（）", "  "])
    def test_takes_any_characters(self, result, text):
        assert result(text).total >= 0


class TestCodesAndPinyin:
    def test_a_code_or_its_beginning(self, found):
        assert found("101004") == ["最低生活保障对象信息"]
        assert found("102001/000004") == ["企业登记基本信息"]

    @pytest.mark.parametrize("text", ["zdshbz", "ZDSHBZ", "zuidishenghuo"])
    def test_pinyin(self, found, text):
        assert found(text) == ["最低生活保障对象信息"]

    def test_a_title_that_sounds_alike_is_offered(self, result):
        typed = result("最低生活报账")  # homophones of 保障
        assert (typed.approximate, [h.title for h in typed.items]) == (
            True,
            ["最低生活保障对象信息"],
        )

    def test_nothing_sounds_like_this(self, result):
        assert result("瓶装燃气配送").total == 0


class TestFacets:
    def test_count_what_each_value_would_give(self, result):
        facets = result().facets
        assert facets[Facet.PROVIDER][str(CIVIL_AFFAIRS.id)] == 2
        assert facets[Facet.SHARING] == {"conditional": 3, "unconditional": 1}
        assert facets[Facet.UPDATE_CYCLE] == {"04": 3, "05": 1}
        assert facets[Facet.METHOD] == {"api": 4, "batch": 1}

    def test_a_choice_narrows_the_others_but_not_its_own(self, result):
        chosen = result(chosen={Facet.PROVIDER: (str(CIVIL_AFFAIRS.id),)})
        assert chosen.total == 2
        assert chosen.facets[Facet.SHARING] == {"conditional": 2}
        assert chosen.facets[Facet.PROVIDER][str(POLICE.id)] == 1

    def test_two_values_of_one_facet_are_either(self, found):
        both = (str(CIVIL_AFFAIRS.id), str(POLICE.id))
        assert len(found(chosen={Facet.PROVIDER: both})) == 3

    @pytest.mark.parametrize("facet", list(Facet))
    def test_a_value_that_does_not_exist_gives_nothing(self, found, facet):
        assert found(chosen={facet: ("nonsense",)}) == []

    def test_by_method(self, found):
        assert found(chosen={Facet.METHOD: ("batch",)}) == ["殡葬火化登记信息"]


class TestPages:
    def test_every_hit_stands_on_one_page(self, found):
        pages = [found(size=3, page=n, order=Order.TITLE) for n in (1, 2)]
        assert [len(p) for p in pages] == [3, 1]
        assert {t for p in pages for t in p} == set(ENTRIES)
