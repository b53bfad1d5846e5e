"""Telling those whom a ruling about a source concerns (数源裁定的知会)."""

from typing import cast

from datahall import organisations
from datahall.kit.clock import local_date
from datahall.kit.events import Event
from datahall.kit.ids import ItemId, OrgId
from datahall.kit.uow import Unit
from datahall.standards import RulingDecided, RulingOpened
from datahall.supply_demand.repository import grants as repository
from datahall.supply_demand.service import notices


def tell_ruling_opened(unit: Unit, event: Event) -> None:
    """Both sides hear that the source of an element is being ruled on."""
    opened = cast("RulingOpened", event)
    sender = _authority(unit)
    for party in opened.parties:
        _tell(
            unit,
            party,
            sender or party,
            title=f"数源裁定 {opened.code}",
            text="两个以上部门主张作为同一数据元的数源，请在期限内陈述。",
            url=f"/standards/rulings/{opened.ruling}",
        )


def tell_ruling(unit: Unit, event: Event) -> None:
    """The sides hear the outcome; whoever uses a losing entry's field hears which source to use.

    The grants stay in force: the data may still be used as they are, but the authoritative value
    comes from the source now.
    """
    ruled = cast("RulingDecided", event)
    sender = ruled.authority or _authority(unit)
    winner = organisations.organisation(unit.conn, ruled.winner).short_name
    outcome = f"数据元“{ruled.element_name}”的数源已定为{winner}：{ruled.reason}"
    for party in (ruled.winner, *ruled.losers):
        _tell(
            unit,
            party,
            sender or ruled.winner,
            title=f"数源裁定 {ruled.code}",
            text=outcome,
            url=f"/standards/rulings/{ruled.ruling}",
        )
    told = {ruled.winner, *ruled.losers}
    for item, field in zip(ruled.items, ruled.fields, strict=True):
        for consumer, title in _users(unit, item, field):
            if consumer in told:
                continue
            told.add(consumer)
            _tell(
                unit,
                consumer,
                sender or ruled.winner,
                title=title,
                text=f"{outcome}。你单位在用的这个目录不是它的数源，请改向数源部门申请。",
                url=f"/catalogue/items/{ruled.winner_item or item}",
            )


def _users(unit: Unit, item: ItemId, field: str) -> list[tuple[OrgId, str]]:
    """Who holds a live grant on a field of an entry, and the entry's title."""
    alive = repository.alive(unit.conn, item, local_date(unit.now))
    return [
        (grant.consumer, grant.item_title)
        for grant in alive
        if any(given.name == field for given in grant.fields)
    ]


def _authority(unit: Unit) -> OrgId | None:
    found = organisations.authority(unit.conn)
    return found.id if found else None


def _tell(unit: Unit, org: OrgId, sender: OrgId, *, title: str, text: str, url: str) -> None:
    notices.tell(unit, org, sender=sender, title=title, text=text, url=url)
