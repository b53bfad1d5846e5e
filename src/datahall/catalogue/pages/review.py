"""Reviewing an entry: the department's head, then the authority (审核)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from datahall.catalogue import service
from datahall.catalogue.categories import Category, categories
from datahall.catalogue.changes import Change, changes
from datahall.catalogue.desk import review_clock
from datahall.catalogue.errors import DecisionMissing, EntryIncomplete, RemarksRequired
from datahall.catalogue.model import CatalogueItem, Suggestion
from datahall.catalogue.pages.item import FieldRow, facts, field_rows
from datahall.catalogue.vocabulary import EDITABLE, ItemStatus
from datahall.deadlines import Reading, calendar
from datahall.kit.errors import DomainError
from datahall.kit.formats import minute
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.ids import ItemId, PersonId
from datahall.kit.uow import Unit
from datahall.ledger import acts_of
from datahall.organisations import Organisation, PersonNotFound, organisation, person
from datahall.security import Actor, may, permits

router = APIRouter(prefix="/catalogue/items")
Viewer = Annotated[Actor, Depends(permits("catalogue:view"))]
Head = Annotated[Actor, Depends(permits("catalogue:agree"))]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way to publication; the shape of `ui.timeline`."""

    state: str  # done, now or todo
    title: str
    at: str = ""
    text: str = ""
    due: bool = False


@dataclass(frozen=True, kw_only=True)
class ReviewPage(Page):
    """What is asked to be put in force, what it changes, and the decision (目录审核)."""

    template: ClassVar[str] = "catalogue/review.html"
    section: ClassVar[str] = "catalogue"
    item: CatalogueItem
    before: CatalogueItem | None  # the version in force
    provider: Organisation
    category: Category | None
    rows: Sequence[FieldRow]
    facts: Sequence[tuple[str, str]]
    changes: Sequence[Change]
    set_aside: Sequence[tuple[str, Suggestion, str]]  # proposals that the clerk did not follow
    clock: Reading | None
    steps: Sequence[Step]
    decides: str  # "agree", "publish" or "" when the viewer only looks
    may_edit: bool
    faults: Mapping[str, str]
    remarks: str


@router.get("/{id}/review")
def show_review(id: ItemId, request: Request, unit: UnitDep, actor: Viewer) -> Response:
    """What stands to be decided, or how it goes on (目录审核)."""
    item = service.versions(unit, actor, id)[0]
    if not item.status.is_open:
        return redirect(f"/catalogue/items/{id}")
    return respond(request, _page(unit, actor, item))


@router.post("/{id}/review")
def decide(
    id: ItemId,
    request: Request,
    unit: UnitDep,
    actor: Viewer,
    decision: Annotated[str, Form()] = "",
    remarks: Annotated[str, Form()] = "",
) -> Response:
    """Agree, publish or return, as the viewer's post allows (提交审核意见)."""
    item = service.versions(unit, actor, id)[0]
    try:
        match decision:
            case "agree":
                service.agree(unit, actor, id)
                return redirect("/workbench", flash=f"已同意“{item.title}”，转市数管局审核。")
            case "publish":
                published = service.publish(unit, actor, id)
                begins = published.in_force_from
                later = published.status is ItemStatus.SCHEDULED and begins is not None
                words = f"，{begins:%Y-%m-%d} 生效" if later else ""
                return redirect(
                    f"/catalogue/items/{id}", flash=f"已发布{words}，目录代码 {published.code}。"
                )
            case "return":
                service.return_(unit, actor, id, remarks=remarks)
                return redirect("/workbench", flash=f"已退回“{item.title}”。")
    except (RemarksRequired, EntryIncomplete) as refused:
        return _again(request, unit, actor, item, refused, remarks)
    return _again(request, unit, actor, item, DecisionMissing(), remarks)


def _again(
    request: Request,
    unit: Unit,
    actor: Actor,
    item: CatalogueItem,
    refused: DomainError,
    remarks: str,
) -> HTMLResponse:
    page = _page(unit, actor, item, faults=faults_by_field(refused), remarks=remarks)
    return respond(request, page, status=422)


def _page(
    unit: Unit,
    actor: Actor,
    item: CatalogueItem,
    *,
    faults: Mapping[str, str] | None = None,
    remarks: str = "",
) -> ReviewPage:
    seen = service.versions(unit, actor, item.id)
    before = next((v for v in seen if v.status is ItemStatus.PUBLISHED), None)
    clock = None
    if item.status is ItemStatus.AUTHORITY_REVIEW and item.agreed_at:
        clock = review_clock(item.agreed_at, calendar(unit.conn), unit.now)
    return ReviewPage(
        item=item,
        before=before,
        provider=organisation(unit.conn, item.provider),
        category=categories(unit.conn).get(item.category_code),
        rows=field_rows(unit, item),
        facts=facts(unit, item),
        changes=changes(before, item) if before else (),
        set_aside=tuple(set_aside(item)),
        clock=clock,
        steps=tuple(steps(unit, item, clock)),
        decides=_decides(actor, item),
        may_edit=item.status in EDITABLE and may(actor, "catalogue:draft", on=item.provider),
        faults=faults or {},
        remarks=remarks,
    )


def _decides(actor: Actor, item: CatalogueItem) -> str:
    """Which decision of this stage is the actor's to take."""
    if item.status is ItemStatus.DEPARTMENT_REVIEW:
        return "agree" if may(actor, "catalogue:agree", on=item.provider) else ""
    if item.status is ItemStatus.AUTHORITY_REVIEW:
        return "publish" if may(actor, "catalogue:review", on=item.provider) else ""
    return ""


def set_aside(item: CatalogueItem) -> Iterator[tuple[str, Suggestion, str]]:
    """Graver proposals that the entry no longer follows: what, the proposal, and what stands.

    Only grades and sensitive kinds are asked about; another title or abstract is what a clerk
    is there for.
    """
    for field in item.fields:
        for part, stands in (("grade", f"{field.grade} 级"), ("sensitive", field.sensitive.label)):
            proposed = item.suggestion(f"fields.{field.name}.{part}")
            if proposed is not None and proposed.value != stands:
                yield field.title, proposed, stands


def steps(unit: Unit, item: CatalogueItem, clock: Reading | None) -> Iterator[Step]:
    """What was done to this version by whom, where it stands, and what is still ahead."""
    for act in acts_of(unit.conn, f"item:{item.id}"):
        told = act.body or {}
        if act.kind in DONE and told.get("version") == item.version:
            text = f"{_name(unit, act.by)}　{told.get('remarks', '')}".strip()
            yield Step(state="done", title=DONE[act.kind], at=minute(act.at), text=text)
    ahead = AHEAD[item.status]
    for index, title in enumerate(ahead):
        late = index == 0 and clock is not None and clock.left_days < 0
        yield Step(state="todo" if index else "now", title=title, due=late)


DONE: Final = {
    "catalogue:item:draft": "起草",
    "catalogue:item:submit": "提交",
    "catalogue:item:agree": "部门负责人同意",
    "catalogue:item:return": "退回",
}
AHEAD: Final[Mapping[ItemStatus, Sequence[str]]] = {
    ItemStatus.DRAFT: ("单位填写", "部门负责人审核", "市数管局审核发布"),
    ItemStatus.RETURNED: ("单位修改", "部门负责人审核", "市数管局审核发布"),
    ItemStatus.DEPARTMENT_REVIEW: ("部门负责人审核", "市数管局审核发布"),
    ItemStatus.AUTHORITY_REVIEW: ("市数管局审核发布",),
    ItemStatus.SCHEDULED: ("到期生效",),
}


def _name(unit: Unit, by: str) -> str:
    """Who an act names."""
    try:
        return person(unit.conn, PersonId(UUID(by))).name
    except (ValueError, PersonNotFound):
        return "系统"
