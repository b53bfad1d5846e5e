"""Sources, tasks and loads: what they are and what may happen to them.  No I/O."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Self

from datahall.catalogue import CatalogueItem, UpdateCycle
from datahall.ingestion.vocabulary import Kind, Layer, LoadState, Mode, TaskStatus, Zone
from datahall.kit.ids import ItemId, LoadId, OrgId, SourceId, TableId, TaskId


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one layer of a connection test found; `ok` is None when it was not reached."""

    layer: Layer
    ok: bool | None
    code: str = ""  # sentence in messages.toml
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """A connection test, layer by layer (连接测试)."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return all(f.ok for f in self.findings)


SCAN_EVERY_S: Final = 86_400  # [P]
SCAN_RETRY_S: Final = 3_600  # [P] after a scan that did not succeed


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A department's database or file that the hall reads (数据源)."""

    id: SourceId
    org: OrgId
    name: str
    kind: Kind
    zone: Zone = Zone.GOVERNMENT
    host: str = ""
    port: int | None = None
    database: str = ""
    schema: str = ""
    user: str = ""
    secret: bytes | None = field(default=None, repr=False)  # the password, sealed
    path: str = ""  # name of the file, inside the source's own folder
    registered_at: datetime  # UTC
    tested_at: datetime | None = None  # UTC
    diagnosis: Diagnosis | None = None  # of the last test
    scanned_at: datetime | None = None  # UTC
    scan_every_s: int = SCAN_EVERY_S  # 0: only when somebody asks
    scan_due_at: datetime | None = None  # UTC; None before the first scan

    def scanned(self, *, at: datetime) -> Self:
        """After a scan: the next one is due by its interval."""
        return replace(self, scanned_at=at, scan_due_at=_after(at, self.scan_every_s))

    def not_scanned(self, *, at: datetime) -> Self:
        """After a scan that did not succeed: try again soon."""
        return replace(self, scan_due_at=_after(at, min(self.scan_every_s, SCAN_RETRY_S)))

    def every(self, seconds: int) -> Self:
        """With another interval, counted from the last scan (扫描间隔)."""
        due_at = _after(self.scanned_at, seconds) if self.scanned_at else None
        return replace(self, scan_every_s=seconds, scan_due_at=due_at)

    @property
    def address(self) -> str:
        """Where it is, for people."""
        if self.kind.is_file:
            return self.path or "尚未上传文件"
        return f"{self.host}:{self.port}/{self.database}"


def _after(at: datetime, seconds: int) -> datetime | None:
    return at + timedelta(seconds=seconds) if seconds else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """The last order to sum up the columns of a table (列画像的取样)."""

    table: TableId
    ordered_at: datetime  # UTC
    finished_at: datetime | None = None  # UTC
    error_code: str | None = None
    error_detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """The highest watermark seen at an instant."""

    at: datetime  # UTC, our clock
    high: str  # as the source writes it


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """How far a task has read; stored in the transaction that stores the rows (检查点).

    A transaction at the source may commit minutes after the instant it stamped on its rows, so
    the highest watermark seen now is not yet safe to start from: the next read starts from the
    highest one seen `look_back` ago.  Only our own clock is used; the source's may be wrong.
    """

    marks: tuple[Mark, ...] = ()  # oldest first; the first one is the settled one
    fingerprint: str = ""  # of a file
    stream: str = ""  # the unbroken stream of changes that the task follows; empty: none
    position: tuple[int, ...] = ()  # in that stream: everything before it has landed
    ahead: int = 0  # changes of the transaction after it that have landed too

    def follows(self, stream: str) -> bool:
        """Whether nothing can have been missed since this checkpoint on that stream."""
        return bool(stream) and self.stream == stream

    def unfollowed(self) -> Self:
        """Off its stream: only a first load at a known position can put it on one again."""
        return replace(self, stream="", position=(), ahead=0)

    def start(self, *, now: datetime, look_back: timedelta) -> str | None:
        """Read what is above this watermark; None: read everything.

        Behind it no row can appear any more.  Until the first mark is old enough, the look-back
        is taken off the watermark itself.
        """
        if not self.marks:
            return None
        old = [m.high for m in self.marks if m.at <= now - look_back]
        return old[-1] if old else _back(self.marks[0].high, look_back)

    def seen(self, high: str | None, *, at: datetime, look_back: timedelta) -> Self:
        """After a read at `at` that saw `high`; marks that no longer matter are dropped."""
        marks = list(self.marks)
        if high is not None and (not marks or marks[-1].high != high):
            marks.append(Mark(at=at, high=high))
        while len(marks) > 1 and marks[1].at <= at - look_back:
            del marks[0]
        return replace(self, marks=tuple(marks))


def _back(high: str, look_back: timedelta) -> str:
    if high.lstrip("-").isdigit():
        return str(int(high) - SEQUENCE_BACK)
    return (datetime.fromisoformat(high) - look_back).isoformat(sep=" ")


SEQUENCE_BACK: Final = 10_000  # [P] numbers that open transactions may still hold
LOOK_BACK: Final = timedelta(minutes=5)  # [P] the longest transaction expected of a source
INTERVAL_S: Final = 10  # [P]
FILE_INTERVAL_S: Final = 10  # looking whether a file is another one costs nothing
_FULL_INTERVAL_S: Final = {
    UpdateCycle.REALTIME: 600,
    UpdateCycle.MINUTES: 600,
    UpdateCycle.HOURLY: 3600,
}
_DAY_S: Final = 86_400
RETRY_S: Final = (10, 20, 40, 80, 160, 300)  # after the first, second … failure in a row


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The standing order to keep one hall table as its source is (归集任务)."""

    id: TaskId
    item: ItemId
    org: OrgId
    source: SourceId
    table: TableId
    mode: Mode
    watermark: str | None = None  # source column
    interval_s: int = INTERVAL_S
    look_back_s: int = int(LOOK_BACK.total_seconds())
    keep_days: int = 0  # of an outbox: how long what was used stays
    status: TaskStatus = TaskStatus.ACTIVE
    checkpoint: Checkpoint = field(default_factory=Checkpoint)
    failures: int = 0  # in a row
    whole_next: bool = True  # the next load reads everything
    due_at: datetime  # UTC; when it runs next
    checked_at: datetime | None = (
        None  # UTC; the last time the source was found unchanged or loaded
    )
    created_at: datetime  # UTC
    deletions_percent: int | None = None  # None: the city's setting
    deletions_rows: int | None = None

    @property
    def reads_everything(self) -> bool:
        """Whether the next run compares every row with the source."""
        return self.whole_next or self.mode is Mode.FULL

    @property
    def look_back(self) -> timedelta:
        return timedelta(seconds=self.look_back_s)

    def done(self, *, at: datetime) -> Self:
        """After a load or a look that found nothing new."""
        return replace(
            self,
            failures=0,
            whole_next=False,
            checked_at=at,
            due_at=at + timedelta(seconds=self.interval_s),
        )

    def failed(self, *, at: datetime, final: bool) -> Self:
        """After a failure: try again ever later, or stop and wait for somebody."""
        if final:
            return replace(self, failures=self.failures + 1, status=TaskStatus.STOPPED)
        pause = RETRY_S[min(self.failures, len(RETRY_S) - 1)]
        return replace(self, failures=self.failures + 1, due_at=at + timedelta(seconds=pause))

    def held(self) -> Self:
        """A load waits for somebody; nothing is read meanwhile."""
        return replace(self, status=TaskStatus.HELD)

    def resumed(self, *, at: datetime) -> Self:
        return replace(self, status=TaskStatus.ACTIVE, failures=0, due_at=at)

    def paused(self) -> Self:
        return replace(self, status=TaskStatus.PAUSED)

    def whole(self, *, at: datetime) -> Self:
        """Compare every row with the source at the next run (全量比对)."""
        return replace(self, whole_next=True, status=TaskStatus.ACTIVE, failures=0, due_at=at)


def plan(item: CatalogueItem, *, kind: Kind, watermark_type: str) -> tuple[Mode, int]:
    """How the rows of an item are brought, and how often to look.

    Args:
        watermark_type: the source's own type of the entry's watermark column, "" without one.
    """
    if kind.is_file:
        return Mode.FULL, FILE_INTERVAL_S
    if is_watermark(watermark_type):
        return Mode.INCREMENTAL, INTERVAL_S
    return Mode.FULL, _FULL_INTERVAL_S.get(item.update_cycle, _DAY_S)


def is_watermark(type_: str) -> bool:
    """Whether a column of this type can tell what changed: a day is too coarse."""
    return type_.lower().startswith(("timestamp", "datetime", "bigint", "int", "smallint"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One run of a task that read something, or tried to (归集批次)."""

    id: LoadId
    task: TaskId
    state: LoadState
    whole: bool  # everything was read, not only what changed
    started_at: datetime  # UTC
    finished_at: datetime | None = None  # UTC
    expected: int | None = None  # rows, as the source's metadata estimate
    read: int = 0
    checked: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    quarantined: int = 0
    revision: int | None = None  # of the dataset, after the load
    error_layer: Layer | None = None
    error_code: str | None = None
    error_detail: dict[str, Any] = field(default_factory=dict)

    @property
    def landed(self) -> int:
        return self.inserted + self.updated + self.unchanged

    def seconds(self, now: datetime) -> float:
        return ((self.finished_at or now) - self.started_at).total_seconds()


def percent(done: int, of: int | None) -> int | None:
    """Progress that never claims more than 99 before the end; None without an estimate."""
    if not of or of <= 0:
        return None
    return min(99, done * 100 // of)
