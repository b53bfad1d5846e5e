"""What people read about quality: overviews, lists and results; nothing here changes anything."""

from datetime import datetime

from datahall import catalogue, organisations, security, store
from datahall.catalogue import CatalogueItem
from datahall.kit.ids import ItemId, OrgId
from datahall.kit.todo import Todo
from datahall.kit.uow import Unit
from datahall.quality import repository, views
from datahall.quality.errors import NothingCollected
from datahall.quality.model import RowStatus, RuleResult
from datahall.quality.views import Listing, Standing

PAGE_ROWS = 50


def standings(unit: Unit, actor: security.Actor) -> list[Standing]:
    """Every item with quarantined rows that the actor may see, most waiting rows first."""
    found = []
    for tally in repository.tallies(unit.conn, provider=_seen_by(actor)):
        dataset = store.dataset_for_item(unit.conn, tally.item)
        found.append(
            Standing(
                item=catalogue.get(unit.conn, tally.item),
                waiting=tally.waiting,
                settled=tally.settled,
                landed=store.state(unit.conn, dataset.id).rows if dataset else 0,
                last_seen_at=tally.last_seen_at,
            )
        )
    return found


def listing(
    unit: Unit,
    actor: security.Actor,
    item: ItemId,
    *,
    status: RowStatus = RowStatus.WAITING,
    reason: str | None = None,
    page: int = 1,
) -> Listing:
    """One page of an item's quarantine, every value masked.

    Raises:
        ItemNotFound, NotPermitted
    """
    entry = permitted(unit, actor, item)
    rows = repository.page(
        unit.conn,
        item,
        status=status,
        reason=reason,
        limit=PAGE_ROWS,
        offset=(max(page, 1) - 1) * PAGE_ROWS,
    )
    counts = repository.by_reason(unit.conn, item, status=status)
    return Listing(
        item=entry,
        rows=tuple(views.view(row, entry) for row in rows),
        total=repository.count(unit.conn, item, status=status, reason=reason),
        statuses=repository.by_status(unit.conn, item),
        reasons=tuple((key, views.reason_words(entry, key), n) for key, n in counts.items()),
    )


def results(
    unit: Unit, actor: security.Actor, item: ItemId
) -> tuple[datetime | None, list[RuleResult]]:
    """When the whole item was last checked, and how each of its rules did, worst first.

    Raises:
        ItemNotFound, NotPermitted, NothingCollected
    """
    permitted(unit, actor, item)
    dataset = store.dataset_for_item(unit.conn, item)
    if dataset is None:
        raise NothingCollected
    at, found = repository.last_results(unit.conn, dataset.id)
    return at, sorted(found, key=lambda r: (-r.failing, r.field, r.rule))


def todos(unit: Unit, actor: security.Actor) -> list[Todo]:
    """Items of the clerk's department in whose quarantine rows wait (隔离行待处理)."""
    if not security.may(actor, "quality:repair", on=actor.org):
        return []
    tallies = [t for t in repository.tallies(unit.conn, provider=actor.org) if t.waiting]
    if not tallies:
        return []
    org = organisations.organisation(unit.conn, actor.org)
    return [
        Todo(
            kind="隔离数据",
            title=catalogue.get(unit.conn, tally.item).title,
            url=f"/quality/items/{tally.item}",
            action="去处理",
            org=org.short_name,
            org_seal=org.seal,
            since=tally.last_seen_at,
            note=f"{tally.waiting:,} 行没有通过强规则，未入汇聚库",
        )
        for tally in tallies
    ]


def permitted(unit: Unit, actor: security.Actor, item: ItemId) -> CatalogueItem:
    """The item, which the actor may see the quarantine of.

    Raises:
        ItemNotFound, NotPermitted
    """
    entry = catalogue.get(unit.conn, item)
    security.require(actor, "quality:view", on=entry.provider)
    return entry


def _seen_by(actor: security.Actor) -> OrgId | None:
    """Whose rows the actor sees: the own department's, or everybody's (None)."""
    relations = security.POLICY["quality:view"]
    if any(relations.get(role) is security.Relation.ANY for role in actor.roles):
        return None
    return actor.org
