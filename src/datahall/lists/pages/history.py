"""What changed between versions, and every save of one (对照、版本历史)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from datahall.kit.html import Page, respond
from datahall.kit.http import UnitDep
from datahall.kit.ids import ListId, ListRowId
from datahall.lists import repository
from datahall.lists.changes import ChangeKind, RowChange
from datahall.lists.kinds import Definition, definition
from datahall.lists.model import ListVersion, Row
from datahall.lists.pages.common import TAGS, Viewer
from datahall.lists.service import reading
from datahall.lists.vocabulary import ListStatus
from datahall.organisations import Organisation, organisation

router = APIRouter(prefix="/lists/{id}")

CHANGES_SHOWN: Final = 500
SAVES_SHOWN: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedRow:
    """A row that differs, in words."""

    kind: ChangeKind
    name: str
    cells: Sequence[tuple[str, str, str]]  # column, before, after


@dataclass(frozen=True, kw_only=True)
class ChangesPage(Page):
    """Two versions of a list cell by cell (与上一版对照)."""

    template: ClassVar[str] = "lists/changes.html"
    section: ClassVar[str] = "lists"
    version: ListVersion
    before: ListVersion | None
    org: Organisation
    changes: Sequence[ChangedRow]
    counts: Mapping[ChangeKind, int]
    more: int
    versions: Sequence[ListVersion]  # to compare with


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveLine:
    """One save in the history."""

    edit: int
    at: datetime
    name: str
    how: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class HistoryPage(Page):
    """Every version of a list, and the saves of this one (版本历史)."""

    template: ClassVar[str] = "lists/history.html"
    section: ClassVar[str] = "lists"
    version: ListVersion
    org: Organisation
    versions: Sequence[ListVersion]
    saves: Sequence[SaveLine]
    more: int
    opened: int | None  # the save that is shown cell by cell
    changes: Sequence[ChangedRow]
    tags: Mapping[ListStatus, str] = field(default_factory=lambda: TAGS)


@router.get("/changes")
def show_changes(
    id: ListId, request: Request, unit: UnitDep, actor: Viewer, before: ListId | None = None
) -> HTMLResponse:
    """Rows added, removed and changed (对照)."""
    compared = reading.compare(unit, actor, id, before=before)
    about = definition(compared.version.kind)
    rows = {row.id: row for row in reading.rows(unit, actor, id)}
    told = list(in_words(about, compared.changes[:CHANGES_SHOWN], rows))
    page = ChangesPage(
        version=compared.version,
        before=compared.before,
        org=organisation(unit.conn, compared.version.org),
        changes=told,
        counts={kind: sum(c.kind is kind for c in compared.changes) for kind in ChangeKind},
        more=max(0, len(compared.changes) - CHANGES_SHOWN),
        versions=[v for v in reading.history(unit, actor, id) if v.id != id],
    )
    return respond(request, page)


@router.get("/history")
def show_history(
    id: ListId, request: Request, unit: UnitDep, actor: Viewer, save: int | None = None
) -> HTMLResponse:
    """The versions and the saves (版本历史)."""
    version = reading.read(unit, actor, id)
    heads = repository.save_heads(unit.conn, id)
    changes: list[ChangedRow] = []
    if save is not None:
        made = next(iter(repository.saves_of(unit.conn, id, since=save - 1)), None)
        rows = {row.id: row for row in reading.rows(unit, actor, id)}
        about = definition(version.kind)
        changes = list(in_words(about, made.changes[:CHANGES_SHOWN] if made else (), rows))
    page = HistoryPage(
        version=version,
        org=organisation(unit.conn, version.org),
        versions=reading.history(unit, actor, id),
        saves=[
            SaveLine(edit=edit, at=at, name=name, how=how, rows=rows_)
            for edit, at, name, how, rows_ in heads[:SAVES_SHOWN]
        ],
        more=max(0, len(heads) - SAVES_SHOWN),
        opened=save,
        changes=changes,
    )
    return respond(request, page)


def in_words(
    about: Definition, changes: Sequence[RowChange], rows: Mapping[ListRowId, Row]
) -> Iterator[ChangedRow]:
    """Changes as people read them: the row by its name, the columns by their titles."""
    first = about.first.name
    for change in changes:
        row = rows.get(change.row)
        name = change.after.get(first) or change.before.get(first) or ""
        if not name and row is not None:
            name = row.cells.get(first, "")
        columns = [c for c in about.columns if c.name in {**change.before, **change.after}]
        yield ChangedRow(
            kind=change.kind,
            name=name or "（没有名称）",
            cells=[
                (c.title, change.before.get(c.name, ""), change.after.get(c.name, ""))
                for c in columns
            ],
        )
