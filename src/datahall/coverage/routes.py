"""JSON API of coverage."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Query, UploadFile
from fastapi.responses import Response

from datahall.coverage import finding, proofs, service
from datahall.coverage.errors import (
    ExemptionNotFound,
    NotAGap,
    ProofLost,
    ProofRefused,
    RemarksRequired,
    RequestIncomplete,
    SubjectNotFound,
    WrongStage,
)
from datahall.coverage.model import (
    Account,
    Exemption,
    ExemptionStatus,
    Ground,
    State,
    Subject,
    SubjectKind,
)
from datahall.coverage.schemas import DecisionIn, ExemptionOut, RateOut, RemarksIn, SubjectOut
from datahall.kit.clock import local_date
from datahall.kit.http import UnitDep, problems
from datahall.kit.ids import ExemptionId, OrgId
from datahall.security import Actor, NotPermitted, permits

router = APIRouter(prefix="/api/v1/coverage", tags=["coverage"])

Viewer = Annotated[Actor, Depends(permits("coverage:view"))]
Overseer = Annotated[Actor, Depends(permits("coverage:oversee"))]
Clerk = Annotated[Actor, Depends(permits("coverage:ask"))]
Bureau = Annotated[Actor, Depends(permits("coverage:decide"))]


@router.get("", response_model=list[RateOut])
def list_rates(unit: UnitDep, _actor: Overseer) -> list[dict[str, object]]:
    """The city, then every department that has anything to catalogue (应编尽编率)."""
    found = finding.accounts(unit.conn, local_date(unit.now))
    city = Account(subjects=[one for of in found.values() for one in of.subjects])
    return [_rate(None, city), *(_rate(org, one) for org, one in found.items())]


@router.get("/orgs/{org}", response_model=RateOut, responses=problems(NotPermitted))
def read_rate(org: OrgId, unit: UnitDep, actor: Viewer) -> dict[str, object]:
    """One department's rate with both sides of the fraction (应编尽编率)."""
    return _rate(org, service.account_of(unit, actor, org))


@router.get(
    "/orgs/{org}/subjects", response_model=list[SubjectOut], responses=problems(NotPermitted)
)
def list_subjects(
    org: OrgId,
    unit: UnitDep,
    actor: Viewer,
    state: Annotated[list[State], Query()] = [],  # noqa: B006 - FastAPI copies it
    offset: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Sequence[Subject]:
    """The tables and systems that were counted, in any of the states asked for (应编对象)."""
    found = service.account_of(unit, actor, org).subjects
    chosen = [one for one in found if not state or one.state in state]
    return chosen[offset : offset + limit]


@router.get("/exemptions", response_model=list[ExemptionOut])
def list_exemptions(
    unit: UnitDep, actor: Viewer, status: ExemptionStatus | None = None
) -> list[Exemption]:
    """The exemptions that the caller may see, the newest first (编目豁免)."""
    return service.exemptions(unit, actor, stage=status)


@router.post(
    "/exemptions",
    response_model=ExemptionOut,
    status_code=201,
    responses=problems(NotPermitted, SubjectNotFound, NotAGap, RequestIncomplete, ProofRefused),
)
def ask(
    unit: UnitDep,
    actor: Clerk,
    kind: Annotated[SubjectKind, Form()],
    subject: Annotated[UUID, Form()],
    ground: Annotated[Ground | None, Form()] = None,
    reason: Annotated[str, Form()] = "",
    review_on: Annotated[date | None, Form(description="复审日期")] = None,
    proof: Annotated[UploadFile | None, File(description="PDF, OFD, JPG or PNG, 10 MB")] = None,
) -> Exemption:
    """Ask not to have to catalogue one thing, with a proof (申请豁免)."""
    return service.ask(
        unit,
        actor,
        kind,
        subject,
        ground=ground,
        reason=reason,
        review_on=review_on,
        proof_name=(proof.filename or "") if proof else "",
        proof=proof.file if proof else None,
    )


@router.get("/exemptions/{id}", response_model=ExemptionOut, responses=problems(ExemptionNotFound))
def read_exemption(id: ExemptionId, unit: UnitDep, actor: Viewer) -> Exemption:
    """One exemption (编目豁免)."""
    return service.read(unit, actor, id)


@router.get(
    "/exemptions/{id}/proof",
    response_class=Response,
    responses=problems(ExemptionNotFound, ProofLost),
)
def download_proof(id: ExemptionId, unit: UnitDep, actor: Viewer) -> Response:
    """The proof file, compared with its hash first (证明材料)."""
    proof = service.read(unit, actor, id).proof
    return Response(
        proofs.content_of(proof),
        media_type=proof.media,
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(proof.name)}"},
    )


@router.post(
    "/exemptions/{id}/decide",
    response_model=ExemptionOut,
    responses=problems(ExemptionNotFound, NotPermitted, WrongStage, RemarksRequired),
)
def decide(id: ExemptionId, sent: DecisionIn, unit: UnitDep, actor: Bureau) -> Exemption:
    """Grant an exemption until its review date, or refuse it (审定豁免)."""
    return service.decide(unit, actor, id, granted=sent.granted, remarks=sent.remarks)


@router.post(
    "/exemptions/{id}/end",
    response_model=ExemptionOut,
    responses=problems(ExemptionNotFound, NotPermitted, WrongStage, RemarksRequired),
)
def end(id: ExemptionId, sent: RemarksIn, unit: UnitDep, actor: Bureau) -> Exemption:
    """Take a granted exemption back; its subject is a gap again (收回豁免)."""
    return service.end(unit, actor, id, remarks=sent.remarks)


@router.post(
    "/exemptions/{id}/withdraw",
    response_model=ExemptionOut,
    responses=problems(ExemptionNotFound, NotPermitted, WrongStage),
)
def withdraw(id: ExemptionId, unit: UnitDep, actor: Clerk) -> Exemption:
    """Take a request back before it is decided (撤回申请)."""
    return service.withdraw(unit, actor, id)


def _rate(org: OrgId | None, of: Account) -> dict[str, object]:
    return {
        "org": org,
        "covered": of.covered,
        "due": of.due,
        "exempt": of.exempt,
        "gaps": of.gaps,
        "rate": of.rate,
    }
