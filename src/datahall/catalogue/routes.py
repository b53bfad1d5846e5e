"""JSON API of the catalogue."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, UploadFile
from fastapi.responses import Response

from datahall.catalogue import classifying, scores, searching, service, sheets
from datahall.catalogue.asked import search_of_address
from datahall.catalogue.categories import categories, parent_code
from datahall.catalogue.changes import Change, changes
from datahall.catalogue.departures import service as departures
from datahall.catalogue.departures.model import Departure
from datahall.catalogue.errors import (
    AlreadyCatalogued,
    CategoriesRefused,
    DepartureNotOpen,
    DeparturePlanned,
    EditedMeanwhile,
    EntryIncomplete,
    EntryInvalid,
    ItemNotFound,
    RemarksRequired,
    StillInUse,
    TableNotFound,
    WrongStage,
)
from datahall.catalogue.model import Assessment, CatalogueItem, Field
from datahall.catalogue.mounting import routes as mounting
from datahall.catalogue.queries import SearchQuery, SearchResult
from datahall.catalogue.schemas import (
    Announcement,
    CategoriesOut,
    CategoryOut,
    ChangeOut,
    DepartureOut,
    EntryChanges,
    ImportOut,
    ItemOut,
    Remarks,
    ResultOut,
    ScoredOut,
    ScoreOut,
)
from datahall.catalogue.scoring import Score
from datahall.catalogue.sheets import ImportNotFound, TooManyToExport, WorkbookRefused
from datahall.catalogue.terms import Relation, ShareScope
from datahall.kit.grid import MOST_BYTES
from datahall.kit.http import UnitDep, problems
from datahall.kit.ids import ImportId, ItemId, OrgId, TableId
from datahall.security import Actor, NotPermitted, permits

router = APIRouter(prefix="/api/v1/catalogue", tags=["catalogue"])
router.include_router(mounting.router)


class Workbook(Response):
    """An xlsx file."""

    media_type = sheets.XLSX


Viewer = Annotated[Actor, Depends(permits("catalogue:view"))]
Clerk = Annotated[Actor, Depends(permits("catalogue:draft"))]
Head = Annotated[Actor, Depends(permits("catalogue:agree"))]
Classifier = Annotated[Actor, Depends(permits("catalogue:classify"))]
Bureau = Annotated[Actor, Depends(permits("catalogue:review"))]


@router.get("/items", response_model=ResultOut)
def search_items(
    unit: UnitDep,
    _actor: Viewer,
    asked: Annotated[SearchQuery, Depends(search_of_address)],
    size: Annotated[int, Query(ge=1, le=100)] = 20,
) -> SearchResult:
    """Search the published catalogue (检索目录)."""
    query = replace(asked, size=size)
    return searching.search(unit.conn, query)


@router.get("/items/workbook", response_class=Workbook, responses=problems(TooManyToExport))
def export_found(
    unit: UnitDep,
    actor: Viewer,
    asked: Annotated[SearchQuery, Depends(search_of_address)],
    official: bool = False,
) -> Workbook:
    """What a search finds as a workbook (导出检索结果)."""
    return Workbook(sheets.export_found(unit, actor, asked, official_only=official))


@router.get("/items/{id}", response_model=ItemOut, responses=problems(ItemNotFound))
def read_item(
    id: ItemId,
    unit: UnitDep,
    actor: Viewer,
    version: int | None = None,
    on: Annotated[date | None, Query(description="The version in force on that day")] = None,
) -> CatalogueItem:
    """One entry: the version in force, the one asked for, or that of a day (目录详情)."""
    return service.read(unit, actor, id, version=version, on=on)


@router.get("/items/{id}/versions", response_model=list[ItemOut], responses=problems(ItemNotFound))
def list_versions(id: ItemId, unit: UnitDep, actor: Viewer) -> list[CatalogueItem]:
    """The versions of an entry that the caller may see, newest first (版本)."""
    return service.versions(unit, actor, id)


@router.get("/items/{id}/changes", response_model=list[ChangeOut], responses=problems(ItemNotFound))
def compare_versions(
    id: ItemId, unit: UnitDep, actor: Viewer, before: int, after: int
) -> tuple[Change, ...]:
    """What differs between two versions (变更内容)."""
    return changes(
        service.read(unit, actor, id, version=before), service.read(unit, actor, id, version=after)
    )


@router.post(
    "/tables/{table}/draft",
    response_model=ItemOut,
    status_code=201,
    responses=problems(TableNotFound, NotPermitted, AlreadyCatalogued),
)
def draft_from_table(table: TableId, unit: UnitDep, actor: Clerk) -> CatalogueItem:
    """Start an entry from a scanned table, with suggestions and their reasons (起草目录)."""
    return service.draft_from_table(unit, actor, table)


@router.post(
    "/items/{id}/versions",
    response_model=ItemOut,
    status_code=201,
    responses=problems(ItemNotFound, NotPermitted, WrongStage),
)
def start_version(
    id: ItemId, unit: UnitDep, actor: Clerk, like: int | None = None
) -> CatalogueItem:
    """Open the next version of a published entry, or go back to an earlier one (变更目录)."""
    return service.start_version(unit, actor, id, like=like)


@router.patch(
    "/items/{id}",
    response_model=ItemOut,
    responses=problems(ItemNotFound, NotPermitted, WrongStage, EditedMeanwhile, EntryInvalid),
)
def revise_item(id: ItemId, sent: EntryChanges, unit: UnitDep, actor: Clerk) -> CatalogueItem:
    """Change a draft; mistakes are refused, each beside its field (保存草稿)."""
    return service.revise(unit, actor, id, edit=sent.edit, **_content(sent))


@router.post(
    "/items/{id}/submit",
    response_model=ItemOut,
    responses=problems(ItemNotFound, NotPermitted, WrongStage, EntryIncomplete),
)
def submit_item(id: ItemId, unit: UnitDep, actor: Clerk) -> CatalogueItem:
    """Hand a complete draft to the department's head (提交部门审核)."""
    return service.submit(unit, actor, id)


@router.post(
    "/items/{id}/agree",
    response_model=ItemOut,
    responses=problems(ItemNotFound, NotPermitted, WrongStage),
)
def agree_item(id: ItemId, unit: UnitDep, actor: Head) -> CatalogueItem:
    """The department's head agrees (部门负责人同意)."""
    return service.agree(unit, actor, id)


@router.post(
    "/items/{id}/return",
    response_model=ItemOut,
    responses=problems(ItemNotFound, NotPermitted, WrongStage, RemarksRequired),
)
def return_item(id: ItemId, sent: Remarks, unit: UnitDep, actor: Viewer) -> CatalogueItem:
    """Send an entry back with the reason, as the head or as the authority (退回)."""
    return service.return_(unit, actor, id, remarks=sent.remarks)


@router.post(
    "/items/{id}/publish",
    response_model=ItemOut,
    responses=problems(ItemNotFound, NotPermitted, WrongStage, EntryIncomplete),
)
def publish_item(id: ItemId, unit: UnitDep, actor: Bureau) -> CatalogueItem:
    """Put a version in force; the first publication gives the resource code (审核发布)."""
    return service.publish(unit, actor, id)


@router.get("/items/{id}/score", response_model=ScoreOut, responses=problems(ItemNotFound))
def read_score(id: ItemId, unit: UnitDep, actor: Viewer) -> Score:
    """How well an entry is described, point by point; for its parties (元数据质量评分)."""
    return scores.read_score(unit, actor, id).score


@router.get("/scores", response_model=list[ScoredOut], responses=problems(NotPermitted))
def list_scores(
    unit: UnitDep, actor: Viewer, provider: OrgId | None = None
) -> list[dict[str, object]]:
    """A department's entries by score, the poorest first (元数据质量)."""
    return [
        {
            "item": one.item.id,
            "title": one.item.title,
            "version": one.item.version,
            "score": one.score,
        }
        for one in scores.scores(unit, actor, provider or actor.org)
    ]


@router.get("/categories", response_model=list[CategoryOut])
def list_categories(unit: UnitDep, _actor: Viewer) -> list[dict[str, object]]:
    """The city's category tree, parents before children (信息资源分类)."""
    tree = categories(unit.conn)
    return [
        {"code": code, "name": one.name, "parent": parent_code(code, tree), "words": one.words}
        for code, one in tree.items()
    ]


@router.post("/categories", responses=problems(NotPermitted, CategoriesRefused))
def import_categories(unit: UnitDep, actor: Classifier, file: UploadFile) -> CategoriesOut:
    """Replace the tree by that of an XLSX or CSV sheet; every wrong cell is named (导入分类)."""
    made = classifying.import_categories(
        unit, actor, file.filename or "", file.file.read(MOST_BYTES + 1)
    )
    return CategoriesOut(
        categories=made.categories, added=made.added, renamed=made.renamed, removed=made.removed
    )


@router.get("/items/{id}/departure", response_model=DepartureOut | None)
def read_departure(id: ItemId, unit: UnitDep, actor: Viewer) -> Departure | None:
    """The plan to take the entry down, null when there is none (下架计划)."""
    return departures.read_plan(unit, actor, id)


PLANNED = problems(ItemNotFound, NotPermitted, WrongStage, RemarksRequired, DepartureNotOpen)


@router.post(
    "/items/{id}/departure",
    response_model=DepartureOut,
    status_code=201,
    responses=PLANNED | problems(DeparturePlanned),
)
def propose_withdrawal(id: ItemId, sent: Remarks, unit: UnitDep, actor: Clerk) -> Departure:
    """Ask the authority to take the department's own entry down (申请下架)."""
    return departures.propose_withdrawal(unit, actor, id, reason=sent.remarks)


@router.post("/items/{id}/departure/announce", response_model=DepartureOut, responses=PLANNED)
def announce_withdrawal(id: ItemId, sent: Announcement, unit: UnitDep, actor: Bureau) -> Departure:
    """Announce the day on which the entry goes down; who uses it is told (公告下架)."""
    return departures.announce_withdrawal(
        unit, actor, id, effective_on=sent.effective_on, reason=sent.remarks
    )


@router.post("/items/{id}/departure/decline", response_model=DepartureOut, responses=PLANNED)
def decline_withdrawal(id: ItemId, sent: Remarks, unit: UnitDep, actor: Bureau) -> Departure:
    """Do not agree to the proposal (不同意下架)."""
    return departures.decline_withdrawal(unit, actor, id, remarks=sent.remarks)


@router.post("/items/{id}/departure/cancel", response_model=DepartureOut, responses=PLANNED)
def cancel_withdrawal(id: ItemId, sent: Remarks, unit: UnitDep, actor: Bureau) -> Departure:
    """Call an announced withdrawal off; who uses the entry is told (撤销公告)."""
    return departures.cancel_withdrawal(unit, actor, id, remarks=sent.remarks)


@router.post(
    "/items/{id}/withdraw",
    response_model=ItemOut,
    responses=problems(ItemNotFound, NotPermitted, WrongStage, RemarksRequired, StillInUse),
)
def withdraw_item(id: ItemId, sent: Remarks, unit: UnitDep, actor: Bureau) -> CatalogueItem:
    """Take an entry that nobody uses out of force; its code is never given again (下架)."""
    return departures.withdraw(unit, actor, id, remarks=sent.remarks)


@router.delete(
    "/items/{id}/draft",
    status_code=204,
    responses=problems(ItemNotFound, NotPermitted, WrongStage),
)
def discard_draft(id: ItemId, unit: UnitDep, actor: Clerk) -> None:
    """Throw a draft away; the version in force stays (作废草稿)."""
    service.discard(unit, actor, id)


def _content(sent: EntryChanges) -> Mapping[str, Any]:
    """The attributes that were sent, as the model has them."""
    given = {name: getattr(sent, name) for name in sent.model_fields_set - {"edit"}}
    if "fields" in given:
        given["fields"] = tuple(Field(**field.model_dump()) for field in sent.fields)
    if "share_scope" in given:
        given["share_scope"] = ShareScope(**sent.share_scope.model_dump())
    if "relations" in given:
        given["relations"] = tuple(Relation(**one.model_dump()) for one in sent.relations)
    for name in ("secrecy", "privacy"):
        if given.get(name) is not None:
            given[name] = Assessment(**given[name].model_dump())
    return given


@router.post(
    "/imports",
    response_model=ImportOut,
    status_code=202,
    responses=problems(WorkbookRefused, NotPermitted),
)
def send_workbook(file: UploadFile, unit: UnitDep, actor: Clerk) -> sheets.Import:
    """Send a workbook in the official column order; the worker takes its entries (导入目录)."""
    content = file.file.read(sheets.LARGEST_FILE + 1)
    return sheets.send(unit, actor, name=file.filename or "", content=content)


@router.get("/imports", response_model=list[ImportOut])
def list_imports(unit: UnitDep, actor: Clerk) -> list[sheets.Import]:
    """The department's imports of the last days, the newest first."""
    return sheets.recent_imports(unit, actor)


@router.get("/imports/{id}", response_model=ImportOut, responses=problems(ImportNotFound))
def read_import(id: ImportId, unit: UnitDep, actor: Clerk) -> sheets.Import:
    """How an import stands, with every remark by its cell (导入进度)."""
    return sheets.read_import(unit, actor, id)


@router.get(
    "/imports/{id}/remarked",
    response_class=Workbook,
    responses=problems(ImportNotFound),
)
def read_remarked(id: ImportId, unit: UnitDep, actor: Clerk) -> Workbook:
    """The workbook with the remarks in its cells (批注工作簿)."""
    return Workbook(sheets.remarked_file(unit, actor, id))


@router.get("/entries/workbook", response_class=Workbook, responses=problems(TooManyToExport))
def export_own(unit: UnitDep, actor: Viewer, official: bool = False) -> Workbook:
    """The caller's department's entries as a workbook, drafts with them (导出本单位目录)."""
    return Workbook(sheets.export_own(unit, actor, official_only=official))
