"""The loop of supply and demand: grants end with their term."""

from datahall.kit.jobs import Loop
from datahall.kit.uow import Units
from datahall.organisations import SYSTEM
from datahall.supply_demand.service.grants import expire_grants

EVERY_S = 600.0  # the gateway reads the term itself; this keeps lists and notices right


def expire(units: Units) -> None:
    """End the grants whose last day is over."""
    with units.open() as unit:
        expire_grants(unit, by=SYSTEM.by)


LOOPS = (Loop("supply_demand:expire", EVERY_S, expire),)
