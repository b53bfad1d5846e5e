"""How a field keeps to its element, and what binding brings it."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datahall.conformance.model import Tally, bound, deviations, unbound
from datahall.standards import FieldType, SensitiveKind, builtin_elements
from tests.factories import make_field
from tests.standards.factories import make_element

ID_CARD = next(e for e in builtin_elements() if e.code == "DE01002")
SEX = next(e for e in builtin_elements() if e.code == "DE01003")
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
KINDS = st.sampled_from(list(SensitiveKind))
ELEMENTS = st.sampled_from(builtin_elements())
FIELDS = st.builds(
    make_field,
    st.just("x"),
    type=st.sampled_from(list(FieldType)),
    length=st.none() | st.integers(1, 300),
    grade=st.integers(1, 4),
    sensitive=KINDS,
    code_list=st.none() | st.sampled_from(["GB/T 2261.1", "GB/T 3304"]),
    rules=st.lists(st.sampled_from(["id_card", "not_future", "mobile"]), unique=True).map(tuple),
)


def paths(field, element):
    return [d.path for d in deviations(field, element)]


class TestDeviations:
    def test_none_when_all_is_as_the_element_says(self):
        field = make_field(length=18, grade=3, sensitive=SensitiveKind.ID_CARD, rules=("id_card",))
        assert paths(field, ID_CARD) == []

    @pytest.mark.parametrize(
        ("about", "path"),
        [
            ({"type": FieldType.DATE}, "type"),
            ({"length": 30}, "length"),
            ({"length": None}, "length"),
            ({"grade": 2}, "grade"),
            ({"sensitive": SensitiveKind.NONE}, "sensitive"),
            ({"rules": ()}, "rules"),
        ],
    )
    def test_says_in_what(self, about, path):
        right = {
            "length": 18, "grade": 3, "sensitive": SensitiveKind.ID_CARD, "rules": ("id_card",),
        }  # fmt: skip
        assert paths(make_field(**right | about), ID_CARD) == [path]

    def test_in_words(self):
        (one,) = deviations(make_field(length=2, code_list="GB/T 2261.1"), SEX)
        assert one.words == "长度 2，数据元是 1"
        (other,) = deviations(make_field(length=1, code_list="GB/T 3304"), SEX)
        assert other.words == "代码表 GB/T 3304，数据元是 GB/T 2261.1"

    def test_a_day_is_no_instant(self):
        day = make_element(type=FieldType.DATE, length=None)
        assert paths(make_field(type=FieldType.DATETIME, length=None), day) == ["type"]

    def test_any_text_is_text_and_any_number_a_number(self):
        text = make_element(type=FieldType.TEXT, length=None)
        assert paths(make_field(length=None), text) == []
        number = make_element(type=FieldType.NUMBER, length=16, scale=2)
        assert paths(make_field(type=FieldType.MONEY, length=16, scale=4), number) == ["scale"]

    def test_of_an_element_that_ended(self):
        assert paths(make_field(element="DE90001"), None) == ["element"]


class TestBound:
    @CALM
    @given(FIELDS, ELEMENTS)
    def test_never_lowers_a_grade_and_loses_no_rule(self, field, element):
        made = bound(field, element)
        assert made.grade >= max(field.grade, element.grade, made.sensitive.least_grade)
        assert set(made.rules) >= set(field.rules) | set(element.rules)
        assert made.element == element.code

    @CALM
    @given(FIELDS, ELEMENTS)
    def test_leaves_what_is_the_sources(self, field, element):
        made = bound(field, element)
        for name in ("name", "title", "source_column", "type", "length", "scale", "is_key"):
            assert getattr(made, name) == getattr(field, name)

    @CALM
    @given(FIELDS, ELEMENTS)
    def test_twice_is_once(self, field, element):
        once = bound(field, element)
        assert bound(once, element) == once

    @CALM
    @given(FIELDS, ELEMENTS)
    def test_only_what_somebody_set_otherwise_deviates(self, field, element):
        """After binding, grade and rules agree; the rest differs only where it was set before."""
        left = set(paths(bound(field, element), element))
        assert not left & {"grade", "rules", "element"}
        if field.sensitive is SensitiveKind.NONE:
            assert "sensitive" not in left
        if field.code_list is None:
            assert "code_list" not in left

    def test_released_it_keeps_what_was_brought(self):
        made = unbound(bound(make_field(), ID_CARD))
        assert (made.element, made.is_source) == (None, False)
        assert made.rules == ("id_card",)
        assert made.grade == 3


class TestTally:
    def test_rates(self):
        tally = Tally(fields=3, bound=2, conforming=1)
        assert tally.bound_rate == Decimal("0.6667")
        assert tally.conformance_rate == Decimal("0.3333")
        assert (tally + tally).fields == 6

    def test_over_nothing_there_is_no_rate(self):
        assert Tally(fields=0, bound=0, conforming=0).conformance_rate is None
