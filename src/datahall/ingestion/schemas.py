"""What the JSON API takes and answers; a password only ever goes in."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from datahall.ingestion.cdc.model import StreamState
from datahall.ingestion.cdc.service import Way
from datahall.ingestion.forms import SourceForm
from datahall.ingestion.holding.model import LONGEST_REASON
from datahall.ingestion.model import Finding, Load, Sampling, Source
from datahall.ingestion.service.assets import Asset, State
from datahall.ingestion.service.tables import TableView
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


class ScheduleIn(BaseModel):
    """How often a source is scanned by itself (扫描间隔)."""

    scan_every_s: Annotated[int, Field(description="3600, 86400, 604800; 0: never")]


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
    scan_every_s: int
    scan_due_at: datetime | None
    findings: list[FindingOut]

    @classmethod
    def of(cls, source: Source) -> Self:
        found = source.diagnosis.findings if source.diagnosis else ()
        plain: dict[str, Any] = {
            name: getattr(source, name) for name in cls.model_fields if name != "findings"
        }
        return cls(**plain, findings=[FindingOut.of(f) for f in found])


class ProfileOut(BaseModel):
    """What a bounded sample said of a column; bounds and shape never of a sensitive one (列画像)."""

    model_config = ConfigDict(from_attributes=True)

    rows: int
    nulls: int
    null_rate: float
    distinct: int
    pattern: str | None
    minimum: str | None
    maximum: str | None
    shortest: int | None
    longest: int | None
    shares: dict[str, float]
    withheld: str
    in_words: str
    sampled_at: datetime


class AssetOut(BaseModel):
    """A table of the asset inventory as a list shows it (数据资产)."""

    id: UUID
    source: UUID
    source_name: str
    org: UUID
    schema_: Annotated[str, Field(serialization_alias="schema")]
    name: str
    comment: str
    columns: int
    row_estimate: int | None
    state: State
    item: UUID | None

    @classmethod
    def of(cls, source: Source, asset: Asset) -> Self:
        table = asset.table
        return cls(
            id=table.id,
            source=source.id,
            source_name=source.name,
            org=table.org,
            schema_=table.schema,
            name=table.name,
            comment=table.comment,
            columns=len(table.columns),
            row_estimate=table.row_estimate,
            state=asset.state,
            item=asset.entry.id if asset.entry else None,
        )


class ColumnOut(BaseModel):
    """A column as scanned, with its profile once it was sampled (字段)."""

    name: str
    type: str
    comment: str
    nullable: bool
    position: int
    is_key: bool
    profile: ProfileOut | None


class SamplingOut(BaseModel):
    """The last order to sum up the columns; `message` says why it did not succeed."""

    ordered_at: datetime
    finished_at: datetime | None
    error_code: str | None
    message: str

    @classmethod
    def of(cls, sampling: Sampling) -> Self:
        code = sampling.error_code
        return cls(
            ordered_at=sampling.ordered_at,
            finished_at=sampling.finished_at,
            error_code=code,
            message=sentence(code, sampling.error_detail) if code else "",
        )


class TableOut(BaseModel):
    """A table of the asset inventory (数据表)."""

    id: UUID
    source: UUID
    org: UUID
    schema_: Annotated[str, Field(serialization_alias="schema")]
    name: str
    comment: str
    row_estimate: int | None
    primary_key: list[str]
    changed_at: datetime | None
    scanned_at: datetime
    gone_at: datetime | None
    item: UUID | None
    columns: list[ColumnOut]
    sampling: SamplingOut | None

    @classmethod
    def of(cls, view: TableView) -> Self:
        table = view.table
        return cls(
            id=table.id,
            source=table.source,
            org=table.org,
            schema_=table.schema,
            name=table.name,
            comment=table.comment,
            row_estimate=table.row_estimate,
            primary_key=list(table.primary_key),
            changed_at=table.changed_at,
            scanned_at=table.scanned_at,
            gone_at=table.gone_at,
            item=view.entry.id if view.entry else None,
            columns=[
                ColumnOut(
                    name=column.name,
                    type=column.type,
                    comment=column.comment,
                    nullable=column.nullable,
                    position=column.position,
                    is_key=column.name in table.primary_key,
                    profile=ProfileOut.model_validate(profile) if profile else None,
                )
                for column in table.columns
                for profile in [view.profiles.get(column.name)]
            ],
            sampling=SamplingOut.of(view.sampling) if view.sampling else None,
        )


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


class HoldOut(BaseModel):
    """A load that waits for a decision; examples are masked (待确认的归集)."""

    model_config = ConfigDict(from_attributes=True)

    load: UUID
    task: UUID
    at: datetime
    rows: Annotated[int, Field(description="Rows that the hall has.")]
    going: Annotated[int, Field(description="Of them, rows that the source no longer has.")]
    read: Annotated[int, Field(description="Rows that the source has.")]
    examples: list[str]
    decided_at: datetime | None
    decided_by: str | None
    confirmed: bool | None
    reason: str


class DecisionIn(BaseModel):
    """A decision about the load that was shown, with its reason."""

    load: UUID
    reason: Annotated[str, Field(max_length=LONGEST_REASON)]


class GuardIn(BaseModel):
    """How much a load may delete unasked; null takes the city's setting (删除警戒线)."""

    percent: Annotated[int, Field(ge=0, le=100)] | None = None
    rows: Annotated[int, Field(ge=1, le=10**9)] | None = None


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
    deletions_percent: int | None
    deletions_rows: int | None
    checked_at: datetime | None
    due_at: datetime
    rows: int
    revision: int
    last: LoadOut | None
    ticket: UUID | None = Field(description="Open ticket: the table changed, the entry has not.")

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
            deletions_percent=task.deletions_percent,
            deletions_rows=task.deletions_rows,
            checked_at=task.checked_at,
            due_at=task.due_at,
            rows=view.rows,
            revision=view.revision,
            last=LoadOut.of(view.last) if view.last else None,
            ticket=view.ticket.id if view.ticket else None,
        )


class WayOut(BaseModel):
    """One way of bringing a task's rows (采集方式)."""

    mode: Mode
    fits: bool
    chosen: bool
    promise: str
    needs: str
    statements: str

    @classmethod
    def of(cls, way: Way) -> Self:
        return cls(
            mode=way.mode,
            fits=way.fits,
            chosen=way.chosen,
            promise=way.promise,
            needs=way.needs,
            statements=way.statements,
        )


class ModeIn(BaseModel):
    """How a task is to bring its rows; `keep_days` is for used rows of an outbox."""

    mode: Mode
    keep_days: int = 0


class StreamOut(BaseModel):
    """How the stream of changes stands that a task follows (变更流)."""

    state: str
    state_at: datetime
    confirmed: list[int]
    heard_at: datetime | None
    source_at: datetime | None
    lag_s: float | None
    rate: float
    changes: int
    error_code: str | None
    message: str

    @classmethod
    def of(cls, stream: StreamState) -> Self:
        code = stream.error_code
        return cls(
            state=stream.state,
            state_at=stream.state_at,
            confirmed=list(stream.confirmed),
            heard_at=stream.heard_at,
            source_at=stream.source_at,
            lag_s=stream.lag_s,
            rate=stream.rate,
            changes=stream.changes,
            error_code=code,
            message=sentence(code, stream.error_detail) if code else "",
        )


class Scanned(BaseModel):
    """What a scan found, and in how many places that differs from the scan before."""

    tables: int
    changes: int
