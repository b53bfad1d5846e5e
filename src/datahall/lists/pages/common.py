"""What the pages of lists share."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.datastructures import FormData

from datahall.kit.messages import sentence
from datahall.kit.uow import Unit
from datahall.lists.checks import CellFault
from datahall.lists.kinds import Column, Definition, definition
from datahall.lists.model import ListVersion, Remark, Row
from datahall.lists.service import reading
from datahall.lists.vocabulary import ListStatus
from datahall.security import Actor, permits

Viewer = Annotated[Actor, Depends(permits("lists:view"))]
Clerk = Annotated[Actor, Depends(permits("lists:fill"))]
Overseer = Annotated[Actor, Depends(permits("lists:oversee"))]
Opener = Annotated[Actor, Depends(permits("lists:open_period"))]

ROWS_SHOWN: Final = 50
FIELDS_SENT: Final = 900  # of one form; the server reads a thousand

TAGS: Final[Mapping[ListStatus, str]] = {
    ListStatus.PUBLISHED: "ok",
    ListStatus.RETURNED: "bad",
    ListStatus.SIGN_OFF: "ink",
    ListStatus.REVIEW: "ink",
}
"""Kind of tag that shows a stage."""


async def form_of(request: Request) -> AsyncIterator[FormData]:
    """What a form sent, for handlers that do not wait themselves; its files are closed after."""
    async with request.form() as form:
        yield form


Sent = Annotated[FormData, Depends(form_of)]


def word(form: FormData, name: str) -> str:
    """One text of a form."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell on the screen."""

    column: Column
    value: str
    fault: str = ""
    remark: str = ""
    theirs: str = ""  # what a colleague saved meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRow:
    """One row on the screen; without an id it is not stored yet."""

    id: str
    number: int
    cells: Sequence[Cell]
    remark: str = ""  # on the whole row
    dropped: bool = False

    @property
    def name(self) -> str:
        """What the row is about."""
        return self.cells[0].value if self.cells else ""


@dataclass(frozen=True, slots=True)
class Notes:
    """What stands beside the cells of a version: its faults and the remarks to be answered."""

    faults: Mapping[tuple[str, str], str]
    remarks: Mapping[tuple[str, str], str]

    @classmethod
    def of(cls, found: Sequence[CellFault], said: Sequence[Remark]) -> "Notes":
        remarks: dict[tuple[str, str], str] = {}
        for one in said:
            place = (str(one.row), one.column)
            text = f"{one.org_name}：{one.text}"
            remarks[place] = f"{remarks[place]}；{text}" if place in remarks else text
        return cls(
            faults={(str(f.row), f.column): sentence(f.code, f.detail) for f in found},
            remarks=remarks,
        )


def shown(about: Definition, row: Row, number: int, notes: Notes) -> SheetRow:
    """A stored row with what stands beside its cells."""
    id = str(row.id)
    return SheetRow(
        id=id,
        number=number,
        remark=notes.remarks.get((id, ""), ""),
        cells=[
            Cell(
                column=column,
                value=row.cells.get(column.name, ""),
                fault=notes.faults.get((id, column.name), ""),
                remark=notes.remarks.get((id, column.name), ""),
            )
            for column in about.columns
        ],
    )


def pages_of(rows: int, size: int) -> int:
    return max(1, -(-rows // size))


def notes_of(unit: Unit, actor: Actor, version: ListVersion, found: Sequence[CellFault]) -> Notes:
    said = reading.remarks(unit, actor, version)
    return Notes.of(found, reading.standing(version, said))


def page_size(version: ListVersion) -> int:
    """Rows of one sheet page: as many as one form can send."""
    return min(ROWS_SHOWN, FIELDS_SENT // (len(definition(version.kind).columns) + 2) - BLANKS)


BLANKS: Final = 5  # empty rows at the end of the sheet
