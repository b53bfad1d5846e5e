"""Writing an entry: one form, saved by one button, usable without a script (编目)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated, Any, ClassVar, Final

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from datahall import security
from datahall.catalogue import repository, scans, service
from datahall.catalogue.categories import categories
from datahall.catalogue.changes import LABELS
from datahall.catalogue.errors import ClashingPlace, EditedMeanwhile, EntryInvalid, WrongStage
from datahall.catalogue.model import CatalogueItem, InventoryTable, ScannedColumn
from datahall.catalogue.pages import forms
from datahall.catalogue.terms import LEVEL_NAMES, RelationKind
from datahall.catalogue.vocabulary import (
    EDITABLE,
    GRADES,
    RULE_TITLES,
    THEMES,
    Aggregation,
    DataClass,
    DataFormat,
    FieldType,
    Opening,
    SecrecyLevel,
    ShareMethod,
    Sharing,
    UpdateCycle,
)
from datahall.kit.errors import Fault, Invalid
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.ids import ItemId
from datahall.kit.labels import Labelled
from datahall.kit.settings import settings
from datahall.kit.uow import Unit
from datahall.organisations import Organisation, children_of, organisation, organisations
from datahall.security import Actor, permits
from datahall.standards import SensitiveKind, code_list_names

router = APIRouter(prefix="/catalogue/items")
Clerk = Annotated[Actor, Depends(permits("catalogue:draft"))]
Options = Sequence[tuple[str, str]]
MOST_DIGITS: Final = 6  # of a page number or a counted save


async def form_of(request: Request) -> FormData:
    """The sent form; the handlers themselves stay synchronous."""
    return await request.form()


SentForm = Annotated[FormData, Depends(form_of)]


@dataclass(frozen=True, kw_only=True)
class EditPage(Page):
    """The entry form (目录编制)."""

    template: ClassVar[str] = "catalogue/edit.html"
    section: ClassVar[str] = "catalogue"
    item: CatalogueItem
    provider: Organisation
    values: forms.Values
    faults: Mapping[str, str]
    labels: Mapping[str, str]
    elsewhere: Sequence[tuple[int, str]]  # page of the form, fault on it
    clashes: Sequence[ClashingPlace]  # places that a colleague changed unlike this form
    taken: Sequence[str]  # what a colleague changed and this form now has
    page: int
    pages: int
    indexes: Sequence[int]  # fields on this page
    blanks: Sequence[int]
    opened: Collection[int]  # fields that somebody should look at
    table: InventoryTable | None
    unused: Sequence[ScannedColumn]  # columns of the table that no field takes
    columns: Options
    doubts: int  # suggestions that somebody should look at
    category_options: Options
    code_options: Options
    grades: Options
    formats: Options
    sharings: Options
    openings: Options
    methods: Sequence[ShareMethod]
    cycles: Options
    types: Options
    kinds: Options
    rules: Options
    aggregations: Options
    secrecy_levels: Options
    data_classes: Options
    themes: Sequence[str]
    relation_kinds: Options
    relation_rows: Sequence[int]
    scope_departments: Options
    scope_levels: Options
    scope_regions: Options


@router.get("/{id}/edit")
def show_form(
    id: ItemId,
    request: Request,
    unit: UnitDep,
    actor: Clerk,
    page: Annotated[int, Query(ge=1, le=10)] = 1,
    check: bool = False,
) -> Response:
    """The form of a draft; `check` says what is missing for submission (目录编制)."""
    item = _draft(unit, actor, id)
    if item is None:
        return redirect(f"/catalogue/items/{id}")
    faults = service.missing(item) if check else ()
    page = min(page, forms.pages_of(item))
    return respond(request, _page(unit, item, page, forms.values_of(item, page), faults))


@router.post("/{id}/edit")
def save(
    id: ItemId,
    request: Request,
    unit: UnitDep,
    actor: Clerk,
    form: SentForm,
) -> Response:
    """Save the form; then stay, turn to another page of fields, or submit (保存、提交)."""
    item = _draft(unit, actor, id)
    if item is None:
        return redirect(f"/catalogue/items/{id}")
    page, edit = _small(form.get("page"), 1), _small(form.get("edit"), 0)
    opened = repository.as_of_edit(unit.conn, item, edit) if edit != item.edit else item
    sent = forms.read(form, opened or item, page, table=_table(unit, opened or item))
    faults: list[Fault] = list(sent.faults)
    saved = item
    try:
        saved = service.revise(unit, actor, id, edit=edit, **sent.changes)
    except EntryInvalid as refused:
        faults += sent.at_inputs(refused.faults)
    except EditedMeanwhile as clash:
        both = service.together(unit, item, edit, sent.changes)
        merged = replace(item, **both.content)
        values = {**forms.values_of(merged, page), **_misread(form, faults)}
        shown = _page(unit, merged, page, values, faults, clashes=clash.clashes, taken=both.taken)
        return respond(request, shown, status=clash.status)
    if faults:
        # The places are those of the draft that was opened, so it is shown as it was typed.
        shown = _page(unit, opened or item, page, forms.typed_values(form), faults)
        return respond(request, shown, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if form.get("act") == "submit":
        return _submit(unit, actor, saved)
    go = _small(form.get("go"), page)
    words = "已保存。" if go == page else None
    if edit != item.edit:
        words = "已保存，并与同事的改动合在了一起。"
    return redirect(f"/catalogue/items/{id}/edit" + (f"?page={go}" if go > 1 else ""), flash=words)


@router.post("/{id}/versions")
def start_version(
    id: ItemId, unit: UnitDep, actor: Clerk, like: Annotated[int | None, Form()] = None
) -> RedirectResponse:
    """Open the next version of a published entry (变更目录)."""
    try:
        service.start_version(unit, actor, id, like=like)
    except WrongStage:
        return redirect(f"/catalogue/items/{id}", flash="已经有一版在办理，请先办完那一版。")
    return redirect(f"/catalogue/items/{id}/edit", flash="已开新版，发布前仍以现行版本为准。")


@router.post("/{id}/discard")
def discard(id: ItemId, unit: UnitDep, actor: Clerk) -> RedirectResponse:
    """Throw the draft away (作废草稿)."""
    service.discard(unit, actor, id)
    return redirect("/catalogue/entries", flash="草稿已作废。")


def _submit(unit: Unit, actor: Actor, item: CatalogueItem) -> RedirectResponse:
    """Submit what was just saved; what is missing is shown on the form, which stays saved."""
    for fault in service.missing(item):
        at = fault.field.split(".")
        page = 1 + int(at[1]) // forms.ROWS if at[0] == "fields" and len(at) > 1 else 1
        return redirect(f"/catalogue/items/{item.id}/edit?check=1&page={page}")
    service.submit(unit, actor, item.id)
    return redirect(f"/catalogue/items/{item.id}/review", flash="已提交，等部门负责人同意。")


def _draft(unit: Unit, actor: Actor, id: ItemId) -> CatalogueItem | None:
    """The draft of an entry, if its newest version is one; others' drafts do not exist.

    Raises:
        ItemNotFound, NotPermitted
    """
    newest = service.versions(unit, actor, id)[0]
    security.require(actor, "catalogue:draft", on=newest.provider)
    return repository.newest(unit.conn, id) if newest.status in EDITABLE else None


def _page(
    unit: Unit,
    item: CatalogueItem,
    page: int,
    values: Mapping[str, Any],
    faults: Sequence[Fault],
    *,
    clashes: Sequence[ClashingPlace] = (),
    taken: Sequence[str] = (),
) -> EditPage:
    table = _table(unit, item)
    indexes = list(forms.shown(item, page))
    last = page == forms.pages_of(item)
    blanks = [len(item.fields) + n for n in range(forms.BLANK_ROWS)] if last and not table else []
    used = {field.source_column for field in item.fields}
    unused = [column for column in table.columns if column.name not in used] if table else []
    tree, lists = categories(unit.conn).values(), code_list_names(unit.conn)
    here, elsewhere = _placed(faults, item, [*indexes, *blanks])
    return EditPage(
        item=item,
        provider=organisation(unit.conn, item.provider),
        values=values,
        faults=here,
        labels={**LABELS, **ASSESSMENT_LABELS, **forms.labels(values, [*indexes, *blanks])},
        elsewhere=elsewhere,
        clashes=clashes,
        taken=taken,
        page=page,
        pages=forms.pages_of(item),
        indexes=indexes,
        blanks=blanks,
        opened=_opened(item, here, indexes) | set(blanks[:1]),
        table=table,
        unused=unused,
        columns=[(c.name, f"{c.name} {c.comment}".strip()) for c in table.columns] if table else [],
        doubts=sum(not s.sure for s in item.suggestions),
        category_options=[(c.code, f"{c.code} {c.path_name}") for c in tree if c.is_usable],
        code_options=[(code, f"{code} {name}") for code, name in lists.items()],
        grades=[(str(grade), f"{grade} 级 {name}") for grade, name in GRADES.items()],
        formats=options(DataFormat),
        sharings=options(Sharing),
        openings=options(Opening),
        methods=tuple(ShareMethod),
        cycles=options(UpdateCycle),
        types=options(FieldType),
        kinds=options(SensitiveKind),
        rules=tuple(RULE_TITLES.items()),
        aggregations=options(Aggregation),
        secrecy_levels=options(SecrecyLevel),
        data_classes=options(DataClass),
        themes=THEMES,
        relation_kinds=options(RelationKind),
        relation_rows=range(len(item.relations) + forms.RELATION_ROWS),
        scope_departments=[
            (str(org.id), org.short_name)
            for org in organisations(unit.conn)
            if org.id != item.provider
        ],
        scope_levels=[(str(level), name) for level, name in LEVEL_NAMES.items()],
        scope_regions=[
            (area.code, area.name) for area in children_of(unit.conn, settings().region)
        ],
    )


ASSESSMENT_LABELS = {
    "secrecy.number": "保密审查编号",
    "secrecy.conclusion": "保密审查结论",
    "secrecy.done_on": "保密审查日期",
    "privacy.number": "影响评估编号",
    "privacy.conclusion": "影响评估结论",
    "privacy.done_on": "影响评估日期",
    "fields": "信息项",
}


def _placed(
    faults: Sequence[Fault], item: CatalogueItem, indexes: Sequence[int]
) -> tuple[dict[str, str], list[tuple[int, str]]]:
    """Faults by input of this page, and those of fields on other pages of the form."""
    here: dict[str, str] = {}
    elsewhere: list[tuple[int, str]] = []
    for name, words in faults_by_field(Invalid(faults)).items():
        parts = name.split(".")
        is_row = parts[0] == "fields" and len(parts) > 1
        if is_row and int(parts[1]) not in indexes:
            index = int(parts[1])
            title = item.fields[index].title if index < len(item.fields) else "信息项"
            elsewhere.append((1 + index // forms.ROWS, f"{title}：{words}"))
        else:
            here[name] = words
    return here, elsewhere


def _opened(item: CatalogueItem, faults: Mapping[str, str], indexes: Sequence[int]) -> set[int]:
    """The fields with a fault or with a proposal that is not sure."""
    wrong = {int(name.split(".")[1]) for name in faults if name.startswith("fields.")}
    doubtful = {s.path.split(".")[1] for s in item.suggestions if not s.sure and "." in s.path}
    return wrong | {index for index in indexes if item.fields[index].name in doubtful}


def _misread(form: FormData, faults: Sequence[Fault]) -> dict[str, Any]:
    """What was typed into the inputs that could not be understood."""
    typed = forms.typed_values(form)
    return {fault.field: typed[fault.field] for fault in faults if fault.field in typed}


def _table(unit: Unit, item: CatalogueItem) -> InventoryTable | None:
    return None if item.table is None else scans.inventory_table(unit.conn, item.table)


def _small(value: object, otherwise: int) -> int:
    """A small whole number from a hidden input or a button."""
    text = str(value or "")
    return (
        int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else otherwise
    )


def options(kinds: type[Labelled]) -> list[tuple[str, str]]:
    return [(str(kind), kind.label) for kind in kinds]
