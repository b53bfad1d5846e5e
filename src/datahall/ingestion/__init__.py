"""Ingestion (归集汇聚): sources, the tasks that read them, and loads into the hall."""

from datahall.ingestion.cdc.service import set_mode, stream_of
from datahall.ingestion.errors import LoadFailure, SourceNotFound, TaskNotFound
from datahall.ingestion.events import (
    DeletionsConfirmed,
    DeletionsRejected,
    FileUploaded,
    GuardChanged,
    IntervalChanged,
    LoadHeld,
    LoadLanded,
    SampleOrdered,
    ScanScheduled,
    SourceRegistered,
    SourceRevised,
    TaskCreated,
    TaskEnded,
    TaskPaused,
    TaskResumed,
    WholeLoadOrdered,
)
from datahall.ingestion.forms import SourceForm
from datahall.ingestion.holding.model import Hold
from datahall.ingestion.holding.service import confirm, held, reject, set_guard
from datahall.ingestion.load import run
from datahall.ingestion.mending import bring
from datahall.ingestion.model import Diagnosis, Finding, Load, Source, Task
from datahall.ingestion.reach import Reach, reach
from datahall.ingestion.repository import loads_finished_since, loads_of, sources_of
from datahall.ingestion.repository import source as stored_source
from datahall.ingestion.service.scanning import scan, scan_by_schedule
from datahall.ingestion.service.sources import (
    register_source,
    revise_source,
    source,
    sources,
    test_source,
    upload,
)
from datahall.ingestion.service.tables import TableView, make_profile, order_profile
from datahall.ingestion.service.tasks import (
    TaskView,
    all_tasks,
    compare_all,
    follow_published,
    follow_withdrawn,
    last_agreed,
    pause,
    resume,
    set_interval,
    table_state,
    task,
    task_by_id,
    task_of_item,
)
from datahall.ingestion.vocabulary import Kind, Layer, LoadState, Mode, TaskStatus, Zone
from datahall.ingestion.waiting import todos

__all__ = [
    "DeletionsConfirmed",
    "DeletionsRejected",
    "Diagnosis",
    "FileUploaded",
    "Finding",
    "GuardChanged",
    "Hold",
    "IntervalChanged",
    "Kind",
    "Layer",
    "Load",
    "LoadFailure",
    "LoadHeld",
    "LoadLanded",
    "LoadState",
    "Mode",
    "Reach",
    "SampleOrdered",
    "ScanScheduled",
    "Source",
    "SourceForm",
    "SourceNotFound",
    "SourceRegistered",
    "SourceRevised",
    "TableView",
    "Task",
    "TaskCreated",
    "TaskEnded",
    "TaskNotFound",
    "TaskPaused",
    "TaskResumed",
    "TaskStatus",
    "TaskView",
    "WholeLoadOrdered",
    "Zone",
    "all_tasks",
    "bring",
    "compare_all",
    "confirm",
    "follow_published",
    "follow_withdrawn",
    "held",
    "last_agreed",
    "loads_finished_since",
    "loads_of",
    "make_profile",
    "order_profile",
    "pause",
    "reach",
    "register_source",
    "reject",
    "resume",
    "revise_source",
    "run",
    "scan",
    "scan_by_schedule",
    "set_guard",
    "set_interval",
    "set_mode",
    "source",
    "sources",
    "sources_of",
    "stored_source",
    "stream_of",
    "table_state",
    "task",
    "task_by_id",
    "task_of_item",
    "test_source",
    "todos",
    "upload",
]
