"""Writing an application (提出申请)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData
from starlette.responses import Response

from datahall.catalogue import CatalogueItem, Field, ShareMethod, Sharing
from datahall.deadlines import Limit, limits
from datahall.kit.clock import local_date
from datahall.kit.errors import Invalid
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.ids import ApplicationId, ItemId, new_id
from datahall.kit.uow import Unit
from datahall.organisations import Organisation, organisation
from datahall.security import Actor, Protection, permits, protection, require
from datahall.supply_demand.model.application import Application, Status
from datahall.supply_demand.model.grants import Algorithm
from datahall.supply_demand.model.proposal import Proposal, faults
from datahall.supply_demand.pages.common import OPERATORS, Sent, word
from datahall.supply_demand.pages.typed import Typed
from datahall.supply_demand.service import applying
from datahall.supply_demand.service.reading import read

router = APIRouter()
Clerk = Annotated[Actor, Depends(permits("supply_demand:apply"))]

ALGORITHMS: Final = (
    (Algorithm.HMAC_SHA256.value, "HMAC-SHA256"),
    (Algorithm.HMAC_SM3.value, "HMAC-SM3（国密）"),
)
LABELS: Final = {
    "scenario": "使用场景", "basis": "使用依据", "usage": "使用范围", "system": "调用系统",
    "disposal": "到期处置", "fields": "信息项", "valid_from": "开始日", "valid_to": "截止日",
    "daily_quota": "每日调用上限", "rate_per_s": "每秒调用上限", "hours": "可调用时段",
    "addresses": "调用地址", "method": "共享方式",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class FormPage(Page):
    """The application form, empty, kept or with what to correct (申请表)."""

    template: ClassVar[str] = "supply_demand/form.html"
    section: ClassVar[str] = "applications"
    item: CatalogueItem
    provider: Organisation
    application: Application | None  # None for a new one
    action: str
    typed: Typed
    once: UUID
    faults: Mapping[str, str]
    labels: Mapping[str, str]
    limit: Limit
    operators: Sequence[tuple[str, str]]
    algorithms: Sequence[tuple[str, str]]
    methods: Sequence[tuple[ShareMethod, bool]]


@router.get("/applications/new")
def show_new(item: ItemId, request: Request, unit: UnitDep, actor: Clerk) -> HTMLResponse:
    """An empty form for one entry; what cannot be applied for says so at once."""
    offered = applying.offered_item(unit, actor, item)
    blank = Typed.of(Proposal.blank(local_date(unit.now)))
    usual = frozenset(f.name for f in offered.fields if _is_masked_usually(f))
    return _page(request, unit, offered, replace(blank, masked=usual))


@router.post("/applications/new")
def create(item: ItemId, request: Request, unit: UnitDep, actor: Clerk, form: Sent) -> Response:
    """Save a new application as a draft, or hand it in."""
    offered = applying.offered_item(unit, actor, item)
    typed = Typed.of_form(form)
    try:
        proposal = _proposal(typed, offered, unit, form)
        application = applying.draft(unit, actor, item, proposal, id=_once(form))
        return _saved(unit, actor, application, form)
    except Invalid as invalid:
        return _page(
            request, unit, offered, typed, once=_once(form), refused=faults_by_field(invalid)
        )


@router.get("/applications/{id}/edit")
def show_draft(id: ApplicationId, request: Request, unit: UnitDep, actor: Clerk) -> HTMLResponse:
    """The form of a draft, or of one that was sent back."""
    application = _own(unit, actor, id)
    item = applying.offered_item(unit, actor, application.item)
    typed = Typed.of(application.proposal)
    return _page(request, unit, item, typed, application=application)


@router.post("/applications/{id}/edit")
def save(id: ApplicationId, request: Request, unit: UnitDep, actor: Clerk, form: Sent) -> Response:
    """Save a draft again, or hand it in."""
    application = _own(unit, actor, id)
    item = applying.offered_item(unit, actor, application.item)
    typed = Typed.of_form(form)
    try:
        revised = applying.revise(unit, actor, id, _proposal(typed, item, unit, form))
        return _saved(unit, actor, revised, form)
    except Invalid as invalid:
        return _page(
            request, unit, item, typed, application=application, refused=faults_by_field(invalid)
        )


def _own(unit: Unit, actor: Actor, id: ApplicationId) -> Application:
    application = read(unit, actor, id)
    require(actor, "supply_demand:apply", on=application.consumer)
    return application


def _proposal(typed: Typed, item: CatalogueItem, unit: Unit, form: FormData) -> Proposal:
    """What was typed.

    Raises:
        Invalid: something cannot be read; all that is wrong is said at once.
    """
    today = local_date(unit.now)
    proposal, unread = typed.proposal(today)
    if unread:
        said = {fault.field for fault in unread}
        rest = faults(proposal, item, today) if _is_sent(form) else []
        raise Invalid([*unread, *(fault for fault in rest if fault.field not in said)])
    return proposal


def _once(form: FormData) -> ApplicationId | None:
    """The number that the empty form was given, so that a form sent twice is one application."""
    try:
        return ApplicationId(UUID(word(form, "once")))
    except ValueError:
        return None


def _is_sent(form: FormData) -> bool:
    return word(form, "act") == "send"


def _is_masked_usually(field: Field) -> bool:
    """Whether less than the value does in most cases: nobody gets in clear what nobody chose."""
    usual = protection(kind=field.sensitive.value, grade=field.grade, masked=True)
    return usual is not Protection.CLEAR and not field.is_key


def _saved(unit: Unit, actor: Actor, application: Application, form: FormData) -> Response:
    url = f"/applications/{application.id}"
    if application.status is not Status.DRAFT:  # the same form came before
        return redirect(url)
    if not _is_sent(form):
        return redirect(url, flash=f"已存为草稿 {application.code}，还没有提交。")
    applying.send(unit, actor, application.id)
    return redirect(url, flash=f"{application.code} 已报本部门审核。")


def _page(
    request: Request,
    unit: Unit,
    item: CatalogueItem,
    typed: Typed,
    *,
    application: Application | None = None,
    once: ApplicationId | None = None,
    refused: Mapping[str, str] | None = None,
) -> HTMLResponse:
    page = FormPage(
        item=item,
        provider=organisation(unit.conn, item.provider),
        application=application,
        action=f"/applications/{application.id}/edit"
        if application
        else f"/applications/new?item={item.id}",
        typed=typed,
        once=once or new_id(),
        faults=refused or {},
        labels=LABELS | {f"fields.{f.name}": f.title for f in item.fields},
        limit=limits()["T3" if item.sharing is Sharing.UNCONDITIONAL else "T4"],
        operators=OPERATORS,
        algorithms=ALGORITHMS,
        methods=tuple((m, m in item.share_methods and m is ShareMethod.API) for m in ShareMethod),
    )
    return respond(request, page, status=422 if refused else 200)
