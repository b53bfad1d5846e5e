"""JSON API of reconciliation."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from datahall.ingestion import TaskNotFound
from datahall.kit.errors import Invalid
from datahall.kit.http import UnitDep, problems
from datahall.kit.ids import RunId, TaskId
from datahall.reconciliation import service
from datahall.reconciliation.errors import (
    AlreadyRunning,
    CertificateNotFound,
    NothingLeft,
    RunNotFound,
)
from datahall.reconciliation.schemas import RunDetail, RunOut, ScheduleIn, ScheduleOut, StandingOut
from datahall.security import Actor, NotPermitted, permits

router = APIRouter(prefix="/api/v1/reconciliation", tags=["reconciliation"])

Viewer = Annotated[Actor, Depends(permits("reconciliation:view"))]
Clerk = Annotated[Actor, Depends(permits("reconciliation:manage"))]


@router.get("/tasks")
def list_standings(unit: UnitDep, actor: Viewer) -> list[StandingOut]:
    """The tasks that the caller may see, with their latest comparison (对账)."""
    return [StandingOut.of(standing) for standing in service.standings(unit, actor)]


@router.get("/tasks/{id}/runs", responses=problems(TaskNotFound))
def list_runs(unit: UnitDep, actor: Viewer, id: TaskId) -> list[RunOut]:
    """The latest comparisons of a task, newest first (历次对账)."""
    return [RunOut.of(run) for run in service.history(unit, actor, id)[1]]


@router.post(
    "/tasks/{id}/runs",
    status_code=202,
    responses=problems(TaskNotFound, NotPermitted, AlreadyRunning),
)
def order_run(unit: UnitDep, actor: Clerk, id: TaskId) -> RunOut:
    """Have source and hall compared now; poll the run for the outcome (立即对账)."""
    return RunOut.of(service.order(unit, actor, id))


@router.put("/tasks/{id}/schedule", responses=problems(TaskNotFound, NotPermitted, Invalid))
def set_schedule(unit: UnitDep, actor: Clerk, id: TaskId, sent: ScheduleIn) -> ScheduleOut:
    """How often a task is compared, and whether it is repaired without asking (对账安排)."""
    changed = service.set_schedule(
        unit, actor, id, minutes=str(sent.minutes), automatic=sent.automatic
    )
    return ScheduleOut.of(changed)


@router.get("/runs/{id}", responses=problems(RunNotFound))
def get_run(unit: UnitDep, actor: Viewer, id: RunId) -> RunDetail:
    """One comparison with its differing rows, masked (对账详情)."""
    return RunDetail.of(service.look(unit, actor, id))


@router.post(
    "/runs/{id}/repair",
    status_code=202,
    responses=problems(RunNotFound, NotPermitted, NothingLeft),
)
def repair(unit: UnitDep, actor: Clerk, id: RunId) -> RunOut:
    """Have the differences that a run left brought again (补正剩余差异)."""
    return RunOut.of(service.order_mending(unit, actor, id))


@router.get("/certificates/{certificate}", responses=problems(CertificateNotFound))
def get_certificate(unit: UnitDep, actor: Viewer, certificate: UUID) -> Response:
    """The certificate file, which anybody can verify offline (对账证书)."""
    file = service.certificate(unit, actor, certificate)
    return Response(file.to_json(), media_type="application/json")
