"""The loops of supply and demand: grants end with their term, who answers is reminded."""

from datahall.kit.jobs import Loop
from datahall.kit.uow import Units
from datahall.organisations import SYSTEM
from datahall.supply_demand.service.grants import expire_grants
from datahall.supply_demand.service.reminding import send_reminders

EVERY_S = 600.0  # the gateway reads the term itself; this keeps lists and notices right


def expire(units: Units) -> None:
    """End the grants whose last day is over."""
    with units.open() as unit:
        expire_grants(unit, by=SYSTEM.by)


def remind(units: Units) -> None:
    """Remind the desks whose clocks have come to a half, to four fifths, to the last day."""
    with units.open() as unit:
        send_reminders(unit)


LOOPS = (
    Loop("supply_demand:remind", EVERY_S, remind),
    Loop("supply_demand:expire", EVERY_S, expire),
)
