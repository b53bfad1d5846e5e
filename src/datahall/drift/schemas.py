"""What the JSON API of drift takes and gives."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from datahall.drift.model.changes import ChangeKind
from datahall.drift.model.scan import Scan
from datahall.drift.model.ticket import Outcome, Status
from datahall.drift.questions import FieldUse
from datahall.drift.service import TicketView
from datahall.kit.messages import sentence


class Shape(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ChangeOut(Shape):
    """One thing that differs between two scans (变更)."""

    kind: ChangeKind
    schema_: str = Field(validation_alias="schema", serialization_alias="schema")
    table: str
    column: str = Field(description="As it was called; empty: the table itself.")
    before: str
    after: str
    confidence: float | None = Field(description="Of a renaming, which is recognised, not told.")


class MisfitOut(Shape):
    """A place of the entry that no longer fits (影响)."""

    field: str
    title: str
    reason: str
    stops: bool = Field(description="Loads cannot go on until this is changed.")


class UseOut(Shape):
    """A system that gets fields which no longer fit (使用方)."""

    consumer: UUID
    system: str
    fields: list[str]


class StepOut(Shape):
    """One line of the history (经过)."""

    at: datetime
    title: str
    name: str
    org_name: str
    note: str


class ExtensionOut(Shape):
    """More working days (延期)."""

    days: int
    reason: str
    granted: bool | None = Field(description="null: not decided.")


class TicketOut(BaseModel):
    """A ticket with its clock T1 and what is broken (变更工单)."""

    id: UUID
    code: str
    source: UUID
    table: UUID
    org: UUID
    item: UUID
    item_title: str
    item_version: int
    status: Status
    outcome: Outcome | None
    opened_at: datetime
    closed_at: datetime | None
    due_on: date
    left_days: int
    explanation: str
    extension: ExtensionOut | None
    changes: list[ChangeOut]
    misfits: list[MisfitOut]
    steps: list[StepOut]
    uses: list[UseOut] = Field(description="Told of one ticket, not in the list.")

    @classmethod
    def of(cls, view: TicketView, uses: list[FieldUse] | None = None) -> Self:
        ticket = view.ticket
        return cls(
            **{
                name: getattr(ticket, name)
                for name in (
                    "id", "code", "source", "table", "org", "item", "item_title", "item_version",
                    "status", "outcome", "opened_at", "closed_at", "explanation",
                )
            },
            extension=ExtensionOut.model_validate(ticket.extension) if ticket.extension else None,
            due_on=view.reading.due_on,
            left_days=view.reading.left_days,
            changes=[ChangeOut.model_validate(change) for change in ticket.changes],
            misfits=[MisfitOut.model_validate(misfit) for misfit in view.misfits],
            steps=[StepOut.model_validate(step) for step in ticket.steps],
            uses=[
                UseOut(consumer=use.consumer, system=use.system, fields=sorted(use.fields))
                for use in uses or []
            ],
        )  # fmt: skip


class ScanOut(BaseModel):
    """One scan of a source (扫描记录); `message` says why it did not succeed."""

    at: datetime
    by: str
    is_first: bool
    tables: int
    columns: int
    changes: list[ChangeOut]
    error_code: str | None
    message: str

    @classmethod
    def of(cls, scan: Scan) -> Self:
        return cls(
            at=scan.at,
            by=scan.by,
            is_first=scan.is_first,
            tables=scan.tables,
            columns=scan.columns,
            changes=[ChangeOut.model_validate(change) for change in scan.changes],
            error_code=scan.error_code,
            message=sentence(scan.error_code, scan.error_detail) if scan.error_code else "",
        )


class ExtensionIn(BaseModel):
    """Asking for more working days (申请延期)."""

    days: int = Field(description="1 to 5.")
    words: str = ""


class DecisionIn(BaseModel):
    """Yes or no (审批意见)."""

    granted: bool


class WordsIn(BaseModel):
    """What is said (说明或退回意见)."""

    words: str = ""
