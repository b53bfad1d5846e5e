"""What has to be catalogued, what is, and what may stay out of it (应编尽编).  No I/O."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Self
from uuid import UUID

from datahall.coverage.errors import RemarksRequired, WrongStage
from datahall.kit.ids import ExemptionId, OrgId
from datahall.kit.labels import Labelled

LONGEST_TERM: Final = timedelta(days=731)  # [P] of an exemption before it is reviewed
WARNED_BEFORE: Final = timedelta(days=30)  # [P] the clerk is told so long before it runs out


class SubjectKind(Labelled):
    """What has to be catalogued (应编对象)."""

    TABLE = "table", "数据表"
    SYSTEM = "system", "信息系统"


class State(Labelled):
    """How a subject stands (编目情况)."""

    COVERED = "covered", "已编"
    DRAFTED = "drafted", "编目中"
    GAP = "gap", "未编"
    ASKED = "asked", "已申请豁免"
    EXEMPT = "exempt", "已豁免"


GAPS: Final = (State.GAP, State.DRAFTED, State.ASKED)
"""Due and not covered by a published entry."""


class Ground(Labelled):
    """Why something need not be catalogued (豁免类别) [P]."""

    TECHNICAL = "technical", "日志、缓存、备份等技术用表"
    DUPLICATE = "duplicate", "与已编目录重复"
    RETIRED = "retired", "系统已停用，数据已移交或封存"
    CLASSIFIED = "classified", "涉及国家秘密或工作秘密，不在本平台编目"
    OTHER = "other", "其他"


class ExemptionStatus(Labelled):
    """The stage of an exemption (豁免状态)."""

    ASKED = "asked", "待市数管局审定"
    GRANTED = "granted", "已同意"
    REFUSED = "refused", "不同意"
    WITHDRAWN = "withdrawn", "已撤回"
    ENDED = "ended", "已收回"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A file that proves the reason; it is stored under its own hash (证明材料)."""

    digest: str  # SHA-256, hexadecimal
    name: str  # as it was uploaded
    media: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """Leave not to catalogue one thing, until a day (编目豁免)."""

    id: ExemptionId
    org: OrgId
    kind: SubjectKind
    subject: UUID
    name: str  # of the subject, when it was asked for
    ground: Ground
    reason: str
    review_on: date  # the last day that it is good for
    proof: Proof
    status: ExemptionStatus = ExemptionStatus.ASKED
    asked_at: datetime  # UTC
    asked_by: str  # name
    decided_at: datetime | None = None  # UTC
    decided_by: str = ""
    remarks: str = ""

    def is_good(self, today: date) -> bool:
        """Whether it keeps its subject out of the account today."""
        return self.status is ExemptionStatus.GRANTED and today <= self.review_on

    def has_run_out(self, today: date) -> bool:
        """Granted, and past its review date: its subject is a gap again."""
        return self.status is ExemptionStatus.GRANTED and today > self.review_on

    def decided(self, *, granted: bool, remarks: str, by: str, at: datetime) -> Self:
        """Granted, or refused with the reason (审定)."""
        self._in(ExemptionStatus.ASKED)
        if not granted and not remarks.strip():
            raise RemarksRequired
        status = ExemptionStatus.GRANTED if granted else ExemptionStatus.REFUSED
        return self._decided(status, remarks, by, at)

    def ended(self, *, remarks: str, by: str, at: datetime) -> Self:
        """Taken back by the authority before its review date (收回)."""
        self._in(ExemptionStatus.GRANTED)
        if not remarks.strip():
            raise RemarksRequired
        return self._decided(ExemptionStatus.ENDED, remarks, by, at)

    def withdrawn(self, *, by: str, at: datetime) -> Self:
        """Taken back by the department before it was decided (撤回)."""
        self._in(ExemptionStatus.ASKED)
        return self._decided(ExemptionStatus.WITHDRAWN, "", by, at)

    def _decided(self, status: ExemptionStatus, remarks: str, by: str, at: datetime) -> Self:
        return replace(
            self, status=status, remarks=remarks.strip()[:500], decided_by=by, decided_at=at
        )

    def _in(self, stage: ExemptionStatus) -> None:
        if self.status is not stage:
            raise WrongStage(stage=self.status.label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One table or system that has to be catalogued, and how it stands (应编对象)."""

    kind: SubjectKind
    id: UUID
    org: OrgId
    name: str
    place: str = ""  # schema and table, or the period of the list
    source: str = ""  # name of the source
    rows: int | None = None
    columns: int | None = None
    state: State
    covered_by: str = ""  # what covers it, in words
    entry: UUID | None = None  # the entry that covers it or is on its way
    exemption: Exemption | None = None  # the newest one

    @property
    def is_due(self) -> bool:
        """Whether it counts in the denominator: everything that is not exempted."""
        return self.state is not State.EXEMPT

    @property
    def is_covered(self) -> bool:
        return self.state is State.COVERED


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How far what is due is covered, with the very things that were counted (编目覆盖)."""

    subjects: Sequence[Subject] = field(default_factory=tuple)

    @property
    def covered(self) -> int:
        return sum(one.is_covered for one in self.subjects)

    @property
    def due(self) -> int:
        return sum(one.is_due for one in self.subjects)

    @property
    def gaps(self) -> int:
        return sum(one.state in GAPS for one in self.subjects)

    @property
    def exempt(self) -> int:
        return sum(not one.is_due for one in self.subjects)

    @property
    def rate(self) -> Decimal | None:
        return coverage_rate(covered=self.covered, due=self.due)

    def of(self, kind: SubjectKind) -> "Account":
        """The same account of only the tables, or only the systems."""
        return Account(subjects=[one for one in self.subjects if one.kind is kind])


def coverage_rate(*, covered: int, due: int) -> Decimal | None:
    """Share of what has to be catalogued that a published entry covers (应编尽编率).

    Args:
        covered: tables and systems that a published entry covers, each counted once.
        due: all that scans see and the published list of systems names, without what is exempted.

    Returns:
        A ratio in [0, 1] rounded to 4 places, or None when nothing is due: a rate over nothing is
        not 100 %.

    Raises:
        ValueError: a count is negative, or more is covered than is due.
    """
    if not 0 <= covered <= due:
        raise ValueError(f"{covered} of {due}")
    if due == 0:
        return None
    return (Decimal(covered) / due).quantize(Decimal("0.0001"), ROUND_HALF_UP)


_FILLER: Final = re.compile(r"[\W_]+")
_ENDINGS: Final = ("信息系统", "系统", "平台", "数据库", "前置库", "库")
_SHORTEST: Final = 4  # characters of a name that is looked for without its ending


def folded(name: str) -> str:
    """A name without width, case, spaces and punctuation."""
    return _FILLER.sub("", unicodedata.normalize("NFKC", name).casefold())


def named_after(system: str, names: Iterable[str]) -> str | None:
    """The first of `names` that names the system: holds its name, with or without 系统 at its end."""
    wanted = folded(system)
    stem = next((wanted.removesuffix(end) for end in _ENDINGS if wanted.endswith(end)), wanted)
    needle = stem if len(stem) >= _SHORTEST else wanted
    if not needle:
        return None
    return next((name for name in names if needle in folded(name)), None)
