"""Pages of code tables: look them up, adopt the next version of one (代码表)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, ClassVar, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, File, Form, Query, Request, UploadFile
from fastapi.responses import Response

from datahall.kit import grid
from datahall.kit.clock import local_date
from datahall.kit.errors import DomainError, Fault
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.uow import Unit
from datahall.security import Actor, may, permits
from datahall.standards import sheets
from datahall.standards.errors import (
    CodeListClash,
    CodeListInvalid,
    CodeListNotFound,
    EffectiveTooEarly,
)
from datahall.standards.model.code_lists import (
    CodeEntry,
    CodeList,
    EntryChange,
    entry_changes,
    plain,
)
from datahall.standards.model.versions import in_force
from datahall.standards.repository import code_lists as repository
from datahall.standards.service import code_lists as service

router = APIRouter(prefix="/standards")
Viewer = Annotated[Actor, Depends(permits("standards:view"))]
Bureau = Annotated[Actor, Depends(permits("standards:adopt"))]

PAGE_ROWS: Final = 50
CHANGES_SHOWN: Final = 100


@dataclass(frozen=True, kw_only=True)
class CodeListsPage(Page):
    """Every code table that applies today (代码表)."""

    template: ClassVar[str] = "standards/code_lists.html"
    section: ClassVar[str] = "catalogue"
    lists: Sequence[CodeList]
    query: str
    may_adopt: bool
    values: Mapping[str, str]
    faults: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class CodeListPage(Page):
    """One version of a code table: its codes, its versions, the form for the next one (代码表)."""

    template: ClassVar[str] = "standards/code_list.html"
    section: ClassVar[str] = "catalogue"
    shown: CodeList
    current: CodeList | None  # the version that applies today
    versions: Sequence[CodeList]  # newest first
    before: CodeList | None
    changes: Sequence[EntryChange]  # against the version before, the first of them
    changed: int  # how many there are
    entries: Sequence[CodeEntry]
    found: int
    query: str
    page: int
    pages: int
    url: Callable[[int], str]
    may_adopt: bool
    values: Mapping[str, str]
    faults: Mapping[str, str]


@router.get("/code-lists")
def show_code_lists(
    request: Request,
    unit: UnitDep,
    actor: Viewer,
    code: Annotated[str, Query(max_length=100)] = "",
    version: int | None = None,
    q: Annotated[str, Query(max_length=100)] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """The code tables; `code` opens one, `version` an earlier or coming one of it (代码表)."""
    if code:
        return respond(request, _one(unit, actor, code, version=version, query=q, page=page))
    return respond(request, _all(unit, actor, query=q))


@router.post("/code-lists")
def adopt(
    request: Request,
    unit: UnitDep,
    actor: Bureau,
    code: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    source: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
    effective_on: Annotated[str, Form()] = "",
    entries: Annotated[str, Form()] = "",
    is_next: Annotated[bool, Form()] = False,
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Adopt a table, typed one code a line or uploaded as a sheet (登记代码表)."""
    typed = {"code": code, "name": name, "source": source, "note": note, "entries": entries}
    typed["effective_on"] = effective_on
    faults: list[Fault] = []
    given = read_entries(entries)
    if file is not None and file.filename:
        given, faults = sheets.read_entries(grid.read(file.filename, file.file.read()))
    on, wrong_day = read_day(effective_on)
    faults += wrong_day
    made = CodeList(
        code=plain(code), name=name.strip(), source=source.strip(), note=note.strip(), entries=given
    )
    try:
        adopted = service.adopt_code_list(unit, actor, made, effective_on=on, read=faults)
    except (CodeListClash, CodeListInvalid, EffectiveTooEarly) as refused:
        known = is_next and repository.code_list(unit.conn, made.code) is not None
        page = (
            _one(unit, actor, made.code, values=typed, refused=refused)
            if known
            else _all(unit, actor, values=typed, refused=refused)
        )
        return respond(request, page, status=422)
    words = f"代码表“{adopted.code}”第 {adopted.version} 版已登记，{adopted.effective_on} 起适用。"
    return redirect(f"/standards/code-lists?{urlencode({'code': adopted.code})}", flash=words)


def read_entries(text: str) -> tuple[CodeEntry, ...]:
    """The entries of a text such as a column pair pasted from a sheet: `1 全自理` a line."""
    lines = (line.split(maxsplit=1) for line in text.splitlines() if line.strip())
    return tuple(
        CodeEntry(plain(parts[0]), parts[1].strip() if len(parts) > 1 else "") for parts in lines
    )


def read_day(text: str) -> tuple[date | None, list[Fault]]:
    """A day as a form sends it; nothing typed is None."""
    try:
        return (date.fromisoformat(text) if text else None), []
    except ValueError:
        return None, [Fault("effective_on", "sheet.cell_no_date", {"value": text[:40]})]


def _all(
    unit: Unit,
    actor: Actor,
    *,
    query: str = "",
    values: Mapping[str, str] | None = None,
    refused: DomainError | None = None,
) -> CodeListsPage:
    wanted = query.casefold().strip()
    lists = sorted(
        repository.code_lists(unit.conn, local_date(unit.now)).values(),
        key=lambda c: (not c.is_national, c.code),
    )
    return CodeListsPage(
        lists=[c for c in lists if wanted in f"{c.code} {c.name} {c.source}".casefold()],
        query=query,
        may_adopt=may(actor, "standards:adopt"),
        values=values or {},
        faults=_by_input(refused),
    )


def _one(
    unit: Unit,
    actor: Actor,
    code: str,
    *,
    version: int | None = None,
    query: str = "",
    page: int = 1,
    values: Mapping[str, str] | None = None,
    refused: DomainError | None = None,
) -> CodeListPage:
    versions = repository.versions(unit.conn, code)
    current = in_force(versions, local_date(unit.now))
    wanted = {v.version: v for v in versions}
    shown = wanted.get(version) if version is not None else (current or next(iter(versions), None))
    if shown is None:
        raise CodeListNotFound(code=code)
    before = wanted.get(shown.version - 1)
    changes = entry_changes(before, shown) if before else ()
    text = query.casefold().strip()
    found = [e for e in shown.entries if text in f"{e.code} {e.name}".casefold()]
    pages = max(1, -(-len(found) // PAGE_ROWS))
    page = min(page, pages)
    address = {"code": code, "q": query} | ({"version": str(version)} if version else {})
    return CodeListPage(
        shown=shown,
        current=current,
        versions=versions,
        before=before,
        changes=changes[:CHANGES_SHOWN],
        changed=len(changes),
        entries=found[(page - 1) * PAGE_ROWS : page * PAGE_ROWS],
        found=len(found),
        query=query,
        page=page,
        pages=pages,
        url=lambda n: f"/standards/code-lists?{urlencode({**address, 'page': n})}",
        may_adopt=may(actor, "standards:adopt"),
        values=values or _next(shown),
        faults=_by_input(refused),
    )


def _next(shown: CodeList) -> dict[str, str]:
    """What the form for the next version starts with; a long table is better uploaded."""
    short = replace(shown, entries=shown.entries if len(shown.entries) <= PAGE_ROWS else ())
    lines = "\n".join(f"{entry.code} {entry.name}" for entry in short.entries)
    return {"code": shown.code, "name": shown.name, "source": shown.source, "entries": lines}


def _by_input(refused: DomainError | None) -> dict[str, str]:
    """Sentences by input; lines of a text share one input, and cells of a file are listed."""
    faults: dict[str, str] = {}
    cells: list[str] = []
    for name, words in (faults_by_field(refused) if refused else {}).items():
        if name[:1].isupper():
            cells.append(f"{name} {words}")
        else:
            faults.setdefault(name.split(".")[0], words)
    if cells:
        more = f"……共 {len(cells)} 处" if len(cells) > CHANGES_SHOWN else ""
        faults["file"] = "；".join(cells[:CHANGES_SHOWN]) + more
    return faults
