"""One case: the clock, what is asked for, what may be done now, what happened (办件)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData
from starlette.responses import Response

from datahall.catalogue import CatalogueItem
from datahall.catalogue import get as get_item
from datahall.deadlines import limits
from datahall.kit.errors import DomainError
from datahall.kit.formats import minute
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.ids import ApplicationId, NoticeId
from datahall.kit.uow import Unit
from datahall.ledger import Act, acts_of
from datahall.organisations import SYSTEM, Organisation
from datahall.security import Actor, permits
from datahall.supply_demand.model.application import (
    CLOSED,
    Answer,
    Application,
    Citation,
    Status,
    Step,
    StepKind,
)
from datahall.supply_demand.model.grants import Grant, GrantedField
from datahall.supply_demand.model.notice import Notice
from datahall.supply_demand.pages.common import Sent, Viewer, in_words, orgs_by_id, word, words
from datahall.supply_demand.repository import applications as repository
from datahall.supply_demand.repository import grants as grant_repository
from datahall.supply_demand.repository import notices as notice_repository
from datahall.supply_demand.service import answering, applying
from datahall.supply_demand.service.notices import take_note
from datahall.supply_demand.service.reading import Case, Possible, case, possible, read

router = APIRouter()
Clerk = Annotated[Actor, Depends(permits("supply_demand:apply"))]
Head = Annotated[Actor, Depends(permits("supply_demand:agree_apply"))]
Bureau = Annotated[Actor, Depends(permits("supply_demand:extend"))]

CLOCKS = {Status.PROVIDER: "答复时限", Status.AUTHORITY: "审核时限"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """One field that was asked for, with what may be or was decided about it."""

    name: str
    title: str
    grade: int | None  # None when the entry no longer has it
    reason: str
    wanted_masked: bool
    ticked: bool
    masked: bool  # as decided, or as the form has it


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineStep:
    """One line of the history, past or to come."""

    state: str  # done, wait, now, todo
    title: str
    at: str = ""
    text: str = ""
    due: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the ledger holds of the case (存证)."""

    count: int
    last: Act | None
    mine: UUID | None  # the viewer's own latest act, whose receipt they may fetch


@dataclass(frozen=True, kw_only=True)
class CasePage(Page):
    """One application with its clock, its history and what the viewer may do (办件)."""

    template: ClassVar[str] = "supply_demand/case.html"
    section: ClassVar[str] = "applications"
    case: Case
    application: Application
    may: Possible
    consumer: Organisation
    provider: Organisation
    clock_title: str
    scope: Sequence[str]
    rows: Sequence[FieldRow]
    not_wanted: Sequence[str]
    steps: Sequence[TimelineStep]
    grant: Grant | None
    evidence: Evidence
    notices: Sequence[Notice]
    extension_most: int
    typed: Mapping[str, str]
    faults: Mapping[str, str]


@router.get("/applications/{id}")
def show_case(id: ApplicationId, request: Request, unit: UnitDep, actor: Viewer) -> HTMLResponse:
    """One case for its parties and the authority (查看办件)."""
    return _page(request, unit, actor, read(unit, actor, id))


@router.post("/applications/{id}/send")
def send(id: ApplicationId, unit: UnitDep, actor: Clerk) -> Response:
    """Hand a draft in from its own page (报本部门审核)."""
    applying.send(unit, actor, id)
    return _back(id, "已报本部门审核。")


@router.post("/applications/{id}/endorse")
def endorse(
    id: ApplicationId, request: Request, unit: UnitDep, actor: Head, form: Sent
) -> Response:
    """The own sharing office agrees or sends it back (本部门审核)."""
    try:
        if word(form, "decision") == "return":
            applying.return_to_clerk(unit, actor, id, word(form, "remarks"))
            return _back(id, "已退回经办人修改。")
        applying.endorse(unit, actor, id)
    except DomainError as error:
        return _again(request, unit, actor, id, form, error, reason="remarks")
    return _back(id, "已同意，并已送达数源部门，次日开始计时。")


@router.post("/applications/{id}/answer")
def answer(
    id: ApplicationId, request: Request, unit: UnitDep, actor: Viewer, form: Sent
) -> Response:
    """Agree, ask for what is missing, or refuse (答复)."""
    decision = word(form, "decision")
    try:
        if decision == "supplement":
            answering.ask_supplement(unit, actor, id, word(form, "missing"))
            return _back(id, "已一次性告知补正，计时暂停。")
        given = _refusal(form) if decision == "refuse" else _agreement(form)
        answering.answer(unit, actor, id, given, vault=unit.keys.vault())
    except DomainError as error:
        beside = {"agree": "note", "supplement": "missing"}.get(decision, "reason")
        return _again(request, unit, actor, id, form, error, reason=beside)
    return _back(id, "已答复：同意。" if given.agreed else "已答复：不同意。")


@router.post("/applications/{id}/extension")
def ask_extension(
    id: ApplicationId, request: Request, unit: UnitDep, actor: Viewer, form: Sent
) -> Response:
    """Ask the authority for more days (申请延期)."""
    try:
        days = word(form, "days")
        answering.ask_extension(
            unit,
            actor,
            id,
            days=int(days) if re.fullmatch(r"[0-9]{1,4}", days) else 0,
            reason=word(form, "extension_reason"),
        )
    except DomainError as error:
        return _again(request, unit, actor, id, form, error, reason="extension_reason")
    return _back(id, "已向市数管局申请延期。")


@router.post("/applications/{id}/extension/decision")
def decide_extension(id: ApplicationId, unit: UnitDep, actor: Bureau, form: Sent) -> Response:
    """The authority agrees to more days or does not (延期审批)."""
    granted = word(form, "granted") == "yes"
    answering.decide_extension(unit, actor, id, granted=granted)
    return _back(id, "已同意延期，双方会收到通知。" if granted else "已不同意延期。")


@router.post("/applications/{id}/supplement")
def supplement(
    id: ApplicationId, request: Request, unit: UnitDep, actor: Clerk, form: Sent
) -> Response:
    """Complete what was missing (补正)."""
    prefix = "why."
    reasons = {k.removeprefix(prefix): word(form, k) for k in form if k.startswith(prefix)}
    try:
        applying.supplement(unit, actor, id, explanation=word(form, "explanation"), reasons=reasons)
    except DomainError as error:
        return _again(request, unit, actor, id, form, error, reason="explanation")
    return _back(id, "已补正，恢复计时。")


@router.post("/applications/{id}/withdraw")
def withdraw(id: ApplicationId, unit: UnitDep, actor: Clerk, form: Sent) -> Response:
    """Take it back (撤回)."""
    applying.withdraw(unit, actor, id, word(form, "withdraw_reason"))
    return _back(id, "已撤回。")


@router.post("/notices/{id}/seen")
def notice_seen(id: NoticeId, unit: UnitDep, actor: Viewer) -> Response:
    """Take note of a notice (知悉)."""
    return redirect(take_note(unit, actor, id), flash="已知悉，这条通知不再提醒。")


def _agreement(form: FormData) -> Answer:
    fields = tuple(
        GrantedField(name, masked=word(form, f"give.{name}") == "masked")
        for name in words(form, "fields")
    )
    return Answer(agreed=True, fields=fields, reason=word(form, "note"))


def _refusal(form: FormData) -> Answer:
    citation = Citation(
        document=word(form, "document"),
        number=word(form, "number"),
        article=word(form, "article"),
    )
    return Answer(agreed=False, reason=word(form, "reason"), citation=citation)


def _back(id: ApplicationId, flash: str) -> Response:
    return redirect(f"/applications/{id}", flash=flash)


def _again(
    request: Request,
    unit: Unit,
    actor: Actor,
    id: ApplicationId,
    form: FormData,
    error: DomainError,
    *,
    reason: str,
) -> HTMLResponse:
    """The page with what was typed and what is wrong; other refusals go to the error page."""
    application = read(unit, actor, id)
    faults = faults_by_field(error)
    if "" in faults or application.status in CLOSED:
        raise error
    if "reason" in faults:
        faults[reason] = faults.pop("reason")
    typed = {name: value for name, value in form.items() if isinstance(value, str)}
    return _page(
        request, unit, actor, application, typed=typed, ticked=words(form, "fields"), faults=faults
    )


def _page(
    request: Request,
    unit: Unit,
    actor: Actor,
    application: Application,
    *,
    typed: Mapping[str, str] | None = None,
    ticked: Sequence[str] | None = None,
    faults: Mapping[str, str] | None = None,
) -> HTMLResponse:
    orgs = orgs_by_id(unit)
    item = get_item(unit.conn, application.item, version=application.item_version)
    shown = case(unit, application)
    wanted = {f.name for f in application.proposal.fields}
    page = CasePage(
        case=shown,
        application=application,
        may=possible(actor, shown),
        consumer=orgs[application.consumer],
        provider=orgs[application.provider],
        clock_title=CLOCKS.get(application.desk or application.status, "办理时限"),
        scope=in_words(application.proposal.row_scope, item),
        rows=_rows(application, item, typed or {}, ticked),
        not_wanted=[f.title for f in item.fields if f.name not in wanted],
        steps=_timeline(unit, shown, orgs[application.provider]),
        grant=grant_repository.of_application(unit.conn, application.id),
        evidence=_evidence(unit, actor, application),
        notices=notice_repository.unseen_about(
            unit.conn, actor.org, f"/applications/{application.id}"
        ),
        extension_most=limits()[applying.limit_code(application)].extension_days,
        typed=typed or {},
        faults=faults or {},
    )
    return respond(request, page, status=422 if faults else 200)


def _rows(
    application: Application,
    item: CatalogueItem,
    typed: Mapping[str, str],
    ticked: Sequence[str] | None,
) -> list[FieldRow]:
    answer = application.answer
    given = {f.name: f.masked for f in answer.fields} if answer and answer.agreed else None
    rows = []
    for wanted in application.proposal.fields:
        field = item.field(wanted.name)
        on = wanted.name in (ticked if ticked is not None else given or {wanted.name: True})
        masked = (given or {}).get(wanted.name, wanted.masked)
        if f"give.{wanted.name}" in typed:
            masked = typed[f"give.{wanted.name}"] == "masked"
        rows.append(
            FieldRow(
                name=wanted.name,
                title=field.title if field else wanted.name,
                grade=field.grade if field else None,
                reason=typed.get(f"why.{wanted.name}", wanted.reason),
                wanted_masked=wanted.masked,
                ticked=on and not (answer and not answer.agreed),
                masked=masked,
            )
        )
    return rows


def _evidence(unit: Unit, actor: Actor, application: Application) -> Evidence:
    acts = acts_of(unit.conn, f"application:{application.id}")
    mine = [act.leaf for act in acts if act.by == actor.by]
    return Evidence(
        count=len(acts), last=acts[-1] if acts else None, mine=mine[-1] if mine else None
    )


WAITING = frozenset({StepKind.SUPPLEMENT_ASKED, StepKind.EXTENSION_ASKED})


def _timeline(unit: Unit, shown: Case, provider: Organisation) -> list[TimelineStep]:
    """What happened, what is going on, and what the route still holds."""
    application = shown.application
    steps = [
        TimelineStep(
            state="wait" if step.kind in WAITING else "done",
            title=step.kind.label,
            at=minute(step.at),
            text=" · ".join(p for p in (_who(step), step.note) if p),
        )
        for step in repository.steps_of(unit.conn, application.id)
    ]
    if application.closed_at:
        return steps
    due = shown.reading.state.value in {"due", "overdue"} if shown.reading else False
    deadline = f"{shown.reading.due_on:%m-%d} 24:00 前" if shown.reading else ""
    if shown.is_paused:
        deadline = "计时暂停，补正后继续"
    steps.append(
        TimelineStep(state="now", title=application.status.label, at="现在", text=deadline, due=due)
    )
    desk = application.desk
    ahead = application.route[application.route.index(desk) + 1 :] if desk else application.route
    for stage in ahead:
        text = provider.short_name if stage is Status.PROVIDER else ""
        steps.append(TimelineStep(state="todo", title=AHEAD[stage], text=text))
    steps.append(TimelineStep(state="todo", title="授权生效", text="同意即生成，期满自动停用"))
    return steps


AHEAD = {
    Status.DEPARTMENT: "本部门同意",
    Status.AUTHORITY: "市数管局审核",
    Status.PROVIDER: "数源部门答复",
}


def _who(step: Step) -> str:
    """市人社局 许文静; nothing for what the platform did by itself."""
    return "" if step.by == SYSTEM.by else f"{step.org_name} {step.name}"
