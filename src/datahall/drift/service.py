"""What people do with tickets, and what ends them by itself."""

from dataclasses import dataclass
from typing import Final, cast

from datahall import catalogue, security
from datahall.catalogue import CatalogueItem, InventoryTable, ItemPublished, ItemWithdrawn
from datahall.deadlines import Reading, calendar
from datahall.drift import repository
from datahall.drift.errors import ClockHasRunOut, ScansNotFound, TicketNotFound
from datahall.drift.events import (
    DriftExplained,
    ExplanationReturned,
    ExtensionAsked,
    ExtensionDecided,
    TicketClosed,
    TicketEvent,
)
from datahall.drift.model.misfits import Misfit, misfits
from datahall.drift.model.scan import Scan
from datahall.drift.model.ticket import Outcome, Status, Step, Ticket
from datahall.kit.clock import local_date
from datahall.kit.events import Event
from datahall.kit.ids import OrgId, SourceId, TicketId, new_id
from datahall.kit.uow import Unit
from datahall.organisations import SYSTEM
from datahall.security import Actor

VIEW: Final = "drift:view"
HANDLE: Final = "drift:handle"
AGREE: Final = "drift:agree"
EXTEND: Final = "drift:extend"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketView:
    """A ticket with what a person wants to see beside it."""

    ticket: Ticket
    reading: Reading
    item: CatalogueItem  # as it is in force, or on its way
    table: InventoryTable
    misfits: tuple[Misfit, ...]
    has_draft: bool  # the next version of the entry is on its way

    @property
    def stops(self) -> bool:
        """Whether loads cannot go on."""
        return any(misfit.stops for misfit in self.misfits)


def ticket(unit: Unit, actor: Actor, id: TicketId) -> TicketView:
    """A ticket that the actor may see (变更工单).

    Raises:
        TicketNotFound
    """
    found = repository.ticket(unit.conn, id)
    if not security.may(actor, VIEW, on=found.org):
        raise TicketNotFound(ticket=id)
    return _view(unit, found)


def tickets(unit: Unit, actor: Actor, *, closed: bool = False) -> list[TicketView]:
    """The tickets that the actor may see, the oldest first; or the closed ones, latest first."""
    return [
        _view(unit, found)
        for found in repository.tickets_of(unit.conn, _scope(actor), closed=closed)
    ]


def scans(unit: Unit, actor: Actor, source: SourceId) -> list[Scan]:
    """The latest scans of a source that the actor may see, newest first (扫描记录).

    Raises:
        ScansNotFound
    """
    found = repository.scans_of(unit.conn, source)
    if not found or not security.may(actor, VIEW, on=found[0].org):
        raise ScansNotFound(source=source)
    return found


def explain(unit: Unit, actor: Actor, id: TicketId, *, words: str) -> Ticket:
    """Tell the head why the entry need not change (说明不改).

    Raises:
        TicketNotFound, NotPermitted, NotAtThisStep, WordsRequired
    """
    found = _held(unit, actor, id, HANDLE)
    explained = found.explained(words).noted(step(unit, actor, "说明不改", words.strip()))
    repository.put_ticket(unit.conn, explained)
    _record(unit, actor, found, DriftExplained, note=explained.explanation)
    return explained


def return_(unit: Unit, actor: Actor, id: TicketId, *, words: str) -> Ticket:
    """Send an explanation back to the clerk (退回说明).

    Raises:
        TicketNotFound, NotPermitted, NotAtThisStep, WordsRequired
    """
    found = _held(unit, actor, id, AGREE)
    returned = found.returned(words).noted(step(unit, actor, "退回说明", words.strip()))
    repository.put_ticket(unit.conn, returned)
    _record(unit, actor, found, ExplanationReturned, note=words.strip())
    return returned


def agree(unit: Unit, actor: Actor, id: TicketId) -> Ticket:
    """The head agrees that the entry stays as it is; the ticket ends (同意说明).

    Raises:
        TicketNotFound, NotPermitted, NotAtThisStep
    """
    found = _held(unit, actor, id, AGREE)
    found.agreed(at=unit.now)  # refuses a ticket that nobody explained
    return close(unit, actor, found, Outcome.EXPLAINED, "同意目录不改")


def ask_extension(unit: Unit, actor: Actor, id: TicketId, *, days: int, words: str) -> Ticket:
    """Ask the authority for more working days, before they are over (申请延期).

    Raises:
        TicketNotFound, NotPermitted, NotAtThisStep, AskedAlready, ExtensionTooLong,
        ClockHasRunOut, WordsRequired
    """
    found = _held(unit, actor, id, HANDLE)
    asked = found.extension_asked(days=days, reason=words)
    if found.clock.read(calendar(unit.conn), local_date(unit.now)).left_days < 0:
        raise ClockHasRunOut
    asked = asked.noted(step(unit, actor, f"申请延期 {days} 个工作日", words.strip()))
    repository.put_ticket(unit.conn, asked)
    _record(unit, actor, found, ExtensionAsked, days=days, note=words.strip())
    return asked


def decide_extension(unit: Unit, actor: Actor, id: TicketId, *, granted: bool) -> Ticket:
    """The authority agrees to more days, or does not (延期审批).

    Raises:
        TicketNotFound, NotPermitted, NotAtThisStep, NothingAsked
    """
    found = _held(unit, actor, id, EXTEND)
    decided = found.extension_decided(granted=granted)
    decided = decided.noted(step(unit, actor, "同意延期" if granted else "不同意延期"))
    repository.put_ticket(unit.conn, decided)
    _record(unit, actor, found, ExtensionDecided, granted=granted)
    return decided


def follow_published(unit: Unit, event: Event) -> None:
    """A new version of an entry ends its tickets when it fits the table as it is now."""
    published = cast("ItemPublished", event)
    for found in repository.open_tickets_of_item(unit.conn, published.item):
        view = _view(unit, found)
        moved = view.item.table != found.table
        if moved or (view.item.version > found.item_version and not view.misfits):
            close(
                unit, SYSTEM, found, Outcome.REVISED, f"第 {view.item.version} 版已发布，与源端相符"
            )


def follow_withdrawn(unit: Unit, event: Event) -> None:
    """An entry that is no longer in force has nothing to follow."""
    for found in repository.open_tickets_of_item(unit.conn, cast("ItemWithdrawn", event).item):
        close(unit, SYSTEM, found, Outcome.WITHDRAWN, "目录已下架")


def close(unit: Unit, actor: Actor, found: Ticket, outcome: Outcome, why: str) -> Ticket:
    """End a ticket and say what ended it."""
    closed = found.closed(outcome, at=unit.now).noted(step(unit, actor, outcome.label, why))
    repository.put_ticket(unit.conn, closed)
    _record(unit, actor, found, TicketClosed, outcome=outcome.value)
    return closed


def step(unit: Unit, actor: Actor, title: str, note: str = "") -> Step:
    """A line of a ticket's history."""
    return Step(at=unit.now, title=title, name=actor.name, org_name=actor.org_name, note=note)


def _record(
    unit: Unit, actor: Actor, found: Ticket, event: type[TicketEvent], **about: object
) -> None:
    unit.record(event(at=unit.now, by=actor.by, ticket=found.id, **about))


def _held(unit: Unit, actor: Actor, id: TicketId, act: str) -> Ticket:
    found = repository.ticket(unit.conn, id, lock=True)
    if not security.may(actor, VIEW, on=found.org):
        raise TicketNotFound(ticket=id)
    security.require(actor, act, on=found.org)
    return found


def _view(unit: Unit, found: Ticket) -> TicketView:
    versions = catalogue.history(unit.conn, found.item)
    item = catalogue.get(unit.conn, found.item)
    table = catalogue.inventory_table(unit.conn, found.table)
    now = None if table.gone_at else table
    return TicketView(
        ticket=found,
        reading=found.clock.read(calendar(unit.conn), local_date(unit.now)),
        item=item,
        table=table,
        misfits=() if found.status is Status.CLOSED else misfits(item, now, found.changes),
        has_draft=any(version.status.is_open for version in versions),
    )


def _scope(actor: Actor) -> OrgId | None:
    """Whose tickets the actor may list: everybody's (None) or their own."""
    return None if security.may(actor, VIEW, on=OrgId(new_id())) else actor.org
