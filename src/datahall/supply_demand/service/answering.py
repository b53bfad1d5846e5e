"""The side that answers: ask for what is missing or for more days, agree or refuse."""

from datahall import organisations, security
from datahall.catalogue import get as get_item
from datahall.deadlines import calendar, limits
from datahall.kit.clock import local_date
from datahall.kit.crypto import Vault
from datahall.kit.ids import ApplicationId, GrantId, new_id
from datahall.kit.uow import Unit
from datahall.supply_demand import events
from datahall.supply_demand.errors import ClockHasRunOut, NotWanted, OwnApplication
from datahall.supply_demand.model.application import Answer, Application, Status, StepKind
from datahall.supply_demand.model.grants import Grant
from datahall.supply_demand.repository import applications as repository
from datahall.supply_demand.service import notices
from datahall.supply_demand.service.applying import limit_code, pass_on
from datahall.supply_demand.service.grants import issue, new_app_id
from datahall.supply_demand.service.history import act, note


def ask_supplement(
    unit: Unit, actor: security.Actor, id: ApplicationId, missing: str
) -> Application:
    """Tell at once all that is missing; the clock stands still until it is there (一次性告知补正).

    Raises:
        ApplicationNotFound, NotPermitted, OwnApplication, NotAtThisStage, AskedAlready,
        ClockHasRunOut, ReasonRequired
    """
    application = _at_desk(unit, actor, id)
    asked = application.asked_to_supplement(missing.strip(), unit.now)
    _require_time_left(unit, application)
    repository.save(unit.conn, asked)
    note(unit, actor, asked, StepKind.SUPPLEMENT_ASKED, missing.strip())
    act(unit, actor, asked, events.SupplementAsked, missing=missing.strip())
    return asked


def ask_extension(
    unit: Unit, actor: security.Actor, id: ApplicationId, *, days: int, reason: str
) -> Application:
    """Ask the authority for more working days (申请延期).

    Raises:
        ApplicationNotFound, NotPermitted, OwnApplication, NotAtThisStage, AskedAlready,
        ClockHasRunOut, ExtensionTooLong, ReasonRequired
    """
    application = _at_desk(unit, actor, id)
    most = limits()[limit_code(application)].extension_days
    asked = application.asked_to_extend(days, reason.strip(), unit.now, most=most)
    _require_time_left(unit, application)
    repository.save(unit.conn, asked)
    note(unit, actor, asked, StepKind.EXTENSION_ASKED, f"{days} 个工作日：{reason.strip()}")
    act(unit, actor, asked, events.ExtensionAsked, days=days, reason=reason.strip())
    return asked


def decide_extension(
    unit: Unit, actor: security.Actor, id: ApplicationId, *, granted: bool
) -> Application:
    """The authority agrees to the extension or does not; the applicant is told (延期审批).

    Raises:
        ApplicationNotFound, NotPermitted, NotAtThisStage
    """
    security.require(actor, "supply_demand:extend")
    application = repository.get(unit.conn, id, lock=True)
    decided = application.extended(granted=granted, at=unit.now)
    days = decided.extension_days
    repository.save(unit.conn, decided)
    kind = StepKind.EXTENSION_GRANTED if granted else StepKind.EXTENSION_REFUSED
    note(unit, actor, decided, kind, f"{days} 个工作日" if granted else "")
    act(unit, actor, decided, events.ExtensionDecided, granted=granted, days=days)
    if granted:
        _tell_parties(unit, actor, decided, f"答复时限延长 {days} 个工作日。")
    return decided


def answer(
    unit: Unit, actor: security.Actor, id: ApplicationId, decision: Answer, *, vault: Vault
) -> Application:
    """Agree, in whole or in part, or refuse (答复).

    The last desk's agreement puts the grant and its credential into force in this same unit.

    Raises:
        ApplicationNotFound, NotPermitted, OwnApplication, NotAtThisStage, ReasonRequired,
        RefusalIncomplete, NoFieldAgreed, NotWanted
    """
    application = _at_desk(unit, actor, id)
    answered = application.answered(decision)
    _record(unit, actor, answered, decision)
    if decision.agreed and answered.next_desk:
        return pass_on(unit, answered)
    closed = answered.closed(unit.now)
    repository.save(unit.conn, closed)
    if decision.agreed:
        _grant(unit, actor, closed, vault)
        _tell_parties(unit, actor, closed, "已同意，授权已生效，请开发人员领取凭证。")
    else:
        _tell_parties(unit, actor, closed, f"不同意：{decision.reason}")
    return closed


def _at_desk(unit: Unit, actor: security.Actor, id: ApplicationId) -> Application:
    """The application, if the actor sits at the desk that has it."""
    application = repository.get(unit.conn, id, lock=True)
    if application.desk is Status.AUTHORITY:
        security.require(actor, "supply_demand:review")
    else:
        security.require(actor, "supply_demand:answer", on=application.provider)
    if actor.org == application.consumer:
        raise OwnApplication(application=id)
    return application


def _require_time_left(unit: Unit, application: Application) -> None:
    clock, today = application.clock(), local_date(unit.now)
    if clock and clock.due_on(calendar(unit.conn), today) < today:
        raise ClockHasRunOut(application=application.id)


def _record(unit: Unit, actor: security.Actor, application: Application, decision: Answer) -> None:
    kind = StepKind.REFUSED
    if decision.agreed:
        kind = StepKind.AGREED_IN_PART if application.is_partial else StepKind.AGREED
    cited = decision.citation
    citation = f"《{cited.document}》（{cited.number}）{cited.article}" if cited else ""
    note(unit, actor, application, kind, "，".join(p for p in (decision.reason, citation) if p))
    act(
        unit,
        actor,
        application,
        events.ApplicationAnswered,
        agreed=decision.agreed,
        fields=tuple(f.name for f in decision.fields),
        reason=decision.reason,
        citation=citation,
    )


def _grant(unit: Unit, actor: security.Actor, application: Application, vault: Vault) -> Grant:
    """What was agreed to becomes what the gateway enforces (同意即授权)."""
    decision, proposal = application.answer, application.proposal
    if decision is None:
        raise AssertionError("agreed without an answer")
    item = get_item(unit.conn, application.item)
    gone = [f.name for f in decision.fields if item.field(f.name) is None]
    if gone:
        raise NotWanted(fields="、".join(gone))
    grant = Grant(
        id=GrantId(new_id()),
        application=application.id,
        item=application.item,
        item_title=application.item_title,
        consumer=application.consumer,
        provider=application.provider,
        system=proposal.system,
        app_id=new_app_id(),
        fields=decision.fields,
        row_scope=proposal.row_scope,
        purpose=proposal.scenario,
        valid_from=proposal.valid_from,
        valid_to=proposal.valid_to,
        daily_quota=proposal.daily_quota,
        rate_per_s=proposal.rate_per_s,
        hours=proposal.hours,
        addresses=proposal.addresses,
        status_at=unit.now,
        issued_at=unit.now,
    )
    note(
        unit,
        organisations.SYSTEM,
        application,
        StepKind.GRANTED,
        f"{len(grant.fields)} 个信息项，至 {grant.valid_to:%Y-%m-%d}",
    )
    return issue(unit, grant, proposal.algorithm, by=actor.by, vault=vault)


def _tell_parties(unit: Unit, actor: security.Actor, application: Application, text: str) -> None:
    """Tell applicant and provider, except whoever did it."""
    for org in (application.consumer, application.provider):
        notices.tell(
            unit,
            org,
            sender=actor.org,
            title=application.item_title,
            text=f"{application.code} {text}",
            url=f"/applications/{application.id}",
        )
