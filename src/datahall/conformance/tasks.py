"""The loop that keeps the judgement of bound fields up to date: days on which elements begin."""

from typing import Final

from datahall.conformance import service
from datahall.kit.jobs import Loop
from datahall.kit.uow import Units

EVERY_S: Final = 3600.0


def judge(units: Units) -> None:
    """Judge what is new, and what its element says otherwise from today."""
    with units.open() as unit:
        service.catch_up(unit)
        service.judge_again(unit)


LOOPS: Final = (Loop("conformance:judge", EVERY_S, judge),)
