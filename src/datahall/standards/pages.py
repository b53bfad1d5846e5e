"""Pages of code lists: look them up, adopt local ones (代码表)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from datahall.kit.errors import DomainError
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.uow import Unit
from datahall.security import Actor, may, permits
from datahall.standards import repository, service
from datahall.standards.errors import CodeListClash, CodeListInvalid
from datahall.standards.model import CodeEntry, CodeList

router = APIRouter(
    prefix="/standards", default_response_class=HTMLResponse, include_in_schema=False
)
Viewer = Annotated[Actor, Depends(permits("standards:view"))]
Bureau = Annotated[Actor, Depends(permits("standards:adopt"))]


@dataclass(frozen=True, kw_only=True)
class CodeListsPage(Page):
    """Every code list, one of them open (代码表)."""

    template: ClassVar[str] = "standards/code_lists.html"
    section: ClassVar[str] = "catalogue"
    lists: Sequence[CodeList]
    shown: CodeList | None
    may_adopt: bool
    values: Mapping[str, str]
    faults: Mapping[str, str]


@router.get("/code-lists")
def show_code_lists(request: Request, unit: UnitDep, actor: Viewer, code: str = "") -> HTMLResponse:
    """The code lists; `code` opens one (代码表)."""
    shown = repository.code_list(unit.conn, code) if code else None
    return respond(request, _page(unit, actor, shown))


@router.post("/code-lists")
def adopt(
    request: Request,
    unit: UnitDep,
    actor: Bureau,
    code: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    source: Annotated[str, Form()] = "",
    entries: Annotated[str, Form()] = "",
) -> Response:
    """Put a local code list in force, one code and its name a line (登记本地代码表)."""
    made = CodeList(
        code=code.strip(), name=name.strip(), source=source.strip(), entries=read_entries(entries)
    )
    try:
        service.adopt_code_list(unit, actor, made)
    except (CodeListClash, CodeListInvalid) as refused:
        typed = {"code": code, "name": name, "source": source, "entries": entries}
        page = _page(unit, actor, None, values=typed, refused=refused)
        return respond(request, page, status=422)
    return redirect("/standards/code-lists", flash=f"代码表“{made.code}”已登记，编目时可以选用。")


def read_entries(text: str) -> tuple[CodeEntry, ...]:
    """The entries of a text such as a column pair pasted from a sheet: `1 全自理` a line."""
    lines = (line.split(maxsplit=1) for line in text.splitlines() if line.strip())
    return tuple(CodeEntry(parts[0], parts[1] if len(parts) > 1 else "") for parts in lines)


def _page(
    unit: Unit,
    actor: Actor,
    shown: CodeList | None,
    *,
    values: Mapping[str, str] | None = None,
    refused: DomainError | None = None,
) -> CodeListsPage:
    faults: dict[str, str] = {}
    for name, words in (faults_by_field(refused) if refused else {}).items():
        faults.setdefault(name.split(".")[0], words)  # the lines of a text share one input
    lists = sorted(
        repository.code_lists(unit.conn).values(), key=lambda c: (not c.is_national, c.code)
    )
    return CodeListsPage(
        lists=lists,
        shown=shown,
        may_adopt=may(actor, "standards:adopt"),
        values=values or {},
        faults=faults,
    )
