"""What waits for somebody in drift (待办), with the provider's clock T1."""

from collections.abc import Sequence
from dataclasses import replace

from datahall import security
from datahall.deadlines import calendar
from datahall.drift import repository
from datahall.drift.model.ticket import Status, Ticket
from datahall.drift.service import AGREE, EXTEND, HANDLE
from datahall.kit.clock import local_date
from datahall.kit.todo import Todo
from datahall.kit.uow import Unit
from datahall.organisations import organisations
from datahall.security import Actor


def todos(unit: Unit, actor: Actor) -> Sequence[Todo]:
    """Tickets that the actor has to handle, explanations that they have to agree to (变更工单)."""
    handles = security.may(actor, HANDLE, on=actor.org)
    agrees = security.may(actor, AGREE, on=actor.org)
    asked = _asked(unit) if security.may(actor, EXTEND) else []
    if not (handles or agrees):
        return asked
    wanted = {Status.OPEN: handles, Status.EXPLAINED: agrees}
    waiting = [t for t in repository.tickets_of(unit.conn, actor.org) if wanted[t.status]]
    return [*(_todo(unit, ticket) for ticket in waiting), *asked]


def _asked(unit: Unit) -> list[Todo]:
    """Extensions that the authority has to decide on (延期审批)."""
    orgs = {org.id: org for org in organisations(unit.conn)}
    return [
        replace(
            _todo(unit, ticket),
            kind="延期审批",
            action="去审批",
            org=orgs[ticket.org].short_name,
            org_seal=orgs[ticket.org].seal,
            note=ticket.extension.reason,
        )
        for ticket in repository.tickets_of(unit.conn, None)
        if ticket.extension and ticket.extension.granted is None
    ]


def _todo(unit: Unit, ticket: Ticket) -> Todo:
    reading = ticket.clock.read(calendar(unit.conn), local_date(unit.now))
    explained = ticket.status is Status.EXPLAINED
    return Todo(
        kind="变更说明" if explained else "目录变更",
        title=ticket.item_title,
        url=f"/drift/{ticket.id}",
        action="去审核" if explained else "去处理",
        since=ticket.opened_at,
        due_on=reading.due_on,
        clock=reading,
        note=ticket.explanation if explained else f"源端有 {len(ticket.changes)} 处变更",
    )
