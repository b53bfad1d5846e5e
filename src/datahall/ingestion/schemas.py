"""What the JSON API takes and answers; a password only ever goes in."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from datahall.ingestion.forms import SourceForm
from datahall.ingestion.model import Finding, Load, Source
from datahall.ingestion.service.tasks import TaskView
from datahall.ingestion.vocabulary import Kind, Layer, LoadState, Mode, TaskStatus, Zone
from datahall.kit.messages import sentence

Short = Annotated[str, Field(max_length=200)]


class SourceIn(BaseModel):
    """A source as typed; without a password the stored one stays."""

    name: Short
    kind: Kind
    zone: Zone = Zone.GOVERNMENT
    host: Short = ""
    port: int | None = None
    database: Short = ""
    schema_: Annotated[str, Field(alias="schema", max_length=200)] = ""
    user: Short = ""
    password: Annotated[str, Field(max_length=1000)] = ""

    def form(self) -> SourceForm:
        return SourceForm(
            name=self.name,
            kind=self.kind,
            zone=self.zone,
            host=self.host,
            port="" if self.port is None else str(self.port),
            database=self.database,
            schema=self.schema_,
            user=self.user,
            password=self.password,
        )


class FindingOut(BaseModel):
    """One layer of a connection test; `ok` is null when it was not reached."""

    layer: Layer
    ok: bool | None
    message: str

    @classmethod
    def of(cls, finding: Finding) -> Self:
        message = sentence(finding.code, finding.detail) if finding.code else ""
        return cls(layer=finding.layer, ok=finding.ok, message=message)


class SourceOut(BaseModel):
    """A source, without its password."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    org: UUID
    name: str
    kind: Kind
    zone: Zone
    address: str
    user: str
    registered_at: datetime
    tested_at: datetime | None
    scanned_at: datetime | None
    findings: list[FindingOut]

    @classmethod
    def of(cls, source: Source) -> Self:
        found = source.diagnosis.findings if source.diagnosis else ()
        plain: dict[str, Any] = {
            name: getattr(source, name) for name in cls.model_fields if name != "findings"
        }
        return cls(**plain, findings=[FindingOut.of(f) for f in found])


class LoadOut(BaseModel):
    """One load; `message` says why it did not land and what to do."""

    id: UUID
    state: LoadState
    whole: bool
    started_at: datetime
    finished_at: datetime | None
    read: int
    inserted: int
    updated: int
    unchanged: int
    deleted: int
    quarantined: int
    revision: int | None
    error_layer: Layer | None
    error_code: str | None
    message: str

    @classmethod
    def of(cls, load: Load) -> Self:
        plain: dict[str, Any] = {
            name: getattr(load, name) for name in cls.model_fields if name != "message"
        }
        words = sentence(load.error_code, load.error_detail) if load.error_code else ""
        return cls(**plain, message=words)


class TaskOut(BaseModel):
    """A task and how it stands."""

    id: UUID
    item: UUID
    title: str
    org: UUID
    source: UUID
    table: str
    mode: Mode
    status: TaskStatus
    interval_s: int
    checked_at: datetime | None
    due_at: datetime
    rows: int
    revision: int
    last: LoadOut | None

    @classmethod
    def of(cls, view: TaskView) -> Self:
        task = view.task
        return cls(
            id=task.id,
            item=task.item,
            title=view.item.title,
            org=task.org,
            source=task.source,
            table=view.table,
            mode=task.mode,
            status=task.status,
            interval_s=task.interval_s,
            checked_at=task.checked_at,
            due_at=task.due_at,
            rows=view.rows,
            revision=view.revision,
            last=LoadOut.of(view.last) if view.last else None,
        )


class Scanned(BaseModel):
    """How many tables a scan found."""

    tables: int
