"""What the JSON API takes and gives; the Chinese term of each attribute is in its description."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from datahall.lists.changes import ChangeKind
from datahall.lists.service.filling import Mode
from datahall.lists.vocabulary import CellType, ListKind, ListStatus


class Shape(BaseModel):
    model_config = ConfigDict(from_attributes=True, extra="forbid")


class ColumnOut(Shape):
    """One column of a list (填报项)."""

    name: str
    title: str = Field(description="栏名")
    type: CellType
    required: bool
    required_when: dict[str, tuple[str, ...]] = Field(description="column → values that need it")
    choices: tuple[str, ...]
    longest: int = Field(description="Characters that the cell may hold")
    help: str


class DefinitionOut(Shape):
    """One kind of list with its columns in order (清单定义)."""

    kind: ListKind
    row: str = Field(description="What one row is")
    identity: tuple[str, ...] = Field(description="Columns that tell one row from another")
    columns: tuple[ColumnOut, ...]


class PeriodIn(Shape):
    """A period to open (填报期)."""

    period: str = Field(description="2026 or 2026-Q4", examples=["2026-Q4"])
    due_on: date = Field(description="报送截止日")
    kinds: tuple[ListKind, ...] | None = Field(
        default=None, description="Lists asked for; null for the three lists of the setting"
    )
    note: str = Field(default="", description="填报说明")


class PeriodOut(Shape):
    """A period that the authority has opened (填报期)."""

    period: str
    kinds: tuple[ListKind, ...]
    due_on: date
    opened_at: datetime
    note: str


class StandingOut(Shape):
    """How a department stands with one list of a period (报送情况)."""

    org: UUID
    kind: ListKind
    list: UUID | None = Field(description="The newest version; null when not begun")
    status: ListStatus | None
    handed_in: bool
    late: bool


class StartIn(Shape):
    kind: ListKind
    period: str = Field(examples=["2026-Q4"])


class ListOut(Shape):
    """One version of a department's list (清单版本)."""

    id: UUID
    org: UUID
    kind: ListKind
    period: str
    number: int = Field(description="本期第几版")
    status: ListStatus
    edit: int = Field(description="Number of saves; give it back with the next one")
    rows: int
    based_on: UUID | None
    round: int = Field(description="第几次审核")
    remarks: str = Field(description="退回理由")
    started_at: datetime
    handed_in_at: datetime | None
    signed_at: datetime | None
    signed_by: str
    published_at: datetime | None


class RowOut(Shape):
    """One row; its id is the same in every version (清单行)."""

    id: UUID
    cells: dict[str, str] = Field(description="column → text; empty cells are left out")


class RowEditIn(Shape):
    """A new row (`row` null), other cells of one, or its removal (`cells` null)."""

    row: UUID | None = None
    cells: dict[str, str] | None = None
    after: UUID | None = Field(default=None, description="Row that a new one goes behind")


class RowsIn(Shape):
    """Edits made on the version as it was at `edit`."""

    edit: int
    rows: tuple[RowEditIn, ...]


class BlockIn(Shape):
    """A block as copied from a spreadsheet: lines with tabs, with or without a head."""

    text: str
    mode: Mode = Mode.MERGE
    first: str = Field(default="", description="Column that a block without a head begins in")


class ChangeOut(Shape):
    """A row added, removed or changed; of a changed one the cells that differ (清单变动)."""

    kind: ChangeKind
    row: UUID
    before: dict[str, str]
    after: dict[str, str]


class SavedOut(Shape):
    """A list after a save, and what the save changed."""

    version: ListOut
    changes: tuple[ChangeOut, ...]


class SaveOut(Shape):
    """One save in the history of a version (保存记录)."""

    edit: int
    at: datetime
    name: str
    how: str
    changes: tuple[ChangeOut, ...]


class FaultOut(Shape):
    """A cell that has to change before the list can be handed in."""

    row: UUID
    number: int = Field(description="第几行")
    column: str
    code: str
    message: str


class RemarkOut(Shape):
    """What a reviewer says about a cell; an empty column is the whole row (批注)."""

    row: UUID
    column: str
    text: str
    round: int
    at: datetime
    name: str
    org_name: str


class RemarksIn(Shape):
    """Column → remark; the empty column is the whole row."""

    remarks: dict[str, str]


class ReturnIn(Shape):
    remarks: str = Field(default="", description="退回理由; may be empty when cells have remarks")
