"""Who may read an application, what they may do with it now, and lists by time left."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date

from datahall import deadlines, security
from datahall.deadlines import Calendar, Reading
from datahall.kit.clock import local_date
from datahall.kit.ids import ApplicationId, GrantId, OrgId
from datahall.kit.uow import Unit
from datahall.security import Actor, may
from datahall.supply_demand.model.application import (
    ANSWERING,
    CLOSED,
    EDITABLE,
    Application,
    Status,
)
from datahall.supply_demand.model.grants import Grant
from datahall.supply_demand.repository import applications as repository
from datahall.supply_demand.repository import grants as grant_repository

NOT_SOON = date.max


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An application with its clock as it stands today (办件)."""

    application: Application
    reading: Reading | None  # None where no limit runs

    @property
    def is_paused(self) -> bool:
        return self.application.status is Status.SUPPLEMENT

    @property
    def is_overdue(self) -> bool:
        return self.reading is not None and self.reading.left_days < 0

    @property
    def urgency(self) -> tuple[date, bool, str]:
        """Sorts overdue cases first, then by their last day, then those without a limit."""
        due = self.reading.due_on if self.reading else NOT_SOON
        return (NOT_SOON if self.is_paused else due, self.is_paused, self.application.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Possible:
    """What one actor may do with one application at its stage."""

    revise: bool  # also to hand it in
    endorse: bool  # or to send it back
    answer: bool
    ask_supplement: bool
    ask_extension: bool
    decide_extension: bool
    supplement: bool
    withdraw: bool

    @property
    def work(self) -> bool:
        """Whether the case waits for the actor; taking it back is not work."""
        return any(getattr(self, f.name) for f in fields(self) if f.name != "withdraw")


def possible(actor: Actor, case: Case) -> Possible:
    """What the actor may do now; the services ask again."""
    application = case.application
    status, consumer = application.status, application.consumer
    applies = may(actor, "supply_demand:apply", on=consumer)
    answers = status in ANSWERING and actor.org != consumer
    if application.desk is Status.AUTHORITY:
        answers = answers and may(actor, "supply_demand:review")
    else:
        answers = answers and may(actor, "supply_demand:answer", on=application.provider)
    extension = application.extension
    return Possible(
        revise=applies and status in EDITABLE,
        endorse=status is Status.DEPARTMENT
        and may(actor, "supply_demand:agree_apply", on=consumer),
        answer=answers,
        ask_supplement=answers and application.supplement is None and not case.is_overdue,
        ask_extension=answers and extension is None and not case.is_overdue,
        decide_extension=bool(extension and extension.granted is None)
        and status not in CLOSED
        and may(actor, "supply_demand:extend"),
        supplement=applies and status is Status.SUPPLEMENT,
        withdraw=applies and status not in CLOSED,
    )


def read(unit: Unit, actor: Actor, id: ApplicationId) -> Application:
    """One application, for its parties and the authority (查看办件).

    Raises:
        ApplicationNotFound, NotPermitted
    """
    application = repository.get(unit.conn, id)
    parties = {application.consumer}
    if application.has_left_department:
        parties.add(application.provider)
    if actor.org not in parties and application.has_left_department:
        security.require(actor, "supply_demand:oversee")
    elif actor.org not in parties:
        raise security.NotPermitted(act="supply_demand:view")
    security.require(actor, "supply_demand:view")
    return application


def read_grant(unit: Unit, actor: Actor, id: GrantId) -> Grant:
    """One grant, for its parties and the authority (查看授权).

    Raises:
        GrantNotFound, NotPermitted
    """
    grant = grant_repository.get(unit.conn, id)
    security.require(actor, "supply_demand:view")
    if actor.org not in {grant.consumer, grant.provider}:
        security.require(actor, "supply_demand:oversee")
    return grant


def case(unit: Unit, application: Application) -> Case:
    """The application with its clock today."""
    return _cases(unit, [application])[0]


def open_cases(
    unit: Unit,
    *,
    consumer: OrgId | None = None,
    provider: OrgId | None = None,
    statuses: Iterable[Status] = (),
) -> Sequence[Case]:
    """Cases that wait for somebody, the most urgent first."""
    found = repository.open_of(
        unit.conn, consumer=consumer, provider=provider, statuses=frozenset(statuses)
    )
    return sorted(_cases(unit, found), key=lambda c: c.urgency)


def closed_cases(
    unit: Unit,
    *,
    consumer: OrgId | None = None,
    provider: OrgId | None = None,
    limit: int,
    offset: int = 0,
) -> tuple[Sequence[Case], int]:
    """Cases that are over, the latest first, with how many there are."""
    found, total = repository.closed_of(
        unit.conn, consumer=consumer, provider=provider, limit=limit, offset=offset
    )
    return _cases(unit, found), total


def _cases(unit: Unit, found: Sequence[Application]) -> list[Case]:
    if not found:
        return []
    calendar: Calendar = deadlines.calendar(unit.conn)
    today = local_date(unit.now)
    return [Case(application=a, reading=_read(a, calendar, today)) for a in found]


def _read(application: Application, calendar: Calendar, today: date) -> Reading | None:
    clock = application.clock()
    return clock.read(calendar, today) if clock else None
