"""What people do with the inventory and the catalogue; one function a use case."""

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import Any

from datahall import security
from datahall.catalogue import checks, codes, repository, scans, suggest
from datahall.catalogue.categories import categories
from datahall.catalogue.changes import changed_places
from datahall.catalogue.errors import (
    AlreadyCatalogued,
    EditedMeanwhile,
    EntryIncomplete,
    EntryInvalid,
    ItemNotFound,
)
from datahall.catalogue.events import (
    ItemAgreed,
    ItemDiscarded,
    ItemDrafted,
    ItemPublished,
    ItemReturned,
    ItemRevised,
    ItemSubmitted,
    TablesScanned,
)
from datahall.catalogue.model import CatalogueItem, ScannedTable
from datahall.catalogue.questions import FieldFaults
from datahall.catalogue.vocabulary import ItemStatus
from datahall.kit.errors import Fault
from datahall.kit.ids import ItemId, OrgId, SourceId, TableId, new_id
from datahall.kit.uow import Unit
from datahall.organisations import organisations
from datahall.standards import code_list_names, element_codes

CONTENT = frozenset(f.name for f in fields(CatalogueItem)) - {
    "id", "version", "edit", "status", "code", "provider", "suggestions", "remarks",
    "drafted_at", "submitted_at", "agreed_at", "published_at",
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
        categories=tuple(categories().values()),
        code_lists=code_list_names(unit.conn).keys(),
        titles_taken=taken,
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
    _refuse_mistakes(unit, item)
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

    Args:
        edit: the `edit` of the item that the changes were made on; None overwrites.
        changes: attributes of CatalogueItem with their new values.

    Raises:
        ItemNotFound, NotPermitted, WrongStage, EditedMeanwhile, EntryInvalid
    """
    item = repository.newest(unit.conn, id)
    security.require(actor, "catalogue:draft", on=item.provider)
    if edit is not None and edit != item.edit:
        raise EditedMeanwhile
    if unknown := changes.keys() - CONTENT:
        raise TypeError(f"not content of an entry: {sorted(unknown)}")
    revised = item.revised(changes)
    places = changed_places(item, revised)
    if not places:
        return item
    _refuse_mistakes(unit, revised)
    repository.save(unit.conn, revised)
    unit.record(ItemRevised(at=unit.now, by=actor.by, item=id, version=item.version, places=places))
    return revised


def submit(unit: Unit, actor: security.Actor, id: ItemId) -> CatalogueItem:
    """Hand a complete draft to the department's head (提交部门审核).

    Raises:
        ItemNotFound, NotPermitted, WrongStage, EntryIncomplete
    """
    item = repository.newest(unit.conn, id)
    security.require(actor, "catalogue:draft", on=item.provider)
    submitted = item.submitted(at=unit.now)
    _refuse_incomplete(unit, item)
    repository.save(unit.conn, submitted)
    unit.record(ItemSubmitted(at=unit.now, by=actor.by, item=id, version=item.version))
    return submitted


def agree(unit: Unit, actor: security.Actor, id: ItemId) -> CatalogueItem:
    """The department's head agrees; the authority's two working days begin (部门负责人同意).

    Raises:
        ItemNotFound, NotPermitted, WrongStage
    """
    item = repository.newest(unit.conn, id)
    security.require(actor, "catalogue:agree", on=item.provider)
    agreed = item.agreed(at=unit.now)
    repository.save(unit.conn, agreed)
    unit.record(ItemAgreed(at=unit.now, by=actor.by, item=id, version=item.version))
    return agreed


def return_(unit: Unit, actor: security.Actor, id: ItemId, *, remarks: str) -> CatalogueItem:
    """Send an entry back to the clerk with the reason (退回): the head's or the authority's act.

    Raises:
        ItemNotFound, NotPermitted, WrongStage, RemarksRequired
    """
    item = repository.newest(unit.conn, id)
    by_head = item.status is ItemStatus.DEPARTMENT_REVIEW
    act = "catalogue:agree" if by_head else "catalogue:review"
    security.require(actor, act, on=item.provider)
    returned = item.returned(remarks)
    repository.save(unit.conn, returned)
    unit.record(
        ItemReturned(
            at=unit.now, by=actor.by, item=id, version=item.version, remarks=returned.remarks
        )
    )
    return returned


def publish(unit: Unit, actor: security.Actor, id: ItemId) -> CatalogueItem:
    """Put a version in force so that every department finds it (审核发布, 条例第十六条).

    The first publication gives the resource code; the version before is superseded.

    Raises:
        ItemNotFound, NotPermitted, WrongStage, EntryIncomplete
    """
    item = repository.newest(unit.conn, id)
    security.require(actor, "catalogue:review", on=item.provider)
    item.published(code="", at=unit.now)  # refuses a wrong stage before a serial is used
    _refuse_incomplete(unit, item)
    code = item.code or codes.next_code(unit.conn, item.category_code)
    published = item.published(code=code, at=unit.now)
    for given in filter(None, (code, item.alias_code)):
        codes.claim(unit.conn, given, id)
    if before := repository.in_force(unit.conn, id):
        repository.save(unit.conn, before.superseded())
    repository.save(unit.conn, published)
    unit.record(ItemPublished(at=unit.now, by=actor.by, item=id, version=item.version, code=code))
    return published


def discard(unit: Unit, actor: security.Actor, id: ItemId) -> None:
    """Throw a draft away (作废草稿); the published version, if any, stays as it is.

    Raises:
        ItemNotFound, NotPermitted, WrongStage
    """
    item = repository.newest(unit.conn, id)
    security.require(actor, "catalogue:draft", on=item.provider)
    item.revised({})  # refuses unless it is a draft
    repository.delete(unit.conn, item)
    unit.record(ItemDiscarded(at=unit.now, by=actor.by, item=id, version=item.version))


def read(
    unit: Unit, actor: security.Actor, id: ItemId, *, version: int | None = None
) -> CatalogueItem:
    """An entry as the actor may see it: what is not yet published only by its parties.

    Raises:
        ItemNotFound, NotPermitted
    """
    security.require(actor, "catalogue:view")
    item = repository.get(unit.conn, id, version=version)
    if not _may_see(actor, item):
        raise ItemNotFound(item=id)
    return item


def versions(unit: Unit, actor: security.Actor, id: ItemId) -> list[CatalogueItem]:
    """The versions of an entry that the actor may see, newest first (版本).

    Raises:
        ItemNotFound, NotPermitted
    """
    security.require(actor, "catalogue:view")
    seen = [item for item in repository.history(unit.conn, id) if _may_see(actor, item)]
    if not seen:
        raise ItemNotFound(item=id)
    return seen


def missing(item: CatalogueItem) -> tuple[Fault, ...]:
    """What the entry still lacks before it can be submitted."""
    return tuple(checks.omissions(item))


def _may_see(actor: security.Actor, item: CatalogueItem) -> bool:
    """What is on its way to publication is its provider's and the authority's."""
    party = actor.org == item.provider or security.may(actor, "catalogue:review")
    return party or not item.status.is_open


def _mistakes(unit: Unit, item: CatalogueItem) -> list[Fault]:
    """What may not be saved: by the entry itself, by what else is known, by higher packages."""
    return [
        *checks.mistakes(
            item,
            table=None if item.table is None else scans.inventory_table(unit.conn, item.table),
            code_lists=code_list_names(unit.conn).keys(),
            titles_taken=repository.titles(unit.conn, item.provider, but=item.id),
            categories=categories().keys(),
            elements=element_codes(unit.conn),
        ),
        *_unknown_scope(unit, item),
        *_taken_codes(unit, item),
        *unit.ask(FieldFaults(item=item)),
    ]


def _unknown_scope(unit: Unit, item: CatalogueItem) -> Iterator[Fault]:
    """Departments of the scope that do not exist."""
    if item.share_scope.departments:
        known = {org.id for org in organisations(unit.conn)}
        for id in item.share_scope.departments:
            if id not in known:
                yield Fault("share_scope", "catalogue.value_unknown", {"value": str(id)})


def _taken_codes(unit: Unit, item: CatalogueItem) -> Iterator[Fault]:
    """An alias that another entry has or had."""
    holder = codes.holders(unit.conn, [item.alias_code]).get(item.alias_code, item.id)
    if holder != item.id:
        title = repository.get(unit.conn, holder).title
        yield Fault("alias_code", "catalogue.code_taken", {"code": item.alias_code, "title": title})


def _refuse_mistakes(unit: Unit, item: CatalogueItem) -> None:
    if faults := _mistakes(unit, item):
        raise EntryInvalid(faults)


def _refuse_incomplete(unit: Unit, item: CatalogueItem) -> None:
    if faults := [*_mistakes(unit, item), *checks.omissions(item)]:
        raise EntryIncomplete(faults)
