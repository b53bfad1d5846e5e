"""Sources: the list, the form, the connection test, the scan and the tables found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import ClassVar, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from datahall import catalogue, drift
from datahall.catalogue import Draft, InventoryTable
from datahall.drift import Scan
from datahall.ingestion.errors import LoadFailure, UploadRefused
from datahall.ingestion.forms import SourceForm
from datahall.ingestion.model import Diagnosis, Source
from datahall.ingestion.pages.common import TABS, Clerk, Sent, Viewer, word
from datahall.ingestion.service import scanning
from datahall.ingestion.service import sources as service
from datahall.ingestion.vocabulary import Kind, Zone, layer_name
from datahall.kit.errors import DomainError
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.ids import OrgId, SourceId, TableId
from datahall.kit.messages import sentence
from datahall.kit.uow import Unit
from datahall.organisations import SYSTEM, Organisation, organisation, organisations
from datahall.security import Actor, may

router = APIRouter()

SCANS: Final = 10
LABELS: Mapping[str, str] = {
    "name": "名称",
    "kind": "类型",
    "host": "主机",
    "port": "端口",
    "database": "数据库",
    "schema": "模式",
    "user": "账号",
    "password": "密码",
    "file": "文件",
}
KINDS = (
    (Kind.POSTGRESQL, "直接连接，按水位增量", "db"),
    (Kind.MYSQL, "直接连接，按水位增量", "db"),
    (Kind.XLSX, "上传工作簿，换文件即更新", "table"),
    (Kind.CSV, "上传文件，编码自动识别", "file"),
)


@dataclass(frozen=True, kw_only=True)
class SourcesPage(Page):
    """The sources that the viewer may see (数据源)."""

    template: ClassVar[str] = "ingestion/sources.html"
    section: ClassVar[str] = "sources"
    tabs: Sequence[tuple[str, str, str]] = TABS
    sources: Sequence[Source]
    orgs: Mapping[OrgId, Organisation]
    everybody: bool
    may_manage: bool


@dataclass(frozen=True, kw_only=True)
class SourceFormPage(Page):
    """Registering a source, or changing how it is reached (登记数据源)."""

    template: ClassVar[str] = "ingestion/source_form.html"
    section: ClassVar[str] = "sources"
    source: Source | None
    kinds: Sequence[tuple[Kind, str, str]] = KINDS
    zones: Sequence[tuple[str, str]] = tuple((zone.value, zone.label) for zone in Zone)
    typed: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=lambda: LABELS)
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRow:
    """One layer of the last connection test in words."""

    name: str
    ok: bool | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRow:
    """A scan with its failure in words (扫描记录)."""

    scan: Scan
    by_schedule: bool
    failure: str


@dataclass(frozen=True, kw_only=True)
class SourcePage(Page):
    """One source: whether it can be read, and what is in it (数据源详情)."""

    template: ClassVar[str] = "ingestion/source.html"
    section: ClassVar[str] = "sources"
    source: Source
    org: Organisation
    layers: Sequence[LayerRow]
    tables: Sequence[InventoryTable]
    entries: Mapping[TableId, Draft]
    may_manage: bool
    may_draft: bool
    scans: Sequence[ScanRow]
    intervals: Sequence[tuple[int, str]] = tuple(scanning.INTERVALS.items())
    failure: str = ""  # a scan that did not succeed, in words
    failed_layer: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)


@router.get("/sources")
def show_sources(request: Request, unit: UnitDep, actor: Viewer) -> HTMLResponse:
    """Where the hall reads from (数据源)."""
    found = service.sources(unit, actor)
    page = SourcesPage(
        sources=found,
        orgs={org.id: org for org in organisations(unit.conn)},
        everybody=any(source.org != actor.org for source in found),
        may_manage=may(actor, "ingestion:manage", on=actor.org),
    )
    return respond(request, page)


@router.get("/sources/new")
def new_source(request: Request, actor: Clerk) -> HTMLResponse:
    """An empty form (登记数据源)."""
    del actor
    typed = {"kind": Kind.POSTGRESQL.value, "zone": Zone.GOVERNMENT.value}
    return respond(request, SourceFormPage(source=None, typed=typed))


@router.post("/sources/new")
def register(request: Request, unit: UnitDep, actor: Clerk, form: Sent) -> Response:
    """Write a source down, or show what is wrong with it (登记数据源)."""
    try:
        made = service.register_source(unit, actor, _typed(form))
    except DomainError as refused:
        return _form_again(request, None, form, refused)
    next_step = "请上传文件。" if made.kind.is_file else "请测试连接。"
    return redirect(f"/sources/{made.id}", flash=f"已登记，{next_step}")


@router.get("/sources/{id}")
def show_source(id: SourceId, request: Request, unit: UnitDep, actor: Viewer) -> HTMLResponse:
    """One source (数据源详情)."""
    return respond(request, _page(unit, actor, service.source(unit, actor, id)))


@router.get("/sources/{id}/edit")
def edit_source(id: SourceId, request: Request, unit: UnitDep, actor: Clerk) -> HTMLResponse:
    """The form of a source, without its password (修改数据源)."""
    source = service.source(unit, actor, id)
    typed = {
        "name": source.name,
        "kind": source.kind.value,
        "zone": source.zone.value,
        "host": source.host,
        "port": str(source.port or ""),
        "database": source.database,
        "schema": source.schema,
        "user": source.user,
    }
    return respond(request, SourceFormPage(source=source, typed=typed))


@router.post("/sources/{id}/edit")
def revise(id: SourceId, request: Request, unit: UnitDep, actor: Clerk, form: Sent) -> Response:
    """Save a changed source (修改数据源)."""
    try:
        revised = service.revise_source(unit, actor, id, _typed(form))
    except DomainError as refused:
        return _form_again(request, service.source(unit, actor, id), form, refused)
    return redirect(
        f"/sources/{id}", flash="已保存。" if revised.tested_at else "已保存，请测试连接。"
    )


@router.post("/sources/{id}/upload")
def upload(id: SourceId, request: Request, unit: UnitDep, actor: Clerk, form: Sent) -> Response:
    """Put another file in the place of the one before (上传文件)."""
    sent = form.get("file")
    chosen = sent if isinstance(sent, UploadFile) and sent.filename else None
    try:
        found = scanning.take_file(
            unit,
            actor,
            id,
            name=(chosen and chosen.filename) or "",
            content=chosen.file if chosen else BytesIO(),
        )
    except UploadRefused as refused:
        page = _page(unit, actor, service.source(unit, actor, id), faults=faults_by_field(refused))
        return respond(request, page, status=refused.status)
    said = "已收下文件，能读，表已列出。" if found.ok else "已收下文件，但还不能归集，原因见下。"
    return redirect(f"/sources/{id}", flash=said)


@router.post("/sources/{id}/test")
def test(id: SourceId, unit: UnitDep, actor: Clerk) -> Response:
    """Try the way in, layer by layer (测试连接)."""
    good = service.test_source(unit, actor, id).ok
    return redirect(f"/sources/{id}", flash="连接正常，可以扫描表结构。" if good else None)


@router.post("/sources/{id}/scan")
def scan(id: SourceId, request: Request, unit: UnitDep, actor: Clerk) -> Response:
    """Read tables and columns, no rows (扫描表结构)."""
    try:
        made = scanning.scan(unit, actor, id)
    except LoadFailure as failed:
        page = _page(unit, actor, service.source(unit, actor, id), failed=failed)
        return respond(request, page, status=failed.status)
    changed = "" if made.is_first else f"，比上次变了 {len(made.changes)} 处"
    read = (
        "只读了文件来认表头和编号列，没有行进入大厅"
        if service.source(unit, actor, id).kind.is_file
        else "没有读取任何一行数据"
    )
    return redirect(f"/sources/{id}", flash=f"扫描完成，共 {made.tables} 张表{changed}，{read}。")


@router.post("/sources/{id}/schedule")
def schedule(id: SourceId, request: Request, unit: UnitDep, actor: Clerk, form: Sent) -> Response:
    """How often it is scanned by itself (扫描间隔)."""
    try:
        changed = scanning.set_interval(unit, actor, id, seconds=word(form, "scan_every_s"))
    except DomainError as refused:
        page = _page(unit, actor, service.source(unit, actor, id), faults=faults_by_field(refused))
        return respond(request, page, status=refused.status)
    return redirect(
        f"/sources/{id}", flash=f"扫描间隔已改为：{scanning.INTERVALS[changed.scan_every_s]}。"
    )


def _typed(form: FormData) -> SourceForm:
    kind, zone = word(form, "kind"), word(form, "zone")
    return SourceForm(
        name=word(form, "name"),
        kind=Kind(kind) if kind in set(Kind) else Kind.POSTGRESQL,
        zone=Zone(zone) if zone in set(Zone) else Zone.GOVERNMENT,
        host=word(form, "host"),
        port=word(form, "port"),
        database=word(form, "database"),
        schema=word(form, "schema"),
        user=word(form, "user"),
        password=str(form.get("password") or ""),
    )


def _form_again(
    request: Request, source: Source | None, form: FormData, refused: DomainError
) -> HTMLResponse:
    typed = {name: word(form, name) for name in (*LABELS, "zone") if name != "password"}
    page = SourceFormPage(source=source, typed=typed, faults=faults_by_field(refused))
    return respond(request, page, status=refused.status)


def _page(
    unit: Unit,
    actor: Actor,
    source: Source,
    *,
    failed: LoadFailure | None = None,
    faults: Mapping[str, str] | None = None,
) -> SourcePage:
    tables = catalogue.inventory(unit.conn, source.id)
    entries = catalogue.mounted(unit.conn, [table.id for table in tables])
    if source.kind.is_file:  # tables of files before this one, which nobody catalogued
        tables = [table for table in tables if table.gone_at is None or table.id in entries]
    return SourcePage(
        source=source,
        org=organisation(unit.conn, source.org),
        layers=_layers(source.diagnosis, source.kind),
        tables=tables,
        entries=entries,
        may_manage=may(actor, "ingestion:manage", on=source.org),
        may_draft=may(actor, "catalogue:draft", on=source.org),
        scans=[
            ScanRow(
                scan=scan,
                by_schedule=scan.by == SYSTEM.by,
                failure=sentence(scan.error_code, scan.error_detail) if scan.error_code else "",
            )
            for scan in drift.scans_of(unit.conn, source.id, most=SCANS)
        ],
        failure=sentence(failed.code, failed.detail) if failed else "",
        failed_layer=layer_name(failed.layer, source.kind) if failed else "",
        faults=faults or {},
    )


def _layers(diagnosis: Diagnosis | None, kind: Kind) -> Sequence[LayerRow]:
    """What each layer said; layers that were not reached say so."""
    return [
        LayerRow(
            name=layer_name(finding.layer, kind),
            ok=finding.ok,
            text="前一层没有通过，没有测到这里。"
            if finding.ok is None
            else sentence(finding.code, finding.detail),
        )
        for finding in (diagnosis.findings if diagnosis else ())
    ]
