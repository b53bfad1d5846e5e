"""How figures and times are written on the screen; each is a filter of the templates."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from datahall.kit.clock import LOCAL

WEEKDAYS = "一二三四五六日"


def number(value: float | Decimal) -> str:
    """12,345: whole and decimal numbers with thousands apart."""
    return f"{value:,}"


def large(value: int) -> str:
    """30.01 亿, 12.8 万, 9,876: three or four digits that can be compared at a glance."""
    if value >= 10**8:
        return f"{value / 10**8:.2f} 亿"
    if value >= 10**5:
        return f"{value / 10**4:.1f} 万"
    return f"{value:,}"


def percent(rate: Decimal | float | None) -> str:
    """97.20 for 0.972; a rate over nothing is —, never 0."""
    if rate is None:
        return "—"
    return str((Decimal(str(rate)) * 100).quantize(Decimal("0.01"), ROUND_HALF_UP))


def local(at: datetime) -> datetime:
    """The same instant on the wall clock in China (北京时间)."""
    return at.astimezone(LOCAL)


def stamp(at: datetime | None) -> str:
    """2026-10-16 12:00:00, for evidence and codes."""
    return "—" if at is None else local(at).strftime("%Y-%m-%d %H:%M:%S")


def minute(at: datetime | None) -> str:
    """10-16 12:00, for histories."""
    return "—" if at is None else local(at).strftime("%m-%d %H:%M")


def clock(at: datetime | None) -> str:
    """12:00, for what happened today."""
    return "—" if at is None else local(at).strftime("%H:%M")


def day(on: date | datetime | None) -> str:
    """2026-10-16."""
    if on is None:
        return "—"
    return (local(on).date() if isinstance(on, datetime) else on).isoformat()


def month_day(on: date | datetime) -> str:
    """10月16日."""
    on = local(on).date() if isinstance(on, datetime) else on
    return f"{on.month}月{on.day}日"


def weekday(on: date | datetime) -> str:
    """10月16日（周五）."""
    on = local(on).date() if isinstance(on, datetime) else on
    return f"{month_day(on)}（周{WEEKDAYS[on.weekday()]}）"


def long_day(on: date | datetime) -> str:
    """2026年10月16日 星期五."""
    on = local(on).date() if isinstance(on, datetime) else on
    return f"{on.year}年{month_day(on)} 星期{WEEKDAYS[on.weekday()]}"


def ago(on: date, today: date) -> str:
    """今天, 昨天, 10月13日: how long ago something was put on a list."""
    days = (today - on).days
    return {0: "今天", 1: "昨天"}.get(days) or (
        month_day(on) if on.year == today.year else on.isoformat()
    )


WHOLE = ((86_400, "天"), (3_600, "小时"), (60, "分钟"))
SPANS = ((100, 1, 0, "秒"), (6_000, 60, 0, "分钟"), (172_800, 3_600, 0, "小时"))
SIZES = ((2**10, 1, 0, "B"), (2**20, 2**10, 1, "KB"), (2**30, 2**20, 1, "MB"))
"""Below which amount, divided by what, to how many places, in which unit."""


def span(length: timedelta | float) -> str:
    """A length of time in one unit: 42 秒, 38 分钟, 26 小时, 2.6 天; a promise: 1 天."""
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    if 0 < seconds < 1:
        return f"{round(seconds * 1000)} 毫秒"
    for whole, unit in WHOLE:
        if seconds and seconds % whole == 0:
            return f"{seconds / whole:.0f} {unit}"
    for limit, divisor, places, unit in SPANS:
        if seconds < limit:
            return f"{seconds / divisor:.{places}f} {unit}"
    return f"{seconds / 86_400:.1f} 天"


def size(size_bytes: int) -> str:
    """3.1 MB."""
    for limit, divisor, places, unit in SIZES:
        if size_bytes < limit:
            return f"{size_bytes / divisor:.{places}f} {unit}"
    return f"{size_bytes / 2**30:.1f} GB"


FILTERS: Mapping[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (
        number, large, percent, local, stamp, minute, clock, day, month_day,
        weekday, long_day, ago, span, size
    )
}  # fmt: skip
