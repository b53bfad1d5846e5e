"""One source for each data element: claims, the authority's word, and rulings (一数一源、数源裁定)."""

from dataclasses import dataclass

from datahall import security
from datahall.deadlines import Calendar, Clock, Reading, calendar, limits
from datahall.kit.clock import local_date
from datahall.kit.ids import ItemId, OrgId, RulingId, new_id
from datahall.kit.uow import Unit
from datahall.standards.errors import (
    ElementNotFound,
    ReasonRequired,
    RulingNotFound,
    RulingPending,
    SourceUnchanged,
)
from datahall.standards.events import (
    ClaimConceded,
    RulingDecided,
    RulingJoined,
    RulingOpened,
    SourceClaimed,
    SourceNamed,
    StatementMade,
)
from datahall.standards.model.sources import (
    HEARING_DAYS,
    Basis,
    Claim,
    Party,
    Ruling,
    RulingStatus,
    Source,
)
from datahall.standards.repository import elements
from datahall.standards.repository import sources as repository

LIMIT = "T8"


def claim(unit: Unit, made: Claim, *, by: str) -> Ruling | None:
    """A published entry claims to be the source of an element (数源主张).

    The first claim makes its department the source.  A claim of another department opens a case,
    or joins the one that is open.  A department that lost a case does not open it again by
    publishing; the authority may name another source at any time.

    Returns:
        The case that the claim opened or joined.
    """
    repository.lock(unit.conn, made.element)
    if repository.keep_claim(unit.conn, made):
        unit.record(
            SourceClaimed(at=unit.now, by=by, element=made.element, org=made.org, item=made.item)
        )
    now = repository.source_of(unit.conn, made.element)
    if now is None:
        _name(unit, made.element, made.org, Basis.FIRST_CLAIM, by=by, item=made.item)
        return None
    cases = repository.rulings_on(unit.conn, made.element)
    pending = next((case for case in cases if case.is_open), None)
    if now.org == made.org or (pending and pending.party(made.org)):
        return None
    side = Party(
        org=made.org,
        item=made.item,
        item_title=made.item_title,
        field=made.field,
        since=made.claimed_at,
    )
    if pending is not None:
        return _join(unit, pending, side, by=by)
    if any(party.org == made.org for case in cases for party in case.losers):
        return None
    return _open(unit, now, side, by=by)


def name_source(
    unit: Unit, actor: security.Actor, element: str, org: OrgId, *, reason: str
) -> Source:
    """The authority names the source of an element (指定数源部门, 条例第十九条).

    Raises:
        NotPermitted, ElementNotFound, RulingPending, SourceUnchanged, ReasonRequired
    """
    security.require(actor, "standards:rule")
    if not reason.strip():
        raise ReasonRequired
    if element not in elements.element_codes(unit.conn):
        raise ElementNotFound(code=element)
    repository.lock(unit.conn, element)
    if element in repository.open_elements(unit.conn):
        raise RulingPending
    now = repository.source_of(unit.conn, element)
    if now is not None and now.org == org:
        raise SourceUnchanged
    made = next((c for c in repository.claims_on(unit.conn, element) if c.org == org), None)
    return _name(
        unit,
        element,
        org,
        Basis.NAMED,
        by=actor.by,
        item=made.item if made else None,
        reason=reason.strip(),
    )


def make_statement(unit: Unit, actor: security.Actor, id: RulingId, text: str) -> Ruling:
    """A side states its case, or states it better, until the decision (陈述).

    Raises:
        NotPermitted, RulingNotFound, RulingClosed, NoParty, ReasonRequired
    """
    ruling = _own(unit, actor, id)
    stated = ruling.stated(actor.org, text, at=unit.now, by=actor.person)
    repository.save_ruling(unit.conn, stated)
    unit.record(
        StatementMade(at=unit.now, by=actor.by, ruling=id, element=ruling.element, org=actor.org)
    )
    return stated


def concede(unit: Unit, actor: security.Actor, id: RulingId, reason: str) -> Ruling:
    """A side gives its claim up; when one remains, the case is settled (撤回主张).

    Raises:
        NotPermitted, RulingNotFound, RulingClosed, NoParty, ReasonRequired
    """
    ruling = _own(unit, actor, id)
    left = ruling.conceded(actor.org, reason, at=unit.now, by=actor.person)
    repository.save_ruling(unit.conn, left)
    unit.record(
        ClaimConceded(
            at=unit.now,
            by=actor.by,
            ruling=id,
            element=ruling.element,
            org=actor.org,
            reason=reason.strip(),
        )
    )
    if not left.is_open:
        _conclude(unit, left, by=actor.by, authority=None)
    return left


def decide(
    unit: Unit, actor: security.Actor, id: RulingId, *, winner: OrgId, reason: str
) -> Ruling:
    """The authority decides which department is the source, and says why (裁定).

    Raises:
        NotPermitted, RulingNotFound, RulingClosed, NoParty, HearingOpen, ReasonRequired
    """
    security.require(actor, "standards:rule")
    ruling = repository.ruling(unit.conn, id, lock=True)
    over = hearing(ruling, calendar(unit.conn), unit).left_days < 0
    decided = ruling.decided(winner, reason, at=unit.now, by=actor.by, hearing_over=over)
    repository.save_ruling(unit.conn, decided)
    _conclude(unit, decided, by=actor.by, authority=actor.org)
    return decided


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """A case as one person sees it, with how its clock stands."""

    ruling: Ruling
    reading: Reading
    may_state: bool
    may_decide: bool
    hearing_over: bool


def read_ruling(unit: Unit, actor: security.Actor, id: RulingId) -> Hearing:
    """A case; open or closed, it is read by its parties and the authority.

    Raises:
        NotPermitted, RulingNotFound
    """
    security.require(actor, "standards:view")
    ruling = repository.ruling(unit.conn, id)
    if not _may_read(actor, ruling):
        raise RulingNotFound(ruling=id)
    return hear(unit, actor, ruling, calendar(unit.conn))


def list_rulings(unit: Unit, actor: security.Actor) -> list[Hearing]:
    """The cases that the actor may read, latest first: the department's own, or all.

    Raises:
        NotPermitted
    """
    security.require(actor, "standards:view")
    everybody = security.may(actor, "standards:oversee")
    cases = repository.all_rulings(unit.conn, party=None if everybody else actor.org)
    working = calendar(unit.conn)
    return [hear(unit, actor, case, working) for case in cases]


def hear(unit: Unit, actor: security.Actor, ruling: Ruling, working: Calendar) -> Hearing:
    side = ruling.party(actor.org)
    open_to_side = ruling.is_open and side is not None and not side.conceded
    return Hearing(
        ruling=ruling,
        reading=clock(ruling).read(working, local_date(unit.now)),
        may_state=open_to_side and security.may(actor, "standards:state", on=actor.org),
        may_decide=ruling.is_open and security.may(actor, "standards:rule"),
        hearing_over=hearing(ruling, working, unit).left_days < 0,
    )


def clock(ruling: Ruling) -> Clock:
    """The authority's days for the decision (T8)."""
    return Clock(
        started_on=local_date(ruling.opened_at),
        limit_days=ruling.limit_days,
        finished_on=local_date(ruling.closed_at) if ruling.closed_at else None,
    )


def hearing(ruling: Ruling, working: Calendar, unit: Unit) -> Reading:
    """The sides' days for their statements."""
    began = Clock(started_on=local_date(ruling.opened_at), limit_days=HEARING_DAYS)
    return began.read(working, local_date(unit.now))


def _open(unit: Unit, now: Source, challenger: Party, *, by: str) -> Ruling:
    """A second claim: the case of the present source and the challenger."""
    held = next((c for c in repository.claims_on(unit.conn, now.element) if c.org == now.org), None)
    present = Party(
        org=now.org,
        item=held.item if held else now.item,
        item_title=held.item_title if held else "",
        field=held.field if held else "",
        since=now.since,
        was_source=True,
    )
    ruling = Ruling(
        id=RulingId(new_id()),
        code=repository.next_code(unit.conn, unit.now),
        element=now.element,
        parties=(present, challenger),
        opened_at=unit.now,
        limit_days=limits()[LIMIT].days,
    )
    repository.add_ruling(unit.conn, ruling)
    unit.record(
        RulingOpened(
            at=unit.now,
            by=by,
            ruling=ruling.id,
            element=ruling.element,
            code=ruling.code,
            parties=tuple(party.org for party in ruling.parties),
        )
    )
    return ruling


def _join(unit: Unit, pending: Ruling, side: Party, *, by: str) -> Ruling:
    joined = repository.ruling(unit.conn, pending.id, lock=True).joined(side)
    repository.save_ruling(unit.conn, joined)
    unit.record(
        RulingJoined(at=unit.now, by=by, ruling=joined.id, element=joined.element, org=side.org)
    )
    return joined


def _conclude(unit: Unit, ruling: Ruling, *, by: str, authority: OrgId | None) -> None:
    """Make the outcome the source, and tell those who stand above."""
    if ruling.winner is None:
        raise AssertionError(ruling.id)
    winner = ruling.party(ruling.winner)
    item = winner.item if winner else None
    basis = Basis.RULING if ruling.status is RulingStatus.DECIDED else Basis.CONCESSION
    repository.lock(unit.conn, ruling.element)
    _name(
        unit,
        ruling.element,
        ruling.winner,
        basis,
        by=by,
        item=item,
        ruling=ruling.id,
        reason=ruling.reason,
    )
    lost = [party for party in ruling.losers if party.item]
    newest = elements.versions(unit.conn, ruling.element)[0]
    unit.record(
        RulingDecided(
            at=unit.now,
            by=by,
            ruling=ruling.id,
            element=ruling.element,
            code=ruling.code,
            element_name=newest.name,
            winner=ruling.winner,
            winner_item=item,
            losers=tuple(party.org for party in ruling.losers),
            items=tuple(party.item for party in lost if party.item),
            fields=tuple(party.field for party in lost),
            authority=authority,
            reason=ruling.reason,
        )
    )


def _name(
    unit: Unit,
    element: str,
    org: OrgId,
    basis: Basis,
    *,
    by: str,
    item: ItemId | None = None,
    ruling: RulingId | None = None,
    reason: str = "",
) -> Source:
    before = repository.source_of(unit.conn, element)
    source = Source(
        element=element,
        version=before.version + 1 if before else 1,
        org=org,
        basis=basis,
        item=item,
        ruling=ruling,
        reason=reason,
        since=unit.now,
        by=by,
    )
    repository.add_source(unit.conn, source)
    unit.record(
        SourceNamed(
            at=unit.now,
            by=by,
            element=element,
            version=source.version,
            org=org,
            before=before.org if before else None,
            basis=str(basis),
            reason=reason,
        )
    )
    return source


def _own(unit: Unit, actor: security.Actor, id: RulingId) -> Ruling:
    """The case, locked, when the actor speaks for one of its sides."""
    security.require(actor, "standards:state", on=actor.org)
    ruling = repository.ruling(unit.conn, id, lock=True)
    if ruling.party(actor.org) is None:
        raise RulingNotFound(ruling=id)
    return ruling


def _may_read(actor: security.Actor, ruling: Ruling) -> bool:
    return ruling.party(actor.org) is not None or security.may(actor, "standards:oversee")
