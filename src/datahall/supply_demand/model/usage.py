"""What a grant was used for so far; the gateway counts, pages show (用量)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from datahall.kit.ids import GrantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Calls of one grant (调用情况)."""

    today: int = 0  # calls counted against the daily quota
    last_30_days: int = 0
    rows_30_days: int = 0
    refused_30_days: int = 0
    last_at: datetime | None = None  # UTC


UsageSource = Callable[[Any, Sequence[GrantId], datetime], Mapping[GrantId, Usage]]
"""`usage(conn, grants, now)`; `app.state.grant_usage` holds the gateway's."""


def not_counted(
    _conn: object, _grants: Sequence[GrantId], _now: datetime
) -> Mapping[GrantId, Usage]:
    """Where no gateway counts: nothing is said about usage."""
    return {}
