"""The only clock, read where a unit opens; services and tests use the unit's instant."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")


def utc_now() -> datetime:
    return datetime.now(UTC)


def local_date(at: datetime) -> date:
    """The calendar day in China (北京时间) of a UTC instant."""
    return at.astimezone(LOCAL).date()
