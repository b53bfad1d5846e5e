"""Workbooks of entries: send one, watch it go in, take the remarks; export (导入导出)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData, UploadFile

from datahall.catalogue import sheets
from datahall.catalogue.asked import search_of_address
from datahall.catalogue.queries import SearchQuery
from datahall.catalogue.sheets import Import, Remark, WorkbookRefused
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.ids import ImportId
from datahall.kit.messages import sentence
from datahall.kit.uow import Unit
from datahall.organisations import Organisation, organisation
from datahall.security import Actor, permits

router = APIRouter(prefix="/catalogue")
Viewer = Annotated[Actor, Depends(permits("catalogue:view"))]
Clerk = Annotated[Actor, Depends(permits("catalogue:draft"))]
SHOWN = 200  # remarks on the page; the workbook has them all


async def form_of(request: Request) -> FormData:
    """The sent form; the handlers themselves stay synchronous."""
    return await request.form()


SentForm = Annotated[FormData, Depends(form_of)]


@dataclass(frozen=True, kw_only=True)
class ImportsPage(Page):
    """Send a workbook, and the ones sent before (导入目录)."""

    template: ClassVar[str] = "catalogue/imports.html"
    section: ClassVar[str] = "catalogue"
    org: Organisation
    imports: Sequence[Import]
    faults: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """One remark as the page shows it."""

    remark: Remark
    sentence: str


@dataclass(frozen=True, kw_only=True)
class ImportPage(Page):
    """How one import stands and what its workbook was told (导入进度)."""

    template: ClassVar[str] = "catalogue/import.html"
    section: ClassVar[str] = "catalogue"
    sent: Import
    told: Sequence[Told]
    more: int
    refusal: str


@router.get("/imports")
def show_imports(request: Request, unit: UnitDep, actor: Clerk) -> HTMLResponse:
    """Where a clerk sends a workbook (导入目录)."""
    return respond(request, _page(unit, actor, {}))


@router.post("/imports")
def send_workbook(request: Request, unit: UnitDep, actor: Clerk, form: SentForm) -> Response:
    """Receive a workbook; the worker takes its entries (上传)."""
    file = form.get("file")
    chosen = file if isinstance(file, UploadFile) else None
    try:
        sent = sheets.send(unit, actor, name=_name(chosen), content=_content(chosen))
    except WorkbookRefused as refused:
        page = _page(unit, actor, faults_by_field(refused))
        return respond(request, page, status=refused.status)
    return redirect(f"/catalogue/imports/{sent.id}")


@router.get("/imports/form")
def take_form(_actor: Clerk) -> Response:
    """The empty workbook to fill in (导入模板)."""
    return workbook(sheets.form(), "目录导入模板.xlsx")


@router.get("/imports/{id}")
def show_import(id: ImportId, request: Request, unit: UnitDep, actor: Clerk) -> HTMLResponse:
    """One import; the page looks again by itself while it runs (导入进度)."""
    sent = sheets.read_import(unit, actor, id)
    page = ImportPage(
        sent=sent,
        told=[Told(r, sentence(r.code, r.detail)) for r in sent.remarks[:SHOWN]],
        more=max(0, len(sent.remarks) - SHOWN),
        refusal=sentence(sent.refusal, sent.refusal_detail) if sent.refusal else "",
    )
    return respond(request, page)


@router.get("/imports/{id}/remarked")
def take_remarked(id: ImportId, unit: UnitDep, actor: Clerk) -> Response:
    """The workbook with its remarks in the cells (批注工作簿)."""
    sent = sheets.read_import(unit, actor, id)
    content = sheets.remarked_file(unit, actor, id)
    return workbook(content, f"批注-{sent.file_name.removesuffix('.xlsx')}.xlsx")


@router.get("/entries/export")
def export_own(unit: UnitDep, actor: Viewer, official: bool = False) -> Response:
    """The department's entries as a workbook (导出本单位目录)."""
    content = sheets.export_own(unit, actor, official_only=official)
    return workbook(content, f"{actor.org_name}目录.xlsx")


@router.get("/export")
def export_found(
    unit: UnitDep,
    actor: Viewer,
    asked: Annotated[SearchQuery, Depends(search_of_address)],
    official: bool = False,
) -> Response:
    """What the search finds, as a workbook (导出检索结果)."""
    content = sheets.export_found(unit, actor, asked, official_only=official)
    return workbook(content, "资源目录.xlsx")


def workbook(content: bytes, name: str) -> Response:
    """A workbook for the browser to keep."""
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(content, media_type=sheets.XLSX, headers=headers)


def _name(file: UploadFile | None) -> str:
    return (file and file.filename) or ""


def _content(file: UploadFile | None) -> bytes:
    """The file, and one byte more than is allowed so that a larger one is noticed."""
    return b"" if file is None else file.file.read(sheets.LARGEST_FILE + 1)


def _page(unit: Unit, actor: Actor, faults: Mapping[str, str]) -> ImportsPage:
    return ImportsPage(
        org=organisation(unit.conn, actor.org),
        imports=sheets.recent_imports(unit, actor),
        faults=faults,
    )
