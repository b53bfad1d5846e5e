"""The loops of the catalogue: what was announced for a day happens on that day."""

from typing import Final

from datahall.catalogue.departures.service import carry_out_withdrawals
from datahall.catalogue.mounting.service import probe_due
from datahall.kit.jobs import Loop
from datahall.kit.uow import Units

EVERY_S: Final = 60.0
PROBE_EVERY_S: Final = 5.0


def take_down(units: Units) -> None:
    """Take down the entries whose announced day has come."""
    with units.open() as unit:
        carry_out_withdrawals(unit)


def probe(units: Units) -> None:
    """Look at the mounted resources whose turn has come."""
    probe_due(units)


LOOPS: Final = (
    Loop("catalogue:departures", EVERY_S, take_down),
    Loop("catalogue:probes", PROBE_EVERY_S, probe),
)
