"""JSON API of the ledger."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Query, Response
from fastapi.responses import PlainTextResponse

from datahall.kit.http import UnitDep, problems
from datahall.ledger import schemas, service
from datahall.ledger.errors import LeafNotFound, NoCheckpoint, RecordErased
from datahall.ledger.http import receipt_response
from datahall.ledger.model import Act, ActQuery
from datahall.ledger.receipts import Verdict
from datahall.security import Actor, Public, permits

router = APIRouter(prefix="/api/v1/ledger", tags=["ledger"])

ANYBODY = Depends(Public("evidence is worth what strangers can check of it"))


@router.get("/key", response_class=PlainTextResponse, dependencies=[ANYBODY])
def read_key(unit: UnitDep) -> str:
    """The published key of this hall's log (公钥)."""
    return f"{service.published_key(unit.keys.signer('ledger'))}\n"


@router.get(
    "/checkpoint",
    response_class=PlainTextResponse,
    responses=problems(NoCheckpoint),
    dependencies=[ANYBODY],
)
def read_checkpoint(unit: UnitDep) -> str:
    """The newest signed state of the log, for witnesses to keep (检查点)."""
    latest = service.latest_checkpoint(unit.conn)
    if latest is None:
        raise NoCheckpoint
    return latest.note


@router.get(
    "/consistency",
    response_model=schemas.ConsistencyRead,
    responses=problems(NoCheckpoint),
    dependencies=[ANYBODY],
)
def read_consistency(
    unit: UnitDep, old: Annotated[int, Query(ge=0)], new: Annotated[int, Query(ge=0)]
) -> schemas.ConsistencyRead:
    """Proof that the log of `new` leaves only added to that of `old` (一致性证明)."""
    path = service.consistency(unit.conn, old, new)
    return schemas.ConsistencyRead(old=old, new=new, path=[step.hex() for step in path])


@router.post("/receipts/verify", response_model=schemas.VerdictRead, dependencies=[ANYBODY])
def verify_receipt(
    unit: UnitDep, receipt: Annotated[bytes, Body(media_type="application/octet-stream")]
) -> Verdict:
    """Check a receipt file, sent as it is, against the log as it stands now (核验回执)."""
    return service.check_receipt(unit.conn, receipt, unit.keys.signer("ledger"))


@router.get(
    "/receipts/{leaf}",
    response_class=Response,
    responses=problems(LeafNotFound, RecordErased),
)
def read_receipt(
    unit: UnitDep, leaf: UUID, actor: Annotated[Actor, Depends(permits("ledger:view"))]
) -> Response:
    """The receipt of one's own act; of anybody's for the auditor (存证回执)."""
    return receipt_response(service.receipt_for(unit, actor, leaf))


@router.get("/acts", response_model=list[schemas.ActRead])
def list_acts(
    unit: UnitDep,
    actor: Annotated[Actor, Depends(permits("ledger:audit"))],
    subject: str = "",
    by: str = "",
    kind: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> list[Act]:
    """Acts of everybody, the newest first; `before` is the last leaf of the page before (审计)."""
    return service.audit(
        unit,
        actor,
        ActQuery(
            subject=subject, by=by, kind=kind, since=since, until=until, before=before, most=limit
        ),
    )
