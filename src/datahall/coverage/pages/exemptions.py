"""Asking for an exemption, and the case of one (编目豁免)."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, ClassVar, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData, UploadFile

from datahall.coverage import finding, service
from datahall.coverage.errors import (
    DecisionMissing,
    NotAGap,
    ProofRefused,
    RemarksRequired,
    RequestIncomplete,
)
from datahall.coverage.model import (
    LONGEST_TERM,
    Exemption,
    ExemptionStatus,
    Ground,
    Subject,
    SubjectKind,
)
from datahall.coverage.proofs import TAKEN
from datahall.kit.clock import local_date
from datahall.kit.errors import DomainError
from datahall.kit.formats import minute
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.ids import ExemptionId, OrgId, PersonId
from datahall.kit.messages import sentence
from datahall.kit.uow import Unit
from datahall.ledger import acts_of
from datahall.organisations import (
    Organisation,
    PersonNotFound,
    organisation,
    organisations,
    person,
)
from datahall.security import Actor, may, permits

router = APIRouter(prefix="/coverage/exemptions")
Viewer = Annotated[Actor, Depends(permits("coverage:view"))]
Clerk = Annotated[Actor, Depends(permits("coverage:ask"))]
Bureau = Annotated[Actor, Depends(permits("coverage:decide"))]

TAGS: Final[Mapping[ExemptionStatus, str]] = {
    ExemptionStatus.GRANTED: "ok",
    ExemptionStatus.REFUSED: "bad",
    ExemptionStatus.ASKED: "ink",
}
LABELS: Final = {
    "ground": "豁免类别",
    "reason": "理由",
    "review_on": "复审日期",
    "proof": "证明材料",
    "decision": "意见",
    "remarks": "理由",
}
DONE: Final = {
    "coverage:exemption:ask": "申请豁免",
    "coverage:exemption:withdraw": "撤回",
    "coverage:exemption:end": "收回",
}


async def form_of(request: Request) -> AsyncIterator[FormData]:
    """What a form sent, for handlers that do not wait themselves; its files are closed after."""
    async with request.form() as form:
        yield form


Sent = Annotated[FormData, Depends(form_of)]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an exemption; the shape of `ui.timeline`."""

    state: str  # done, now or todo
    title: str
    at: str = ""
    text: str = ""
    due: bool = False


@dataclass(frozen=True, kw_only=True)
class ListPage(Page):
    """The exemptions that the viewer may see (编目豁免)."""

    template: ClassVar[str] = "coverage/exemptions.html"
    section: ClassVar[str] = "coverage"
    exemptions: Sequence[Exemption]
    orgs: Mapping[OrgId, Organisation]
    status: str
    counts: Sequence[tuple[ExemptionStatus, int]]
    total: int
    tags: Mapping[ExemptionStatus, str] = field(default_factory=lambda: TAGS)
    today: date


@dataclass(frozen=True, kw_only=True)
class AskPage(Page):
    """The request for an exemption (申请豁免)."""

    template: ClassVar[str] = "coverage/ask.html"
    section: ClassVar[str] = "coverage"
    subject: Subject
    org: Organisation
    grounds: Sequence[tuple[str, str]] = tuple((g.value, g.label) for g in Ground)
    typed: Mapping[str, str]
    faults: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=lambda: LABELS)
    latest: date
    taken: str = TAKEN


@dataclass(frozen=True, kw_only=True)
class CasePage(Page):
    """One exemption, with its proof and its decision (豁免)."""

    template: ClassVar[str] = "coverage/exemption.html"
    section: ClassVar[str] = "coverage"
    exemption: Exemption
    org: Organisation
    now: Subject | None  # how its subject stands today; None when it is not there any more
    run_out: bool
    tags: Mapping[ExemptionStatus, str] = field(default_factory=lambda: TAGS)
    may_decide: bool
    may_end: bool
    may_withdraw: bool
    steps: Sequence[Step]
    faults: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=lambda: LABELS)
    remarks: str
    today: date


@router.get("")
def show_list(request: Request, unit: UnitDep, actor: Viewer, status: str = "") -> HTMLResponse:
    """The exemptions, the newest first (编目豁免)."""
    every = service.exemptions(unit, actor)
    page = ListPage(
        exemptions=[one for one in every if status in ("", one.status)],
        orgs={org.id: org for org in organisations(unit.conn)},
        status=status,
        counts=[(s, n) for s in ExemptionStatus if (n := sum(e.status is s for e in every))],
        total=len(every),
        today=local_date(unit.now),
    )
    return respond(request, page)


@router.get("/new")
def show_form(
    request: Request, unit: UnitDep, actor: Clerk, kind: SubjectKind, subject: UUID
) -> Response:
    """The form for one gap (申请豁免)."""
    due = service.read_subject(unit, actor, kind, subject)
    if due.exemption is not None and due.exemption.status is ExemptionStatus.ASKED:
        return redirect(f"/coverage/exemptions/{due.exemption.id}")
    return respond(request, _form(unit, actor, due, {}, {}))


@router.post("/new")
def ask(
    request: Request, unit: UnitDep, actor: Clerk, kind: SubjectKind, subject: UUID, form: Sent
) -> Response:
    """Hand the request in; what is wrong is told beside its field (申请豁免)."""
    typed = {name: _word(form, name) for name in ("ground", "reason", "review_on")}
    proof = form.get("proof")
    file = proof if isinstance(proof, UploadFile) and proof.filename else None
    due = service.read_subject(unit, actor, kind, subject)
    try:
        made = service.ask(
            unit,
            actor,
            kind,
            subject,
            ground=Ground(typed["ground"]) if typed["ground"] in set(Ground) else None,
            reason=typed["reason"],
            review_on=_day(typed["review_on"]),
            proof_name=(file.filename or "") if file else "",
            proof=file.file if file else None,
        )
    except (RequestIncomplete, ProofRefused) as refused:
        page = _form(unit, actor, due, typed, faults_by_field(refused))
        return respond(request, page, status=422)
    except NotAGap as refused:
        words = sentence(refused.code, refused.detail)
        return redirect(f"/coverage/orgs/{actor.org}", flash=words)
    return redirect(f"/coverage/exemptions/{made.id}", flash="已申请豁免，等市数管局审定。")


@router.get("/{id}")
def show_case(id: ExemptionId, request: Request, unit: UnitDep, actor: Viewer) -> HTMLResponse:
    """One exemption (豁免)."""
    return respond(request, _case(unit, actor, service.read(unit, actor, id)))


@router.post("/{id}/decide")
def decide(
    id: ExemptionId,
    request: Request,
    unit: UnitDep,
    actor: Bureau,
    decision: Annotated[str, Form()] = "",
    remarks: Annotated[str, Form()] = "",
) -> Response:
    """Grant, refuse, or take back (审定)."""
    exemption = service.read(unit, actor, id)
    try:
        match decision:
            case "grant" | "refuse":
                granted = decision == "grant"
                service.decide(unit, actor, id, granted=granted, remarks=remarks)
                words = "已同意豁免" if granted else "已退回：不同意豁免"
                return redirect("/workbench", flash=f"{words}“{exemption.name}”。")
            case "end":
                service.end(unit, actor, id, remarks=remarks)
                return redirect(f"/coverage/exemptions/{id}", flash="已收回，重新计为未编。")
    except RemarksRequired as refused:
        return _again(request, unit, actor, exemption, refused, remarks)
    return _again(request, unit, actor, exemption, DecisionMissing(), remarks)


@router.post("/{id}/withdraw")
def withdraw(id: ExemptionId, unit: UnitDep, actor: Clerk) -> Response:
    """Take the request back (撤回申请)."""
    service.read(unit, actor, id)
    service.withdraw(unit, actor, id)
    return redirect(f"/coverage/orgs/{actor.org}", flash="已撤回申请。")


def _again(
    request: Request,
    unit: Unit,
    actor: Actor,
    exemption: Exemption,
    refused: DomainError,
    remarks: str,
) -> HTMLResponse:
    page = _case(unit, actor, exemption, faults_by_field(refused), remarks)
    return respond(request, page, status=422)


def _form(
    unit: Unit,
    actor: Actor,
    due: Subject,
    typed: Mapping[str, str],
    faults: Mapping[str, str],
) -> AskPage:
    today = local_date(unit.now)
    return AskPage(
        subject=due,
        org=organisation(unit.conn, actor.org),
        typed={"ground": "", "reason": "", "review_on": "", **typed},
        faults=faults,
        latest=today + LONGEST_TERM,
    )


def _case(
    unit: Unit,
    actor: Actor,
    exemption: Exemption,
    faults: Mapping[str, str] | None = None,
    remarks: str = "",
) -> CasePage:
    today = local_date(unit.now)
    decides = may(actor, "coverage:decide", on=exemption.org)
    asks = may(actor, "coverage:ask", on=exemption.org)
    return CasePage(
        exemption=exemption,
        org=organisation(unit.conn, exemption.org),
        now=finding.subject(unit.conn, today, exemption.org, exemption.kind, exemption.subject),
        run_out=exemption.has_run_out(today),
        may_decide=decides and exemption.status is ExemptionStatus.ASKED,
        may_end=decides and exemption.is_good(today),
        may_withdraw=asks and exemption.status is ExemptionStatus.ASKED,
        steps=tuple(_steps(unit, exemption)),
        faults=faults or {},
        remarks=remarks,
        today=today,
    )


def _steps(unit: Unit, exemption: Exemption) -> Iterator[Step]:
    """What was done about it by whom, and what is ahead."""
    for act in acts_of(unit.conn, f"exemption:{exemption.id}"):
        told = act.body or {}
        title = DONE.get(act.kind) or ("同意豁免" if told.get("granted") else "不同意豁免")
        text = f"{_name(unit, act.by)}　{told.get('remarks', '')}".strip()
        yield Step(state="done", title=title, at=minute(act.at), text=text)
    if exemption.status is ExemptionStatus.ASKED:
        yield Step(state="now", title="市数管局审定")
    if exemption.status in {ExemptionStatus.ASKED, ExemptionStatus.GRANTED}:
        on = exemption.review_on.isoformat()
        yield Step(state="todo", title=f"{on} 复审", text="到期没有再申请的，重新计为未编")


def _name(unit: Unit, by: str) -> str:
    """Who an act names."""
    try:
        return person(unit.conn, PersonId(UUID(by))).name
    except (ValueError, PersonNotFound):
        return "系统"


def _word(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
