import pytest
from hypothesis import given
from hypothesis import strategies as st

from datahall.security import masks
from datahall.security.masks import COVER, Protection, mask, mask_for, protection


@pytest.mark.parametrize(
    ("kind", "value", "partial", "strict"),
    [
        ("name", "张三", "张*", COVER),
        ("name", "欧阳明月", "欧**", COVER),
        ("name", "张", COVER, COVER),
        ("id_card", "341502198001011234", "341502********1234", "3****************4"),
        ("id_card", "34150219800101123X", "341502********123X", "3****************X"),
        ("id_card", "341502800101123", "341502******123", COVER),
        ("id_card", "3415021980", COVER, COVER),
        ("uscc", "91341502MA2N12345X", "91341502********5X", COVER),
        ("mobile", "13812345678", "138****5678", "*********78"),
        ("mobile", "1381234567", COVER, COVER),
        ("landline", "0564-3312335", "0564-*****35", COVER),
        ("landline", "05643312335", "0564-*****35", COVER),
        ("address", "六安市金安区望城街道皋城路1号", "六安市金安区***", "六安市***"),
        ("address", "安徽省六安市霍山县衡山镇1号", "安徽省六安市霍山县***", "安徽省六安市***"),
        ("address", "望城街道3号楼", COVER, COVER),
        ("address", "锦绣小区3栋", COVER, COVER),
        ("address", "六安市锦绣小区3栋", "六安市***", "六安市***"),
        ("bank_card", "6222021234567890000", "622202*********0000", "***************0000"),
        ("email", "abel@x.cn", "a***@x.cn", "***@x.cn"),
        ("email", "a@x.cn", COVER, "***@x.cn"),
        ("plate", "皖N12345", "皖N·1***5", "皖N·*****"),
        ("plate", "皖N·D12345", "皖N·D***5", "皖N·*****"),
        ("birth_date", "1980-02-29", "1980-**-**", "198*-**-**"),
        ("birth_date", "19800229", "1980-**-**", "198*-**-**"),
        ("location", "116.5078,31.7529", "116.50,31.75", "116.5,31.7"),
        ("location", "NaN", COVER, COVER),
    ],
)
def test_each_kind_keeps_what_the_convention_keeps(kind, value, partial, strict):
    assert mask_for(kind, Protection.PARTIAL)(value) == partial
    assert mask_for(kind, Protection.STRICT)(value) == strict


@pytest.mark.parametrize(
    ("kind", "grade", "masked", "expected"),
    [
        ("id_card", 3, True, Protection.PARTIAL),
        ("id_card", 1, True, Protection.PARTIAL),  # the kind asks although the grade does not
        ("id_card", 4, True, Protection.STRICT),
        ("id_card", 4, False, Protection.CLEAR),
        ("id_card", 5, False, Protection.WHOLE),  # no grant opens important data
        ("none", 1, True, Protection.CLEAR),
        ("none", 2, True, Protection.CLEAR),
        ("none", 3, True, Protection.WHOLE),
        ("none", 4, True, Protection.WHOLE),
        ("none", 3, False, Protection.CLEAR),
        ("none", 6, False, Protection.WHOLE),
    ],
)
def test_the_strictest_wins(kind, grade, masked, expected):
    assert protection(kind=kind, grade=grade, masked=masked) is expected


def test_stricter_is_never_weaker():
    """STRICT shows a subset of the characters that PARTIAL shows."""
    for kind, value in {
        "id_card": "341502198001011234",
        "mobile": "13812345678",
        "bank_card": "6222021234567890000",
        "address": "六安市金安区望城街道皋城路1号",
        "birth_date": "1980-02-29",
    }.items():
        shown = [
            sum(c != "*" for c in mask_for(kind, p)(value) or "")
            for p in (Protection.PARTIAL, Protection.STRICT)
        ]
        assert shown[1] < shown[0]


def test_nothing_stays_nothing():
    assert mask("id_card", None) is None
    assert mask("none", None, grade=1) is None


def test_a_value_that_is_not_text_is_masked_as_text():
    assert mask("none", 12, grade=3) == COVER
    assert mask("none", 12, grade=1) == "12"


KINDS = sorted(masks.PARTIAL)


@given(st.sampled_from(KINDS), st.text(max_size=40))
def test_an_odd_value_never_comes_through(kind, value):
    for wanted in (Protection.PARTIAL, Protection.STRICT, Protection.WHOLE):
        shown = mask_for(kind, wanted)(value)
        if kind != "location":  # numbers of one decimal have nothing to hide
            assert "*" in shown
        assert shown == mask_for(kind, wanted)(value)


@given(st.from_regex(r"\A[1-9]\d{5}(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d)\d{3}[\dX]\Z"))
def test_the_birth_date_of_an_id_card_is_never_shown(value):
    for grade in (1, 3, 4):
        shown = mask("id_card", value, grade=grade)
        assert len(shown) == 18
        assert set(shown[6:14]) == {"*"}


@given(st.from_regex(r"\A六安市金安区[一-龥]{2,6}街道[一-龥]{1,8}路\d{1,4}号\d{1,3}室\Z"))
def test_an_address_is_cut_at_the_county(value):
    assert mask("address", value) == "六安市金安区***"
