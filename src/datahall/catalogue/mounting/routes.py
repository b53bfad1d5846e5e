"""JSON API of mounted resources (挂接)."""

from typing import Annotated

from fastapi import APIRouter, Depends

from datahall.catalogue.errors import ItemNotFound, MountRefused, ResourceNotFound
from datahall.catalogue.mounting import service
from datahall.catalogue.mounting.model import Mount, Probe, Resource
from datahall.catalogue.mounting.schemas import MountIn, ProbeOut, ResourceOut, ResourceWithHealth
from datahall.catalogue.mounting.views import Mounted, mounted
from datahall.kit.http import UnitDep, problems
from datahall.kit.ids import ItemId, ResourceId, TableId
from datahall.security import Actor, NotPermitted, permits

router = APIRouter()
Viewer = Annotated[Actor, Depends(permits("catalogue:view"))]
Clerk = Annotated[Actor, Depends(permits("catalogue:draft"))]


@router.get(
    "/items/{id}/resources",
    response_model=list[ResourceWithHealth],
    responses=problems(ItemNotFound),
)
def list_resources(id: ItemId, unit: UnitDep, actor: Viewer) -> list[Mounted]:
    """What an entry is served from: all for its provider, what is healthy for others (挂接资源)."""
    return mounted(unit, actor, id)


@router.post(
    "/items/{id}/resources",
    response_model=ResourceOut,
    status_code=201,
    responses=problems(ItemNotFound, NotPermitted, MountRefused),
)
def mount_resource(id: ItemId, sent: MountIn, unit: UnitDep, actor: Clerk) -> Resource:
    """Put a table, an API or a camera group behind an entry (挂接)."""
    asked = Mount(
        kind=sent.kind,
        title=sent.title,
        address=sent.address,
        table=None if sent.table is None else TableId(sent.table),
        field_map=dict(sent.field_map),
    )
    return service.mount(unit, actor, id, asked)


@router.delete(
    "/resources/{id}", status_code=204, responses=problems(ResourceNotFound, NotPermitted)
)
def unmount_resource(id: ResourceId, unit: UnitDep, actor: Clerk) -> None:
    """Take a resource from its entry (撤下挂接)."""
    service.unmount(unit, actor, id)


@router.post(
    "/resources/{id}/probe",
    response_model=ResourceOut,
    status_code=202,
    responses=problems(ResourceNotFound, NotPermitted),
)
def probe_resource(id: ResourceId, unit: UnitDep, actor: Clerk) -> Resource:
    """Have the worker look at a resource at its next turn (立即探测)."""
    return service.probe_soon(unit, actor, id)


@router.get(
    "/resources/{id}/probes",
    response_model=list[ProbeOut],
    responses=problems(ResourceNotFound, NotPermitted),
)
def list_probes(id: ResourceId, unit: UnitDep, actor: Viewer) -> list[Probe]:
    """The latest probes of a resource, newest first; for its provider and the authority (探测记录)."""
    return service.history(unit, actor, id)
