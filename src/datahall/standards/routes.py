"""JSON API of code lists."""

from typing import Annotated

from fastapi import APIRouter, Depends

from datahall.kit.http import UnitDep, problems
from datahall.security import Actor, NotPermitted, permits
from datahall.standards import repository, service
from datahall.standards.errors import CodeListClash, CodeListInvalid, CodeListNotFound
from datahall.standards.model import CodeEntry, CodeList
from datahall.standards.schemas import CodeListIn, CodeListOut

router = APIRouter(prefix="/api/v1/standards", tags=["standards"])

Viewer = Annotated[Actor, Depends(permits("standards:view"))]
Bureau = Annotated[Actor, Depends(permits("standards:adopt"))]


@router.get("/code-lists", response_model=list[CodeListOut])
def list_code_lists(unit: UnitDep, _actor: Viewer) -> list[CodeList]:
    """Every code list in force (代码表)."""
    return list(repository.code_lists(unit.conn).values())


@router.get("/code-list", response_model=CodeListOut, responses=problems(CodeListNotFound))
def read_code_list(code: str, unit: UnitDep, _actor: Viewer) -> CodeList:
    """One code list; the codes of standards have a slash, so it is asked for by query."""
    found = repository.code_list(unit.conn, code)
    if found is None:
        raise CodeListNotFound(code=code)
    return found


@router.post(
    "/code-lists",
    response_model=CodeListOut,
    responses=problems(NotPermitted, CodeListClash, CodeListInvalid),
)
def adopt_code_list(sent: CodeListIn, unit: UnitDep, actor: Bureau) -> CodeList:
    """Put a local code list in force, or its next wording (登记本地代码表)."""
    entries = tuple(CodeEntry(entry.code, entry.name) for entry in sent.entries)
    made = CodeList(code=sent.code, name=sent.name, source=sent.source, entries=entries)
    return service.adopt_code_list(unit, actor, made)
