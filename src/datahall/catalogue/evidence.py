"""What the sample of a column says about the kind that its name suggests (抽样印证).  No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from datahall.catalogue.profile import ColumnProfile
from datahall.standards import SensitiveKind

ENOUGH: Final = 20  # values, below which a sample proves nothing
CERTAIN: Final = 0.9  # of the values look like the kind
CONTRARY: Final = 0.1  # no more of them do
TELLING: Final[Mapping[SensitiveKind, str]] = {
    SensitiveKind.ID_CARD: "校验位正确",
    SensitiveKind.USCC: "校验位正确",
    SensitiveKind.MOBILE: "是手机号码",
    SensitiveKind.LANDLINE: "是固定电话",
    SensitiveKind.EMAIL: "是邮箱",
    SensitiveKind.PLATE: "是号牌",
}
"""Kinds whose values are known by themselves; of a bank card one number in ten passes by chance."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The kind to propose, why, and whether somebody should look."""

    kind: SensitiveKind
    reason: str
    sure: bool = True


def weighed(kind: SensitiveKind, reason: str, profile: ColumnProfile | None) -> Verdict:
    """The kind by name, weighed against the sample of the column, if there is one."""
    if profile is None or profile.rows - profile.nulls < ENOUGH:
        return Verdict(kind, reason)
    seen, share = max(
        ((one, profile.shares.get(str(one), 0.0)) for one in TELLING), key=lambda found: found[1]
    )
    told = f"抽样 {profile.rows - profile.nulls} 个值，{share:.0%} {TELLING[seen]}"
    if share >= CERTAIN:
        if kind in {SensitiveKind.NONE, seen}:
            return Verdict(seen, f"{reason}；{told}" if reason else told)
        return Verdict(seen, f"{reason}，但{told}", sure=False)
    if kind in TELLING and profile.shares.get(str(kind), 0.0) <= CONTRARY:
        return Verdict(kind, f"{reason}，但抽样的值多数不像，请核对", sure=False)
    return Verdict(kind, reason)
