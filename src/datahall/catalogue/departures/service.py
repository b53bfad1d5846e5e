"""Taking an entry down: at once when nobody uses it, else announced with a day (下架).

The provider asks, the authority announces a day, whoever uses the entry is told; on that day, or
as soon as nobody uses it any more, it is down.
"""

from datetime import date, timedelta

from datahall import security
from datahall.catalogue import repository as items
from datahall.catalogue.departures import repository
from datahall.catalogue.departures.model import Departure, DepartureStatus
from datahall.catalogue.errors import (
    DepartureNotOpen,
    DeparturePlanned,
    RemarksRequired,
    StillInUse,
)
from datahall.catalogue.events import (
    DepartureAnnounced,
    DepartureCancelled,
    DepartureDeclined,
    DepartureProposed,
    ItemDiscarded,
    ItemWithdrawn,
)
from datahall.catalogue.model import CatalogueItem
from datahall.catalogue.questions import LiveUses
from datahall.catalogue.service import read
from datahall.catalogue.vocabulary import ItemStatus
from datahall.kit.clock import local_date
from datahall.kit.ids import ItemId, new_id
from datahall.kit.settings import settings
from datahall.kit.uow import Unit
from datahall.organisations import SYSTEM


def withdraw(unit: Unit, actor: security.Actor, id: ItemId, *, remarks: str) -> CatalogueItem:
    """Take an entry that nobody uses out of force at once (下架).

    While departments use it the way is `announce_withdrawal`, which tells them first.

    Raises:
        ItemNotFound, NotPermitted, WrongStage, RemarksRequired, StillInUse
    """
    item = items.newest(unit.conn, id)
    security.require(actor, "catalogue:review", on=item.provider)
    item.withdrawn(remarks)  # refuses a wrong stage and missing remarks first
    if uses := unit.ask(LiveUses(item=id)):
        names = "、".join(dict.fromkeys(use.system for use in uses))
        raise StillInUse(count=len(uses), names=names)
    return _take_down(unit, item, by=actor.by, remarks=remarks)


def read_plan(unit: Unit, actor: security.Actor, id: ItemId) -> Departure | None:
    """The open plan to take an entry down; a mere proposal only for its parties.

    Raises:
        ItemNotFound, NotPermitted
    """
    item = read(unit, actor, id)
    departure = repository.of_item(unit.conn, id)
    if departure is None or departure.status is DepartureStatus.ANNOUNCED:
        return departure
    party = actor.org == item.provider or security.may(actor, "catalogue:review")
    return departure if party else None


def propose_withdrawal(unit: Unit, actor: security.Actor, id: ItemId, *, reason: str) -> Departure:
    """The provider asks the authority to take its entry down (申请下架).

    Raises:
        ItemNotFound, NotPermitted, WrongStage, RemarksRequired, DeparturePlanned
    """
    item = _in_force(unit, actor, id, "catalogue:draft")
    departure = _begin(unit, item, reason)
    unit.record(
        DepartureProposed(
            at=unit.now, by=actor.by, item=id, version=item.version, remarks=departure.reason
        )
    )
    return departure


def announce_withdrawal(
    unit: Unit, actor: security.Actor, id: ItemId, *, effective_on: date, reason: str = ""
) -> Departure:
    """The authority announces the day on which an entry goes down (公告下架).

    Without a proposal of the provider the authority gives the reason itself.

    Raises:
        ItemNotFound, NotPermitted, WrongStage, RemarksRequired, DateTooEarly, DepartureNotOpen
    """
    item = _in_force(unit, actor, id, "catalogue:review")
    departure = repository.of_item(unit.conn, id, lock=True) or _begin(unit, item, reason)
    announced = departure.announced(
        effective_on=effective_on, earliest=earliest_day(unit, id), at=unit.now
    )
    repository.save(unit.conn, announced)
    unit.record(
        DepartureAnnounced(
            at=unit.now,
            by=actor.by,
            item=id,
            version=item.version,
            remarks=announced.reason,
            effective_on=effective_on,
        )
    )
    return announced


def decline_withdrawal(unit: Unit, actor: security.Actor, id: ItemId, *, remarks: str) -> Departure:
    """The authority does not agree to the proposal (不同意下架).

    Raises:
        ItemNotFound, NotPermitted, DepartureNotOpen, RemarksRequired
    """
    item, departure = _open(unit, actor, id)
    declined = departure.declined(remarks, at=unit.now)
    repository.save(unit.conn, declined)
    unit.record(
        DepartureDeclined(
            at=unit.now, by=actor.by, item=id, version=item.version, remarks=declined.remarks
        )
    )
    return declined


def cancel_withdrawal(unit: Unit, actor: security.Actor, id: ItemId, *, remarks: str) -> Departure:
    """The authority calls an announced withdrawal off; its users are told (撤销公告).

    Raises:
        ItemNotFound, NotPermitted, DepartureNotOpen, RemarksRequired
    """
    item, departure = _open(unit, actor, id)
    cancelled = departure.cancelled(remarks, at=unit.now)
    repository.save(unit.conn, cancelled)
    unit.record(
        DepartureCancelled(
            at=unit.now, by=actor.by, item=id, version=item.version, remarks=cancelled.remarks
        )
    )
    return cancelled


def carry_out_withdrawals(unit: Unit) -> int:
    """Take down what was announced for today or earlier, or is used by nobody; how many.

    The worker calls it; what still holds a grant on that day is ended by who hears of it.
    """
    today = local_date(unit.now)
    down = 0
    for departure in repository.announced(unit.conn):
        is_due = departure.effective_on is not None and departure.effective_on <= today
        if is_due or not unit.ask(LiveUses(item=departure.item)):
            item = items.in_force(unit.conn, departure.item)
            if item is not None:
                _take_down(unit, item, by=SYSTEM.by, remarks=departure.reason)
            down += 1
    return down


def earliest_day(unit: Unit, id: ItemId) -> date:
    """The first day that may be announced: after the notice, or tomorrow when nobody uses it."""
    used = unit.ask(LiveUses(item=id))
    days = settings().withdrawal_notice_days if used else 1
    return local_date(unit.now) + timedelta(days=days)


def _in_force(unit: Unit, actor: security.Actor, id: ItemId, act: str) -> CatalogueItem:
    """The version in force, held until the unit commits, if the actor may do `act` to it.

    Raises:
        ItemNotFound, NotPermitted, WrongStage
    """
    item = items.get(unit.conn, id)
    security.require(actor, act, on=item.provider)
    item.require(ItemStatus.PUBLISHED)
    return items.in_force(unit.conn, id) or item


def _take_down(unit: Unit, item: CatalogueItem, *, by: str, remarks: str) -> CatalogueItem:
    """Put the version in force out of force; a draft of a next version goes with it."""
    newest = items.newest(unit.conn, item.id)
    if newest.status.is_open or newest.status is ItemStatus.SCHEDULED:
        items.delete(unit.conn, newest)
        unit.record(ItemDiscarded(at=unit.now, by=by, item=item.id, version=newest.version))
    withdrawn = item.withdrawn(remarks, on=local_date(unit.now))
    items.save(unit.conn, withdrawn)
    if departure := repository.of_item(unit.conn, item.id, lock=True):
        repository.save(unit.conn, departure.done(at=unit.now))
    unit.record(
        ItemWithdrawn(
            at=unit.now, by=by, item=item.id, version=item.version, remarks=withdrawn.remarks
        )
    )
    return withdrawn


def _open(unit: Unit, actor: security.Actor, id: ItemId) -> tuple[CatalogueItem, Departure]:
    item = items.get(unit.conn, id)
    security.require(actor, "catalogue:review", on=item.provider)
    departure = repository.of_item(unit.conn, id, lock=True)
    if departure is None:
        raise DepartureNotOpen(stage=item.status.label)
    return item, departure


def _begin(unit: Unit, item: CatalogueItem, reason: str) -> Departure:
    if not reason.strip():
        raise RemarksRequired
    if repository.of_item(unit.conn, item.id):
        raise DeparturePlanned(title=item.title)
    departure = Departure(
        id=new_id(),
        item=item.id,
        reason=reason.strip(),
        status=DepartureStatus.PROPOSED,
        proposed_at=unit.now,
    )
    repository.add(unit.conn, departure)
    return departure
