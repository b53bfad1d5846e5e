"""Who is the one source of a data element, and how a conflict is ruled on (数源、数源裁定).  No I/O."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, Self

from datahall.kit.ids import ItemId, OrgId, PersonId, RulingId
from datahall.kit.labels import Labelled
from datahall.standards.errors import (
    HearingOpen,
    NoParty,
    ReasonRequired,
    RulingClosed,
)

HEARING_DAYS: Final = 5
"""Working days in which each side may state its case before the authority may decide without it [P]."""
TEXT_LENGTH: Final = 2000


class Basis(Labelled):
    """Why a department is the source of an element (数源依据)."""

    FIRST_CLAIM = "first_claim", "首个发布主张"
    NAMED = "named", "主管部门指定"
    RULING = "ruling", "数源裁定"
    CONCESSION = "concession", "另一方撤回主张"


class RulingStatus(Labelled):
    OPEN = "open", "裁定中"
    DECIDED = "decided", "已裁定"
    SETTLED = "settled", "已和解"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One version of who is the source of an element (数源部门)."""

    element: str
    version: int
    org: OrgId
    basis: Basis
    item: ItemId | None = None  # the entry that gives the data, when a claim said it
    ruling: RulingId | None = None
    reason: str = ""
    since: datetime  # UTC
    by: str  # as acts name who did it


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A department says by a published entry that it is the source of an element (数源主张)."""

    element: str
    org: OrgId
    item: ItemId
    item_title: str
    field: str  # of the entry
    claimed_at: datetime  # UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One side of a ruling, with what it says."""

    org: OrgId
    item: ItemId | None = None
    item_title: str = ""
    field: str = ""
    since: datetime  # UTC; when it became source or claimed
    was_source: bool = False
    statement: str = ""
    stated_at: datetime | None = None  # UTC
    stated_by: PersonId | None = None
    conceded: bool = False

    @property
    def is_heard(self) -> bool:
        """Whether nothing more is to be expected from this side."""
        return self.stated_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A conflict about the source of an element, and how it ended (数源裁定案)."""

    id: RulingId
    code: str  # SY20261016-0001
    element: str
    status: RulingStatus = RulingStatus.OPEN
    parties: tuple[Party, ...]
    opened_at: datetime  # UTC; the clock begins on the next day
    limit_days: int  # working days
    winner: OrgId | None = None
    reason: str = ""
    closed_at: datetime | None = None  # UTC
    closed_by: str = ""

    @property
    def is_open(self) -> bool:
        return self.status is RulingStatus.OPEN

    @property
    def losers(self) -> tuple[Party, ...]:
        """The sides that are not the source, once it is decided."""
        return () if self.is_open else tuple(p for p in self.parties if p.org != self.winner)

    def party(self, org: OrgId) -> Party | None:
        """The side that `org` takes."""
        return next((party for party in self.parties if party.org == org), None)

    def joined(self, party: Party) -> Self:
        """With one more side; a department takes one side only."""
        self._open()
        if self.party(party.org):
            return self
        return replace(self, parties=(*self.parties, party))

    def stated(self, org: OrgId, text: str, *, at: datetime, by: PersonId) -> Self:
        """With what a side says, which may be said better until the decision (陈述)."""
        side = self._side(org)
        if not text.strip():
            raise ReasonRequired
        said = replace(side, statement=text.strip(), stated_at=at, stated_by=by)
        return self._with(said)

    def conceded(self, org: OrgId, text: str, *, at: datetime, by: PersonId) -> Self:
        """A side gives its claim up (撤回主张); the last that remains becomes the source."""
        side = self._side(org)
        if not text.strip():
            raise ReasonRequired
        left = self._with(
            replace(side, statement=text.strip(), stated_at=at, stated_by=by, conceded=True)
        )
        remaining = [party for party in left.parties if not party.conceded]
        if len(remaining) > 1:
            return left
        return replace(
            left,
            status=RulingStatus.SETTLED,
            winner=remaining[0].org,
            reason=text.strip(),
            closed_at=at,
        )

    def decided(
        self, winner: OrgId, reason: str, *, at: datetime, by: str, hearing_over: bool
    ) -> Self:
        """Decided by the authority (裁定), once every side was heard or had its time."""
        self._open()
        side = self.party(winner)
        if side is None or side.conceded:
            raise NoParty(org=str(winner))
        if not reason.strip():
            raise ReasonRequired
        silent = tuple(self.unheard())
        if silent and not hearing_over:
            raise HearingOpen(sides=len(silent), days=HEARING_DAYS)
        return replace(
            self,
            status=RulingStatus.DECIDED,
            winner=winner,
            reason=reason.strip(),
            closed_at=at,
            closed_by=by,
        )

    def unheard(self) -> Iterator[Party]:
        """The sides that have said nothing yet."""
        return (party for party in self.parties if not party.is_heard)

    def _open(self) -> None:
        if not self.is_open:
            raise RulingClosed(stage=self.status.label)

    def _side(self, org: OrgId) -> Party:
        self._open()
        side = self.party(org)
        if side is None:
            raise NoParty(org=str(org))
        if side.conceded:
            raise RulingClosed(stage="已撤回主张")
        return side

    def _with(self, side: Party) -> Self:
        parties = tuple(side if party.org == side.org else party for party in self.parties)
        return replace(self, parties=parties)


def case_code(day: date, number: int) -> str:
    """The number of a case: SY20261016-0001."""
    return f"SY{day:%Y%m%d}-{number:04d}"
