"""A clock with pauses and extensions, against the case that the design draws."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datahall.deadlines import LIMITS, Calendar, Clock, ClockState, Pause
from datahall.deadlines.model.clock import Day, DayKind, Gap
from datahall.deadlines.model.limits import LimitLengthened, local_limits
from datahall.deadlines.repository import published

CITY = Calendar.of(published())
TODAY = date(2026, 10, 16)
PAUSED = Clock(
    started_on=date(2026, 9, 24),
    limit_days=10,
    pauses=(Pause(date(2026, 9, 29), date(2026, 10, 9)),),
)


def clock(start: date, limit: int = 10, **about) -> Clock:
    return Clock(started_on=start, limit_days=limit, **about)


class TestReading:
    def test_of_the_case_in_the_design(self):
        reading = PAUSED.read(CITY, TODAY)

        assert (reading.original_due_on, reading.due_on) == (date(2026, 10, 15), date(2026, 10, 20))
        assert (reading.paused_days, reading.used_days, reading.left_days) == (3, 8, 2)
        assert (reading.state, reading.label) == (ClockState.DUE, "剩 2 个工作日")
        assert "".join(d.kind if isinstance(d, Day) else "-" for d in reading.days) == (
            "-ee" "p-ppe" "-eeeee" "-rr"
        )  # fmt: skip
        assert [d for d in reading.days if isinstance(d, Gap) and d.name] == [
            Gap(3, "中秋"),
            Gap(7, "国庆节"),
        ]
        assert [d.day for d in reading.days if isinstance(d, Day) and d.is_make_up] == [
            date(2026, 10, 10)
        ]

    @pytest.mark.parametrize(
        ("kept", "state", "label"),
        [
            (clock(date(2026, 10, 15)), ClockState.RUNNING, "剩 9 个工作日"),
            (clock(date(2026, 10, 15), 1), ClockState.DUE, "今日截止"),
            (clock(date(2026, 10, 14), 1), ClockState.OVERDUE, "超期 1 个工作日"),
            (clock(date(2026, 10, 14), 1, extension_days=5), ClockState.RUNNING, "剩 4 个工作日"),
            (
                clock(date(2026, 10, 12), pauses=(Pause(date(2026, 10, 14)),)),
                ClockState.PAUSED,
                "已暂停 2 个工作日",
            ),
            (
                clock(date(2026, 10, 12), finished_on=date(2026, 10, 14)),
                ClockState.DONE,
                "用时 2 个工作日",
            ),
            (
                clock(date(2026, 10, 12), 1, finished_on=date(2026, 10, 14)),
                ClockState.LATE,
                "用时 2 个工作日",
            ),
        ],
    )
    def test_says_the_state(self, kept, state, label):
        reading = kept.read(CITY, TODAY)

        assert (reading.state, reading.label) == (state, label)

    def test_an_open_pause_moves_the_due_day_with_the_days(self):
        waiting = clock(date(2026, 10, 12), pauses=(Pause(date(2026, 10, 14)),))

        assert waiting.due_on(CITY, date(2026, 10, 14)) == date(2026, 10, 26)
        assert waiting.due_on(CITY, date(2026, 10, 16)) == date(2026, 10, 28)

    @given(
        start=st.dates(min_value=date(2026, 1, 1), max_value=date(2026, 6, 1)),
        limit=st.integers(min_value=1, max_value=20),
        extension=st.integers(min_value=0, max_value=10),
        asked=st.integers(min_value=0, max_value=15),
        waited=st.integers(min_value=0, max_value=15),
        seen=st.integers(min_value=0, max_value=60),
    )
    def test_days_add_up(self, start, limit, extension, asked, waited, seen):
        """Used and left days make up the limit with its extension, whatever was paused."""
        pause = Pause(CITY.due_on(start, min(asked, limit)))
        pause = Pause(pause.after, CITY.due_on(pause.after, waited))
        kept = clock(start, limit, extension_days=extension, pauses=(pause,))
        today = CITY.due_on(max(pause.until or start, start), seen)

        reading = kept.read(CITY, today)

        assert reading.paused_days == waited
        assert reading.used_days + reading.left_days == limit + extension
        assert (reading.state is ClockState.OVERDUE) == (today > reading.due_on)
        cells = [d for d in reading.days if isinstance(d, Day)]
        assert sum(d.kind is DayKind.PAUSED for d in cells) == waited
        assert sum(d.is_due for d in cells) == 1


class TestLocalLimits:
    def test_may_be_shorter_than_the_law(self):
        assert local_limits({"T4": 5})["T4"].days == 5
        assert local_limits({})["T4"] == LIMITS["T4"]

    @pytest.mark.parametrize("days", [0, 11])
    def test_may_not_be_longer(self, days):
        with pytest.raises(LimitLengthened):
            local_limits({"T4": days})
