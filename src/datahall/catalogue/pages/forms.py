"""The entry form: what is typed becomes content of an entry, and content becomes what is shown.

Inputs are named as faults are: `title`, `fields.3.grade`, `secrecy.number`.  Only the fields of
one page of the form are in it; those of other pages stay as they are saved.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from typing import Any, Final
from uuid import UUID

from starlette.datastructures import FormData

from datahall.catalogue.model import Assessment, CatalogueItem, Field, InventoryTable
from datahall.catalogue.suggest import new_field
from datahall.catalogue.terms import Citation, Relation, RelationKind, ShareScope
from datahall.catalogue.vocabulary import (
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
from datahall.kit.errors import Fault
from datahall.kit.ids import OrgId
from datahall.organisations import OrgKind
from datahall.standards import SensitiveKind

ROWS: Final = 50  # fields on one page of the form
MOST_DIGITS: Final = 10  # what is typed then fits a whole number of the database
BLANK_ROWS: Final = 3  # offered at the end when no table is mounted
TEXTS: Final = (
    "title", "abstract", "category_code", "alias_code", "format_type", "share_condition",
    "open_condition", "system", "duty_basis", "office", "contact", "phone", "area", "period",
    "format_description", "theme", "share_explanation", "open_code", "logical_reason",
    "parent_code",
)  # fmt: skip
LISTS: Final = ("keywords", "related_codes", "matter_codes", "channels")
NUMBERS: Final = ("volume_rows", "volume_mb")
CITATION: Final = ("document", "number", "article")
RELATION_ROWS: Final = 2  # blank ones offered besides those that are there
CHOICES: Final[Mapping[str, type[Enum]]] = {
    "format": DataFormat,
    "sharing": Sharing,
    "opening": Opening,
    "update_cycle": UpdateCycle,
    "aggregation": Aggregation,
    "secrecy_level": SecrecyLevel,
}
SCOPE: Final = ("share_scope.departments", "share_scope.levels", "share_scope.regions")
ASSESSMENTS: Final = ("secrecy", "privacy")
SEPARATORS: Final = re.compile(r"[,，、;；\s]+")

Values = Mapping[str, Any]
"""What the form shows: name of an input → text, or a list of texts for `share_methods`."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as understood.

    Attributes:
        changes: content for `service.revise`.
        faults: what could not be understood, by the name of the input.
        places: index of a field in `changes["fields"]` → its index in the form.
    """

    changes: Mapping[str, Any]
    faults: tuple[Fault, ...]
    places: Mapping[int, int]

    def at_inputs(self, faults: Iterable[Fault]) -> Iterator[Fault]:
        """The faults of the saved content, named as the inputs of this form are."""
        for fault in faults:
            parts = fault.field.split(".")
            if parts[0] == "fields" and len(parts) > 1 and parts[1].isdigit():
                parts[1] = str(self.places.get(int(parts[1]), int(parts[1])))
            yield replace(fault, field=".".join(parts))


def pages_of(item: CatalogueItem) -> int:
    """Into how many pages the fields are divided."""
    return max(1, -(-len(item.fields) // ROWS))


def shown(item: CatalogueItem, page: int) -> range:
    """The indexes of the fields on a page of the form."""
    return range((page - 1) * ROWS, min(page * ROWS, len(item.fields)))


def values_of(item: CatalogueItem, page: int) -> dict[str, Any]:
    """What the form shows of a saved entry."""
    values: dict[str, Any] = {name: getattr(item, name) for name in (*TEXTS, *CHOICES)}
    values |= {name: "、".join(getattr(item, name)) for name in LISTS}
    values["share_methods"] = [str(method) for method in item.share_methods]
    values["watermark_column"] = item.watermark_column or ""
    values["effective_on"] = item.effective_on.isoformat() if item.effective_on else ""
    values["data_class"] = item.data_class or ""
    values["flow_back"] = item.flow_back
    values |= {name: _number_words(getattr(item, name)) for name in NUMBERS}
    values |= _terms_values(item)
    for name in ASSESSMENTS:
        made: Assessment | None = getattr(item, name)
        values[f"{name}.number"] = made.number if made else ""
        values[f"{name}.conclusion"] = made.conclusion if made else ""
        values[f"{name}.done_on"] = made.done_on.isoformat() if made else ""
    for index in shown(item, page):
        values |= _row_values(index, item.fields[index])
    return values


def _terms_values(item: CatalogueItem) -> dict[str, Any]:
    """The scope, the citation and the relations, part by part."""
    values: dict[str, Any] = {
        "share_scope.departments": [str(id) for id in item.share_scope.departments],
        "share_scope.levels": [str(level) for level in item.share_scope.levels],
        "share_scope.regions": list(item.share_scope.regions),
    }
    for part in CITATION:
        values[f"withheld_basis.{part}"] = getattr(item.citation, part)
    for index, relation in enumerate(item.relations):
        values[f"relations.{index}.kind"] = str(relation.kind)
        values[f"relations.{index}.code"] = relation.code
    return values


def _number_words(number: int | None) -> str:
    return "" if number is None else str(number)


def _row_values(index: int, field: Field) -> dict[str, Any]:
    at = f"fields.{index}"
    return {
        f"{at}.name": field.name,
        f"{at}.title": field.title,
        f"{at}.source_column": field.source_column,
        f"{at}.type": field.type,
        f"{at}.length": "" if field.length is None else str(field.length),
        f"{at}.scale": "" if field.scale is None else str(field.scale),
        f"{at}.required": field.required,
        f"{at}.is_key": field.is_key,
        f"{at}.grade": str(field.grade),
        f"{at}.sensitive": field.sensitive,
        f"{at}.code_list": field.code_list or "",
        f"{at}.rules": "、".join(field.rules),
    }


def typed_values(form: FormData) -> dict[str, Any]:
    """What the form shows again when it was refused: exactly what was typed."""
    values: dict[str, Any] = {name: str(value) for name, value in form.items()}
    for name in ("share_methods", *SCOPE):
        values[name] = [str(v) for v in form.getlist(name)]
    for name in values:
        if name.endswith((".required", ".is_key")) or name == "flow_back":
            values[name] = True
    return values


def read(form: FormData, item: CatalogueItem, page: int, *, table: InventoryTable | None) -> Sent:
    """Understand a sent form of `item`, whose `page` of fields it carries."""
    faults: list[Fault] = []
    changes: dict[str, Any] = {name: _text(form, name) for name in TEXTS if name in form}
    changes |= {name: _list(_text(form, name)) for name in LISTS if name in form}
    for name, options in CHOICES.items():
        if name in form:
            changes[name] = _choice(form, name, options, getattr(item, name), faults)
    if "share_methods.sent" in form:
        given = {str(v) for v in form.getlist("share_methods")}
        changes["share_methods"] = tuple(m for m in ShareMethod if str(m) in given)
    changes |= {name: _number(form, name, faults) for name in NUMBERS if name in form}
    changes |= _terms(form, item, faults)
    if "effective_on" in form:
        changes["effective_on"] = _date(form, "effective_on", faults)
    if "watermark_column" in form:
        changes["watermark_column"] = _text(form, "watermark_column") or None
    for name in ASSESSMENTS:
        if f"{name}.number" in form:
            changes[name] = _assessment(form, name, faults)
    fields, places = _fields(form, item, page, table, faults)
    return Sent({**changes, "fields": fields}, tuple(faults), places)


def _terms(form: FormData, item: CatalogueItem, faults: list[Fault]) -> dict[str, Any]:
    """Scope, citation and relations of the form."""
    changes: dict[str, Any] = {}
    if "share_methods.sent" in form:  # unticked boxes are not sent
        changes["share_scope"] = _scope(form, item, faults)
        changes["flow_back"] = "flow_back" in form
        changes["data_class"] = (
            _choice(form, "data_class", DataClass, item.data_class, faults)
            if _text(form, "data_class")
            else None
        )
        changes["relations"] = tuple(_relations(form, faults))
    if "withheld_basis.document" in form:
        parts = {part: _text(form, f"withheld_basis.{part}") for part in CITATION}
        changes["withheld_basis"] = Citation(**parts).text
    return changes


def _scope(form: FormData, item: CatalogueItem, faults: list[Fault]) -> ShareScope:
    try:
        return ShareScope(
            departments=tuple(
                OrgId(UUID(str(id))) for id in form.getlist("share_scope.departments")
            ),
            levels=tuple(OrgKind(str(level)) for level in form.getlist("share_scope.levels")),
            regions=tuple(str(code) for code in form.getlist("share_scope.regions")),
        )
    except ValueError:
        faults.append(Fault("share_scope", "catalogue.value_unknown", {"value": "共享范围"}))
        return item.share_scope


def _relations(form: FormData, faults: list[Fault]) -> Iterator[Relation]:
    indexes = sorted(
        int(found[1])
        for name in form
        if (found := re.fullmatch(r"relations\.(\d{1,3})\.code", name))
    )
    for index in indexes:
        at = f"relations.{index}"
        if code := _text(form, f"{at}.code"):
            kind = _choice(form, f"{at}.kind", RelationKind, RelationKind.RELATED, faults)
            yield Relation(kind=kind, code=code)


def _fields(
    form: FormData,
    item: CatalogueItem,
    page: int,
    table: InventoryTable | None,
    faults: list[Fault],
) -> tuple[tuple[Field, ...], dict[int, int]]:
    """The fields of all pages with those of this page as typed, and where each was typed."""
    kept: list[Field] = []
    places: dict[int, int] = {}
    in_form = set(shown(item, page))
    for index, field in enumerate(item.fields):
        if index not in in_form or f"fields.{index}.title" not in form:
            places[len(kept)] = index
            kept.append(field)
        elif f"fields.{index}.drop" not in form:
            places[len(kept)] = index
            kept.append(_field(form, index, field, faults))
    for index in range(len(item.fields), len(item.fields) + BLANK_ROWS):
        if _text(form, f"fields.{index}.title") or _text(form, f"fields.{index}.name"):
            blank = Field(name="", title="", source_column="", type=FieldType.STRING)
            places[len(kept)] = index
            kept.append(_field(form, index, blank, faults))
    if table is not None:
        wanted = {str(name) for name in form.getlist("add")}
        for column in table.columns:
            if column.name in wanted:
                kept.append(new_field(column, kept))
    return tuple(kept), places


def _field(form: FormData, index: int, before: Field, faults: list[Fault]) -> Field:
    at = f"fields.{index}"
    name = _text(form, f"{at}.name") or before.name
    return Field(
        name=name,
        title=_text(form, f"{at}.title"),
        source_column=_text(form, f"{at}.source_column") or before.source_column or name,
        type=_choice(form, f"{at}.type", FieldType, before.type, faults),
        length=_number(form, f"{at}.length", faults),
        scale=_number(form, f"{at}.scale", faults),
        required=f"{at}.required" in form,
        is_key=f"{at}.is_key" in form,
        grade=_number(form, f"{at}.grade", faults) or before.grade,
        sensitive=_choice(form, f"{at}.sensitive", SensitiveKind, before.sensitive, faults),
        code_list=_text(form, f"{at}.code_list") or None,
        rules=_list(_text(form, f"{at}.rules")),
        element=before.element,
        is_source=before.is_source,
    )


def _text(form: FormData, name: str) -> str:
    return str(form.get(name, "")).strip().replace("\r\n", "\n")


def _list(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for part in SEPARATORS.split(text) if part))


def _number(form: FormData, name: str, faults: list[Fault]) -> int | None:
    text = _text(form, name)
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) < MOST_DIGITS:
        return int(text)
    faults.append(Fault(name, "catalogue.number_malformed"))
    return None


def _choice(form: FormData, name: str, options: Any, before: Any, faults: list[Fault]) -> Any:
    text = _text(form, name)
    try:
        return options(text) if name in form else before
    except ValueError:
        faults.append(Fault(name, "catalogue.value_unknown", {"value": text}))
        return before


def _date(form: FormData, name: str, faults: list[Fault]) -> date | None:
    text = _text(form, name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        faults.append(Fault(name, "catalogue.date_malformed"))
        return None


def _assessment(form: FormData, name: str, faults: list[Fault]) -> Assessment | None:
    number, conclusion = _text(form, f"{name}.number"), _text(form, f"{name}.conclusion")
    if not (number or conclusion or _text(form, f"{name}.done_on")):
        return None
    done_on = _date(form, f"{name}.done_on", faults)
    if done_on is None:
        faults.append(Fault(f"{name}.done_on", "catalogue.date_malformed"))
        return None
    return Assessment(number=number, conclusion=conclusion, done_on=done_on)


def labels(values: Values, indexes: Sequence[int]) -> dict[str, str]:
    """Words for each input of a field, for the summary of faults."""
    return {
        f"fields.{index}.{part}": f"{values.get(f'fields.{index}.title') or '信息项'} · {word}"
        for index in indexes
        for part, word in FIELD_PARTS.items()
    }


FIELD_PARTS: Final = {
    "name": "字段名", "title": "名称", "source_column": "来源字段", "type": "类型", "length": "长度",
    "scale": "小数位", "grade": "分级", "sensitive": "敏感类型", "code_list": "代码表",
    "rules": "质量规则", "is_key": "主键",
}  # fmt: skip
