"""Reading entries as their parties and others may (查看目录)."""

from datetime import date

from datahall import security
from datahall.catalogue import repository
from datahall.catalogue.errors import ItemNotFound
from datahall.catalogue.model import CatalogueItem
from datahall.kit.ids import ItemId
from datahall.kit.uow import Unit


def read(
    unit: Unit,
    actor: security.Actor,
    id: ItemId,
    *,
    version: int | None = None,
    on: date | None = None,
) -> CatalogueItem:
    """An entry as the actor may see it: what is not yet published only by its parties.

    Args:
        version: this one instead of the version in force.
        on: the version that was, is or will be in force on that day.

    Raises:
        ItemNotFound, NotPermitted
    """
    security.require(actor, "catalogue:view")
    if on is not None:
        return repository.in_force_on(unit.conn, id, on)
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


def _may_see(actor: security.Actor, item: CatalogueItem) -> bool:
    """What is on its way to publication is its provider's and the authority's."""
    party = actor.org == item.provider or security.may(actor, "catalogue:review")
    return party or not item.status.is_open
