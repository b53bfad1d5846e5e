"""Pages: which tasks agree with their source, one task's runs, one run, one certificate."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData
from starlette.responses import Response

from datahall import drift
from datahall.kit.errors import DomainError
from datahall.kit.formats import stamp
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.ids import OrgId, RunId, TaskId
from datahall.kit.messages import sentence
from datahall.kit.uow import Unit
from datahall.organisations import Organisation, organisation, organisations
from datahall.reconciliation import service
from datahall.reconciliation.model import Difference, Run
from datahall.reconciliation.service import RunView, Standing
from datahall.reconciliation.vocabulary import Fate, Kind, RunState
from datahall.security import Actor, may, permits

router = APIRouter(prefix="/reconciliation", include_in_schema=False)

Viewer = Annotated[Actor, Depends(permits("reconciliation:view"))]
Clerk = Annotated[Actor, Depends(permits("reconciliation:manage"))]
SHOWN: Final = 200  # ranges and differences on one page; the file has all ranges


async def form_of(request: Request) -> AsyncIterator[FormData]:
    """What a form sent."""
    async with request.form() as form:
        yield form


Sent = Annotated[FormData, Depends(form_of)]


def verdict(run: Run | None) -> tuple[str, str]:
    """How a run ended, in a word, and the dot beside it."""
    if run is None:
        return "还没有对账", "off"
    if run.state is not RunState.DONE:
        return run.state.label, "bad" if run.state is RunState.FAILED else "off"
    if run.counts.remaining:
        return f"{run.counts.remaining:,} 行待处理", "bad"
    if run.counts.found:
        return f"{run.counts.found:,} 行已补正", ""
    return "一致", ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A run in words."""

    run: Run
    verdict: tuple[str, str]
    seconds: float
    failure: str

    @classmethod
    def of(cls, run: Run, now: datetime) -> "Row":
        failure = sentence(run.error_code, run.error_detail) if run.error_code else ""
        return cls(run=run, verdict=verdict(run), seconds=run.seconds(now), failure=failure)


@dataclass(frozen=True, kw_only=True)
class StandingsPage(Page):
    """Which hall tables agree with their sources (对账)."""

    template: ClassVar[str] = "reconciliation/standings.html"
    section: ClassVar[str] = "sources"
    tabs: Sequence[tuple[str, str, str]] = drift.TABS
    rows: Sequence[tuple[Standing, tuple[str, str]]]
    orgs: Mapping[OrgId, Organisation]
    agreed: int
    certified: int


@dataclass(frozen=True, kw_only=True)
class HistoryPage(Page):
    """One task's comparisons and how often they are made (历次对账)."""

    template: ClassVar[str] = "reconciliation/history.html"
    section: ClassVar[str] = "sources"
    standing: Standing
    org: Organisation
    rows: Sequence[Row]
    may_manage: bool
    running: bool
    typed: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RunPage(Page):
    """One comparison: its counts, its differences, its ranges (对账详情)."""

    template: ClassVar[str] = "reconciliation/run.html"
    section: ClassVar[str] = "sources"
    view: RunView
    row: Row
    org: Organisation
    balance: Sequence[tuple[str, int, str]]
    differences: Sequence[Difference]
    kinds: Sequence[tuple[Kind, int]]
    parts: Sequence[Mapping[str, Any]]
    more_parts: int
    may_manage: bool
    open: bool
    left: Fate = Fate.LEFT


@dataclass(frozen=True, kw_only=True)
class CertificatePage(Page):
    """The certificate as it is read (对账证书)."""

    template: ClassVar[str] = "reconciliation/certificate.html"
    section: ClassVar[str] = "sources"
    number: UUID
    run: Run
    title: str
    org: Organisation
    rows: Sequence[tuple[str, str]]
    digests: Sequence[tuple[str, str]]
    agreed: bool


@router.get("", response_class=HTMLResponse)
def show_standings(request: Request, unit: UnitDep, actor: Viewer) -> HTMLResponse:
    """Every task, those with differences first (对账)."""
    found = service.standings(unit, actor)
    last = [s.last for s in found if s.last is not None]
    page = StandingsPage(
        rows=[(s, verdict(s.last)) for s in found],
        orgs={org.id: org for org in organisations(unit.conn)},
        agreed=sum(r.state is RunState.DONE and not r.counts.remaining for r in last),
        certified=sum(r.certificate is not None for r in last),
    )
    return respond(request, page)


@router.get("/tasks/{id}", response_class=HTMLResponse)
def show_history(id: TaskId, request: Request, unit: UnitDep, actor: Viewer) -> HTMLResponse:
    """One task's comparisons (历次对账)."""
    return respond(request, _history(unit, actor, id))


@router.post("/tasks/{id}/run")
def order(id: TaskId, unit: UnitDep, actor: Clerk) -> Response:
    """Compare now (立即对账)."""
    made = service.order(unit, actor, id)
    return redirect(f"/reconciliation/runs/{made.id}", flash="已开始对账，几秒后有结果。")


@router.post("/tasks/{id}/schedule")
def set_schedule(id: TaskId, request: Request, unit: UnitDep, actor: Clerk, form: Sent) -> Response:
    """How often, and whether to repair without asking (对账安排)."""
    minutes, automatic = str(form.get("minutes") or ""), form.get("automatic") is not None
    try:
        service.set_schedule(unit, actor, id, minutes=minutes, automatic=automatic)
    except DomainError as refused:
        page = _history(unit, actor, id, typed={"minutes": minutes}, refused=refused)
        return respond(request, page, status=refused.status)
    return redirect(f"/reconciliation/tasks/{id}", flash="已保存对账安排。")


def _history(
    unit: Unit,
    actor: Actor,
    id: TaskId,
    *,
    typed: Mapping[str, str] | None = None,
    refused: DomainError | None = None,
) -> HistoryPage:
    standing, runs = service.history(unit, actor, id)
    return HistoryPage(
        standing=standing,
        org=organisation(unit.conn, standing.task.org),
        rows=[Row.of(run, unit.now) for run in runs],
        may_manage=may(actor, service.MANAGE, on=standing.task.org),
        running=bool(runs) and runs[0].state.is_open,
        typed=typed or {},
        faults=faults_by_field(refused) if refused else {},
    )


@router.get("/runs/{id}", response_class=HTMLResponse)
def show_run(id: RunId, request: Request, unit: UnitDep, actor: Viewer) -> HTMLResponse:
    """One comparison (对账详情)."""
    view = service.look(unit, actor, id)
    run, counts = view.run, view.run.counts
    tally = {kind: sum(d.kind is kind for d in view.differences) for kind in Kind}
    differing_first = sorted(view.parts, key=lambda part: part["agreed"])
    page = RunPage(
        view=view,
        row=Row.of(run, unit.now),
        org=organisation(unit.conn, run.org),
        balance=[
            ("源端", counts.source, "比对时的行数"),
            ("大厅", counts.hall, "可以调用的行数"),
            ("隔离待处理", counts.waiting, "没有通过强规则，未入库"),
            ("经办人处理", counts.settled, "更正、放行、作废造成的差数"),
        ],
        differences=view.differences[:SHOWN],
        kinds=[(kind, n) for kind, n in tally.items() if n],
        parts=differing_first[:SHOWN],
        more_parts=max(0, len(differing_first) - SHOWN),
        may_manage=may(actor, service.MANAGE, on=run.org),
        open=run.state.is_open,
    )
    return respond(request, page)


@router.post("/runs/{id}/repair")
def repair(id: RunId, unit: UnitDep, actor: Clerk) -> Response:
    """Bring again what the run left (补正剩余差异)."""
    service.order_mending(unit, actor, id)
    return redirect(f"/reconciliation/runs/{id}", flash="已开始补正，几秒后刷新可见结果。")


@router.get("/certificates/{certificate}", response_class=HTMLResponse)
def show_certificate(
    certificate: UUID, request: Request, unit: UnitDep, actor: Viewer
) -> HTMLResponse:
    """The certificate (对账证书)."""
    found = service.certificate(unit, actor, certificate)
    run = service.look(unit, actor, RunId(UUID(found.statement["run"]))).run
    return respond(
        request,
        CertificatePage(
            number=certificate,
            run=run,
            title=found.statement["item"]["title"],
            org=organisation(unit.conn, run.org),
            rows=_told(found.statement, run),
            digests=[("区间根摘要", _grouped(found.statement["root"]))],
            agreed=not run.counts.remaining and not run.counts.moving,
        ),
    )


@router.get("/certificates/{certificate}/file")
def certificate_file(certificate: UUID, unit: UnitDep, actor: Viewer) -> Response:
    """Download the certificate (下载证书)."""
    found = service.certificate(unit, actor, certificate)
    name = f'attachment; filename="certificate-{certificate}.json"'
    return Response(
        found.to_json(), media_type="application/json", headers={"Content-Disposition": name}
    )


def _told(statement: Mapping[str, Any], run: Run) -> list[tuple[str, str]]:
    counts = statement["totals"]
    held = counts["waiting"] + counts["settled"]
    return [
        ("目录", f"{statement['item']['title']}（{statement['item']['code']}）"),
        ("数源部门", statement["provider"]["name"]),
        ("源表", statement["table"]),
        ("比对时间", f"{_moment(statement['from_at'])} 至 {_moment(statement['to_at'])}"),
        ("源端位置", statement["position"] or "源端没有给出"),
        ("行数", f"源端 {counts['source']:,} = 大厅 {counts['hall']:,} + 隔离等 {held:,}"
         if counts["source"] == counts["hall"] + held
         else f"源端 {counts['source']:,}，大厅 {counts['hall']:,}，隔离等 {held:,}"),
        ("差异", f"发现 {counts['found']:,} 行，已补正 {counts['repaired']:,} 行，待处理 {counts['remaining']:,} 行"),
        ("变动中", f"{counts['moving']:,} 行" if counts["moving"] else ""),
        ("汇总方式", f"{run.method.label if run.method else ''}，{statement['ranges']} 个区间"),
        ("大厅修订", f"第 {statement['revision']:,} 号"),
        ("证书编号", statement["id"]),
    ]  # fmt: skip


def _moment(text: str) -> str:
    return stamp(datetime.fromisoformat(text))


def _grouped(digest: str) -> str:
    return " ".join(digest[i : i + 8] for i in range(0, len(digest), 8))
