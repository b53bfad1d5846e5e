"""A department's own entries, and tables that have none yet (本单位编目)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from datahall.catalogue import repository, scans, service
from datahall.catalogue.desk import review_clock
from datahall.catalogue.errors import AlreadyCatalogued
from datahall.catalogue.model import InventoryTable
from datahall.catalogue.queries import Draft
from datahall.catalogue.vocabulary import ItemStatus
from datahall.deadlines import Reading, calendar
from datahall.kit.errors import Invalid
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.ids import ItemId, OrgId, TableId
from datahall.kit.uow import Unit
from datahall.organisations import Organisation, organisation
from datahall.security import Actor, may, permits

router = APIRouter(prefix="/catalogue")
Viewer = Annotated[Actor, Depends(permits("catalogue:view"))]
Clerk = Annotated[Actor, Depends(permits("catalogue:draft"))]

TABLES_SHOWN: Final = 100
ORDER: Final = (
    ItemStatus.RETURNED,
    ItemStatus.DRAFT,
    ItemStatus.DEPARTMENT_REVIEW,
    ItemStatus.AUTHORITY_REVIEW,
    ItemStatus.SCHEDULED,
    ItemStatus.PUBLISHED,
)
"""What somebody has to do first."""


@dataclass(frozen=True, kw_only=True)
class EntriesPage(Page):
    """The entries of the viewer's department by stage, and what is not catalogued (本单位编目)."""

    template: ClassVar[str] = "catalogue/entries.html"
    section: ClassVar[str] = "catalogue"
    org: Organisation
    entries: Sequence[Draft]
    counts: Sequence[tuple[ItemStatus, int]]
    stage: ItemStatus | None
    total: int
    clocks: Mapping[ItemId, Reading]
    tables: Sequence[InventoryTable]
    more_tables: int
    may_draft: bool
    faults: Mapping[str, str]
    title: str


@router.get("/entries")
def show_entries(request: Request, unit: UnitDep, actor: Viewer, stage: str = "") -> HTMLResponse:
    """The department's entries (本单位编目)."""
    return respond(request, _page(unit, actor, stage=stage))


@router.post("/entries")
def draft_blank(
    request: Request, unit: UnitDep, actor: Clerk, title: Annotated[str, Form()] = ""
) -> Response:
    """Start an entry that has no table (新建目录)."""
    try:
        item = service.draft_blank(unit, actor, title=title)
    except Invalid as refused:
        page = _page(unit, actor, faults=faults_by_field(refused), title=title)
        return respond(request, page, status=refused.status)
    return redirect(f"/catalogue/items/{item.id}/edit", flash="已新建，请逐项填写。")


@router.post("/tables/{table}/draft")
def draft_from_table(table: TableId, unit: UnitDep, actor: Clerk) -> RedirectResponse:
    """Start an entry from a scanned table; one that exists is opened instead (起草目录)."""
    try:
        item = service.draft_from_table(unit, actor, table)
    except AlreadyCatalogued as refused:
        return redirect(f"/catalogue/items/{refused.detail['item']}", flash="这张表已经编目。")
    return redirect(
        f"/catalogue/items/{item.id}/edit", flash="已按表结构起草，请核对标有“建议核对”的地方。"
    )


def _page(
    unit: Unit,
    actor: Actor,
    *,
    stage: str = "",
    faults: Mapping[str, str] | None = None,
    title: str = "",
) -> EntriesPage:
    drafts = repository.drafts(unit.conn, provider=actor.org)
    chosen = ItemStatus(stage) if stage in set(ORDER) else None
    counts = [(s, sum(d.status is s for d in drafts)) for s in ORDER]
    free = _not_catalogued(unit, actor.org)
    return EntriesPage(
        org=organisation(unit.conn, actor.org),
        entries=sorted(
            (d for d in drafts if chosen in (None, d.status)), key=lambda d: ORDER.index(d.status)
        ),
        counts=[(s, n) for s, n in counts if n],
        stage=chosen,
        total=len(drafts),
        clocks=_clocks(unit, drafts),
        tables=free[:TABLES_SHOWN],
        more_tables=max(0, len(free) - TABLES_SHOWN),
        may_draft=may(actor, "catalogue:draft", on=actor.org),
        faults=faults or {},
        title=title,
    )


def _not_catalogued(unit: Unit, org: OrgId) -> list[InventoryTable]:
    """Tables of the department that no entry covers, the larger first (应编尽编)."""
    tables = scans.tables_of(unit.conn, org)
    mounted = repository.mounted(unit.conn, [table.id for table in tables])
    free = (table for table in tables if table.id not in mounted)
    return sorted(free, key=lambda table: -(table.row_estimate or 0))


def _clocks(unit: Unit, drafts: Sequence[Draft]) -> dict[ItemId, Reading]:
    """The authority's clock of each entry that waits for it."""
    waiting = [d for d in drafts if d.status is ItemStatus.AUTHORITY_REVIEW and d.agreed_at]
    if not waiting:
        return {}
    working = calendar(unit.conn)
    return {d.id: review_clock(d.agreed_at, working, unit.now) for d in waiting if d.agreed_at}
