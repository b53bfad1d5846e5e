"""Working days: the rule against a naive one, and the dates of real notices."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datahall.deadlines import Calendar, SpecialDay, calendar, seed, set_day
from datahall.deadlines.errors import DayIsOrdinary, DayNameRequired
from datahall.deadlines.repository import days_of, published
from datahall.kit.uow import Unit
from datahall.security import NotPermitted, Role
from tests.supply_demand.factories import SHUGUAN, make_actor

CITY = Calendar.of(published())
BUREAU = make_actor(Role.BUREAU, org=SHUGUAN)

days = st.dates(min_value=date(2021, 1, 1), max_value=date(2027, 12, 31))
limits = st.integers(min_value=1, max_value=40)
specials = st.dictionaries(days, st.booleans(), max_size=40).map(
    lambda chosen: Calendar.of(SpecialDay(d, works=w, name="节") for d, w in chosen.items())
)


class TestDueOn:
    @given(specials, days, limits)
    def test_is_the_nth_of_the_working_days_after(self, known, start, n):
        after = (start + timedelta(days=i) for i in range(1, 1000))
        working = [
            d for d, _ in zip(after, range(400), strict=False)
            if (known.special[d].works if d in known.special else d.weekday() < 5)
        ]  # fmt: skip

        assert known.due_on(start, n) == working[n - 1]

    @given(specials, days, limits, limits)
    def test_adds_up(self, known, start, a, b):
        assert known.due_on(known.due_on(start, a), b) == known.due_on(start, a + b)

    @given(specials, days, limits)
    def test_and_between_undo_each_other(self, known, start, n):
        due = known.due_on(start, n)

        assert known.between(start, due) == n
        assert known.between(due, start) == -n
        assert known.works(due)

    @pytest.mark.parametrize(
        ("submitted", "due"),
        [
            (
                date(2022, 1, 28),
                date(2022, 1, 29),
            ),  # Friday; the Saturday is worked, then 7 days off
            (date(2026, 2, 13), date(2026, 2, 14)),  # the same in 2026, then 9 days off
            (date(2026, 9, 30), date(2026, 10, 8)),  # the day before the National Day holiday
            (date(2026, 10, 9), date(2026, 10, 10)),  # the make-up Saturday after it
            (date(2026, 10, 16), date(2026, 10, 19)),  # an ordinary weekend
        ],
    )
    def test_unconditional_answer_within_one_working_day(self, submitted, due):
        assert CITY.due_on(submitted, 1) == due

    def test_conditional_answer_over_the_national_day_holiday(self):
        assert CITY.due_on(date(2026, 9, 24), 10) == date(2026, 10, 15)


class TestTable:
    def test_is_seeded_with_the_published_days(self, unit: Unit):
        assert [(d.day, d.name) for d in days_of(unit.conn, 2026) if d.works] == [
            (date(2026, 1, 4), "元旦"),
            (date(2026, 2, 14), "春节"),
            (date(2026, 2, 28), "春节"),
            (date(2026, 5, 9), "劳动节"),
            (date(2026, 9, 20), "国庆节"),
            (date(2026, 10, 10), "国庆节"),
        ]

    def test_edited_days_survive_the_next_seed(self, unit: Unit):
        set_day(unit, BUREAU, date(2026, 10, 10), works=False, name="调休取消")
        seed(unit.conn)

        assert not calendar(unit.conn).works(date(2026, 10, 10))
        assert unit.events[-1].tag == "deadlines:day:change"

    def test_takes_the_next_years_notice(self, unit: Unit):
        assert not calendar(unit.conn).knows(2027)
        set_day(unit, BUREAU, date(2027, 1, 1), works=False, name="元旦")

        assert calendar(unit.conn).knows(2027)
        assert calendar(unit.conn).due_on(date(2026, 12, 31), 1) == date(2027, 1, 4)

    def test_refuses_what_says_nothing(self, unit: Unit):
        with pytest.raises(DayIsOrdinary):
            set_day(unit, BUREAU, date(2027, 3, 1), works=True, name="上班")
        with pytest.raises(DayNameRequired):
            set_day(unit, BUREAU, date(2027, 3, 1), works=False, name=" ")

    def test_is_edited_by_the_authority_only(self, unit: Unit):
        with pytest.raises(NotPermitted):
            set_day(unit, make_actor(Role.CLERK), date(2027, 1, 1), works=False, name="元旦")
