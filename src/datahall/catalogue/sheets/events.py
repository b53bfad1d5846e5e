"""Acts upon workbooks of entries."""

from dataclasses import dataclass
from typing import ClassVar

from datahall.kit.events import Event
from datahall.kit.ids import ImportId


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkbookSent(Event):
    """A department sent a workbook of entries (导入目录)."""

    tag: ClassVar[str] = "catalogue:import:send"

    workbook: ImportId
    file_name: str

    @property
    def subject(self) -> str:
        return f"import:{self.workbook}"
