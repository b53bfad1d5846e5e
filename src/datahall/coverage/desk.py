"""What waits for somebody about gaps (应编尽编待办)."""

from collections.abc import Iterator, Sequence

from datahall import security
from datahall.coverage import finding, repository
from datahall.coverage.model import WARNED_BEFORE, ExemptionStatus, State
from datahall.kit.clock import local_date
from datahall.kit.todo import Todo
from datahall.kit.uow import Unit
from datahall.organisations import organisations
from datahall.security import Actor


def todos(unit: Unit, actor: Actor) -> Sequence[Todo]:
    """Gaps for the clerk, exemptions that run out, and requests for the authority."""
    return [*_gaps(unit, actor), *_running_out(unit, actor), *_to_decide(unit, actor)]


def _gaps(unit: Unit, actor: Actor) -> Iterator[Todo]:
    """One line for all gaps of the department: they are worked off on one page."""
    if not security.may(actor, "coverage:ask", on=actor.org):
        return
    today = local_date(unit.now)
    open_ = [
        one
        for one in finding.account(unit.conn, today, actor.org).subjects
        if one.state is State.GAP
    ]
    if open_:
        names = "、".join(one.name for one in open_[:3])
        yield Todo(
            kind="应编未编",
            title=f"还有 {len(open_)} 项没有编目",
            url=f"/coverage/orgs/{actor.org}?state=gap",
            action="去处理",
            note=names + ("等" if len(open_) > 3 else ""),  # noqa: PLR2004 - three are named
        )


def _running_out(unit: Unit, actor: Actor) -> Iterator[Todo]:
    if not security.may(actor, "coverage:ask", on=actor.org):
        return
    today = local_date(unit.now)
    for one in repository.all_of(unit.conn, actor.org, stages=[ExemptionStatus.GRANTED]):
        if one.is_good(today) and one.review_on - today <= WARNED_BEFORE:
            yield Todo(
                kind="豁免到期",
                title=one.name,
                url=f"/coverage/exemptions/{one.id}",
                action="去看看",
                due_on=one.review_on,
                note="到期后重新计为未编",
            )


def _to_decide(unit: Unit, actor: Actor) -> Iterator[Todo]:
    if not security.may(actor, "coverage:decide"):
        return
    waiting = repository.all_of(unit.conn, stages=[ExemptionStatus.ASKED])
    orgs = {org.id: org for org in organisations(unit.conn)} if waiting else {}
    for one in waiting:
        org = orgs[one.org]
        yield Todo(
            kind="豁免审定",
            title=one.name,
            url=f"/coverage/exemptions/{one.id}",
            action="去审定",
            org=org.short_name,
            org_seal=org.seal,
            since=one.asked_at,
            note=one.ground.label,
        )
