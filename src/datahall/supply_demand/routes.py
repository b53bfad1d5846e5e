"""JSON API of supply and demand."""

from typing import Annotated

from fastapi import APIRouter, Depends

from datahall.kit.http import UnitDep, problems
from datahall.kit.ids import ApplicationId, GrantId
from datahall.kit.uow import Unit
from datahall.security import Actor, NotPermitted, may, permits
from datahall.supply_demand.errors import (
    ApplicationNotFound,
    AskedAlready,
    ClockHasRunOut,
    ExtensionTooLong,
    GrantHasEnded,
    GrantNotFound,
    ItemLeaving,
    ItemNotOffered,
    ItemWithheld,
    NoFieldAgreed,
    NotAtThisStage,
    NotWanted,
    OutOfScope,
    OwnApplication,
    OwnItem,
    ProposalIncomplete,
    ReasonRequired,
    RefusalIncomplete,
    SecretAlreadyShown,
)
from datahall.supply_demand.model.application import Answer, Application
from datahall.supply_demand.model.grants import Grant
from datahall.supply_demand.model.proposal import Proposal
from datahall.supply_demand.repository import grants as grant_repository
from datahall.supply_demand.schemas import (
    ApplicationIn,
    CaseOut,
    ClockOut,
    DecisionIn,
    ExtensionIn,
    MissingIn,
    ReasonIn,
    SecretOut,
    SupplementIn,
)
from datahall.supply_demand.service import answering, applying, grants, reading

router = APIRouter(prefix="/api/v1/supply_demand", tags=["supply_demand"])

Viewer = Annotated[Actor, Depends(permits("supply_demand:view"))]
Clerk = Annotated[Actor, Depends(permits("supply_demand:apply"))]
Head = Annotated[Actor, Depends(permits("supply_demand:agree_apply"))]
Bureau = Annotated[Actor, Depends(permits("supply_demand:extend"))]
Stopper = Annotated[Actor, Depends(permits("supply_demand:revoke"))]
Developer = Annotated[Actor, Depends(permits("supply_demand:credentials"))]

CASE = problems(ApplicationNotFound, NotPermitted, NotAtThisStage)
GRANT = problems(GrantNotFound, NotPermitted, GrantHasEnded, ReasonRequired)


@router.get("/applications")
def list_open_applications(unit: UnitDep, actor: Viewer) -> list[CaseOut]:
    """Cases of the caller's department that wait for somebody, the most urgent first (办件)."""
    cases = [
        *reading.open_cases(unit, consumer=actor.org),
        *reading.open_cases(unit, provider=actor.org),
    ]
    return [_out(case) for case in sorted(cases, key=lambda c: c.urgency)]


@router.post(
    "/applications",
    status_code=201,
    responses=problems(
        NotPermitted, ItemNotOffered, ItemLeaving, ItemWithheld, OwnItem, OutOfScope
    ),
)
def draft_application(unit: UnitDep, actor: Clerk, sent: ApplicationIn) -> Application:
    """Begin an application; it may be incomplete until it is sent (起草申请)."""
    return applying.draft(unit, actor, sent.item, sent.proposal)


@router.get("/applications/{id}", responses=problems(ApplicationNotFound, NotPermitted))
def read_application(id: ApplicationId, unit: UnitDep, actor: Viewer) -> CaseOut:
    """One case with its clock (查看办件)."""
    return _case(unit, reading.read(unit, actor, id))


@router.put("/applications/{id}", responses=CASE)
def revise_application(
    id: ApplicationId, unit: UnitDep, actor: Clerk, proposal: Proposal
) -> Application:
    """Save a draft with other content (修改申请)."""
    return applying.revise(unit, actor, id, proposal)


@router.post("/applications/{id}/send", responses=CASE | problems(ProposalIncomplete))
def send_application(id: ApplicationId, unit: UnitDep, actor: Clerk) -> Application:
    """Hand it to the head of the own sharing office (报本部门审核)."""
    return applying.send(unit, actor, id)


@router.post("/applications/{id}/endorse", responses=CASE | problems(ProposalIncomplete))
def endorse_application(id: ApplicationId, unit: UnitDep, actor: Head) -> CaseOut:
    """Agree to apply; the provider receives it at once and its clock runs (本部门同意)."""
    return _case(unit, applying.endorse(unit, actor, id))


@router.post("/applications/{id}/return", responses=CASE | problems(ReasonRequired))
def return_application(
    id: ApplicationId, unit: UnitDep, actor: Head, sent: ReasonIn
) -> Application:
    """Send it back to be changed (退回修改)."""
    return applying.return_to_clerk(unit, actor, id, sent.reason)


@router.post(
    "/applications/{id}/answer",
    responses=CASE
    | problems(OwnApplication, RefusalIncomplete, NoFieldAgreed, NotWanted, ReasonRequired),
)
def answer_application(
    id: ApplicationId, unit: UnitDep, actor: Viewer, decision: Answer
) -> CaseOut:
    """Agree, in whole or in part, or refuse; agreeing puts the grant into force (答复)."""
    vault = unit.keys.vault()
    return _case(unit, answering.answer(unit, actor, id, decision, vault=vault))


@router.post(
    "/applications/{id}/supplement-request",
    responses=CASE | problems(OwnApplication, AskedAlready, ClockHasRunOut, ReasonRequired),
)
def ask_supplement(id: ApplicationId, unit: UnitDep, actor: Viewer, sent: MissingIn) -> CaseOut:
    """Tell at once all that is missing; the clock stands still (一次性告知补正)."""
    return _case(unit, answering.ask_supplement(unit, actor, id, sent.missing))


@router.post("/applications/{id}/supplement", responses=CASE | problems(ReasonRequired))
def supplement_application(
    id: ApplicationId, unit: UnitDep, actor: Clerk, sent: SupplementIn
) -> CaseOut:
    """Complete what was missing; the clock goes on (补正)."""
    completed = applying.supplement(
        unit, actor, id, explanation=sent.explanation, reasons=sent.reasons
    )
    return _case(unit, completed)


@router.post(
    "/applications/{id}/extension",
    responses=CASE | problems(AskedAlready, ClockHasRunOut, ExtensionTooLong, ReasonRequired),
)
def ask_extension(id: ApplicationId, unit: UnitDep, actor: Viewer, sent: ExtensionIn) -> CaseOut:
    """Ask the authority for more working days (申请延期)."""
    asked = answering.ask_extension(unit, actor, id, days=sent.days, reason=sent.reason)
    return _case(unit, asked)


@router.post("/applications/{id}/extension/decision", responses=CASE)
def decide_extension(id: ApplicationId, unit: UnitDep, actor: Bureau, sent: DecisionIn) -> CaseOut:
    """The authority agrees to the extension or does not (延期审批)."""
    return _case(unit, answering.decide_extension(unit, actor, id, granted=sent.granted))


@router.post("/applications/{id}/withdraw", responses=CASE)
def withdraw_application(
    id: ApplicationId, unit: UnitDep, actor: Clerk, sent: ReasonIn
) -> Application:
    """Take it back before it is answered (撤回)."""
    return applying.withdraw(unit, actor, id, sent.reason)


@router.get("/grants")
def list_grants(unit: UnitDep, actor: Viewer) -> list[Grant]:
    """Grants that the caller's department uses or provides; all of them for the authority (授权)."""
    orgs = () if may(actor, "supply_demand:oversee") else (actor.org,)
    return grant_repository.of_parties(unit.conn, *orgs)


@router.get("/grants/{id}", responses=problems(GrantNotFound, NotPermitted))
def read_grant(id: GrantId, unit: UnitDep, actor: Viewer) -> Grant:
    """One grant (查看授权)."""
    return reading.read_grant(unit, actor, id)


@router.post("/grants/{id}/suspend", responses=GRANT)
def suspend_grant(id: GrantId, unit: UnitDep, actor: Stopper, sent: ReasonIn) -> Grant:
    """Refuse further calls until it is resumed (暂停)."""
    return grants.suspend(unit, actor, id, sent.reason)


@router.post("/grants/{id}/resume", responses=GRANT)
def resume_grant(id: GrantId, unit: UnitDep, actor: Stopper, sent: ReasonIn) -> Grant:
    """Admit calls again (恢复)."""
    return grants.resume(unit, actor, id, sent.reason)


@router.post("/grants/{id}/revoke", responses=GRANT)
def revoke_grant(id: GrantId, unit: UnitDep, actor: Stopper, sent: ReasonIn) -> Grant:
    """End it for good; the next call is refused (终止)."""
    return grants.revoke(unit, actor, id, sent.reason)


@router.post(
    "/grants/{id}/secret", responses=problems(GrantNotFound, NotPermitted, SecretAlreadyShown)
)
def reveal_secret(id: GrantId, unit: UnitDep, actor: Developer) -> SecretOut:
    """The secret, this once (领取密钥)."""
    grant = reading.read_grant(unit, actor, id)
    secret = grants.reveal_secret(unit, actor, id, vault=unit.keys.vault())
    algorithm = grant_repository.get_credential(unit.conn, id).algorithm
    return SecretOut(app_id=grant.app_id, algorithm=algorithm, secret=secret)


@router.post(
    "/grants/{id}/rotate",
    status_code=204,
    responses=problems(GrantNotFound, NotPermitted, GrantHasEnded),
)
def rotate_secret(id: GrantId, unit: UnitDep, actor: Developer) -> None:
    """A new secret in place of the old one, which stops (更换密钥)."""
    grants.rotate_secret(unit, actor, id, vault=unit.keys.vault())


def _case(unit: Unit, application: Application) -> CaseOut:
    return _out(reading.case(unit, application))


def _out(case: reading.Case) -> CaseOut:
    clock = ClockOut.model_validate(case.reading, from_attributes=True) if case.reading else None
    return CaseOut(application=case.application, clock=clock)
