"""Mounting resources to entries, probing them, and what is offered to consumers (挂接)."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import BinaryIO, Final, cast

from datahall import security
from datahall.catalogue import repository as items
from datahall.catalogue import scans
from datahall.catalogue.errors import MountRefused, ResourceNotFound, TableNotFound
from datahall.catalogue.events import (
    ItemPublished,
    ResourceFailed,
    ResourceMounted,
    ResourceRecovered,
    ResourceUnmounted,
)
from datahall.catalogue.findings import Finding
from datahall.catalogue.model import CatalogueItem
from datahall.catalogue.mounting import files, probes, repository
from datahall.catalogue.mounting.model import Health, Mount, Probe, Resource, ResourceKind
from datahall.catalogue.vocabulary import ItemStatus, UpdateCycle
from datahall.kit import outbound
from datahall.kit.errors import Fault
from datahall.kit.events import Event
from datahall.kit.ids import ItemId, ResourceId, new_id
from datahall.kit.uow import Unit, Units

MOST: Final = 50  # resources of one entry
TITLE_LENGTH: Final = 100
ADDRESS_LENGTH: Final = 500
HISTORY: Final = 50  # probes shown
AT_ONCE: Final = 50  # probes of one turn
GROUP: Final = re.compile(r"\d{10,20}")  # GB/T 28181 device or group code


def resources(unit: Unit, item: ItemId) -> list[Resource]:
    """What is mounted to an entry, whatever its health (挂接资源)."""
    return repository.of_items(unit.conn, [item])


def offered(item: CatalogueItem, mounted: Sequence[Resource], now: datetime) -> list[Resource]:
    """The resources that a consumer may count on: those that are healthy."""
    return [r for r in mounted if r.health(item.update_cycle, now) is Health.HEALTHY]


def mount(
    unit: Unit,
    actor: security.Actor,
    id: ItemId,
    asked: Mount,
    *,
    content: BinaryIO | None = None,
) -> Resource:
    """Put a table, API, file or camera group behind an entry (挂接).

    Raises:
        ItemNotFound, NotPermitted, MountRefused
    """
    item = items.get(unit.conn, id)
    security.require(actor, "catalogue:draft", on=item.provider)
    there = repository.of_items(unit.conn, [id])
    faults = _faults(unit, item, asked, there)
    made = Resource(
        id=ResourceId(new_id()),
        item=id,
        kind=asked.kind,
        title=asked.title.strip(),
        address=asked.address.strip(),
        table=asked.table,
        field_map=dict(asked.field_map),
        mounted_at=unit.now,
        due_at=None if asked.kind is ResourceKind.VIDEO_GROUP else unit.now,
    )
    if asked.kind is ResourceKind.FILE and not faults:
        made = _with_file(made, asked.file_name, content, faults)
    if faults:
        raise MountRefused(faults)
    repository.add(unit.conn, made)
    unit.record(_mounted(unit, made, by=actor.by))
    return made


def unmount(unit: Unit, actor: security.Actor, id: ResourceId) -> Resource:
    """Take a resource from its entry; its history stays (撤下挂接).

    Raises:
        ResourceNotFound, NotPermitted
    """
    resource = _own(unit, actor, id)
    repository.end(unit.conn, id, at=unit.now)
    unit.record(
        ResourceUnmounted(
            at=unit.now, by=actor.by, item=resource.item, resource=id, title=resource.title
        )
    )
    return resource


def probe_soon(unit: Unit, actor: security.Actor, id: ResourceId) -> Resource:
    """Have the worker look at a resource at its next turn (立即探测).

    Raises:
        ResourceNotFound, NotPermitted
    """
    resource = _own(unit, actor, id)
    if resource.due_at is not None:
        repository.make_due(unit.conn, id, unit.now)
    return resource


def history(unit: Unit, actor: security.Actor, id: ResourceId) -> list[Probe]:
    """The latest probes of a resource, newest first (探测记录).

    Raises:
        ResourceNotFound, NotPermitted
    """
    resource = repository.get(unit.conn, id)
    provider = items.get(unit.conn, resource.item).provider
    if actor.org != provider:
        security.require(actor, "catalogue:review", on=provider)
    return repository.history(unit.conn, id, most=HISTORY)


def mount_published(unit: Unit, event: Event) -> None:
    """The table of a published entry is mounted to it; a table before it is not any more."""
    published = cast("ItemPublished", event)
    item = items.get(unit.conn, published.item)
    for resource in repository.of_items(unit.conn, [item.id]):
        if resource.kind is ResourceKind.TABLE and resource.table == item.table:
            return
        if resource.kind is ResourceKind.TABLE and resource.address == PRIMARY:
            repository.end(unit.conn, resource.id, at=unit.now)
    if item.table is None:
        return
    table = scans.inventory_table(unit.conn, item.table)
    made = Resource(
        id=ResourceId(new_id()),
        item=item.id,
        kind=ResourceKind.TABLE,
        title=table.title[:TITLE_LENGTH],
        address=PRIMARY,
        table=item.table,
        field_map={f.name: f.source_column for f in item.fields},
        mounted_at=unit.now,
        due_at=unit.now,
    )
    repository.add(unit.conn, made)
    unit.record(_mounted(unit, made, by=event.by))


PRIMARY: Final = "primary"
"""Address of the table that the entry itself names: it is mounted and ended by publications."""


def probe_due(units: Units) -> int:
    """Look at what is due and remember what was found; how many.

    What stands outside the database is asked while no transaction is open.
    """
    with units.open() as unit:
        waiting = repository.due(unit.conn, unit.now, most=AT_ONCE)
    for resource, cycle in waiting:
        finding = None if resource.kind is ResourceKind.TABLE else probes.look(resource)
        with units.open() as unit:
            remember(unit, resource.id, cycle, finding)
    return len(waiting)


def remember(
    unit: Unit, id: ResourceId, cycle: UpdateCycle, finding: Finding | None
) -> Resource | None:
    """Note what a probe found (a table is looked up now); None when it was unmounted meanwhile."""
    try:
        before = repository.get(unit.conn, id, lock=True)
    except ResourceNotFound:
        return None
    finding = finding or probes.look_up(unit, before)
    after = before.probed(finding, cycle, at=unit.now)
    repository.save(unit.conn, after)
    if after.last is not None:
        repository.note(unit.conn, id, after.last)
    was_well = before.last is None or before.last.ok
    if was_well and not finding.ok:
        unit.record(
            ResourceFailed(
                at=unit.now, by="system", item=after.item, resource=id, finding=finding.code
            )
        )
    elif finding.ok and before.last is not None and not before.last.ok:
        unit.record(ResourceRecovered(at=unit.now, by="system", item=after.item, resource=id))
    return after


def _own(unit: Unit, actor: security.Actor, id: ResourceId) -> Resource:
    resource = repository.get(unit.conn, id, lock=True)
    provider = items.get(unit.conn, resource.item).provider
    security.require(actor, "catalogue:draft", on=provider)
    return resource


def _mounted(unit: Unit, resource: Resource, *, by: str) -> ResourceMounted:
    return ResourceMounted(
        at=unit.now,
        by=by,
        item=resource.item,
        resource=resource.id,
        kind=str(resource.kind),
        title=resource.title,
    )


def _with_file(
    made: Resource, name: str, content: BinaryIO | None, faults: list[Fault]
) -> Resource:
    """The resource with the file kept, or with the fault that it has."""
    if content is None:
        faults.append(Fault("file", "catalogue.mount_file_missing"))
        return made
    size, digest = files.receive(made.id, name, content, faults.append)
    return replace(made, address=name, size_bytes=size, digest=digest)


def _faults(
    unit: Unit, item: CatalogueItem, asked: Mount, there: Sequence[Resource]
) -> list[Fault]:
    faults: list[Fault] = []
    if item.status is ItemStatus.WITHDRAWN:
        faults.append(Fault("kind", "catalogue.item_not_found"))
    if not asked.title.strip():
        faults.append(Fault("title", "catalogue.mount_title_blank"))
    for path, text, most in (
        ("title", asked.title, TITLE_LENGTH),
        ("address", asked.address, ADDRESS_LENGTH),
    ):
        if len(text.strip()) > most:
            detail: dict[str, object] = {"most": most, "length": len(text.strip())}
            faults.append(Fault(path, "catalogue.too_long", detail))
    if len(there) >= MOST:
        faults.append(Fault("kind", "catalogue.mount_too_many", {"most": MOST}))
    faults += [
        Fault("field_map", "catalogue.mount_map_unknown", {"name": name})
        for name in asked.field_map
        if item.field(name) is None
    ]
    match asked.kind:
        case ResourceKind.TABLE:
            faults += _table_faults(unit, item, asked, there)
        case ResourceKind.API:
            faults += _api_faults(asked, there)
        case ResourceKind.FILE:
            faults += _file_faults(asked)
        case ResourceKind.VIDEO_GROUP:
            if not GROUP.fullmatch(asked.address.strip()):
                faults.append(Fault("address", "catalogue.mount_group_malformed"))
    return faults


def _table_faults(
    unit: Unit, item: CatalogueItem, asked: Mount, there: Sequence[Resource]
) -> list[Fault]:
    if asked.table is None:
        return [Fault("table", "catalogue.mount_table_missing")]
    try:
        table = scans.inventory_table(unit.conn, asked.table)
    except TableNotFound:
        return [Fault("table", "catalogue.mount_table_missing")]
    if table.org != item.provider:
        return [Fault("table", "catalogue.mount_table_missing")]
    if any(resource.table == asked.table for resource in there):
        return [Fault("table", "catalogue.mount_twice")]
    return []


def _api_faults(asked: Mount, there: Sequence[Resource]) -> list[Fault]:
    address = asked.address.strip()
    try:
        parts = outbound.checked(address)
        outbound.resolve(str(parts.hostname), parts.port or outbound.PORTS[parts.scheme])
    except outbound.OutboundFailed as failed:
        if failed.why == "malformed":
            return [Fault("address", "catalogue.mount_address_malformed")]
        if failed.why in {"refused", "not_listed"}:
            reason = failed.reason if failed.why == "refused" else "不在允许访问的名单内"
            return [Fault("address", "catalogue.mount_address_refused", {"reason": reason})]
    if any(resource.address == address for resource in there):
        return [Fault("address", "catalogue.mount_twice")]
    return []


def _file_faults(asked: Mount) -> list[Fault]:
    if not asked.file_name:
        return [Fault("file", "catalogue.mount_file_missing")]
    if files.kind_of(asked.file_name) not in files.MAGIC:
        detail: dict[str, object] = {"name": asked.file_name, "kinds": "、".join(files.MAGIC)}
        return [Fault("file", "catalogue.mount_file_kind", detail)]
    return []
