"""The ledger's loop: every second, waiting leaves get their places and the state is signed."""

from datahall.kit.jobs import Loop
from datahall.kit.uow import Units
from datahall.ledger import service


def sequence(units: Units) -> None:
    """Sequence what waits; a long queue is worked off in several transactions."""
    signer = units.keys.signer("ledger")
    more = True
    while more:
        with units.open() as unit:
            service.sequence(unit.conn, signer, at=unit.now)
            more = service.waiting(unit.conn) >= service.BATCH


LOOPS = (Loop("ledger:sequence", 1.0, sequence),)
