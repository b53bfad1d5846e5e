"""JSON API of standards: code tables."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends

from datahall.kit.http import UnitDep, problems
from datahall.security import Actor, NotPermitted, permits
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
from datahall.standards.repository import code_lists as repository
from datahall.standards.schemas import (
    CodeListHead,
    CodeListIn,
    CodeListOut,
    EntryChangeOut,
    EntryShape,
)
from datahall.standards.service import code_lists as service

router = APIRouter()

Viewer = Annotated[Actor, Depends(permits("standards:view"))]
Bureau = Annotated[Actor, Depends(permits("standards:adopt"))]


@router.get("/code-lists", response_model=list[CodeListHead])
def list_code_lists(unit: UnitDep, _actor: Viewer, on: date | None = None) -> list[CodeList]:
    """Every code list that applies on a day, today by default (代码表)."""
    return list(repository.code_lists(unit.conn, on).values())


@router.get("/code-list", response_model=CodeListOut, responses=problems(CodeListNotFound))
def read_code_list(
    code: str, unit: UnitDep, _actor: Viewer, on: date | None = None, version: int | None = None
) -> CodeList:
    """One code list, as it applies on a day or a certain version of it.

    The codes of standards have a slash, so it is asked for by query.
    """
    return _found(unit, code, on=on, version=version)


@router.get("/code-list/entry", response_model=EntryShape, responses=problems(CodeListNotFound))
def translate_code(
    code: str, unit: UnitDep, _actor: Viewer, value: str = "", on: date | None = None
) -> CodeEntry:
    """What one code of a list means on a day (代码翻译)."""
    name = _found(unit, code, on=on).name_of(value)
    if name is None:
        raise CodeListNotFound(code=f"{code} {value}")
    return CodeEntry(value, name)


@router.get(
    "/code-list/versions",
    response_model=list[CodeListHead],
    responses=problems(CodeListNotFound),
)
def list_versions(code: str, unit: UnitDep, _actor: Viewer) -> list[CodeList]:
    """Every version of a code list, newest first (代码表版本)."""
    if not (kept := repository.versions(unit.conn, code)):
        raise CodeListNotFound(code=code)
    return kept


@router.get(
    "/code-list/changes",
    response_model=list[EntryChangeOut],
    responses=problems(CodeListNotFound),
)
def compare_versions(
    code: str, before: int, after: int, unit: UnitDep, _actor: Viewer
) -> tuple[EntryChange, ...]:
    """The codes that differ between two versions (版本差异)."""
    old, new = (_found(unit, code, version=version) for version in (before, after))
    return entry_changes(old, new)


@router.post(
    "/code-lists",
    response_model=CodeListOut,
    responses=problems(NotPermitted, CodeListClash, CodeListInvalid, EffectiveTooEarly),
)
def adopt_code_list(sent: CodeListIn, unit: UnitDep, actor: Bureau) -> CodeList:
    """Adopt a code list, or the next version of one, to apply from a day on (登记代码表)."""
    entries = tuple(CodeEntry(plain(entry.code), entry.name.strip()) for entry in sent.entries)
    made = CodeList(
        code=plain(sent.code), name=sent.name, source=sent.source, note=sent.note, entries=entries
    )
    return service.adopt_code_list(unit, actor, made, effective_on=sent.effective_on)


def _found(
    unit: UnitDep, code: str, *, on: date | None = None, version: int | None = None
) -> CodeList:
    if version is None:
        found = repository.code_list(unit.conn, code, on)
    else:
        kept = {one.version: one for one in repository.versions(unit.conn, code)}
        found = kept.get(version)
    if found is None:
        raise CodeListNotFound(code=code)
    return found
