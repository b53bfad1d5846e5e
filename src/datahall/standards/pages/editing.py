"""The bureau's pages of the register: draft, publish, retire, import (数据元起草、发布、导入)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import PlainTextResponse, Response
from starlette.datastructures import FormData

from datahall.kit import grid
from datahall.kit.errors import DomainError, Fault, Invalid
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.uow import Unit
from datahall.security import Actor, permits
from datahall.standards import sheets
from datahall.standards.errors import (
    EffectiveTooEarly,
    ElementInvalid,
    ElementTaken,
    ReasonRequired,
    WrongElementStage,
)
from datahall.standards.model.elements import DataElement, ElementStatus
from datahall.standards.model.vocabulary import RULE_TITLES, FieldType, SensitiveKind
from datahall.standards.pages.code_lists import read_day
from datahall.standards.repository import code_lists
from datahall.standards.repository import elements as repository
from datahall.standards.service import elements as service

router = APIRouter(prefix="/standards")
Bureau = Annotated[Actor, Depends(permits("standards:define"))]

INPUTS: Final = {
    attribute: parse
    for attribute, parse in sheets.COLUMNS.values()
    if attribute not in {"code", "effective_on"}
}
"""Inputs of the form are read as the cells of a sheet are."""
CELLS_SHOWN: Final = 200


async def form_of(request: Request) -> FormData:
    """The sent form; the handlers themselves stay synchronous."""
    return await request.form()


SentForm = Annotated[FormData, Depends(form_of)]
Options = Sequence[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class EditPage(Page):
    """The form of a data element (数据元编辑)."""

    template: ClassVar[str] = "standards/element_form.html"
    section: ClassVar[str] = "catalogue"
    element: DataElement | None  # None: a new one
    values: Mapping[str, str]
    faults: Mapping[str, str]
    types: Options
    kinds: Options
    lists: Options
    grades: Options
    rules: Options


@dataclass(frozen=True, kw_only=True)
class ImportPage(Page):
    """Bringing elements in from a sheet, and what came of it (数据元导入)."""

    template: ClassVar[str] = "standards/import.html"
    section: ClassVar[str] = "catalogue"
    heads: Sequence[str]
    needed: Sequence[str]
    done: service.Imported | None
    faults: Sequence[tuple[str, str]]  # cell, sentence
    hidden: int  # faults that are not listed


@router.get("/new")
def show_new(request: Request, unit: UnitDep, _actor: Bureau) -> Response:
    """The form of a new data element (新增数据元)."""
    return respond(request, _form(unit, None, {"grade": "1"}))


@router.post("/new")
def draft(request: Request, unit: UnitDep, actor: Bureau, form: SentForm) -> Response:
    """Start a data element (新增数据元)."""
    code = sheets.COLUMNS["编码"][1](str(form.get("code", "")))
    content, faults = read_form(form)
    try:
        if faults:
            return _again(request, unit, None, form, ElementInvalid(faults))
        made = service.draft_element(unit, actor, DataElement(code=code, **content))
    except (ElementInvalid, ElementTaken) as refused:
        return _again(request, unit, None, form, refused)
    return redirect(f"/standards/elements/{made.code}", flash="草稿已保存，发布后才适用。")


@router.get("/elements/{code}/edit")
def show_form(code: str, request: Request, unit: UnitDep, _actor: Bureau) -> Response:
    """The form of a data element: its draft, or the next version of it (修订数据元)."""
    newest = repository.versions(unit.conn, code)[0]
    return respond(request, _form(unit, newest, values_of(newest)))


@router.post("/elements/{code}/edit")
def revise(code: str, request: Request, unit: UnitDep, actor: Bureau, form: SentForm) -> Response:
    """Save the draft of a data element (保存草稿)."""
    newest = repository.versions(unit.conn, code)[0]
    content, faults = read_form(form)
    try:
        if faults:
            return _again(request, unit, newest, form, ElementInvalid(faults))
        service.revise_element(unit, actor, code, **content, note=str(form.get("note", "")).strip())
    except ElementInvalid as refused:
        return _again(request, unit, newest, form, refused)
    return redirect(f"/standards/elements/{code}", flash="草稿已保存，发布后才适用。")


@router.post("/elements/{code}/publish")
def publish(
    code: str, unit: UnitDep, actor: Bureau, effective_on: Annotated[str, Form()] = ""
) -> Response:
    """Publish the draft of a data element (发布数据元)."""
    on, _ = read_day(effective_on)
    try:
        done = service.publish_element(unit, actor, code, effective_on=on)
    except (EffectiveTooEarly, WrongElementStage, ElementInvalid) as refused:
        return redirect(f"/standards/elements/{code}", flash=_sentence(refused))
    words = f"第 {done.version} 版已发布，{done.effective_on} 起适用。"
    return redirect(f"/standards/elements/{code}", flash=words)


@router.post("/publish")
def publish_many(
    unit: UnitDep,
    actor: Bureau,
    code: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
    effective_on: Annotated[str, Form()] = "",
) -> Response:
    """Publish the drafts that are ticked (批量发布)."""
    on, _ = read_day(effective_on)
    drafts = [e.code for e in repository.newest(unit.conn) if e.status is ElementStatus.DRAFT]
    done, refused = 0, ""
    for one in code:
        if one in drafts:
            try:
                service.publish_element(unit, actor, one, effective_on=on)
            except (EffectiveTooEarly, ElementInvalid) as wrong:
                refused = f"{one} 没有发布：{_sentence(wrong)}"
                continue
            done += 1
    return redirect("/standards", flash=f"已发布 {done} 个数据元。{refused}")


@router.post("/elements/{code}/discard")
def discard(code: str, unit: UnitDep, actor: Bureau) -> Response:
    """Throw the draft away (作废草稿)."""
    try:
        service.discard_element(unit, actor, code)
    except WrongElementStage as refused:
        return redirect(f"/standards/elements/{code}", flash=_sentence(refused))
    kept = repository.taken(unit.conn, [code])
    return redirect(f"/standards/elements/{code}" if kept else "/standards", flash="草稿已作废。")


@router.post("/elements/{code}/retire")
def retire(
    code: str,
    unit: UnitDep,
    actor: Bureau,
    note: Annotated[str, Form()] = "",
    effective_on: Annotated[str, Form()] = "",
) -> Response:
    """Let a data element end (废止数据元)."""
    on, _ = read_day(effective_on)
    try:
        service.retire_element(unit, actor, code, reason=note, effective_on=on)
    except (EffectiveTooEarly, ReasonRequired, WrongElementStage) as refused:
        return redirect(f"/standards/elements/{code}", flash=_sentence(refused))
    return redirect(f"/standards/elements/{code}", flash="已登记废止，历史版本仍可查。")


@router.get("/import")
def show_import(request: Request, unit: UnitDep, _actor: Bureau) -> Response:
    """The form for a sheet of data elements (数据元导入)."""
    del unit
    return respond(request, _imported(None))


@router.get("/import/template.csv")
def download_template(_actor: Bureau) -> Response:
    """The head of the sheet with one row as an example (导入模板)."""
    headers = {"Content-Disposition": 'attachment; filename="elements.csv"'}
    return PlainTextResponse(
        "\ufeff" + sheets.template(), headers=headers, media_type="text/csv; charset=utf-8"
    )


@router.post("/import")
def import_sheet(
    request: Request,
    unit: UnitDep,
    actor: Bureau,
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Make drafts of the rows of a sheet; rows with mistakes are told by cell (数据元导入)."""
    sheet = grid.read(file.filename or "", file.file.read()) if file else grid.read("", b"")
    rows, faults = sheets.read_elements(sheet)
    done = service.import_elements(unit, actor, rows, faults)
    status = 200 if done.drafted or done.same or not done.faults else 422
    return respond(request, _imported(done), status=status)


def read_form(form: FormData) -> tuple[dict[str, Any], list[Fault]]:
    """The content of an element as typed, and what could not be understood."""
    content: dict[str, Any] = {}
    faults: list[Fault] = []
    for attribute, parse in INPUTS.items():
        text = str(form.get(attribute, "")).strip()
        try:
            content[attribute] = parse(text)
        except sheets.Unreadable as wrong:
            faults.append(Fault(attribute, str(wrong), {"value": text[:40]}))
    return content, faults


def values_of(element: DataElement) -> dict[str, str]:
    """What the form shows of an element."""
    values = {"code": element.code, "note": element.note}
    for attribute in INPUTS:
        value = getattr(element, attribute)
        values[attribute] = "、".join(value) if isinstance(value, tuple) else str(value or "")
    return values


def _again(
    request: Request, unit: Unit, element: DataElement | None, form: FormData, refused: DomainError
) -> Response:
    typed = {name: str(value) for name, value in form.items()}
    page = _form(unit, element, typed, faults_by_field(refused))
    return respond(request, page, status=422)


def _form(
    unit: Unit,
    element: DataElement | None,
    values: Mapping[str, str],
    faults: Mapping[str, str] | None = None,
) -> EditPage:
    names = code_lists.code_list_names(unit.conn)
    return EditPage(
        element=element,
        values=values,
        faults=faults or {},
        types=[(str(kind), kind.label) for kind in FieldType],
        kinds=[(str(kind), kind.label) for kind in SensitiveKind],
        lists=[(code, f"{code} {name}") for code, name in names.items()],
        grades=[(str(grade), f"{grade} 级") for grade in range(1, 5)],
        rules=list(RULE_TITLES.items()),
    )


def _imported(done: service.Imported | None) -> ImportPage:
    faults = done.faults if done else ()
    return ImportPage(
        heads=tuple(sheets.COLUMNS),
        needed=sheets.NEEDED,
        done=done,
        faults=[(f.field, _fault_words(f)) for f in faults[:CELLS_SHOWN]],
        hidden=max(0, len(faults) - CELLS_SHOWN),
    )


def _fault_words(fault: Fault) -> str:
    return faults_by_field(Invalid([fault]))[fault.field]


def _sentence(refused: DomainError) -> str:
    return "；".join(faults_by_field(refused).values())
