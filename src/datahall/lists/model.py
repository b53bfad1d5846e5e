"""What a department's list is, and what may happen to it.  No I/O."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final, Self
from uuid import UUID

from datahall.kit.ids import ListId, ListRowId, OrgId
from datahall.lists.errors import PeriodUnreadable, RemarksRequired, WrongStage
from datahall.lists.vocabulary import EDITABLE, WAITING, ListKind, ListStatus

_PERIOD: Final = re.compile(r"(20\d{2})(?:-Q([1-4]))?")
QUARTERS: Final = "一二三四"
MOST_ROWS: Final = 20_000  # of one list
LAST_DAYS: Final = {1: (3, 31), 2: (6, 30), 3: (9, 30), 4: (12, 31)}

Cells = Mapping[str, str]  # column → stored text; what is empty is not in it


def check_period(text: str) -> str:
    """The period as it is stored: 2026 or 2026-Q4.

    Raises:
        PeriodUnreadable
    """
    flat = text.strip().upper().replace("－", "-")
    if not _PERIOD.fullmatch(flat):
        raise PeriodUnreadable(value=text.strip())
    return flat


def period_name(period: str) -> str:
    """2026 年, 2026 年第四季度."""
    year, _, quarter = period.partition("-Q")
    return f"{year} 年第{QUARTERS[int(quarter) - 1]}季度" if quarter else f"{year} 年"


def period_of(today: date) -> str:
    """The quarter that a day is in."""
    return f"{today.year}-Q{(today.month + 2) // 3}"


def last_day(period: str) -> date:
    """The last day of a period."""
    year, _, quarter = period.partition("-Q")
    return date(int(year), *LAST_DAYS[int(quarter or 4)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of one version of a list; the same row keeps its id in every version (清单行)."""

    id: ListRowId
    position: float  # rows stand in this order
    cells: Cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What a reviewer says about one cell, or about a whole row (批注)."""

    id: UUID
    list: ListId
    row: ListRowId
    column: str = ""  # empty: the whole row
    text: str
    round: int  # of the version's reviews it belongs to
    at: datetime  # UTC
    name: str  # who said it
    org_name: str
    sent_at: datetime | None = None  # UTC; None while the reviewer still writes


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A period for which the authority asks departments for lists (填报期)."""

    period: str
    kinds: tuple[ListKind, ...]
    due_on: date  # last day for handing in to the authority
    opened_at: datetime  # UTC
    note: str = ""

    @property
    def title(self) -> str:
        return period_name(self.period)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListVersion:
    """One version of one department's list for one period (清单版本)."""

    id: ListId
    org: OrgId
    kind: ListKind
    period: str
    number: int = 1  # of this list in the period
    status: ListStatus = ListStatus.FILLING
    edit: int = 0  # counts the saves, so that no save is lost
    rows: int = 0  # how many there are
    based_on: ListId | None = None  # the published version it started from
    round: int = 1  # of review: how often it was handed in, or will be next
    remarks: str = ""  # why it was returned
    started_at: datetime  # UTC
    handed_in_at: datetime | None = None  # UTC
    signed_at: datetime | None = None  # UTC
    signed_by: str = ""  # name and post of who signed
    published_at: datetime | None = None  # UTC

    @property
    def title(self) -> str:
        """系统清单（2026 年第四季度）."""
        return f"{self.kind.label}（{period_name(self.period)}）"

    def saved(self, *, rows: int) -> Self:
        """After one save."""
        self._in(*EDITABLE)
        return replace(self, edit=self.edit + 1, rows=rows)

    def handed_in(self, *, at: datetime) -> Self:
        """Complete, and before the head or the CDO of the department (提交部门签发)."""
        self._in(*EDITABLE)
        return replace(
            self,
            status=ListStatus.SIGN_OFF,
            round=self.round + (self.status is ListStatus.RETURNED),
            handed_in_at=at,
            signed_at=None,
            signed_by="",
            remarks="",
        )

    def signed(self, *, by: str, at: datetime) -> Self:
        """Signed for the department, and before the authority (部门签发)."""
        self._in(ListStatus.SIGN_OFF)
        return replace(self, status=ListStatus.REVIEW, signed_at=at, signed_by=by)

    def returned(self, remarks: str, *, cells: int) -> Self:
        """Back to the clerk, with the reason and remarks on `cells` cells (退回)."""
        self._in(*WAITING)
        if not remarks.strip() and not cells:
            raise RemarksRequired
        words = remarks.strip() or f"有 {cells} 处批注，见表中。"
        return replace(self, status=ListStatus.RETURNED, remarks=words)

    def published(self, *, at: datetime) -> Self:
        """Accepted by the authority; nothing in it changes any more (审核发布)."""
        self._in(ListStatus.REVIEW)
        return replace(self, status=ListStatus.PUBLISHED, published_at=at)

    def superseded(self) -> Self:
        """Replaced by a later version."""
        self._in(ListStatus.PUBLISHED)
        return replace(self, status=ListStatus.SUPERSEDED)

    def check_editable(self) -> None:
        """Refuse unless rows may be changed now.

        Raises:
            WrongStage
        """
        self._in(*EDITABLE)

    def check_waiting(self) -> None:
        """Refuse unless somebody reviews it now.

        Raises:
            WrongStage
        """
        self._in(*WAITING)

    def _in(self, *stages: ListStatus) -> None:
        if self.status not in stages:
            raise WrongStage(
                stage=self.status.label, wanted="、".join(stage.label for stage in stages)
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class RowEdit:
    """What somebody wants of one row: a new one, other cells, or its removal."""

    row: ListRowId | None = None  # None: a new row
    cells: Cells | None = None  # None: remove the row; columns left out stay as they are
    after: ListRowId | None = None  # where a new row goes; None: to the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Save:
    """One save of a list, with every cell that it changed (保存记录)."""

    edit: int
    at: datetime  # UTC
    name: str
    how: str  # 填表, 粘贴, 上传 …
    changes: tuple[Any, ...] = field(default_factory=tuple)  # of changes.RowChange
