"""Scanning sources, on demand and by their schedule (元数据扫描)."""

from dataclasses import fields
from typing import BinaryIO, Final

from datahall import drift, security
from datahall.drift import Scan
from datahall.ingestion import repository
from datahall.ingestion.errors import LoadFailure
from datahall.ingestion.events import ScanScheduled
from datahall.ingestion.model import Diagnosis, Source
from datahall.ingestion.service.sources import connector_of, managed, test_source, upload
from datahall.kit import jobs
from datahall.kit.errors import Fault, Invalid
from datahall.kit.ids import SourceId
from datahall.kit.uow import Unit, Units
from datahall.organisations import SYSTEM

JOB: Final = "ingestion.scan"
INTERVALS: Final = {3_600: "每小时", 86_400: "每天", 604_800: "每周", 0: "不自动扫描"}
"""What a clerk may choose; metadata change seldom, and a scan asks the source for all of them."""


def scan(unit: Unit, actor: security.Actor, id: SourceId) -> Scan:
    """Read tables and columns from the source's metadata, and say what changed (元数据扫描).

    No row is moved.

    Raises:
        SourceNotFound, NotPermitted, LoadFailure of the layer that failed
    """
    source = managed(unit, actor, id)
    tables = connector_of(source).tables()
    made = drift.record_scan(unit, actor, id, source.org, tables, kind=str(source.kind))
    repository.save_source(unit.conn, source.scanned(at=unit.now))
    return made


def take_file(
    unit: Unit, actor: security.Actor, id: SourceId, *, name: str, content: BinaryIO
) -> Diagnosis:
    """Keep a file, try at once whether it can be read, and if so list its tables (上传文件).

    A file that cannot be read is kept with what is wrong with it; the tables of the one before
    stay listed until a good one comes.

    Raises:
        SourceNotFound, NotPermitted, UploadRefused
    """
    upload(unit, actor, id, name=name, content=content)
    diagnosis = test_source(unit, actor, id)
    if diagnosis.ok:
        scan(unit, actor, id)
    return diagnosis


def set_interval(unit: Unit, actor: security.Actor, id: SourceId, *, seconds: str) -> Source:
    """Change how often a source is scanned by itself (扫描间隔).

    Raises:
        SourceNotFound, NotPermitted, Invalid
    """
    source = managed(unit, actor, id)
    if seconds not in {str(each) for each in INTERVALS}:
        raise Invalid([Fault("scan_every_s", "ingestion.scan_interval_unknown")])
    changed = source.every(int(seconds))
    repository.save_source(unit.conn, changed)
    unit.record(ScanScheduled(at=unit.now, by=actor.by, source=id, every_s=changed.scan_every_s))
    return changed


def order(unit: Unit, id: SourceId) -> None:
    """Have a source scanned in the background, once however often it is asked for."""
    jobs.enqueue(unit, JOB, {"source": str(id)}, key=f"{JOB}:{id}")


def order_due(units: Units) -> None:
    """Have every source scanned whose time has come."""
    with units.open() as unit:
        for id in repository.scans_due(unit.conn, unit.now):
            order(unit, id)


def scan_by_schedule(units: Units, id: SourceId) -> Scan | None:
    """Scan a source as the system; no transaction of ours waits for it.

    A failure is kept in the history of scans, not raised.  None: the source was changed
    meanwhile, so that what was read is not of it.
    """
    with units.open() as unit:
        asked = repository.source(unit.conn, id)
    failed: LoadFailure | None = None
    try:
        tables = connector_of(asked).tables()
    except LoadFailure as error:
        failed = error
    with units.open() as unit:
        source = repository.source(unit.conn, id, lock=True)
        if _door(source) != _door(asked):
            return None
        if failed is not None:
            repository.save_source(unit.conn, source.not_scanned(at=unit.now))
            return drift.record_failed_scan(
                unit, SYSTEM, id, source.org, code=failed.code, detail=failed.detail
            )
        repository.save_source(unit.conn, source.scanned(at=unit.now))
        return drift.record_scan(unit, SYSTEM, id, source.org, tables, kind=str(source.kind))


_SEEN: Final = frozenset(
    {"name", "zone", "registered_at", "tested_at", "diagnosis", "scanned_at", "scan_every_s",
     "scan_due_at"}
)  # fmt: skip


def _door(source: Source) -> tuple[object, ...]:
    """Where a source is and who asks there."""
    return tuple(getattr(source, f.name) for f in fields(Source) if f.name not in _SEEN)
