"""Figures and times as people read them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from datahall.kit import formats

LATE = datetime(2026, 10, 16, 17, 30, tzinfo=UTC)  # already the 17th in 六安


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (0, "0 秒"),
        (0.122, "122 毫秒"),
        (42.3, "42 秒"),
        (94, "94 秒"),
        (2280.5, "38 分钟"),
        (93_700, "26 小时"),
        (224_000, "2.6 天"),
        (timedelta(minutes=5), "5 分钟"),
        (86_400, "1 天"),
        (3_600, "1 小时"),
    ],
)
def test_span(length, words):
    assert formats.span(length) == words


@pytest.mark.parametrize(
    ("rate", "words"),
    [(Decimal("0.97205"), "97.21"), (0.972, "97.20"), (1, "100.00"), (None, "—")],
)
def test_percent_of_nothing_is_no_percent(rate, words):
    assert formats.percent(rate) == words


@pytest.mark.parametrize(
    ("value", "words"), [(9876, "9,876"), (128_400, "12.8 万"), (3_001_000_000, "30.01 亿")]
)
def test_large(value, words):
    assert formats.large(value) == words


@pytest.mark.parametrize(("value", "words"), [(82, "82 B"), (3_250_586, "3.1 MB")])
def test_size(value, words):
    assert formats.size(value) == words


def test_days_are_those_of_beijing():
    assert formats.day(LATE) == "2026-10-17"
    assert formats.weekday(LATE) == "10月17日（周六）"
    assert formats.long_day(LATE) == "2026年10月17日 星期六"
    assert formats.stamp(LATE) == "2026-10-17 01:30:00"


def test_ago():
    today = date(2026, 10, 16)
    days = [today, date(2026, 10, 15), date(2026, 10, 13), date(2025, 12, 1)]
    assert [formats.ago(d, today) for d in days] == ["今天", "昨天", "10月13日", "2025-12-01"]
