"""From the clerk's hand to publication: submit, agree, return, publish (审核发布)."""

from datahall import security
from datahall.catalogue import codes, repository
from datahall.catalogue.events import (
    ItemAgreed,
    ItemPublished,
    ItemReturned,
    ItemScheduled,
    ItemSubmitted,
)
from datahall.catalogue.model import CatalogueItem
from datahall.catalogue.service.faults import refuse_incomplete
from datahall.catalogue.vocabulary import ItemStatus
from datahall.kit.clock import local_date
from datahall.kit.ids import ItemId
from datahall.kit.uow import Unit
from datahall.organisations import SYSTEM


def submit(unit: Unit, actor: security.Actor, id: ItemId) -> CatalogueItem:
    """Hand a complete draft to the department's head (提交部门审核).

    Raises:
        ItemNotFound, NotPermitted, WrongStage, EntryIncomplete
    """
    item = repository.newest(unit.conn, id)
    security.require(actor, "catalogue:draft", on=item.provider)
    submitted = item.submitted(at=unit.now)
    refuse_incomplete(unit, item)
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
    """Publish a version so that every department finds it (审核发布, 条例第十六条).

    The first publication gives the resource code.  A version with a later day waits for it; else
    it is in force at once and the version before is superseded.

    Raises:
        ItemNotFound, NotPermitted, WrongStage, EntryIncomplete, CodeTaken
    """
    item = repository.newest(unit.conn, id)
    security.require(actor, "catalogue:review", on=item.provider)
    item.published(code="", at=unit.now)  # refuses a wrong stage before a serial is used
    refuse_incomplete(unit, item)
    code = item.code or codes.next_code(unit.conn, item.category_code)
    published = item.published(code=code, at=unit.now)
    for given in filter(None, (code, item.alias_code)):
        codes.claim(unit.conn, given, id)
    if published.status is ItemStatus.SCHEDULED and published.in_force_from is not None:
        repository.save(unit.conn, published)
        unit.record(
            ItemScheduled(
                at=unit.now,
                by=actor.by,
                item=id,
                version=item.version,
                code=code,
                effective_on=published.in_force_from,
            )
        )
        return published
    _put_in_force(unit, published, by=actor.by)
    return published


def take_effect(unit: Unit) -> int:
    """Put the versions in force whose day has come; how many (生效). The worker calls it."""
    today = local_date(unit.now)
    begun = 0
    for item in repository.scheduled(unit.conn):
        if item.in_force_from is not None and item.in_force_from <= today:
            _put_in_force(unit, item.taking_effect(), by=SYSTEM.by)
            begun += 1
    return begun


def _put_in_force(unit: Unit, item: CatalogueItem, *, by: str) -> None:
    if before := repository.in_force(unit.conn, item.id):
        repository.save(unit.conn, before.superseded(on=local_date(unit.now)))
    repository.save(unit.conn, item)
    repository.forget_edits(unit.conn, item)
    unit.record(
        ItemPublished(at=unit.now, by=by, item=item.id, version=item.version, code=item.code or "")
    )
