"""What the JSON API of reconciliation takes and gives."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel

from datahall.kit.messages import sentence
from datahall.reconciliation.model import Difference, Run, Schedule
from datahall.reconciliation.service import RunView, Standing
from datahall.reconciliation.vocabulary import Asker, Fate, Kind, Method, Ordering, RunState


class ScheduleIn(BaseModel):
    """How often to compare, and whether to repair without asking."""

    minutes: int
    automatic: bool = True


class ScheduleOut(BaseModel):
    """A task's standing order."""

    interval_s: int
    automatic: bool
    due_at: datetime

    @classmethod
    def of(cls, schedule: Schedule) -> Self:
        return cls(
            interval_s=schedule.interval_s, automatic=schedule.automatic, due_at=schedule.due_at
        )


class RunOut(BaseModel):
    """One comparison in rows; `message` says why it did not succeed."""

    id: UUID
    task: UUID
    item: UUID
    state: RunState
    asker: Asker
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    method: Method | None
    ordering: Ordering | None
    position: str
    ranges: int
    differing: int
    source: int
    hall: int
    waiting: int
    settled: int
    found: int
    repaired: int
    remaining: int
    moving: int
    load: UUID | None
    certificate: UUID | None
    error_code: str | None
    message: str

    @classmethod
    def of(cls, run: Run) -> Self:
        plain: dict[str, Any] = {
            name: getattr(run if hasattr(run, name) else run.counts, name)
            for name in cls.model_fields
            if name != "message"
        }
        words = sentence(run.error_code, run.error_detail) if run.error_code else ""
        return cls(**plain, message=words)


class ValueOut(BaseModel):
    """One column of a differing row, masked."""

    name: str
    title: str
    source: str | None
    hall: str | None


class DifferenceOut(BaseModel):
    """One row that differed; key and values are masked."""

    id: UUID
    kind: Kind
    fate: Fate
    key: str
    values: list[ValueOut]

    @classmethod
    def of(cls, found: Difference) -> Self:
        return cls(
            id=found.id,
            kind=found.kind,
            fate=found.fate,
            key=found.key,
            values=[
                ValueOut(name=v.name, title=v.title, source=v.source, hall=v.hall)
                for v in found.values
            ],
        )


class RunDetail(BaseModel):
    """A comparison with its differing rows."""

    run: RunOut
    title: str
    differences: list[DifferenceOut]

    @classmethod
    def of(cls, view: RunView) -> Self:
        return cls(
            run=RunOut.of(view.run),
            title=view.item.title,
            differences=[DifferenceOut.of(d) for d in view.differences],
        )


class StandingOut(BaseModel):
    """A task, its standing order and its latest comparison."""

    task: UUID
    item: UUID
    title: str
    org: UUID
    schedule: ScheduleOut | None
    last: RunOut | None

    @classmethod
    def of(cls, standing: Standing) -> Self:
        return cls(
            task=standing.task.id,
            item=standing.item.id,
            title=standing.item.title,
            org=standing.task.org,
            schedule=ScheduleOut.of(standing.schedule) if standing.schedule else None,
            last=RunOut.of(standing.last) if standing.last else None,
        )
