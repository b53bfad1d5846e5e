"""An import and how far it is (目录导入).  No I/O."""

from dataclasses import dataclass
from datetime import datetime

from datahall.catalogue.sheets.reading import Remark, Weight
from datahall.kit.ids import ImportId, OrgId, PersonId
from datahall.kit.labels import Labelled


class ImportState(Labelled):
    """How an import stands."""

    WAITING = "waiting", "等待处理"
    RUNNING = "running", "正在导入"
    DONE = "done", "已完成"
    REFUSED = "refused", "没有导入"


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One workbook that a department sent."""

    id: ImportId
    org: OrgId
    person: PersonId
    person_name: str
    file_name: str
    state: ImportState = ImportState.WAITING
    total: int | None = None  # entries; None until counted
    done: int = 0
    drafted: int = 0
    revised: int = 0
    unchanged: int = 0
    refused: int = 0  # entries that have errors
    remarks: tuple[Remark, ...] = ()
    refusal: str = ""  # code of why the whole was refused
    refusal_detail: dict[str, object]
    sent_at: datetime  # UTC
    ended_at: datetime | None = None  # UTC

    @property
    def is_over(self) -> bool:
        return self.state in {ImportState.DONE, ImportState.REFUSED}

    @property
    def taken(self) -> int:
        """Entries that the hall now has as the workbook says."""
        return self.drafted + self.revised + self.unchanged

    @property
    def percent(self) -> float:
        """How far it is, of a hundred."""
        if self.is_over:
            return 100.0
        return 0.0 if not self.total else 100 * self.done / self.total

    @property
    def errors(self) -> int:
        return sum(remark.weight is Weight.ERROR for remark in self.remarks)
