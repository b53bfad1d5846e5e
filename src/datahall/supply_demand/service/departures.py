"""What becomes of grants when their entry is to go, and who is told (服务变更)."""

from collections.abc import Iterator
from typing import cast

from datahall import organisations
from datahall.catalogue import (
    DepartureAnnounced,
    DepartureCancelled,
    ItemWithdrawn,
    LiveUses,
    Use,
)
from datahall.kit.clock import local_date
from datahall.kit.events import Event
from datahall.kit.ids import ItemId, OrgId
from datahall.kit.uow import Unit
from datahall.supply_demand.events import GrantRevoked
from datahall.supply_demand.model.grants import Grant
from datahall.supply_demand.repository import grants as repository
from datahall.supply_demand.service import notices


def live_uses(unit: Unit, question: LiveUses) -> Iterator[Use]:
    """The systems whose grants on an entry are not over (`catalogue.LiveUses`)."""
    for grant in _alive(unit, question.item):
        yield Use(consumer=grant.consumer, system=grant.system, until=grant.valid_to)


def tell_departure(unit: Unit, event: Event) -> None:
    """Every consumer of an entry hears that it will be taken down, and when."""
    announced = cast("DepartureAnnounced", event)
    day = f"{announced.effective_on:%Y-%m-%d}"
    _tell(
        unit,
        announced.item,
        f"这个目录将于 {day} 下架，届时授权终止，请提前安排：{announced.remarks}",
    )


def tell_departure_cancelled(unit: Unit, event: Event) -> None:
    """Every consumer of an entry hears that it stays after all."""
    cancelled = cast("DepartureCancelled", event)
    _tell(unit, cancelled.item, f"下架公告已撤销，授权照常有效：{cancelled.remarks}")


def end_with_item(unit: Unit, event: Event) -> None:
    """With an entry that went down as announced, the grants on it end."""
    withdrawn = cast("ItemWithdrawn", event)
    reason = f"目录已下架：{withdrawn.remarks}"
    for grant in _alive(unit, withdrawn.item):
        repository.save(unit.conn, grant.revoke(reason=reason, at=unit.now))
        unit.record(
            GrantRevoked(
                at=unit.now,
                by=withdrawn.by,
                grant=grant.id,
                consumer=grant.consumer,
                provider=grant.provider,
                reason=reason,
            )
        )
        _notice(unit, grant, f"“{grant.system}”的授权已终止。{reason}")


def _alive(unit: Unit, item: ItemId) -> list[Grant]:
    return repository.alive(unit.conn, item, local_date(unit.now))


def _tell(unit: Unit, item: ItemId, text: str) -> None:
    told: set[OrgId] = set()
    for grant in _alive(unit, item):
        if grant.consumer not in told:
            told.add(grant.consumer)
            _notice(unit, grant, text)


def _notice(unit: Unit, grant: Grant, text: str) -> None:
    """A notice of the authority to the consumer; of the provider where no authority is known."""
    authority = organisations.authority(unit.conn)
    notices.tell(
        unit,
        grant.consumer,
        sender=authority.id if authority else grant.provider,
        title=grant.item_title,
        text=text,
        url=f"/catalogue/items/{grant.item}",
    )
