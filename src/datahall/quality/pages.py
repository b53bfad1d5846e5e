"""HTML pages of quality: what waits, why, and what a clerk may do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from datahall.catalogue import CatalogueItem
from datahall.kit.errors import DomainError
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.ids import ItemId, OrgId, PersonId, QuarantineId
from datahall.kit.uow import Unit
from datahall.organisations import Organisation, organisation, organisations, person
from datahall.quality import lists, service
from datahall.quality.errors import NothingCollected
from datahall.quality.library import RULES
from datahall.quality.model import Dimension, RowStatus, RowView, RuleResult
from datahall.quality.rule import Rule
from datahall.quality.views import Listing, Standing
from datahall.security import Actor, may, permits
from datahall.standards import code_list
from datahall.store import key_of

router = APIRouter(prefix="/quality", default_response_class=HTMLResponse, include_in_schema=False)

Viewer = Annotated[Actor, Depends(permits("quality:view"))]
Clerk = Annotated[Actor, Depends(permits("quality:repair"))]


async def form_of(request: Request) -> FormData:
    """What a form sent, for handlers that do not wait themselves."""
    return await request.form()


Sent = Annotated[FormData, Depends(form_of)]


@dataclass(frozen=True, kw_only=True)
class OverviewPage(Page):
    """Items with quarantined rows (数据质量)."""

    template: ClassVar[str] = "quality/overview.html"
    section: ClassVar[str] = "quality"
    standings: Sequence[Standing]
    orgs: Mapping[OrgId, Organisation]
    waiting: int


@dataclass(frozen=True, kw_only=True)
class ItemPage(Page):
    """The quarantine of one item, and how its rules did (隔离清单)."""

    template: ClassVar[str] = "quality/item.html"
    section: ClassVar[str] = "quality"
    item: CatalogueItem
    org: Organisation
    listing: Listing
    status: RowStatus
    reason: str | None
    page: int
    pages: int
    checked_at: object
    results: Sequence[tuple[RuleResult, str, Rule]]  # with the field's title
    may_repair: bool

    def address(self, page: int = 1, **changed: str | None) -> str:
        """The same list, another page or another filter."""
        asked = {"status": self.status.value, "reason": self.reason, "page": str(page)} | changed
        return f"/quality/items/{self.item.id}?" + urlencode(
            {k: v for k, v in asked.items() if v and (k, v) != ("page", "1")}
        )

    def context(self) -> Mapping[str, object]:
        return {**Page.context(self), "address": self.address, "RowStatus": RowStatus}


@dataclass(frozen=True, kw_only=True)
class RowPage(Page):
    """One quarantined row: why it waits, and what to do (隔离行)."""

    template: ClassVar[str] = "quality/row.html"
    section: ClassVar[str] = "quality"
    view: RowView
    item: CatalogueItem
    org: Organisation
    may_repair: bool
    may_release: bool
    settled_by: str | None
    options: Mapping[str, Sequence[tuple[str, str]]]  # field → its codes in words
    required: frozenset[str]  # fields that may not be emptied
    typed: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)
    failed: str = ""  # which of the three forms is shown again

    @property
    def more_typed(self) -> bool:
        """Whether a value was typed for a field that had no fault."""
        faulty = {cell.field for cell in self.view.cells if cell.faults}
        return any(value for name, value in self.typed.items() if name not in faulty)

    def context(self) -> Mapping[str, object]:
        return {**Page.context(self), "more_typed": self.more_typed}


@dataclass(frozen=True, kw_only=True)
class RulesPage(Page):
    """The rule library (规则库)."""

    template: ClassVar[str] = "quality/rules.html"
    section: ClassVar[str] = "quality"
    rules: Sequence[Rule]
    automatic: Mapping[str, str]


@router.get("")
def overview(request: Request, viewer: Viewer, unit: UnitDep) -> Response:
    """What waits, by item (数据质量)."""
    found = lists.standings(unit, viewer)
    page = OverviewPage(
        standings=found,
        orgs={org.id: org for org in organisations(unit.conn)},
        waiting=sum(s.waiting for s in found),
    )
    return respond(request, page)


@router.get("/rules")
def rules(request: Request, _viewer: Viewer) -> Response:
    """The rule library (规则库)."""
    order = list(Dimension)
    found = sorted(RULES.values(), key=lambda rule: order.index(rule.dimension))
    return respond(request, RulesPage(rules=found, automatic=AUTOMATIC))


@router.get("/items/{item}")
def item(
    request: Request,
    item: ItemId,
    viewer: Viewer,
    unit: UnitDep,
    status: RowStatus = RowStatus.WAITING,
    reason: str | None = None,
    page: int = 1,
) -> Response:
    """The quarantine of one item (隔离清单)."""
    found = lists.listing(unit, viewer, item, status=status, reason=reason, page=page)
    try:
        checked_at, results = lists.results(unit, viewer, item)
    except NothingCollected:
        checked_at, results = None, []
    titles = {f.name: f.title for f in found.item.fields}
    return respond(
        request,
        ItemPage(
            item=found.item,
            org=organisation(unit.conn, found.item.provider),
            listing=found,
            status=status,
            reason=reason,
            page=max(page, 1),
            pages=-(-found.total // lists.PAGE_ROWS),
            checked_at=checked_at,
            results=[
                (r, titles.get(r.field, r.field), RULES[r.rule])
                for r in results
                if r.rule in RULES and (r.failing or r.rule not in QUIET)
            ],
            may_repair=may(viewer, "quality:repair", on=found.item.provider),
        ),
    )


AUTOMATIC: Final = {
    "type": "随数据类型",
    "length": "随长度",
    "required": "随必填",
    "code_list": "随代码表",
    "unique": "随主键",
}
"""Rules that follow from how a field is described."""

QUIET: Final = {"type", "length"}
"""Rules that every field has; listed when something fails them."""


@router.post("/items/{item}/replay")
def replay(item: ItemId, sent: Sent, clerk: Clerk, unit: UnitDep) -> Response:
    """Check the ticked rows again (重放所选)."""
    ids = [QuarantineId(UUID(str(id))) for id in sent.getlist("rows")]
    if not ids:
        return redirect(f"/quality/items/{item}", flash="没有勾选任何行。")
    done = service.replay(unit, clerk, item, ids)
    words = f"{done.landed:,} 行通过核验并入库，{done.still_waiting:,} 行仍未通过。"
    return redirect(f"/quality/items/{item}", flash=words)


@router.get("/rows/{id}")
def row(request: Request, id: QuarantineId, viewer: Viewer, unit: UnitDep) -> Response:
    """One row that waits, or waited (隔离行)."""
    return respond(request, _row_page(unit, viewer, id))


@router.post("/rows/{id}/repair")
def repair(request: Request, id: QuarantineId, sent: Sent, clerk: Clerk, unit: UnitDep) -> Response:
    """Put corrected values in and let the row land (更正入库)."""
    typed = {
        name.removeprefix("value."): str(value).strip()
        for name, value in sent.items()
        if name.startswith("value.")
    }
    cleared = {str(name) for name in sent.getlist("clear")}
    values = {n: v for n, v in typed.items() if v} | dict.fromkeys(cleared, "")
    try:
        settled = service.repair(unit, clerk, id, values)
    except DomainError as error:
        return _again(request, unit, clerk, id, error, "repair", typed=typed)
    return redirect(f"/quality/items/{settled.item}", flash="已更正，通过核验并入库。")


@router.post("/rows/{id}/release")
def release(
    request: Request, id: QuarantineId, sent: Sent, clerk: Clerk, unit: UnitDep
) -> Response:
    """Let the row land as it is (放行)."""
    note = str(sent.get("note") or "")
    try:
        settled = service.release(unit, clerk, id, note)
    except DomainError as error:
        return _again(request, unit, clerk, id, error, "release", note=note)
    return redirect(f"/quality/items/{settled.item}", flash="已放行，这一行按原样入库。")


@router.post("/rows/{id}/discard")
def discard(
    request: Request, id: QuarantineId, sent: Sent, clerk: Clerk, unit: UnitDep
) -> Response:
    """Set the row aside for good (作废)."""
    note = str(sent.get("note") or "")
    try:
        settled = service.discard(unit, clerk, id, note)
    except DomainError as error:
        return _again(request, unit, clerk, id, error, "discard", note=note)
    return redirect(f"/quality/items/{settled.item}", flash="已作废，这一行不再入库。")


def _again(
    request: Request,
    unit: Unit,
    clerk: Actor,
    id: QuarantineId,
    error: DomainError,
    failed: str,
    *,
    typed: Mapping[str, str] | None = None,
    note: str = "",
) -> Response:
    """The page once more with what was typed; what concerns no form goes to the error page."""
    if error.status in {403, 404}:
        raise error
    by_field = faults_by_field(error)
    prefix = "value." if failed == "repair" else ""
    faults = {f"{prefix}{name}" if name else "": words for name, words in by_field.items()}
    page = _row_page(unit, clerk, id, typed=typed or {}, note=note, faults=faults, failed=failed)
    return respond(request, page, status=error.status)


def _options(unit: Unit, entry: CatalogueItem) -> dict[str, list[tuple[str, str]]]:
    """What may be chosen for coded fields."""
    lists_ = {f.name: code_list(unit.conn, f.code_list) for f in entry.fields if f.code_list}
    return {
        name: [(e.code, f"{e.code} {e.name}") for e in found.entries]
        for name, found in lists_.items()
        if found
    }


def _name(unit: Unit, by: str | None) -> str | None:
    """Who settled a row; nobody did when the source was corrected."""
    return None if by is None else person(unit.conn, PersonId(UUID(by))).name


def _row_page(
    unit: Unit,
    viewer: Actor,
    id: QuarantineId,
    *,
    typed: Mapping[str, str] | None = None,
    note: str = "",
    faults: Mapping[str, str] | None = None,
    failed: str = "",
) -> RowPage:
    view = service.look(unit, viewer, id)
    entry = lists.permitted(unit, viewer, view.row.item)
    return RowPage(
        view=view,
        item=entry,
        org=organisation(unit.conn, entry.provider),
        may_repair=view.row.is_waiting and may(viewer, "quality:repair", on=entry.provider),
        may_release=view.row.may_release(key=key_of(entry)),
        options=_options(unit, entry),
        required=frozenset(f.name for f in entry.fields if f.required or f.is_key),
        settled_by=_name(unit, view.row.settled_by),
        typed=typed or {},
        note=note,
        faults=faults or {},
        failed=failed,
    )
