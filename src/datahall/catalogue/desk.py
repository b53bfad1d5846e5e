"""What waits for somebody in the catalogue (待办), with the authority's clock T2."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from datahall import security
from datahall.catalogue import repository
from datahall.catalogue.departures import repository as departures
from datahall.catalogue.queries import Draft
from datahall.catalogue.vocabulary import ItemStatus
from datahall.deadlines import LIMITS, Calendar, Clock, Reading, calendar
from datahall.kit.clock import local_date
from datahall.kit.todo import Todo
from datahall.kit.uow import Unit
from datahall.organisations import Organisation, organisation, organisations
from datahall.security import Actor

REVIEW_LIMIT = LIMITS["T2"]


def todos(unit: Unit, actor: Actor) -> Sequence[Todo]:
    """Entries that the actor has to correct, agree to or publish (目录待办)."""
    return [
        *_returned(unit, actor),
        *_to_agree(unit, actor),
        *_to_publish(unit, actor),
        *_to_take_down(unit, actor),
    ]


def review_clock(agreed_at: datetime, working: Calendar, now: datetime) -> Reading:
    """How the authority's two working days stand (T2)."""
    clock = Clock(started_on=local_date(agreed_at), limit_days=REVIEW_LIMIT.days)
    return clock.read(working, local_date(now))


def _returned(unit: Unit, actor: Actor) -> Iterator[Todo]:
    if not security.may(actor, "catalogue:draft", on=actor.org):
        return
    for draft in _waiting(unit, actor, ItemStatus.RETURNED):
        yield _todo(
            draft,
            kind="目录退回",
            url=f"/catalogue/items/{draft.id}/edit",
            action="去修改",
            note=draft.remarks,
            since=draft.submitted_at,
        )


def _to_agree(unit: Unit, actor: Actor) -> Iterator[Todo]:
    if not security.may(actor, "catalogue:agree", on=actor.org):
        return
    for draft in _waiting(unit, actor, ItemStatus.DEPARTMENT_REVIEW):
        yield _todo(draft, kind="目录审核", action="去审核", since=draft.submitted_at)


def _to_publish(unit: Unit, actor: Actor) -> Iterator[Todo]:
    if not security.may(actor, "catalogue:review"):
        return
    waiting = repository.drafts(unit.conn, stages=[ItemStatus.AUTHORITY_REVIEW])
    if not waiting:
        return
    providers = {org.id: org for org in organisations(unit.conn)}
    working = calendar(unit.conn)
    for draft in waiting:
        received_at = draft.agreed_at or draft.drafted_at
        reading = review_clock(received_at, working, unit.now)
        yield _todo(
            draft,
            kind="目录发布",
            action="去审核",
            since=received_at,
            clock=reading,
            org=providers.get(draft.provider),
        )


def _to_take_down(unit: Unit, actor: Actor) -> Iterator[Todo]:
    """Withdrawals that a provider asked the authority for."""
    if not security.may(actor, "catalogue:review"):
        return
    for departure in departures.proposed(unit.conn):
        item = repository.get(unit.conn, departure.item)
        provider = organisation(unit.conn, item.provider)
        yield Todo(
            kind="下架审核",
            title=item.title,
            url=f"/catalogue/items/{item.id}#departure",
            action="去审核",
            org=provider.short_name,
            org_seal=provider.seal,
            since=departure.proposed_at,
            note=departure.reason,
        )


def _waiting(unit: Unit, actor: Actor, stage: ItemStatus) -> list[Draft]:
    return repository.drafts(unit.conn, provider=actor.org, stages=[stage])


def _todo(
    draft: Draft,
    *,
    kind: str,
    action: str,
    since: datetime | None,
    url: str = "",
    note: str = "",
    clock: Reading | None = None,
    org: Organisation | None = None,
) -> Todo:
    return Todo(
        kind=kind,
        title=draft.title,
        url=url or f"/catalogue/items/{draft.id}/review",
        action=action,
        org=org.short_name if org else "",
        org_seal=org.seal if org else "",
        since=since,
        due_on=clock.due_on if clock else None,
        clock=clock,
        note=note or ("首次编目" if draft.version == 1 else f"变更，第 {draft.version} 版"),
    )
