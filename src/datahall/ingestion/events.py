"""Acts of ingestion."""

from dataclasses import dataclass
from typing import ClassVar

from datahall.kit.events import Event
from datahall.kit.ids import ItemId, LoadId, SourceId, TableId, TaskId


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceEvent(Event):
    """Something happened to a source."""

    source: SourceId

    @property
    def subject(self) -> str:
        return f"source:{self.source}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRegistered(SourceEvent):
    """A department registered a source (登记数据源)."""

    tag: ClassVar[str] = "ingestion:source:register"
    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRevised(SourceEvent):
    """A department changed how a source is reached (修改数据源)."""

    tag: ClassVar[str] = "ingestion:source:revise"
    places: tuple[str, ...]  # what changed; a password is only named


@dataclass(frozen=True, slots=True, kw_only=True)
class FileUploaded(SourceEvent):
    """A department uploaded the file of a source (上传文件)."""

    tag: ClassVar[str] = "ingestion:source:upload"
    file: str
    digest: str  # SHA-256


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanScheduled(SourceEvent):
    """A department changed how often a source is scanned (修改扫描间隔)."""

    tag: ClassVar[str] = "ingestion:source:schedule"
    every_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleOrdered(SourceEvent):
    """A department had a bounded sample of a table summed up (列画像取样)."""

    tag: ClassVar[str] = "ingestion:source:sample"
    table: TableId


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEvent(Event):
    """Something happened to an ingestion task."""

    task: TaskId

    @property
    def subject(self) -> str:
        return f"task:{self.task}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCreated(TaskEvent):
    """Publishing an item set up the task that brings its rows (建立归集任务)."""

    tag: ClassVar[str] = "ingestion:task:create"
    item: ItemId


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPaused(TaskEvent):
    """Somebody paused a task (暂停)."""

    tag: ClassVar[str] = "ingestion:task:pause"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskResumed(TaskEvent):
    """Somebody let a paused or stopped task go on (恢复、重试)."""

    tag: ClassVar[str] = "ingestion:task:resume"


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeLoadOrdered(TaskEvent):
    """Somebody ordered every row to be compared with the source (全量比对)."""

    tag: ClassVar[str] = "ingestion:task:reload"


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalChanged(TaskEvent):
    """Somebody changed how often a task runs (修改间隔)."""

    tag: ClassVar[str] = "ingestion:task:interval"
    interval_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeChanged(TaskEvent):
    """Somebody changed how a task brings its rows (更换采集方式)."""

    tag: ClassVar[str] = "ingestion:task:mode"
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEnded(TaskEvent):
    """The item was withdrawn, so its rows are brought no more (结束归集)."""

    tag: ClassVar[str] = "ingestion:task:end"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadLanded(TaskEvent):
    """A load changed the hall (归集入厅)."""

    tag: ClassVar[str] = "ingestion:load:land"
    load: LoadId
    item: ItemId
    revision: int
    inserted: int
    updated: int
    deleted: int
    quarantined: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadHeld(TaskEvent):
    """A load would have deleted so much that it waits for a person (待确认)."""

    tag: ClassVar[str] = "ingestion:load:hold"
    load: LoadId
    rows: int
    going: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionsConfirmed(TaskEvent):
    """Somebody said that the rows are really gone at the source (确认删除)."""

    tag: ClassVar[str] = "ingestion:load:confirm"
    load: LoadId
    rows: int
    going: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionsRejected(TaskEvent):
    """Somebody kept the hall's rows and sent the load back (退回)."""

    tag: ClassVar[str] = "ingestion:load:reject"
    load: LoadId
    rows: int
    going: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardChanged(TaskEvent):
    """Somebody changed how much a load may delete unasked (修改删除警戒线)."""

    tag: ClassVar[str] = "ingestion:task:guard"
    percent: int
    rows: int
