"""Reminding who has to answer, before the limit is over (催办提醒)."""

from dataclasses import replace

from datahall import organisations
from datahall.kit.ids import OrgId
from datahall.kit.uow import Unit
from datahall.supply_demand.model.application import (
    ANSWERING,
    Application,
    Status,
    reminder_due,
)
from datahall.supply_demand.repository import applications as repository
from datahall.supply_demand.service import notices
from datahall.supply_demand.service.reading import case, open_cases


def send_reminders(unit: Unit) -> int:
    """Leave a notice at each desk whose clock has come further since the last one; how many."""
    sent = 0
    for found in open_cases(unit, statuses=ANSWERING):
        if found.reading is None or reminder_due(found.reading) <= found.application.reminded:
            continue
        # The case may have been answered meanwhile: look again, and hold it.
        application = repository.get(unit.conn, found.application.id, lock=True)
        reading = case(unit, application).reading
        if application.status not in ANSWERING or reading is None:
            continue
        repository.save(unit.conn, replace(application, reminded=reminder_due(reading)))
        notices.tell(
            unit,
            _desk(unit, application),
            sender=application.consumer,
            title=application.item_title,
            text=f"{application.code} {reading.label}，{reading.due_on:%m-%d} 24:00 截止。",
            url=f"/applications/{application.id}",
        )
        sent += 1
    return sent


def _desk(unit: Unit, application: Application) -> OrgId:
    authority = organisations.authority(unit.conn)
    if application.desk is Status.AUTHORITY and authority:
        return authority.id
    return application.provider
