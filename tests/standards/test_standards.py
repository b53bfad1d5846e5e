"""Code lists and identifiers."""

import pytest

from datahall.security import NotPermitted, Role
from datahall.standards import (
    CodeEntry,
    CodeList,
    CodeListClash,
    CodeListInvalid,
    SensitiveKind,
    adopt_code_list,
    builtin_code_lists,
    code_list,
    code_lists,
    is_id_card,
    is_mobile,
    is_uscc,
)
from tests.factories import make_actor

BUREAU = make_actor(Role.BUREAU)


def local(code="护理等级", *entries):
    given = entries or (CodeEntry("1", "全自理"), CodeEntry("2", "半护理"))
    return CodeList(code=code, name=code, source="六安市民政局", entries=given)


class TestBuiltin:
    def test_national_lists(self):
        assert code_list(None, "GB/T 2261.1").name_of("2") == "女性"
        assert len(code_list(None, "GB/T 3304").entries) == 58
        assert code_list(None, "GB/T 2260").name_of("341524") == "金寨县"

    def test_every_list_is_sound(self):
        assert [c.code for c in builtin_code_lists().values() if list(c.faults())] == []

    def test_unknown(self):
        assert code_list(None, "GB/T 0") is None


class TestAdopt:
    def test_is_in_force_at_once(self, unit):
        adopted = adopt_code_list(unit, BUREAU, local())
        assert code_list(unit.conn, "护理等级") == adopted
        assert "护理等级" in code_lists(unit.conn)
        assert unit.events[-1].subject == "code_list:护理等级"

    def test_may_replace_what_is_no_national_standard(self, unit):
        adopt_code_list(unit, BUREAU, local("证件类型"))
        assert code_list(unit.conn, "证件类型").name_of("1") == "全自理"

    def test_refuses_to_reword_a_national_standard(self, unit):
        with pytest.raises(CodeListClash):
            adopt_code_list(unit, BUREAU, local("GB/T 2261.1"))

    def test_refuses_anybody_else(self, unit):
        with pytest.raises(NotPermitted):
            adopt_code_list(unit, make_actor(Role.CLERK), local())

    @pytest.mark.parametrize(
        ("made", "field"),
        [
            (local(" "), "code"),
            (local("x", CodeEntry("1", "")), "entries.0"),
            (local("x", CodeEntry("1", "甲"), CodeEntry("1", "乙")), "entries.1"),
            (CodeList(code="x", name="x", entries=()), "entries"),
        ],
    )
    def test_refuses_mistakes(self, unit, made, field):
        with pytest.raises(CodeListInvalid) as refused:
            adopt_code_list(unit, BUREAU, made)
        assert field in [f.field for f in refused.value.faults]


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("11010519491231002X", True),
        ("110105194912310021", False),
        ("11010519491331002X", False),  # month 13
        ("11010519491231002", False),
        (" 11010519491231002X", False),
        ("", False),
    ],
)
def test_id_card(value, right):
    assert is_id_card(value) is right


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("91620100710338815H", True),
        ("91110000600037341L", True),
        ("91110000600037341M", False),
        ("91110000600037341l", False),
    ],
)
def test_uscc(value, right):
    assert is_uscc(value) is right


def test_mobile():
    assert is_mobile("13800005678")
    assert not is_mobile("12800005678")


def test_grades_of_kinds_are_of_general_data():
    assert {kind.least_grade for kind in SensitiveKind} <= {1, 2, 3, 4}
    assert SensitiveKind.BANK_CARD.least_grade == 4
    assert not SensitiveKind.USCC.is_personal
