"""The applicant's side: draft, agree within the department, complete, take back."""

from collections.abc import Mapping
from dataclasses import replace

from datahall import catalogue, organisations, security
from datahall.catalogue import CatalogueItem, ItemStatus, Sharing
from datahall.deadlines import limits
from datahall.kit.clock import local_date
from datahall.kit.ids import ApplicationId, ItemId, OrgId, new_id
from datahall.kit.settings import settings
from datahall.kit.uow import Unit
from datahall.supply_demand import events
from datahall.supply_demand.errors import (
    ItemLeaving,
    ItemNotOffered,
    ItemWithheld,
    OutOfScope,
    OwnItem,
    ProposalIncomplete,
)
from datahall.supply_demand.model.application import ROUTES, Application, Status, StepKind
from datahall.supply_demand.model.proposal import Proposal, faults
from datahall.supply_demand.repository import applications as repository
from datahall.supply_demand.service import notices
from datahall.supply_demand.service.history import act, note


def offered_item(unit: Unit, actor: security.Actor, id: ItemId) -> CatalogueItem:
    """The entry, if the actor's department may apply for it.

    Raises:
        ItemNotFound, ItemNotOffered, ItemLeaving, ItemWithheld, OwnItem, OutOfScope
    """
    item = catalogue.get(unit.conn, id)
    if item.status is not ItemStatus.PUBLISHED:
        raise ItemNotOffered(item=id)
    if catalogue.is_leaving(unit.conn, id):
        raise ItemLeaving(item=id)
    if item.sharing is Sharing.WITHHELD:
        raise ItemWithheld(item=id, basis=item.withheld_basis)
    if item.provider == actor.org:
        raise OwnItem(item=id)
    scope = item.share_scope
    if not (scope.is_open or scope.admits(organisations.organisation(unit.conn, actor.org))):
        raise OutOfScope(item=id)
    return item


def draft(
    unit: Unit,
    actor: security.Actor,
    item_id: ItemId,
    proposal: Proposal,
    *,
    id: ApplicationId | None = None,
) -> Application:
    """Begin an application; it may be incomplete until it is sent (起草申请).

    Args:
        id: given by who may send the same draft twice; it is then begun once.

    Raises:
        NotPermitted, ItemNotFound, ItemNotOffered, ItemWithheld, OwnItem
    """
    security.require(actor, "supply_demand:apply", on=actor.org)
    item = offered_item(unit, actor, item_id)
    if id is not None and (begun := repository.begun(unit.conn, id, by=actor.person)):
        return begun
    application = Application(
        id=id or ApplicationId(new_id()),
        code=repository.next_code(unit.conn, local_date(unit.now)),
        item=item.id,
        item_version=item.version,
        item_title=item.title,
        sharing=item.sharing,
        consumer=actor.org,
        provider=item.provider,
        applicant=actor.person,
        proposal=proposal,
        route=_route(unit, item.sharing, actor.org),
        drafted_at=unit.now,
    )
    repository.add(unit.conn, application)
    note(unit, actor, application, StepKind.DRAFTED)
    act(unit, actor, application, events.ApplicationDrafted, item=item.id)
    return application


def revise(unit: Unit, actor: security.Actor, id: ApplicationId, proposal: Proposal) -> Application:
    """Save the draft with other content (修改申请).

    Raises:
        ApplicationNotFound, NotPermitted, NotAtThisStage
    """
    application = _own(unit, actor, id, "supply_demand:apply")
    revised = application.revised(proposal)
    if revised != application:
        repository.save(unit.conn, revised)
        act(unit, actor, revised, events.ApplicationRevised)
    return revised


def send(unit: Unit, actor: security.Actor, id: ApplicationId) -> Application:
    """Hand a complete draft to the head of the own sharing office (报本部门审核).

    Raises:
        ApplicationNotFound, NotPermitted, NotAtThisStage, ProposalIncomplete, ItemNotOffered,
        ItemWithheld
    """
    application = _own(unit, actor, id, "supply_demand:apply")
    sent = _up_to_date(unit, actor, application).sent(unit.now)
    repository.save(unit.conn, sent)
    note(unit, actor, sent, StepKind.SENT)
    act(unit, actor, sent, events.ApplicationSent)
    return sent


def endorse(unit: Unit, actor: security.Actor, id: ApplicationId) -> Application:
    """The head of the own sharing office agrees; the next desk receives it now (本部门同意).

    The platform delivers at once, so the receipt is the same instant and the clock runs from
    the next working day.

    Raises:
        ApplicationNotFound, NotPermitted, NotAtThisStage, ProposalIncomplete, ItemNotOffered,
        ItemWithheld
    """
    application = _own(unit, actor, id, "supply_demand:agree_apply")
    application.require_at(Status.DEPARTMENT)
    application = _up_to_date(unit, actor, application)
    note(unit, actor, application, StepKind.DEPARTMENT_AGREED)
    act(unit, actor, application, events.ApplicationEndorsed)
    return pass_on(unit, application)


def return_to_clerk(
    unit: Unit, actor: security.Actor, id: ApplicationId, remarks: str
) -> Application:
    """The own sharing office sends it back to be changed (退回修改).

    Raises:
        ApplicationNotFound, NotPermitted, NotAtThisStage, ReasonRequired
    """
    application = _own(unit, actor, id, "supply_demand:agree_apply")
    returned = application.returned(remarks.strip())
    repository.save(unit.conn, returned)
    note(unit, actor, returned, StepKind.RETURNED, remarks.strip())
    act(unit, actor, returned, events.ApplicationReturned, remarks=remarks.strip())
    return returned


def supplement(
    unit: Unit,
    actor: security.Actor,
    id: ApplicationId,
    *,
    explanation: str,
    reasons: Mapping[str, str],
) -> Application:
    """Complete what was missing; the clock goes on from tomorrow (补正).

    Args:
        reasons: field name → why it is necessary, where that is written anew.

    Raises:
        ApplicationNotFound, NotPermitted, NotAtThisStage, ReasonRequired
    """
    application = _own(unit, actor, id, "supply_demand:apply")
    completed = application.supplemented(explanation.strip(), reasons, unit.now)
    repository.save(unit.conn, completed)
    note(unit, actor, completed, StepKind.SUPPLEMENTED, explanation.strip())
    act(unit, actor, completed, events.Supplemented, explanation=explanation.strip())
    return completed


def withdraw(unit: Unit, actor: security.Actor, id: ApplicationId, reason: str = "") -> Application:
    """Take the application back before it is answered (撤回).

    Raises:
        ApplicationNotFound, NotPermitted, NotAtThisStage
    """
    application = _own(unit, actor, id, "supply_demand:apply")
    withdrawn = application.withdrawn(unit.now)
    repository.save(unit.conn, withdrawn)
    note(unit, actor, withdrawn, StepKind.WITHDRAWN, reason.strip())
    act(unit, actor, withdrawn, events.ApplicationWithdrawn, reason=reason.strip())
    if application.has_left_department:
        notices.tell(
            unit,
            application.provider,
            sender=application.consumer,
            title=application.item_title,
            text=f"{actor.org_name}撤回了申请 {application.code}，不用再答复。",
            url=f"/applications/{application.id}",
        )
    return withdrawn


def pass_on(unit: Unit, application: Application) -> Application:
    """Deliver to the next desk, and start its clock."""
    desk = application.next_desk
    limit = limits()[_limit_code(desk, application.sharing)]
    passed = application.passed_on(unit.now, limit)
    repository.save(unit.conn, passed)
    note(
        unit,
        organisations.SYSTEM,
        passed,
        StepKind.RECEIVED,
        f"{_desk_name(unit, passed)} · 次日起算 {limit.days} 个工作日",
    )
    act(
        unit,
        organisations.SYSTEM,
        passed,
        events.ApplicationReceived,
        desk=str(desk),
        limit_days=limit.days,
    )
    return passed


def limit_code(application: Application) -> str:
    """Which limit of the law runs at the desk that has it."""
    return _limit_code(application.desk, application.sharing)


def _limit_code(desk: Status | None, sharing: Sharing) -> str:
    if desk is Status.AUTHORITY:
        return "R2"
    return "T3" if sharing is Sharing.UNCONDITIONAL else "T4"


def _desk_name(unit: Unit, application: Application) -> str:
    authority = organisations.authority(unit.conn)
    if application.desk is Status.AUTHORITY and authority:
        return authority.short_name
    return organisations.organisation(unit.conn, application.provider).short_name


def _route(unit: Unit, sharing: Sharing, consumer: OrgId) -> tuple[Status, ...]:
    """The desks in their order; the authority does not sit in judgement on its own application."""
    chosen = settings()
    name = (
        chosen.route_unconditional if sharing is Sharing.UNCONDITIONAL else chosen.route_conditional
    )
    authority = organisations.authority(unit.conn)
    if authority is None or authority.id == consumer:
        return ROUTES["R1"]
    return ROUTES[name]


def _own(unit: Unit, actor: security.Actor, id: ApplicationId, permission: str) -> Application:
    application = repository.get(unit.conn, id, lock=True)
    security.require(actor, permission, on=application.consumer)
    return application


def _up_to_date(unit: Unit, actor: security.Actor, application: Application) -> Application:
    """The application on the entry as it is in force now; refused when it does not fit it."""
    item = offered_item(unit, actor, application.item)
    found = faults(application.proposal, item, local_date(unit.now))
    if found:
        raise ProposalIncomplete(found)
    return replace(
        application, item_version=item.version, item_title=item.title, sharing=item.sharing
    )
