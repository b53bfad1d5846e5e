"""Reconciliation (对账): source against hall by ranges of keys, repaired, certified."""

from datahall.reconciliation.errors import (
    AlreadyRunning,
    CertificateNotFound,
    NothingLeft,
    RunNotFound,
)
from datahall.reconciliation.events import (
    CertificateIssued,
    DifferencesRepaired,
    ReconciliationOrdered,
    ScheduleChanged,
)
from datahall.reconciliation.model import Counts, Difference, Run, Schedule
from datahall.reconciliation.running import mend, run
from datahall.reconciliation.service import (
    certificate,
    follow_landed,
    history,
    look,
    order,
    order_due,
    order_mending,
    set_schedule,
    standings,
    todos,
)
from datahall.reconciliation.vocabulary import Asker, Fate, Kind, Method, Ordering, RunState

__all__ = [
    "AlreadyRunning",
    "Asker",
    "CertificateIssued",
    "CertificateNotFound",
    "Counts",
    "Difference",
    "DifferencesRepaired",
    "Fate",
    "Kind",
    "Method",
    "NothingLeft",
    "Ordering",
    "ReconciliationOrdered",
    "Run",
    "RunNotFound",
    "RunState",
    "Schedule",
    "ScheduleChanged",
    "certificate",
    "follow_landed",
    "history",
    "look",
    "mend",
    "order",
    "order_due",
    "order_mending",
    "run",
    "set_schedule",
    "standings",
    "todos",
]
