"""The limits of the law (法定时限): 政务数据共享条例, State Council decree 809, from 2025-08-01."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many working days somebody has for one step."""

    code: str  # T1 … T6 of the regulation's limits, R2 of the routes
    step: str  # 事项
    who: str  # 承办
    days: int  # working days
    starts: str  # the event that the days are counted from; that day is not counted
    extension_days: int = 0  # at most, with the authority's consent; 0: cannot be extended
    clause: str


_DECREE = "《政务数据共享条例》（国务院令第809号）"

LIMITS: Final[Mapping[str, Limit]] = {
    limit.code: limit
    for limit in (
        Limit(
            code="T1",
            step="更新目录",
            who="数源部门",
            days=10,
            starts="法律法规、国务院决定或职责变化之日",
            extension_days=5,
            clause=f"{_DECREE}第十七条",
        ),
        Limit(
            code="T2",
            step="审核并发布更新的目录",
            who="数据主管部门",
            days=2,
            starts="收到更新后的目录",
            clause=f"{_DECREE}第十七条",
        ),
        Limit(
            code="T3",
            step="答复申请（无条件共享）",
            who="数源部门",
            days=1,
            starts="数源部门收到申请",
            extension_days=10,
            clause=_DECREE,
        ),
        Limit(
            code="T4",
            step="答复申请（有条件共享）",
            who="数源部门",
            days=10,
            starts="数源部门收到申请",
            extension_days=10,
            clause=_DECREE,
        ),
        Limit(
            code="T5",
            step="同意后供数",
            who="数源部门",
            days=20,
            starts="答复同意",
            clause=_DECREE,
        ),
        Limit(
            code="T6",
            step="校核、更正并反馈",
            who="数源部门",
            days=10,
            starts="收到校核申请",
            clause=_DECREE,
        ),
        Limit(
            code="T8",
            step="裁定数源部门",
            who="数据主管部门",
            days=10,
            starts="第二个部门主张作为数源",
            clause=f"{_DECREE}第二十八条未定天数，暂按本地规定",
        ),
        Limit(
            code="R2",
            step="主管部门审核申请（按本地审批路线）",
            who="数据主管部门",
            days=2,
            starts="数据主管部门收到申请",
            clause="本地规定",
        ),
    )
}
"""Local rules may shorten a limit (setting `limits`), never lengthen it."""


class LimitLengthened(ValueError):
    """A setting asks for more days than the law allows."""


def local_limits(settings: Mapping[str, int]) -> Mapping[str, Limit]:
    """The limits in force here: the law's, shortened where the settings say so.

    Raises:
        LimitLengthened, KeyError: the settings name a limit that does not exist.
    """
    local = dict(LIMITS)
    for code, days in settings.items():
        if not 1 <= days <= LIMITS[code].days:
            raise LimitLengthened(f"{code}: 1 … {LIMITS[code].days}, not {days}")
        local[code] = replace(LIMITS[code], days=days)
    return local
