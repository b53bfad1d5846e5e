"""The metadata score: every point has its reason and its place."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datahall.catalogue import ItemNotFound, Sharing, repository
from datahall.catalogue.scores import read_score, scores
from datahall.catalogue.scoring import CRITERIA, score
from datahall.security import NotPermitted, Role
from tests.catalogue.test_codes import CLERK, published
from tests.factories import POLICE, make_actor, make_field, make_item

WHOLE = make_item(
    abstract="全市常住人口的身份、户籍地址与联系方式，由户政窗口登记，实时更新，含迁入迁出。",
    keywords=("人口", "户籍", "身份"),
    theme="公共服务",
    area="全市",
    period="2010 年以来",
    system="人口系统",
    office="户政科",
    fields=(make_field("bh", title="编号", is_key=True, code_list="GB/T 2260"),),
)


def marks(item, *, healthy=1, weights=()):
    return {m.key: m for m in score(item, healthy=healthy, weights=dict(weights)).marks}


def test_points_add_up_to_a_hundred():
    assert sum(c.points for c in CRITERIA) == 100


def test_a_whole_description_has_them_all():
    full = score(WHOLE, healthy=1, weights={})
    assert (full.total, full.grade, full.to_mend) == (Decimal("100.0"), "A", ())


@pytest.mark.parametrize(
    ("about", "key"),
    [
        ({"abstract": "短"}, "abstract"),
        ({"keywords": ("人口",)}, "keywords"),
        ({"theme": ""}, "category"),
        ({"duty_basis": "三定方案"}, "basis"),
        ({"phone": ""}, "contact"),
        ({"area": ""}, "coverage"),
        ({"office": ""}, "origin"),
        ({"share_condition": ""}, "terms"),
        ({"sharing": Sharing.WITHHELD, "withheld_basis": "《法》第一条"}, "terms"),
        ({"privacy": None}, "assessed"),
        ({"fields": (make_field("bh", title="bh", is_key=True, code_list="x"),)}, "titles"),
        ({"fields": (replace(WHOLE.fields[0], length=None),)}, "sizes"),
        ({"fields": (replace(WHOLE.fields[0], code_list=None),)}, "standard"),
        ({"fields": (replace(WHOLE.fields[0], is_key=False),)}, "keyed"),
    ],
)
def test_what_is_missing_costs_its_points_and_is_said(about, key):
    poorer = marks(replace(WHOLE, **about))
    assert {m.key for m in poorer.values() if not m.is_full} == {key}
    assert poorer[key].missing


def test_nothing_mounted_is_said():
    assert marks(WHOLE, healthy=0)["mounted"].missing == "没有探测正常的挂接资源"


def test_weights_may_be_set_and_nought_leaves_out():
    weighed = score(WHOLE, healthy=0, weights={"mounted": 0})
    assert (weighed.total, "mounted" in {m.key for m in weighed.marks}) == (Decimal("100.0"), False)
    heavier = score(WHOLE, healthy=0, weights={"mounted": 90})
    assert heavier.total == Decimal("50.0")


@given(
    st.builds(
        make_item,
        abstract=st.text(max_size=60),
        keywords=st.lists(st.text(min_size=1, max_size=4), max_size=5).map(tuple),
        duty_basis=st.text(max_size=20),
        fields=st.sampled_from([(), WHOLE.fields, make_item().fields]),
    ),
    st.integers(0, 2),
)
def test_every_lost_point_has_its_reason(item, healthy):
    made = score(item, healthy=healthy, weights={})
    assert 0 <= made.total <= 100
    assert made.total == sum(m.points for m in made.marks)
    for mark in made.marks:
        assert 0 <= mark.points <= mark.out_of
        assert bool(mark.missing) is (not mark.is_full)


class TestScores:
    def test_a_department_sees_its_own_the_poorest_first(self, unit):
        published(unit)
        poor = make_item(title="草稿", abstract="", fields=())
        repository.add(unit.conn, poor)
        found = scores(unit, CLERK, POLICE.id)
        assert [one.item.title for one in found] == ["草稿", "常住人口基本信息"]
        assert len(scores(unit, make_actor(Role.BUREAU), POLICE.id)) == 2

    def test_others_are_refused(self, unit):
        item = published(unit)
        stranger = make_actor(Role.CLERK)
        with pytest.raises(NotPermitted):
            scores(unit, stranger, POLICE.id)
        with pytest.raises(ItemNotFound):
            read_score(unit, stranger, item.id)
