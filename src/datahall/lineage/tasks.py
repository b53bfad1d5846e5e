"""What the worker does for lineage: send loads on, when an address is set."""

from typing import Final

from datahall.kit.jobs import Loop
from datahall.kit.uow import Units
from datahall.lineage.push import push


def _push(units: Units) -> None:
    push(units)


PUSH_S: Final = 10.0
LOOPS: Final = (Loop("lineage", PUSH_S, _push),)
