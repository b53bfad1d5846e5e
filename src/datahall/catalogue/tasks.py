"""What the worker does for the catalogue: workbooks go in, what was announced comes about."""

from typing import Final
from uuid import UUID

from datahall.catalogue import index, repository, sheets
from datahall.catalogue.departures.service import carry_out_withdrawals
from datahall.catalogue.mounting.service import probe_due
from datahall.catalogue.queries import Freshness, QualityGrade
from datahall.catalogue.questions import Measures
from datahall.catalogue.service import take_effect
from datahall.kit.ids import ImportId
from datahall.kit.jobs import Loop, Payload
from datahall.kit.uow import Units

EVERY_S: Final = 60.0
INDEX_EVERY_S: Final = 30.0
RELISTED: Final = 500  # in one unit
PROBE_EVERY_S: Final = 5.0


def take_workbook(units: Units, payload: Payload) -> None:
    """Take the entries of a workbook that was sent (目录导入)."""
    sheets.run(units.open, ImportId(UUID(payload["import"])))


def take_down(units: Units) -> None:
    """Take down the entries whose announced day has come."""
    with units.open() as unit:
        carry_out_withdrawals(unit)


def begin(units: Units) -> None:
    """Put the versions in force whose day has come."""
    with units.open() as unit:
        take_effect(unit)


def probe(units: Units) -> None:
    """Look at the mounted resources whose turn has come."""
    probe_due(units)


def keep_index(units: Units) -> None:
    """List what is not listed yet, and write down how fresh and how good the data are."""
    while relist(units) == RELISTED:
        pass
    with units.open() as unit:
        promises = index.mounted(unit.conn)
        for measured in unit.ask(Measures(items=tuple(promises))):
            promise_s = promises[measured.item].promise_s
            index.measure(
                unit.conn,
                measured.item,
                Freshness.of(measured.behind_s, promise_s),
                QualityGrade.of(measured.pass_rate),
            )


def relist(units: Units) -> int:
    """List some entries that are not listed by today's rules; how many there were."""
    with units.open() as unit:
        stale = index.stale(unit.conn, most=RELISTED)
        for id in stale:
            index.put(unit.conn, repository.get(unit.conn, id))
    return len(stale)


JOBS: Final = {sheets.JOB: take_workbook}
LOOPS: Final = (
    Loop("catalogue:index", INDEX_EVERY_S, keep_index),
    Loop("catalogue:departures", EVERY_S, take_down),
    Loop("catalogue:effect", EVERY_S, begin),
    Loop("catalogue:probes", PROBE_EVERY_S, probe),
)
