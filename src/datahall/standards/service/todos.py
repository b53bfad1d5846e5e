"""What waits for somebody about sources (待办)."""

from collections.abc import Iterator, Sequence

from datahall import security
from datahall.deadlines import calendar
from datahall.kit.todo import Todo
from datahall.kit.uow import Unit
from datahall.organisations import organisations
from datahall.security import Actor
from datahall.standards.model.sources import RulingStatus
from datahall.standards.repository import elements, sources
from datahall.standards.service.sources import Hearing, hear


def todos(unit: Unit, actor: Actor) -> Sequence[Todo]:
    """Cases that the actor has to decide, or has to state the own side in (数源裁定待办)."""
    rules = security.may(actor, "standards:rule")
    if not rules and not security.may(actor, "standards:state", on=actor.org):
        return []
    party = None if rules else actor.org
    cases = sources.all_rulings(unit.conn, party=party, statuses=[RulingStatus.OPEN])
    if not cases:
        return []
    working = calendar(unit.conn)
    return list(_waiting(unit, actor, [hear(unit, actor, case, working) for case in cases]))


def _waiting(unit: Unit, actor: Actor, cases: Sequence[Hearing]) -> Iterator[Todo]:
    names = {element.code: element.name for element in elements.newest(unit.conn)}
    orgs = {org.id: org for org in organisations(unit.conn)}
    for case in cases:
        own = case.ruling.party(actor.org)
        states = case.may_state and own is not None and not own.is_heard
        if not states and not case.may_decide:
            continue
        other = next((p.org for p in case.ruling.parties[::-1] if p.org != actor.org), None)
        yield Todo(
            kind="数源裁定",
            title=f"“{names.get(case.ruling.element, case.ruling.element)}”的数源",
            url=f"/standards/rulings/{case.ruling.id}",
            action="去裁定" if case.may_decide else "去陈述",
            org=orgs[other].short_name if other in orgs else "",
            org_seal=orgs[other].seal if other in orgs else "",
            since=case.ruling.opened_at,
            due_on=case.reading.due_on,
            clock=case.reading,
            note="两个以上部门主张作为数源",
        )
