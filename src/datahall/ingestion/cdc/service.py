"""Choosing how a task brings its rows, and seeing how its stream stands (采集方式)."""

from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from datahall import catalogue, security
from datahall.catalogue import CatalogueItem
from datahall.ingestion import errors, repository
from datahall.ingestion.cdc import repository as streams
from datahall.ingestion.cdc import statements
from datahall.ingestion.cdc.feed import Wanted
from datahall.ingestion.cdc.feeds import MODES, feed_of
from datahall.ingestion.cdc.landing import wanted_of
from datahall.ingestion.cdc.model import StreamState
from datahall.ingestion.errors import LoadFailure, TaskNotFound
from datahall.ingestion.events import ModeChanged
from datahall.ingestion.model import Source, Task, is_watermark, plan
from datahall.ingestion.service.access import MANAGE, VIEW
from datahall.ingestion.vocabulary import Kind, Mode, TaskStatus
from datahall.kit.errors import Fault, Invalid
from datahall.kit.ids import TaskId
from datahall.kit.messages import sentence
from datahall.kit.uow import Unit

MOST_KEPT: Final = 365  # days


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way of bringing a task's rows (采集方式)."""

    mode: Mode
    fits: bool  # it exists for this kind of source and entry
    chosen: bool
    promise: str  # how soon a change arrives
    needs: str
    statements: str = ""  # for the source's database administrator


def ways(unit: Unit, actor: security.Actor, id: TaskId) -> list[Way]:
    """The ways of bringing a task's rows, with what each needs; the source is not asked.

    Raises:
        TaskNotFound
    """
    task = _seen(unit, actor, id)
    source = repository.source(unit.conn, task.source)
    item = catalogue.get(unit.conn, task.item)
    wanted = wanted_of(unit, task)
    possible = MODES.get(source.kind, frozenset())
    return [
        Way(
            mode=mode,
            fits=mode in possible and (mode is not Mode.INCREMENTAL or _has_watermark(unit, task, item)),
            chosen=mode is task.mode,
            promise=promise,
            needs=needs,
            statements=_statements(mode, source, wanted) if mode in possible else "",
        )
        for mode, promise, needs in _WAYS
    ]  # fmt: skip


_WAYS: Final = (
    (Mode.LOG, "约 1 秒", "源端开启日志解析，账号有读日志的权限；改、删都跟得上，不加重业务表负担。"),
    (Mode.OUTBOX, "几秒", "日志不让读时用：数据库管理员建一张登记表和触发器，每次改动记下主键。"),
    (Mode.INCREMENTAL, "约 10 秒", "表上有每次修改都会变的时间列或序号列；源端删除的行要靠全量比对发现。"),
    (Mode.FULL, "按更新周期", "什么都不要求；每次读整张表，与大厅逐行比对。"),
)  # fmt: skip


def set_mode(
    unit: Unit, actor: security.Actor, id: TaskId, mode: Mode, *, keep_days: str = ""
) -> Task:
    """Bring a task's rows in another way from now on (更换采集方式).

    A way that follows changes is chosen only when the source gives what it needs, which is asked
    here and now.  It begins with a first load, so nothing is missed in between.

    Raises:
        TaskNotFound, NotPermitted, ModeUnfit, ModeNotReady, Invalid
    """
    found = repository.task(unit.conn, id, lock=True)
    if not security.may(actor, VIEW, on=found.org) or found.status is TaskStatus.ENDED:
        raise TaskNotFound(task=id)
    security.require(actor, MANAGE, on=found.org)
    source = repository.source(unit.conn, found.source)
    item = catalogue.get(unit.conn, found.item)
    if mode not in MODES.get(source.kind, frozenset()):
        raise errors.ModeUnfit(kind=source.kind.label, mode=mode.label)
    days = _days(keep_days)
    watermark = None
    if mode is Mode.INCREMENTAL:
        if not _has_watermark(unit, found, item):
            raise errors.ModeNotReady(mode=mode.label, reason="目录没有可用的水位列。")
        watermark = item.watermark_column
    if mode.streams:
        _hold_ready(unit, source, found, mode)
    _, interval_s = plan(item, kind=source.kind, watermark_type=_watermark_type(unit, found, item))
    changed = replace(
        found,
        mode=mode,
        watermark=watermark,
        interval_s=interval_s if mode is not found.mode else found.interval_s,
        keep_days=days,
        checkpoint=found.checkpoint.unfollowed(),
    ).whole(at=unit.now)
    repository.save_task(unit.conn, changed)
    unit.record(ModeChanged(at=unit.now, by=actor.by, task=id, mode=mode))
    return changed


def stream_of(conn: Connection, task: Task) -> StreamState | None:
    """The stream that the task follows or is to follow; None when it looks by itself."""
    return streams.stream(conn, task.source, task.mode) if task.mode.streams else None


def stream(unit: Unit, actor: security.Actor, id: TaskId) -> StreamState | None:
    """As `stream_of`, for somebody who may see the task.

    Raises:
        TaskNotFound
    """
    return stream_of(unit.conn, _seen(unit, actor, id))


def script(unit: Unit, actor: security.Actor, id: TaskId, mode: Mode) -> str:
    """The statements for the source's database administrator, as a file.

    Raises:
        TaskNotFound, ModeUnfit
    """
    way = next(w for w in ways(unit, actor, id) if w.mode is mode)
    if not way.statements:
        task = repository.task(unit.conn, id)
        kind = repository.source(unit.conn, task.source).kind
        raise errors.ModeUnfit(kind=kind.label, mode=mode.label)
    return way.statements


def _seen(unit: Unit, actor: security.Actor, id: TaskId) -> Task:
    found = repository.task(unit.conn, id)
    if not security.may(actor, VIEW, on=found.org):
        raise TaskNotFound(task=id)
    return found


def _hold_ready(unit: Unit, source: Source, task: Task, mode: Mode) -> None:
    feed = feed_of(source, mode)
    wanted = wanted_of(unit, task)
    try:
        faults = feed.check([wanted])
    except LoadFailure as failure:
        raise _not_ready(mode, failure) from failure
    finally:
        feed.close()
    if fault := faults.get(wanted.table):
        raise _not_ready(mode, fault)


def _not_ready(mode: Mode, failure: LoadFailure) -> errors.ModeNotReady:
    return errors.ModeNotReady(mode=mode.label, reason=sentence(failure.code, failure.detail))


def _watermark_type(unit: Unit, task: Task, item: CatalogueItem) -> str:
    columns = catalogue.inventory_table(unit.conn, task.table).columns
    return next((c.type for c in columns if c.name == item.watermark_column), "")


def _has_watermark(unit: Unit, task: Task, item: CatalogueItem) -> bool:
    return is_watermark(_watermark_type(unit, task, item))


def _days(text: str) -> int:
    typed = text.strip() or "0"
    if not typed.isascii() or not typed.isdigit() or len(typed) > 3 or int(typed) > MOST_KEPT:  # noqa: PLR2004
        raise Invalid([Fault("keep_days", "ingestion.keep_days_malformed")])
    return int(typed)


def _statements(mode: Mode, source: Source, wanted: Wanted) -> str:
    match source.kind, mode:
        case Kind.POSTGRESQL, Mode.LOG:
            return statements.pg_log(wanted.table, user=source.user, key=wanted.key)
        case Kind.POSTGRESQL, Mode.OUTBOX:
            return statements.pg_outbox(wanted.table, user=source.user, key=wanted.key)
        case _:
            return ""
