"""The facts that lineage follows from, gathered from where they are kept (血缘依据)."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection

from datahall import catalogue, ingestion, organisations, security, store, supply_demand
from datahall.catalogue import CatalogueItem, InventoryTable, ItemStatus, Sharing
from datahall.ingestion import Load, Source, Task
from datahall.kit.ids import ItemId, OrgId
from datahall.kit.uow import Unit
from datahall.organisations import Organisation
from datahall.security import Actor
from datahall.store import Dataset
from datahall.supply_demand import Grant, GrantStatus

LIVE = frozenset({GrantStatus.ACTIVE, GrantStatus.SUSPENDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is known of the way of one entry's data."""

    item: CatalogueItem  # the version in force, else the newest
    table: InventoryTable | None  # None: not mounted, or not for this viewer
    source: Source | None
    dataset: Dataset | None  # None before the first publication
    task: Task | None
    grants: tuple[Grant, ...]  # that are not over
    orgs: dict[OrgId, Organisation]

    @property
    def is_served(self) -> bool:
        """Whether the gateway answers for the entry."""
        in_force = self.item.status is ItemStatus.PUBLISHED
        return in_force and self.dataset is not None and self.item.sharing is not Sharing.WITHHELD


def facts(conn: Connection, id: ItemId) -> Facts:
    """Everything about one entry, for who may see everything.

    Raises:
        ItemNotFound
    """
    item = catalogue.get(conn, id)
    task = ingestion.task_of_item(conn, id)
    table = catalogue.inventory_table(conn, item.table) if item.table else None
    grants = [supply_demand.grant(conn, g) for g in supply_demand.grants_of_items(conn, [id])]
    return Facts(
        item=item,
        table=table,
        source=ingestion.stored_source(conn, task.source) if task else None,
        dataset=store.dataset_for_item(conn, id),
        task=task,
        grants=tuple(sorted((g for g in grants if g.status in LIVE), key=lambda g: g.issued_at)),
        orgs={org.id: org for org in organisations.organisations(conn)},
    )


def facts_for(unit: Unit, actor: Actor, id: ItemId) -> Facts:
    """What the actor may see of it: where the data come from is the provider's and the
    authority's, who uses them is the parties' and the authority's.

    Raises:
        ItemNotFound, NotPermitted
    """
    catalogue.read(unit, actor, id)
    known = facts(unit.conn, id)
    provider = known.item.provider
    if not security.may(actor, "ingestion:view", on=provider):
        known = replace(known, table=None, source=None, task=None)
    if not (actor.org == provider or security.may(actor, "supply_demand:oversee")):
        mine = tuple(grant for grant in known.grants if grant.consumer == actor.org)
        known = replace(known, grants=mine)
    return known


def loads(conn: Connection, known: Facts, *, most: int) -> list[Load]:
    """The latest loads of the entry's task, oldest first; none for who may not see the task."""
    if known.task is None:
        return []
    return ingestion.loads_of(conn, known.task.id, limit=most)[::-1]
