"""From a workbook to entries: which rows are one entry, and where each of its texts stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from datahall.catalogue.checks import MOST_FIELDS
from datahall.catalogue.sheets.cells import GapTooLong, Row, letters
from datahall.catalogue.sheets.columns import HEAD_ROWS, OFFICIAL, Column, Head, head_of
from datahall.catalogue.sheets.errors import NoCatalogueInside
from datahall.catalogue.sheets.texts import Written, restored
from datahall.catalogue.sheets.workbook import Sheet, Workbook
from datahall.kit.labels import Labelled

MOST_ENTRIES: Final = 20_000  # of one workbook
HELP_SHEET: Final = "填写说明"
REMARKS_SHEET: Final = "需要改正的地方"
ASIDE: Final = frozenset({HELP_SHEET, REMARKS_SHEET})  # sheets that the hall itself adds
MOST_REMARKS: Final = 5000  # of one import; what is beyond is counted


class Weight(Labelled):
    """How grave a remark is."""

    ERROR = "error", "要改正"  # the entry was not taken
    REPAIR = "repair", "已代为修正"  # taken, with something made good
    NOTICE = "notice", "请留意"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something to say about a cell, a row or a sheet (批注)."""

    sheet: str
    cell: str  # B7; empty for the sheet itself
    code: str  # of the sentence in messages.toml
    detail: dict[str, object] = field(default_factory=dict)
    weight: Weight = Weight.ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One entry of a sheet: its texts, and where they stand."""

    sheet: str
    row: int  # of its first line
    texts: Written
    item_rows: tuple[int, ...]
    positions: Mapping[str, int]  # path of a column → its position
    remarks: tuple[Remark, ...] = ()

    def cell(self, path: str) -> str:
        """The address of `title`, of `fields.3.length`, or of what stands for them."""
        parts = path.split(".")
        if parts[0] == "fields" and len(parts) > 1 and parts[1].isdigit():
            index, name = int(parts[1]), ".".join(parts[2:]) or "title"
            row = self.item_rows[index] if index < len(self.item_rows) else self.row
            column = self.positions.get(f"fields.{name}", self.positions.get("fields.title", 0))
            return f"{letters(column)}{row}"
        if path == "fields":
            over = len(self.item_rows) > MOST_FIELDS
            row = self.item_rows[MOST_FIELDS] if over else self.row
            return f"{letters(self.positions.get('fields.title', 0))}{row}"
        known = self.positions.get(PLACES.get(path, path), self.positions.get("title", 0))
        return f"{letters(known)}{self.row}"


PLACES: Final = {
    "category_code": "category.2",
    "share_condition": "condition",
    "withheld_basis": "condition",
    "opening": "is_open",
    "secrecy": "secrecy.number",
    "privacy": "privacy.number",
}
"""Attribute of an entry → column that says it, where the names differ."""


@dataclass(slots=True)
class Contents:
    """What a workbook holds, as it is read; `remarks` fills while the entries are taken."""

    book: Workbook
    remarks: list[Remark] = field(default_factory=list)

    def entries(self) -> Iterator[Found]:
        """Every entry of every visible sheet that has a catalogue's head.

        Raises:
            NoCatalogueInside, WorkbookDamaged
        """
        hidden = [sheet.name for sheet in self.book.sheets if sheet.is_hidden]
        seen = False
        for sheet in self.book.sheets:
            if sheet.is_hidden:
                continue
            lines = self._lines(sheet)
            head = _head(lines)
            if head is None:
                if sheet.name not in ASIDE:
                    self._tell(sheet, "", "sheet_without_head", Weight.NOTICE)
                continue
            seen = True
            self._ask_head(sheet, head)
            if head.is_right:
                yield from self._entries(sheet, head, lines)
        for name in hidden:
            self.remarks.append(
                Remark(sheet=name, cell="", code="catalogue.sheet_hidden", weight=Weight.NOTICE)
            )
        if not seen:
            raise NoCatalogueInside(hidden=f"，其中 {len(hidden)} 张是隐藏的" if hidden else "")

    def _lines(self, sheet: Sheet) -> Iterator[Row]:
        try:
            yield from self.book.rows(sheet)
        except GapTooLong as gap:
            self._tell(sheet, f"A{gap.after + 1}", "sheet_gap", row=gap.after)

    def _tell(
        self, sheet: Sheet, cell: str, code: str, weight: Weight = Weight.ERROR, **detail: object
    ) -> None:
        self.remarks.append(
            Remark(
                sheet=sheet.name, cell=cell, code=f"catalogue.{code}", detail=detail, weight=weight
            )
        )

    def _ask_head(self, sheet: Sheet, head: Head) -> None:
        if head.missing:
            names = "、".join(column.head for column in head.missing)
            self._tell(sheet, f"A{head.row}", "sheet_columns_missing", columns=names)
        for position, text in head.extra:
            cell = f"{letters(position)}{head.row}"
            self._tell(sheet, cell, "sheet_column_unknown", column=text[:40])
        for position, column in head.twice:
            cell = f"{letters(position)}{head.row}"
            self._tell(sheet, cell, "sheet_column_twice", column=column.head)
        for position, column in head.misplaced:
            before = OFFICIAL[OFFICIAL.index(column) - 1].head
            cell = f"{letters(position)}{head.row}"
            self._tell(sheet, cell, "sheet_column_misplaced", column=column.head, before=before)

    def _entries(self, sheet: Sheet, head: Head, lines: Iterator[Row]) -> Iterator[Found]:
        gathered: _Gathered | None = None
        count = 0
        for line in lines:
            texts = {c: restored(t) for p, t in line.cells.items() if (c := _path(head, p))}
            self._ask_beside(sheet, head, line)
            if not texts or set(texts) == {"number"}:
                continue
            if gathered is None or gathered.ends_before(texts):
                if gathered is not None:
                    count += 1
                    yield gathered.found()
                if count >= MOST_ENTRIES:
                    self._tell(sheet, f"A{line.number}", "sheet_too_many", most=MOST_ENTRIES)
                    return
                gathered = _Gathered(sheet.name, head, line.number)
            gathered.add(line.number, texts)
        if gathered is not None:
            yield gathered.found()

    def _ask_beside(self, sheet: Sheet, head: Head, line: Row) -> None:
        """Something written beside the columns belongs to nothing."""
        for position in line.cells:
            if position not in head.columns:
                cell = f"{letters(position)}{line.number}"
                self._tell(sheet, cell, "sheet_beside", Weight.NOTICE)


def _path(head: Head, position: int) -> str:
    column = head.columns.get(position)
    return column.path if column else ""


def _head(lines: Iterator[Row]) -> Head | None:
    """The head among the first rows; the rows below it are still to come."""
    for line in lines:
        if line.number > HEAD_ROWS:
            return None
        if head := head_of(line.number, line.cells):
            return head
    return None


@dataclass(slots=True)
class _Gathered:
    """The rows of an entry so far."""

    sheet: str
    head: Head
    row: int
    entry: dict[str, str] = field(default_factory=dict)
    items: list[dict[str, str]] = field(default_factory=list)
    item_rows: list[int] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    def ends_before(self, texts: Mapping[str, str]) -> bool:
        """Whether a row begins the next entry: it names another one, or has another number.

        Merged cells leave the rows below blank; some programs repeat the texts instead.
        """
        differs = {
            path
            for path in ("title", "code", "number")
            if texts.get(path) and texts[path] != self.entry.get(path, "")
        }
        return bool(differs & {"title", "code"} or (differs and texts.get("title")))

    def add(self, row: int, texts: Mapping[str, str]) -> None:
        columns = self.head.columns.values()
        is_first = not self.entry
        if is_first:
            self.entry = {c.path: texts.get(c.path, "") for c in columns if not c.is_of_item}
        item = {c.path: texts.get(c.path, "") for c in columns if c.is_of_item}
        if any(text.strip() for text in item.values()):
            self.items.append(item)
            self.item_rows.append(row)
        if not is_first:
            self._ask_below(row, texts)

    def _ask_below(self, row: int, texts: Mapping[str, str]) -> None:
        """What belongs to the entry stands in its first row."""
        for position, column in self.head.columns.items():
            if column.path == "number":
                continue
            text = texts.get(column.path, "")
            if column.is_of_item or text in {"", self.entry.get(column.path)}:
                continue
            detail: dict[str, object] = {"column": column.head, "row": self.row}
            self.remarks.append(
                Remark(
                    sheet=self.sheet,
                    cell=f"{letters(position)}{row}",
                    code="catalogue.sheet_below",
                    detail=detail,
                )
            )

    def found(self) -> Found:
        return Found(
            sheet=self.sheet,
            row=self.row,
            texts=Written(entry=self.entry, items=tuple(self.items)),
            item_rows=tuple(self.item_rows),
            positions=_positions(self.head.columns),
            remarks=tuple(self.remarks),
        )


def _positions(columns: Mapping[int, Column]) -> dict[str, int]:
    return {column.path: position for position, column in columns.items()}
