"""What the worker does for reconciliation: queue what is due, run it, bring what was left."""

from typing import Final
from uuid import UUID

from datahall.kit.ids import RunId
from datahall.kit.jobs import Loop, Payload
from datahall.kit.uow import Units
from datahall.reconciliation import service
from datahall.reconciliation.running import mend, run

TICK_S: Final = 5.0


def _tick(units: Units) -> None:
    with units.open() as unit:
        service.order_due(unit)


def _run(units: Units, payload: Payload) -> None:
    run(units, RunId(UUID(payload["run"])))


def _mend(units: Units, payload: Payload) -> None:
    mend(units, RunId(UUID(payload["run"])), payload["by"])


JOBS: Final = {service.JOB: _run, service.MENDING: _mend}
LOOPS: Final = (Loop("reconciliation", TICK_S, _tick),)
