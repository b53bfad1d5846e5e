"""One entry of an application's history for one act."""

from datahall import security
from datahall.kit.uow import Unit
from datahall.supply_demand.events import ApplicationAct
from datahall.supply_demand.model.application import Application, Step, StepKind
from datahall.supply_demand.repository import applications as repository


def note(
    unit: Unit,
    actor: security.Actor,
    application: Application,
    kind: StepKind,
    text: str = "",
) -> None:
    """Write who did what into the history that the parties read."""
    step = Step(
        application=application.id,
        at=unit.now,
        kind=kind,
        by=actor.by,
        name=actor.name,
        org_name=actor.org_name,
        note=text,
    )
    repository.add_step(unit.conn, step)


def act(
    unit: Unit,
    actor: security.Actor,
    application: Application,
    event: type[ApplicationAct],
    **about: object,
) -> None:
    """Record the act for the ledger."""
    unit.record(
        event(at=unit.now, by=actor.by, application=application.id, code=application.code, **about)
    )
