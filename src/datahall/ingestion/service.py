"""What people do with sources and tasks; one function a use case."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, cast

from sqlalchemy import Connection

from datahall import catalogue, security, store
from datahall.catalogue import CatalogueItem, ItemPublished, ItemWithdrawn
from datahall.ingestion import repository
from datahall.ingestion.connectors import Connector, broken, connect, files
from datahall.ingestion.errors import (
    SecretLost,
    SourceInUse,
    SourceNotFound,
    TaskNotFound,
    UploadRefused,
)
from datahall.ingestion.events import (
    FileUploaded,
    IntervalChanged,
    SourceRegistered,
    SourceRevised,
    TaskCreated,
    TaskEnded,
    TaskPaused,
    TaskResumed,
    WholeLoadOrdered,
)
from datahall.ingestion.forms import SourceForm
from datahall.ingestion.model import Diagnosis, Load, Source, Task, plan
from datahall.ingestion.vocabulary import Kind, Mode, TaskStatus
from datahall.kit.crypto import CannotOpen
from datahall.kit.errors import Fault, Invalid
from datahall.kit.events import Event
from datahall.kit.ids import ItemId, OrgId, SourceId, TaskId, new_id
from datahall.kit.keys import key_store
from datahall.kit.uow import Unit

VIEW: Final = "ingestion:view"
MANAGE: Final = "ingestion:manage"
MOST_UPLOADED: Final = 512 << 20  # bytes
SHORTEST_INTERVAL_S: Final = 5
LONGEST_INTERVAL_S: Final = 86_400
_MAGIC: Final = {Kind.XLSX: b"PK\x03\x04"}


# -- sources ---------------------------------------------------------------------------------


def register_source(unit: Unit, actor: security.Actor, form: SourceForm) -> Source:
    """Write down where the department's data are (登记数据源); the password is sealed.

    Raises:
        NotPermitted, Invalid
    """
    security.require(actor, MANAGE, on=actor.org)
    taken = repository.names_taken(unit.conn, actor.org)
    _refuse(form, names_taken=taken, has_secret=False)
    source = _filled(
        Source(
            id=SourceId(new_id()),
            org=actor.org,
            name=form.name,
            kind=form.kind,
            registered_at=unit.now,
        ),
        form,
    )
    repository.add_source(unit.conn, source)
    unit.record(
        SourceRegistered(
            at=unit.now, by=actor.by, source=source.id, name=source.name, address=source.address
        )
    )
    return source


def revise_source(unit: Unit, actor: security.Actor, id: SourceId, form: SourceForm) -> Source:
    """Change how a source is reached (修改数据源); a blank password keeps the stored one.

    Raises:
        SourceNotFound, NotPermitted, SourceInUse, Invalid
    """
    source = _managed(unit, actor, id)
    if form.kind is not source.kind:
        raise SourceInUse(count=repository.tasks_reading(unit.conn, id))
    taken = repository.names_taken(unit.conn, source.org, but=id)
    # A stored password is for the stored address and account; it is not sent anywhere else.
    same_door = (form.host.strip(), form.port_number, form.user.strip()) == (
        source.host,
        source.port,
        source.user,
    )
    _refuse(form, names_taken=taken, has_secret=source.secret is not None and same_door)
    revised = _filled(source, form)
    places = tuple(
        f.name for f in fields(Source) if getattr(source, f.name) != getattr(revised, f.name)
    )
    if set(places) - {"name", "zone"}:  # what was found behind another door is not true of this
        revised = replace(revised, diagnosis=None, tested_at=None)
    if places:
        repository.save_source(unit.conn, revised)
        unit.record(SourceRevised(at=unit.now, by=actor.by, source=id, places=places))
    return revised


def upload(
    unit: Unit, actor: security.Actor, id: SourceId, *, name: str, content: BinaryIO
) -> Source:
    """Keep the file of a source, in place of the one before (上传文件).

    The file appears whole or not at all; tasks that read it notice within seconds.

    Raises:
        SourceNotFound, NotPermitted, UploadRefused
    """
    source = _managed(unit, actor, id)
    plain = re.sub(r"[^\w.()（）-]+", "_", Path(name).name).strip("._")
    suffix = f".{source.kind.value}"
    if not source.kind.is_file:
        raise UploadRefused(reason="这个数据源是数据库，不收文件")
    if not plain.lower().endswith(suffix) or plain.lower() == suffix.strip("."):
        raise UploadRefused(reason=f"文件名应以 {suffix} 结尾")
    folder = files.folder(id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f".{new_id().hex}.part"
    try:
        digest = _receive(content, draft, magic=_MAGIC.get(source.kind, b""))
        draft.replace(folder / plain)
    finally:
        draft.unlink(missing_ok=True)
    for old in folder.iterdir():
        if old.name != plain:
            old.unlink()
    uploaded = replace(source, path=plain, diagnosis=None, tested_at=None)
    repository.save_source(unit.conn, uploaded)
    unit.record(FileUploaded(at=unit.now, by=actor.by, source=id, file=plain, digest=digest))
    return uploaded


def test_source(unit: Unit, actor: security.Actor, id: SourceId) -> Diagnosis:
    """Try the way into a source layer by layer and remember what was found (连接测试).

    Raises:
        SourceNotFound, NotPermitted
    """
    source = _managed(unit, actor, id)
    try:
        diagnosis = connector_of(source).test()
    except SecretLost as error:
        diagnosis = Diagnosis(findings=(broken(error),))
    tested = replace(source, diagnosis=diagnosis, tested_at=unit.now)
    repository.save_source(unit.conn, tested)
    return diagnosis


def scan(unit: Unit, actor: security.Actor, id: SourceId) -> int:
    """Read tables and columns from the source's metadata into the inventory (元数据扫描).

    Returns how many tables there are.  No row is moved.

    Raises:
        SourceNotFound, NotPermitted, LoadFailure of the layer that failed
    """
    source = _managed(unit, actor, id)
    tables = connector_of(source).tables()
    catalogue.record_scan(unit, actor, id, source.org, tables, kind=str(source.kind))
    repository.save_source(unit.conn, replace(source, scanned_at=unit.now))
    return len(tables)


def source(unit: Unit, actor: security.Actor, id: SourceId) -> Source:
    """Return a source that the actor may see; another department's is not there for them.

    Raises:
        SourceNotFound
    """
    found = repository.source(unit.conn, id)
    if not security.may(actor, VIEW, on=found.org):
        raise SourceNotFound(source=id)
    return found


def sources(unit: Unit, actor: security.Actor) -> list[Source]:
    """The sources that the actor may see."""
    return repository.sources_of(unit.conn, _scope(actor))


def connector_of(source: Source) -> Connector:
    """The way into a source, with its password opened for this one use.

    Raises:
        SecretLost
    """
    if source.secret is None:
        return connect(source, "")
    try:
        plain = key_store().vault().open(source.secret, context=_context(source.id))
    except CannotOpen as error:
        raise SecretLost(name=source.name) from error
    return connect(source, plain.decode())


# -- tasks -----------------------------------------------------------------------------------


def follow_published(unit: Unit, event: Event) -> None:
    """Publishing an item that is mounted sets up its task and hall table, or adapts them."""
    item = catalogue.get(unit.conn, cast("ItemPublished", event).item)
    if item.table is None:
        return
    table = catalogue.inventory_table(unit.conn, item.table)
    source = repository.source(unit.conn, table.source)
    types = {column.name: column.type for column in table.columns}
    mode, interval_s = plan(
        item, kind=source.kind, watermark_type=types.get(item.watermark_column or "", "")
    )
    watermark = item.watermark_column if mode is Mode.INCREMENTAL else None
    store.ensure(unit, item)
    found = repository.task_of(unit.conn, item.id, lock=True)
    if found is None:
        task = Task(
            id=TaskId(new_id()),
            item=item.id,
            org=item.provider,
            source=source.id,
            table=table.id,
            mode=mode,
            watermark=watermark,
            interval_s=interval_s,
            due_at=unit.now,
            created_at=unit.now,
        )
        repository.add_task(unit.conn, task)
        unit.record(TaskCreated(at=unit.now, by=event.by, task=task.id, item=item.id))
        return
    changed = replace(found, source=source.id, table=table.id, mode=mode, watermark=watermark)
    repository.save_task(unit.conn, changed.whole(at=unit.now))


def follow_withdrawn(unit: Unit, event: Event) -> None:
    """Withdrawing an item ends its task; the hall table stays for the evidence."""
    found = repository.task_of(unit.conn, cast("ItemWithdrawn", event).item, lock=True)
    if found is not None and found.status is not TaskStatus.ENDED:
        repository.save_task(unit.conn, replace(found, status=TaskStatus.ENDED))
        unit.record(TaskEnded(at=unit.now, by=event.by, task=found.id))


def pause(unit: Unit, actor: security.Actor, id: TaskId) -> Task:
    """Let a task rest until somebody resumes it (暂停).

    Raises:
        TaskNotFound, NotPermitted
    """
    changed = _managed_task(unit, actor, id).paused()
    repository.save_task(unit.conn, changed)
    unit.record(TaskPaused(at=unit.now, by=actor.by, task=id))
    return changed


def resume(unit: Unit, actor: security.Actor, id: TaskId) -> Task:
    """Run a paused task again, or try a stopped one once more (恢复、重试).

    Raises:
        TaskNotFound, NotPermitted
    """
    changed = _managed_task(unit, actor, id).resumed(at=unit.now)
    repository.save_task(unit.conn, changed)
    unit.record(TaskResumed(at=unit.now, by=actor.by, task=id))
    return changed


def compare_all(unit: Unit, actor: security.Actor, id: TaskId) -> Task:
    """Compare every row with the source at the next run (全量比对).

    Finds what a watermark cannot show: rows deleted at the source, and rows changed without a
    new watermark.

    Raises:
        TaskNotFound, NotPermitted
    """
    changed = _managed_task(unit, actor, id).whole(at=unit.now)
    repository.save_task(unit.conn, changed)
    unit.record(WholeLoadOrdered(at=unit.now, by=actor.by, task=id))
    return changed


def set_interval(unit: Unit, actor: security.Actor, id: TaskId, *, seconds: str) -> Task:
    """Change how often a task looks at its source (修改间隔).

    Raises:
        TaskNotFound, NotPermitted, Invalid
    """
    found = _managed_task(unit, actor, id)
    text = seconds.strip()
    usable = text.isascii() and text.isdigit() and len(text) < len(str(LONGEST_INTERVAL_S)) + 1
    if not usable or not SHORTEST_INTERVAL_S <= int(text) <= LONGEST_INTERVAL_S:
        raise Invalid([Fault("interval_s", "ingestion.interval_malformed")])
    changed = replace(found, interval_s=int(text), due_at=unit.now)
    repository.save_task(unit.conn, changed)
    unit.record(IntervalChanged(at=unit.now, by=actor.by, task=id, interval_s=changed.interval_s))
    return changed


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """A task with what a person wants to see beside it."""

    task: Task
    item: CatalogueItem
    source: Source
    table: str  # as the source calls it
    last: Load | None
    rows: int
    revision: int


def task(unit: Unit, actor: security.Actor, id: TaskId) -> TaskView:
    """A task that the actor may see.

    Raises:
        TaskNotFound
    """
    found = repository.task(unit.conn, id)
    if not security.may(actor, VIEW, on=found.org):
        raise TaskNotFound(task=id)
    return _view(unit.conn, found, repository.latest_loads(unit.conn, [id]).get(id))


def tasks(unit: Unit, actor: security.Actor) -> list[TaskView]:
    """The tasks that the actor may see, those that wait for somebody first."""
    found = repository.tasks_of(unit.conn, _scope(actor))
    last = repository.latest_loads(unit.conn, [t.id for t in found])
    return [_view(unit.conn, t, last.get(t.id)) for t in found]


def loads(unit: Unit, actor: security.Actor, id: TaskId, *, limit: int = 20) -> list[Load]:
    """The latest loads of a task that the actor may see, newest first.

    Raises:
        TaskNotFound
    """
    task(unit, actor, id)
    return repository.loads_of(unit.conn, id, limit=limit)


def task_of_item(conn: Connection, item: ItemId) -> Task | None:
    """The task that keeps an item's hall table, if it has one."""
    return repository.task_of(conn, item)


def last_agreed(
    conn: Connection, items: Sequence[ItemId]
) -> Mapping[ItemId, tuple[TaskId, datetime | None]]:
    """Of each of `items` that has a task: the task, and when hall and source last agreed."""
    return repository.last_agreed(conn, items)


# -- inside ----------------------------------------------------------------------------------


def _scope(actor: security.Actor) -> OrgId | None:
    """Whose things the actor may list: everybody's (None) or their own."""
    elsewhere = OrgId(new_id())
    return None if security.may(actor, VIEW, on=elsewhere) else actor.org


def _view(conn: Connection, task: Task, last: Load | None) -> TaskView:
    table = catalogue.inventory_table(conn, task.table)
    dataset = store.dataset_for_item(conn, task.item)
    state = store.state(conn, dataset.id) if dataset else None
    return TaskView(
        task=task,
        item=catalogue.get(conn, task.item),
        source=repository.source(conn, task.source),
        table=f"{table.schema}.{table.name}" if table.schema else table.name,
        last=last,
        rows=state.rows if state else 0,
        revision=state.revision if state else 0,
    )


def _managed(unit: Unit, actor: security.Actor, id: SourceId) -> Source:
    found = repository.source(unit.conn, id, lock=True)
    if not security.may(actor, VIEW, on=found.org):
        raise SourceNotFound(source=id)
    security.require(actor, MANAGE, on=found.org)
    return found


def _managed_task(unit: Unit, actor: security.Actor, id: TaskId) -> Task:
    found = repository.task(unit.conn, id, lock=True)
    if not security.may(actor, VIEW, on=found.org) or found.status is TaskStatus.ENDED:
        raise TaskNotFound(task=id)
    security.require(actor, MANAGE, on=found.org)
    return found


def _refuse(form: SourceForm, *, names_taken: set[str], has_secret: bool) -> None:
    faults = list(form.faults(names_taken=names_taken, has_secret=has_secret))
    if faults:
        raise Invalid(faults)


def _filled(source: Source, form: SourceForm) -> Source:
    """The source as typed, its password sealed for this source alone."""
    named = replace(source, name=form.name.strip(), zone=form.zone)
    if form.kind.is_file:
        return named
    secret = source.secret
    if form.password:
        vault = key_store().vault()
        secret = vault.seal(form.password.encode(), context=_context(source.id))
    return replace(
        named,
        host=form.host.strip(),
        port=form.port_number,
        database=form.database.strip(),
        schema=form.schema.strip(),
        user=form.user.strip(),
        secret=secret,
    )


def _context(id: SourceId) -> str:
    return f"source:{id}"


def _receive(content: BinaryIO, draft: Path, *, magic: bytes) -> str:
    """Copy an upload to `draft`; return its SHA-256."""
    digest = hashlib.sha256()
    size = 0
    with draft.open("xb") as out:
        while chunk := content.read(1 << 20):
            if size == 0 and not chunk.startswith(magic):
                raise UploadRefused(reason="它的内容不是 XLSX 工作簿")
            size += len(chunk)
            if size > MOST_UPLOADED:
                raise UploadRefused(reason="文件超过 512 MB")
            digest.update(chunk)
            out.write(chunk)
    if size == 0:
        raise UploadRefused(reason="文件是空的")
    return digest.hexdigest()
