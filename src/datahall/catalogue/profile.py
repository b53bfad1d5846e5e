"""What a bounded sample says of a column (列画像).  No I/O.

A profile is evidence for drafting, grading and binding.  Of a column that tells about people it
keeps counts and shares only: nothing that stands in a row.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Self

from datahall.catalogue.model import ScannedColumn
from datahall.catalogue.patterns import HIGHLY_SENSITIVE, PERSONAL, SENSITIVE
from datahall.standards import SensitiveKind

CODED: Final = "code_list:"
"""Begins the share of values that are codes of a list: `code_list:GB/T 2261.1`."""
EMBEDDED: Final = "embedded"
"""Share of values that hold an identity or telephone number somewhere inside."""
HALF: Final = 0.5
FREE_TEXT: Final = 60  # characters; a longer value is written by somebody about something

GIVES_AWAY: Final[Mapping[str, float]] = {
    SensitiveKind.ID_CARD: 0.0,
    SensitiveKind.MOBILE: 0.0,
    EMBEDDED: 0.0,
    SensitiveKind.BIRTH_DATE: 0.1,
    SensitiveKind.EMAIL: 0.01,
    SensitiveKind.LANDLINE: 0.05,
    SensitiveKind.PLATE: 0.05,
    SensitiveKind.NAME: 0.2,
    SensitiveKind.ADDRESS: 0.05,
    SensitiveKind.LOCATION: 0.5,
    SensitiveKind.BANK_CARD: 0.5,  # one number in ten passes Luhn's check by chance
}
"""Above this share of values of a kind the whole column is treated as that kind [P]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """What a sample of rows said of one column (列画像)."""

    column: str
    rows: int  # sampled
    nulls: int  # of them empty, blanks included
    distinct: int  # values among the others
    pattern: str | None = (
        None  # the common shape: 9 digit, A letter, 汉 hanzi; None: mixed, withheld
    )
    minimum: str | None = None  # None: no value, or withheld
    maximum: str | None = None
    shortest: int | None = None  # characters
    longest: int | None = None
    shares: Mapping[str, float] = field(default_factory=dict)
    """Share of values that look like a `SensitiveKind` (its check digit holds, its pattern fits),
    are codes of a list (`code_list:…`) or hold a number of a person inside (`embedded`)."""
    withheld: str = ""  # why shape and bounds are not kept; empty: they are
    sampled_at: datetime | None = None  # UTC

    @property
    def null_rate(self) -> float:
        return self.nulls / self.rows if self.rows else 0.0

    @property
    def likely_kind(self) -> SensitiveKind:
        """The kind that most of the values look like; NONE without a majority."""
        kinds = {k: s for k, s in self.shares.items() if k in set(SensitiveKind)}
        best = max(kinds, key=lambda k: kinds[k], default=None)
        return SensitiveKind(best) if best and kinds[best] > HALF else SensitiveKind.NONE

    @property
    def likely_code_list(self) -> str | None:
        """The code list that every value is of, the closest one first."""
        whole = [
            k.removeprefix(CODED) for k, s in self.shares.items() if k.startswith(CODED) and s == 1
        ]
        return whole[0] if whole else None

    @property
    def in_words(self) -> str:
        """The profile as a clerk reads it: one short sentence a finding."""
        if not self.rows:
            return "没有取到行。"
        said = (_emptiness(self), _variety(self), _likeness(self))
        return "".join(f"{sentence}。" for sentence in said if sentence)

    def discreet(self, column: ScannedColumn) -> Self:
        """Without shape and bounds when the column tells about people."""
        reason = why_withheld(column, self)
        if not reason:
            return self
        return replace(self, pattern=None, minimum=None, maximum=None, withheld=reason)


def why_withheld(column: ScannedColumn, profile: ColumnProfile) -> str:
    """Why shape and bounds of a column are not kept: by its name, or by what was found in it."""
    said = column.comment or column.name
    for kind, pattern in SENSITIVE.items():
        if kind.is_personal and (reason := pattern.reason(column.name, said)):
            return f"{kind.label}：{reason}"
    if found := HIGHLY_SENSITIVE.search(said):
        return f"敏感个人信息：名称含“{found[0]}”"
    if (found := PERSONAL.search(said)) and not profile.likely_code_list:
        return f"与个人相联系：名称含“{found[0]}”"
    for what, above in GIVES_AWAY.items():
        if (share := profile.shares.get(what, 0.0)) > above:
            label = "身份号码或电话" if what == EMBEDDED else SensitiveKind(what).label
            return f"取样中 {share:.1%} 的值{'含有' if what == EMBEDDED else '像'}{label}"
    if (profile.longest or 0) > FREE_TEXT:
        return "自由文本，可能写有个人情况"
    return ""


def _emptiness(profile: ColumnProfile) -> str:
    if profile.nulls == profile.rows:
        return "全部为空"
    return f"{profile.null_rate:.1%} 为空" if profile.nulls else "没有空值"


def _variety(profile: ColumnProfile) -> str:
    given = profile.rows - profile.nulls
    if not given:
        return ""
    if profile.distinct == given > 1:
        return "每行不同，可以认出一行"
    if profile.distinct == 1:
        return "只有一个值"
    return f"{profile.distinct} 种值"


def _likeness(profile: ColumnProfile) -> str:
    if (kind := profile.likely_kind) is not SensitiveKind.NONE:
        return f"{profile.shares[kind]:.1%} 像{kind.label}"
    if code := profile.likely_code_list:
        return f"全部是 {code} 的代码"
    if share := profile.shares.get(EMBEDDED):
        return f"{share:.1%} 的文字里有身份号码或电话"
    return ""
