"""What waits for somebody in supply and demand (待办)."""

from collections.abc import Iterator, Mapping

from datahall import organisations
from datahall.kit.ids import OrgId
from datahall.kit.todo import Todo
from datahall.kit.uow import Unit
from datahall.organisations import Organisation
from datahall.security import Actor, may
from datahall.supply_demand.model.application import EDITABLE, Status
from datahall.supply_demand.repository import grants as grant_repository
from datahall.supply_demand.repository import notices as notice_repository
from datahall.supply_demand.service.reading import Case, open_cases, possible


def todos(unit: Unit, actor: Actor) -> list[Todo]:
    """Everything of supply and demand that the actor's posts have to do (待办)."""
    if not may(actor, "supply_demand:view"):
        return []
    orgs = {org.id: org for org in organisations.organisations(unit.conn)}
    return [
        *_of_cases(unit, actor, orgs),
        *_secrets(unit, actor, orgs),
        *_notices(unit, actor, orgs),
    ]


def _of_cases(unit: Unit, actor: Actor, orgs: Mapping[OrgId, Organisation]) -> Iterator[Todo]:
    for case in _cases_before(unit, actor):
        application = case.application
        kind = _kind(actor, case)
        if kind is None:
            continue
        name, action = kind
        other = application.provider if actor.org == application.consumer else application.consumer
        yield Todo(
            kind=name,
            title=application.item_title,
            url=f"/applications/{application.id}",
            action=action,
            org=orgs[other].short_name,
            org_seal=orgs[other].seal,
            since=application.received_at or application.drafted_at,
            due_on=case.reading.due_on if case.reading else None,
            clock=case.reading,
            note=application.proposal.scenario,
        )


def _cases_before(unit: Unit, actor: Actor) -> Iterator[Case]:
    """Open cases that may be the actor's to act on, each once."""
    if may(actor, "supply_demand:apply", on=actor.org) or may(
        actor, "supply_demand:agree_apply", on=actor.org
    ):
        yield from open_cases(
            unit, consumer=actor.org, statuses=(*EDITABLE, Status.DEPARTMENT, Status.SUPPLEMENT)
        )
    if may(actor, "supply_demand:extend"):
        yield from open_cases(unit)
    elif may(actor, "supply_demand:answer", on=actor.org):
        yield from open_cases(unit, provider=actor.org, statuses=[Status.PROVIDER])


def _kind(actor: Actor, case: Case) -> tuple[str, str] | None:
    """What the actor has to do with the case, and the words of the button."""
    application = case.application
    may_do = possible(actor, case)
    if may_do.answer:
        return "答复申请", "去答复"
    if may_do.decide_extension:
        return "延期审批", "去审批"
    if may_do.endorse:
        return "申请审核", "去审核"
    if may_do.supplement:
        return "补正材料", "去补正"
    if may_do.revise and application.status is Status.RETURNED:
        return "修改申请", "去修改"
    return None


def _secrets(unit: Unit, actor: Actor, orgs: Mapping[OrgId, Organisation]) -> Iterator[Todo]:
    """Credentials that nobody has fetched yet."""
    if not may(actor, "supply_demand:credentials", on=actor.org):
        return
    for grant in grant_repository.with_unseen_secret(unit.conn, actor.org):
        yield Todo(
            kind="领取凭证",
            title=grant.item_title,
            url=f"/grants/{grant.id}",
            action="去领取",
            org=orgs[grant.provider].short_name,
            org_seal=orgs[grant.provider].seal,
            since=grant.issued_at,
            note=f"{grant.system} 的密钥只显示一次",
        )


def _notices(unit: Unit, actor: Actor, orgs: Mapping[OrgId, Organisation]) -> Iterator[Todo]:
    for notice in notice_repository.unseen(unit.conn, actor.org):
        yield Todo(
            kind="知会",
            title=notice.title,
            url=notice.url,
            action="去看看",
            org=orgs[notice.sender].short_name,
            org_seal=orgs[notice.sender].seal,
            since=notice.at,
            note=notice.text,
        )
