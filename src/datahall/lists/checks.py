"""What is wrong with the rows of a list, each fault beside its cell.  No I/O."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from datahall.kit.errors import Fault
from datahall.kit.ids import ListRowId
from datahall.lists.cells import fault
from datahall.lists.kinds import Definition
from datahall.lists.model import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class CellFault:
    """One cell that has to change before the list can be handed in."""

    row: ListRowId
    number: int  # of the row in the sheet, from 1
    column: str
    title: str  # of the column
    code: str
    detail: dict[str, object]

    @property
    def fault(self) -> Fault:
        """As refusals name it: `rows.<id>.<column>`."""
        return Fault(f"rows.{self.row}.{self.column}", self.code, self.detail)


def faults(definition: Definition, rows: Sequence[Row], *, today: date) -> list[CellFault]:
    """Every fault, from the top left to the bottom right; a row told twice last."""
    found = [
        CellFault(
            row=row.id,
            number=number,
            column=column.name,
            title=column.title,
            code=wrong.code,
            detail=wrong.detail,
        )
        for number, row in enumerate(rows, start=1)
        for column in definition.columns
        if (wrong := fault(column, row.cells.get(column.name, ""), row.cells, today=today))
    ]
    return [*found, *_told_twice(definition, rows)]


def identity(definition: Definition, row: Row) -> tuple[str, ...]:
    """What tells the row from others, without spaces and case."""
    return tuple(
        "".join(row.cells.get(name, "").split()).casefold() for name in definition.identity
    )


def _told_twice(definition: Definition, rows: Iterable[Row]) -> Iterator[CellFault]:
    first: dict[tuple[str, ...], int] = {}
    for number, row in enumerate(rows, start=1):
        key = identity(definition, row)
        if not all(key):
            continue
        other = first.setdefault(key, number)
        if other != number:
            column = definition.first
            yield CellFault(
                row=row.id,
                number=number,
                column=column.name,
                title=column.title,
                code="lists.told_twice",
                detail={"other": other},
            )
