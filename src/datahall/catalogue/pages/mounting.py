"""What an entry is served from, and how it is (挂接)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData, UploadFile

from datahall import security
from datahall.catalogue import repository, scans
from datahall.catalogue.errors import MountRefused
from datahall.catalogue.model import CatalogueItem, InventoryTable
from datahall.catalogue.mounting import repository as stored
from datahall.catalogue.mounting import service
from datahall.catalogue.mounting.files import MAGIC, MOST_MB
from datahall.catalogue.mounting.model import Mount, Probe, ResourceKind, interval_s
from datahall.catalogue.mounting.views import Mounted, all_of
from datahall.catalogue.pages.edit import SentForm, options
from datahall.kit.errors import Fault
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.ids import ItemId, ResourceId, TableId
from datahall.kit.messages import sentence
from datahall.kit.uow import Unit
from datahall.organisations import Organisation, organisation
from datahall.security import Actor, may, permits

router = APIRouter(prefix="/catalogue")
Viewer = Annotated[Actor, Depends(permits("catalogue:view"))]
Clerk = Annotated[Actor, Depends(permits("catalogue:draft"))]
HISTORY = 8  # probes shown of each resource


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceRow:
    """A resource with the latest of its history."""

    mounted: Mounted
    history: Sequence[tuple[Probe, str]]


@dataclass(frozen=True, kw_only=True)
class ResourcesPage(Page):
    """The resources of one entry, for its provider and the authority (挂接管理)."""

    template: ClassVar[str] = "catalogue/resources.html"
    section: ClassVar[str] = "catalogue"
    item: CatalogueItem
    provider: Organisation
    rows: Sequence[ResourceRow]
    every_s: int  # seconds between two probes
    tables: Sequence[InventoryTable]
    kinds: Sequence[tuple[str, str]]
    file_kinds: str
    most_mb: int
    may_mount: bool
    values: Mapping[str, Any]
    faults: Mapping[str, str]


@router.get("/items/{id}/resources")
def show_resources(id: ItemId, request: Request, unit: UnitDep, actor: Viewer) -> Response:
    """What is mounted, how it is, and its history (挂接管理)."""
    return respond(request, _page(unit, actor, id))


@router.post("/items/{id}/resources")
def mount(id: ItemId, request: Request, unit: UnitDep, actor: Clerk, form: SentForm) -> Response:
    """Mount a table, API, file or camera group (挂接)."""
    upload = form.get("file")
    sent = upload if isinstance(upload, UploadFile) and upload.filename else None
    try:
        asked = _asked(form, sent)
        made = service.mount(unit, actor, id, asked, content=sent.file if sent else None)
    except MountRefused as refused:
        values = {name: value for name, value in form.items() if isinstance(value, str)}
        page = _page(unit, actor, id, values=values, faults=faults_by_field(refused))
        return respond(request, page, status=refused.status)
    return redirect(f"/catalogue/items/{id}/resources", flash=f"已挂接“{made.title}”，正在探测。")


@router.post("/resources/{id}/unmount")
def unmount(id: ResourceId, unit: UnitDep, actor: Clerk) -> RedirectResponse:
    """Take a resource from its entry (撤下挂接)."""
    gone = service.unmount(unit, actor, id)
    return redirect(f"/catalogue/items/{gone.item}/resources", flash=f"已撤下“{gone.title}”。")


@router.post("/resources/{id}/probe")
def probe(id: ResourceId, unit: UnitDep, actor: Clerk) -> RedirectResponse:
    """Have the worker look at its next turn (立即探测)."""
    resource = service.probe_soon(unit, actor, id)
    return redirect(
        f"/catalogue/items/{resource.item}/resources", flash="几秒内完成探测，请刷新页面。"
    )


def _asked(form: FormData, sent: UploadFile | None) -> Mount:
    """What the form asks for.

    Raises:
        MountRefused
    """
    faults: list[Fault] = []
    kind = _kind(str(form.get("kind", "")), faults)
    field_map = _map(str(form.get("field_map", "")), faults)
    if faults:
        raise MountRefused(faults)
    return Mount(
        kind=kind,
        title=str(form.get("title", "")),
        address=str(form.get("address", "")),
        table=_table(str(form.get("table", ""))) if kind is ResourceKind.TABLE else None,
        field_map=field_map,
        file_name=sent.filename or "" if sent else "",
    )


def _kind(text: str, faults: list[Fault]) -> ResourceKind:
    try:
        return ResourceKind(text)
    except ValueError:
        faults.append(Fault("kind", "catalogue.value_unknown", {"value": text}))
        return ResourceKind.TABLE


def _table(text: str) -> TableId | None:
    try:
        return TableId(UUID(text))
    except ValueError:
        return None


def _map(text: str, faults: list[Fault]) -> dict[str, str]:
    """One mapping a line: `xm=name`."""
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, equals, own = (part.strip() for part in line.replace("＝", "=").partition("="))
        if not (name and equals and own):
            faults.append(Fault("field_map", "catalogue.mount_map_malformed", {"line": line[:40]}))
        found[name] = own
    return found


def _page(
    unit: Unit,
    actor: Actor,
    id: ItemId,
    *,
    values: Mapping[str, Any] | None = None,
    faults: Mapping[str, str] | None = None,
) -> ResourcesPage:
    item = repository.get(unit.conn, id)
    if actor.org != item.provider:
        security.require(actor, "catalogue:review", on=item.provider)
    rows = [
        ResourceRow(
            mounted=one,
            history=[
                (probe, sentence(probe.code, probe.detail))
                for probe in stored.history(unit.conn, one.resource.id, most=HISTORY)
            ],
        )
        for one in all_of(unit, item)
    ]
    return ResourcesPage(
        item=item,
        provider=organisation(unit.conn, item.provider),
        rows=rows,
        every_s=interval_s(item.update_cycle),
        tables=scans.tables_of(unit.conn, item.provider),
        kinds=options(ResourceKind),
        file_kinds="、".join(MAGIC),
        most_mb=MOST_MB,
        may_mount=may(actor, "catalogue:draft", on=item.provider),
        values=values or {},
        faults=faults or {},
    )
