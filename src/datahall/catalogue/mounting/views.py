"""Mounted resources as somebody may see them."""

from collections.abc import Sequence
from dataclasses import dataclass

from datahall import security
from datahall.catalogue.model import CatalogueItem
from datahall.catalogue.mounting import repository
from datahall.catalogue.mounting.model import Health, Resource
from datahall.catalogue.service import read
from datahall.kit.ids import ItemId
from datahall.kit.messages import sentence
from datahall.kit.uow import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Mounted:
    """A resource with its health now."""

    resource: Resource
    health: Health
    found: str  # the last finding in words

    @property
    def is_mounted(self) -> bool:
        return self.health is Health.HEALTHY


def mounted(unit: Unit, actor: security.Actor, id: ItemId) -> list[Mounted]:
    """What an entry is served from: its parties see all, others what they can count on.

    Raises:
        ItemNotFound, NotPermitted
    """
    item = read(unit, actor, id)
    seen = all_of(unit, item)
    return seen if is_party(actor, item) else [one for one in seen if one.is_mounted]


def all_of(unit: Unit, item: CatalogueItem) -> list[Mounted]:
    """Every resource of an entry with its health."""
    return list(_with_health(unit, item, repository.of_items(unit.conn, [item.id])))


def is_party(actor: security.Actor, item: CatalogueItem) -> bool:
    """Whether the actor is of the provider or of the authority."""
    return actor.org == item.provider or security.may(actor, "catalogue:review")


def _with_health(
    unit: Unit, item: CatalogueItem, resources: Sequence[Resource]
) -> Sequence[Mounted]:
    return [
        Mounted(
            resource=resource,
            health=resource.health(item.update_cycle, unit.now),
            found=sentence(resource.last.code, resource.last.detail) if resource.last else "",
        )
        for resource in resources
    ]
