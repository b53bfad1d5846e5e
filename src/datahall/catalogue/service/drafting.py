"""Writing entries: from a scanned table, from nothing, from the version before (编目)."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from datahall import security
from datahall.catalogue import profiling, repository, scans, suggest
from datahall.catalogue.categories import categories
from datahall.catalogue.changes import changed_places
from datahall.catalogue.errors import (
    AlreadyCatalogued,
    EditedMeanwhile,
)
from datahall.catalogue.events import (
    ItemDiscarded,
    ItemDrafted,
    ItemRevised,
    TablesScanned,
)
from datahall.catalogue.merging import Merged, merge, unmerged
from datahall.catalogue.model import CatalogueItem, ScannedTable
from datahall.catalogue.service.faults import refuse_mistakes
from datahall.kit.ids import ItemId, OrgId, SourceId, TableId, new_id
from datahall.kit.uow import Unit
from datahall.standards import code_list_names

CONTENT = frozenset(f.name for f in fields(CatalogueItem)) - {
    "id", "version", "edit", "status", "code", "provider", "suggestions", "remarks",
    "drafted_at", "submitted_at", "agreed_at", "published_at", "in_force_from", "in_force_until",
}  # fmt: skip
"""What `revise` may change; the rest is moved by the other acts."""


def record_scan(
    unit: Unit,
    actor: security.Actor,
    source: SourceId,
    org: OrgId,
    tables: Sequence[ScannedTable],
    *,
    kind: str = "",
) -> None:
    """Make the inventory of a source what its metadata say now (登记扫描结果).

    `tables` is all that the source has; what is missing from it is marked as gone.  The caller
    (`ingestion`) has asked whether the actor may scan.  `kind` says what the source is
    (postgresql, mysql, xlsx, csv), for the format of entries drafted from it.
    """
    scans.record(unit.conn, source, org, tables, kind=kind, at=unit.now)
    unit.record(TablesScanned(at=unit.now, by=actor.by, source=source, tables=len(tables)))


def draft_from_table(
    unit: Unit, actor: security.Actor, table: TableId, *, format_type: str = ""
) -> CatalogueItem:
    """Start an entry from a scanned table, with suggestions and their reasons (起草目录).

    Args:
        format_type: what the source is, in the words of the guide; else the scan says it.

    Raises:
        TableNotFound, NotPermitted, AlreadyCatalogued
    """
    scanned = scans.inventory_table(unit.conn, table)
    security.require(actor, "catalogue:draft", on=scanned.org)
    taken = repository.titles(unit.conn, scanned.org)  # holds the provider's lock from here on
    if made := repository.mounted(unit.conn, [table]).get(table):
        raise AlreadyCatalogued(title=made.title, item=made.id)
    known = suggest.Known(
        provider=scanned.org,
        provider_name=actor.org_name,
        categories=tuple(categories(unit.conn).values()),
        code_lists=code_list_names(unit.conn).keys(),
        titles_taken=taken,
        profiles=profiling.profiles(unit.conn, table),
    )
    item = suggest.draft(ItemId(new_id()), scanned, known, at=unit.now)
    item = replace(item, format_type=format_type or item.format_type)
    if item.title in taken:
        item = replace(item, title=f"{item.title[:40]}（{scanned.name[:8]}）")
    repository.add(unit.conn, item)
    unit.record(ItemDrafted(at=unit.now, by=actor.by, item=item.id, version=item.version))
    return item


def draft_blank(unit: Unit, actor: security.Actor, *, title: str) -> CatalogueItem:
    """Start an entry that has no scanned table yet (新建目录).

    Raises:
        NotPermitted, EntryInvalid
    """
    security.require(actor, "catalogue:draft", on=actor.org)
    item = CatalogueItem(
        id=ItemId(new_id()), provider=actor.org, title=title.strip(), drafted_at=unit.now
    )
    refuse_mistakes(unit, item)
    repository.add(unit.conn, item)
    unit.record(ItemDrafted(at=unit.now, by=actor.by, item=item.id, version=item.version))
    return item


def start_version(
    unit: Unit, actor: security.Actor, id: ItemId, *, like: int | None = None
) -> CatalogueItem:
    """Open the next version of a published entry (变更目录), as it is or as version `like` was.

    Raises:
        ItemNotFound, NotPermitted, WrongStage
    """
    latest = repository.newest(unit.conn, id)
    security.require(actor, "catalogue:draft", on=latest.provider)
    draft = latest.next_version(at=unit.now)
    if like is not None:
        earlier = repository.get(unit.conn, id, version=like)
        draft = replace(draft, **{name: getattr(earlier, name) for name in CONTENT})
    repository.add(unit.conn, draft)
    unit.record(ItemDrafted(at=unit.now, by=actor.by, item=id, version=draft.version))
    return draft


def revise(
    unit: Unit, actor: security.Actor, id: ItemId, *, edit: int | None = None, **changes: Any
) -> CatalogueItem:
    """Save a draft (保存草稿); what is missing may stay so, what is wrong is refused.

    When somebody else has saved since `edit`, both changes are put together; only where both
    changed one place unlike is the second one asked.

    Args:
        edit: the `edit` of the item that the changes were made on; None overwrites.
        changes: attributes of CatalogueItem with their new values.

    Raises:
        ItemNotFound, NotPermitted, WrongStage, EditedMeanwhile, EntryInvalid
    """
    item = repository.newest(unit.conn, id)
    security.require(actor, "catalogue:draft", on=item.provider)
    if unknown := changes.keys() - CONTENT:
        raise TypeError(f"not content of an entry: {sorted(unknown)}")
    item.revised({})  # refuses a wrong stage first
    if edit is not None and edit != item.edit:
        merged = together(unit, item, edit, changes)
        if merged.clashes:
            raise EditedMeanwhile(merged.clashes)
        changes = dict(merged.content)
    revised = item.revised(changes)
    places = changed_places(item, revised)
    if not places:
        return item
    refuse_mistakes(unit, revised)
    repository.keep_edit(unit.conn, item)
    repository.save(unit.conn, revised)
    unit.record(ItemRevised(at=unit.now, by=actor.by, item=id, version=item.version, places=places))
    return revised


def together(unit: Unit, item: CatalogueItem, edit: int, changes: Mapping[str, Any]) -> Merged:
    """The saved draft and changes that were made on an earlier save of it.

    A save that is too long ago is taken as the saved one: every place of the changes is a clash
    where it differs.
    """
    base = repository.as_of_edit(unit.conn, item, edit)
    if base is None:
        return unmerged(item, replace(item, **changes), names=CONTENT)
    return merge(base, item, replace(base, **changes), names=CONTENT)


def discard(unit: Unit, actor: security.Actor, id: ItemId) -> None:
    """Throw a draft away (作废草稿); the published version, if any, stays as it is.

    Raises:
        ItemNotFound, NotPermitted, WrongStage
    """
    item = repository.newest(unit.conn, id)
    security.require(actor, "catalogue:draft", on=item.provider)
    item.revised({})  # refuses unless it is a draft
    repository.forget_edits(unit.conn, item)
    repository.delete(unit.conn, item)
    unit.record(ItemDiscarded(at=unit.now, by=actor.by, item=id, version=item.version))
