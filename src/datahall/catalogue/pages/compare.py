"""Any two versions of an entry side by side (版本对照)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from datahall.catalogue import service
from datahall.catalogue.changes import Change, changes
from datahall.catalogue.model import CatalogueItem
from datahall.catalogue.vocabulary import ItemStatus
from datahall.kit.formats import day
from datahall.kit.html import Page, respond
from datahall.kit.http import UnitDep
from datahall.kit.ids import ItemId
from datahall.organisations import Organisation, organisation
from datahall.security import Actor, may, permits

router = APIRouter(prefix="/catalogue/items")
Viewer = Annotated[Actor, Depends(permits("catalogue:view"))]


@dataclass(frozen=True, kw_only=True)
class ComparePage(Page):
    """What differs between two versions, and the way back to the earlier one (版本对照)."""

    template: ClassVar[str] = "catalogue/compare.html"
    section: ClassVar[str] = "catalogue"
    item: CatalogueItem  # the newest that the viewer sees
    provider: Organisation
    before: CatalogueItem
    after: CatalogueItem
    entry_changes: Sequence[Change]
    field_changes: Sequence[Change]
    options: Sequence[tuple[str, str]]
    may_restore: bool


@router.get("/{id}/compare")
def compare(
    id: ItemId,
    request: Request,
    unit: UnitDep,
    actor: Viewer,
    before: int | None = None,
    after: int | None = None,
) -> HTMLResponse:
    """Two versions side by side; the last two unless others are named (版本对照)."""
    seen = service.versions(unit, actor, id)
    by_number = {item.version: item for item in seen}
    later = by_number.get(after or 0, seen[0])
    older = [item for item in seen if item.version < later.version]
    earlier = by_number.get(before or 0, older[0] if older else later)
    found = changes(earlier, later)
    restorable = seen[0].status is ItemStatus.PUBLISHED and not earlier.status.is_open
    page = ComparePage(
        item=seen[0],
        provider=organisation(unit.conn, seen[0].provider),
        before=earlier,
        after=later,
        entry_changes=[c for c in found if not c.path.startswith("fields")],
        field_changes=[c for c in found if c.path.startswith("fields")],
        options=[(str(item.version), words(item)) for item in seen],
        may_restore=restorable
        and earlier.version != seen[0].version
        and may(actor, "catalogue:draft", on=seen[0].provider),
    )
    return respond(request, page)


def words(item: CatalogueItem) -> str:
    """A version in one line, as a choice."""
    since = item.in_force_from or item.published_at
    told = f"，{day(since)} 起" if since else ""
    return f"第 {item.version} 版 {item.status.label}{told}"
