"""Acts of reconciliation."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from datahall.kit.events import Event
from datahall.kit.ids import ItemId, LoadId, RunId, TaskId


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationOrdered(Event):
    """Somebody had source and hall compared at once (发起对账)."""

    tag: ClassVar[str] = "reconciliation:run:order"
    run: RunId
    task: TaskId

    @property
    def subject(self) -> str:
        return f"task:{self.task}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleChanged(Event):
    """Somebody changed how a task is reconciled (修改对账安排)."""

    tag: ClassVar[str] = "reconciliation:schedule:change"
    task: TaskId
    interval_s: int
    automatic: bool

    @property
    def subject(self) -> str:
        return f"task:{self.task}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferencesRepaired(Event):
    """Differing rows were brought again by the ordinary way in (补正差异)."""

    tag: ClassVar[str] = "reconciliation:run:repair"
    run: RunId
    item: ItemId
    load: LoadId
    found: int
    repaired: int

    @property
    def subject(self) -> str:
        return f"reconciliation:{self.run}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateIssued(Event):
    """A finished comparison was certified (签发对账证书)."""

    tag: ClassVar[str] = "reconciliation:certificate:issue"
    certificate: UUID
    run: RunId
    item: ItemId
    digest: str  # of the statement that was signed
    root: str

    @property
    def subject(self) -> str:
        return f"certificate:{self.certificate}"
