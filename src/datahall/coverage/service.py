"""What people do about gaps: ask for an exemption, decide, take it back; and read the account."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import BinaryIO, Final
from uuid import UUID

from datahall import security
from datahall.coverage import finding, proofs, repository
from datahall.coverage.errors import (
    ExemptionNotFound,
    NotAGap,
    RequestIncomplete,
    SubjectNotFound,
)
from datahall.coverage.events import (
    ExemptionAsked,
    ExemptionDecided,
    ExemptionEnded,
    ExemptionWithdrawn,
)
from datahall.coverage.model import (
    LONGEST_TERM,
    Account,
    Exemption,
    ExemptionStatus,
    Ground,
    State,
    Subject,
    SubjectKind,
)
from datahall.kit.clock import local_date
from datahall.kit.errors import Fault
from datahall.kit.ids import ExemptionId, OrgId, new_id
from datahall.kit.uow import Unit

SHORTEST_REASON: Final = 6
LONGEST_REASON: Final = 500


def account_of(unit: Unit, actor: security.Actor, org: OrgId) -> Account:
    """What a department has to catalogue, and how each thing stands.

    Raises:
        NotPermitted
    """
    security.require(actor, "coverage:view", on=org)
    return finding.account(unit.conn, local_date(unit.now), org)


def read_subject(unit: Unit, actor: security.Actor, kind: SubjectKind, id: UUID) -> Subject:
    """One table or system of the actor's department.

    Raises:
        NotPermitted, SubjectNotFound
    """
    security.require(actor, "coverage:view", on=actor.org)
    found = finding.subject(unit.conn, local_date(unit.now), actor.org, kind, id)
    if found is None:
        raise SubjectNotFound(subject=id)
    return found


def ask(
    unit: Unit,
    actor: security.Actor,
    kind: SubjectKind,
    subject: UUID,
    *,
    ground: Ground | None,
    reason: str,
    review_on: date | None,
    proof_name: str,
    proof: BinaryIO | None,
) -> Exemption:
    """Ask not to have to catalogue one thing, with a proof and a review date (申请豁免).

    Raises:
        NotPermitted, SubjectNotFound, NotAGap, RequestIncomplete, ProofRefused
    """
    security.require(actor, "coverage:ask", on=actor.org)
    repository.hold(unit.conn, subject)
    due = read_subject(unit, actor, kind, subject)
    if due.state not in {State.GAP, State.DRAFTED}:
        raise NotAGap(name=due.name, state=due.state.label)
    today = local_date(unit.now)
    faults = list(_mistakes(ground, reason.strip(), review_on, today))
    if faults or ground is None or review_on is None:
        raise RequestIncomplete(faults)
    exemption = Exemption(
        id=ExemptionId(new_id()),
        org=actor.org,
        kind=kind,
        subject=subject,
        name=due.name,
        ground=ground,
        reason=reason.strip(),
        review_on=review_on,
        proof=proofs.keep(proof_name, proof),
        asked_at=unit.now,
        asked_by=actor.name,
    )
    repository.add(unit.conn, exemption)
    unit.record(
        ExemptionAsked(
            at=unit.now, by=actor.by, exemption=exemption.id, org=actor.org, name=due.name,
            kind=kind, of=subject, ground=ground, reason=exemption.reason, review_on=review_on,
            digest=exemption.proof.digest,
        )
    )  # fmt: skip
    return exemption


def decide(
    unit: Unit, actor: security.Actor, id: ExemptionId, *, granted: bool, remarks: str = ""
) -> Exemption:
    """Grant an exemption until its review date, or refuse it with the reason (审定豁免).

    Raises:
        ExemptionNotFound, NotPermitted, WrongStage, RemarksRequired
    """
    asked = repository.get(unit.conn, id, lock=True)
    security.require(actor, "coverage:decide", on=asked.org)
    decided = asked.decided(granted=granted, remarks=remarks, by=actor.name, at=unit.now)
    repository.save(unit.conn, decided)
    unit.record(
        ExemptionDecided(
            at=unit.now, by=actor.by, exemption=id, org=asked.org, name=asked.name,
            granted=granted, remarks=decided.remarks,
        )
    )  # fmt: skip
    return decided


def end(unit: Unit, actor: security.Actor, id: ExemptionId, *, remarks: str) -> Exemption:
    """Take a granted exemption back; its subject is a gap again (收回豁免).

    Raises:
        ExemptionNotFound, NotPermitted, WrongStage, RemarksRequired
    """
    granted = repository.get(unit.conn, id, lock=True)
    security.require(actor, "coverage:decide", on=granted.org)
    ended = granted.ended(remarks=remarks, by=actor.name, at=unit.now)
    repository.save(unit.conn, ended)
    unit.record(
        ExemptionEnded(
            at=unit.now, by=actor.by, exemption=id, org=granted.org, name=granted.name,
            remarks=ended.remarks,
        )
    )  # fmt: skip
    return ended


def withdraw(unit: Unit, actor: security.Actor, id: ExemptionId) -> Exemption:
    """Take a request back before it is decided (撤回申请).

    Raises:
        ExemptionNotFound, NotPermitted, WrongStage
    """
    asked = repository.get(unit.conn, id, lock=True)
    security.require(actor, "coverage:ask", on=asked.org)
    withdrawn = asked.withdrawn(by=actor.name, at=unit.now)
    repository.save(unit.conn, withdrawn)
    unit.record(
        ExemptionWithdrawn(at=unit.now, by=actor.by, exemption=id, org=asked.org, name=asked.name)
    )
    return withdrawn


def read(unit: Unit, actor: security.Actor, id: ExemptionId) -> Exemption:
    """An exemption, as its department and the authority may see it.

    Raises:
        ExemptionNotFound, NotPermitted
    """
    security.require(actor, "coverage:view")
    exemption = repository.get(unit.conn, id)
    if not security.may(actor, "coverage:view", on=exemption.org):
        raise ExemptionNotFound(exemption=id)
    return exemption


def exemptions(
    unit: Unit, actor: security.Actor, *, stage: ExemptionStatus | None = None
) -> list[Exemption]:
    """The exemptions that the actor may see, the newest first."""
    security.require(actor, "coverage:view")
    org = None if security.may(actor, "coverage:oversee") else actor.org
    stages = tuple(ExemptionStatus) if stage is None else (stage,)
    return repository.all_of(unit.conn, org, stages=stages)


def _mistakes(
    ground: Ground | None, reason: str, review_on: date | None, today: date
) -> Iterator[Fault]:
    if ground is None:
        yield Fault("ground", "coverage.ground_required")
    if len(reason) < SHORTEST_REASON:
        yield Fault("reason", "coverage.reason_required", {"least": SHORTEST_REASON})
    if len(reason) > LONGEST_REASON:
        detail: dict[str, object] = {"most": LONGEST_REASON, "length": len(reason)}
        yield Fault("reason", "coverage.reason_too_long", detail)
    if review_on is None:
        example = (today + timedelta(days=365)).isoformat()
        yield Fault("review_on", "coverage.review_required", {"example": example})
    elif review_on <= today:
        yield Fault("review_on", "coverage.review_too_early")
    elif review_on > today + LONGEST_TERM:
        latest = (today + LONGEST_TERM).isoformat()
        yield Fault("review_on", "coverage.review_too_late", {"latest": latest})
