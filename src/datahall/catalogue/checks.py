"""What is wrong with an entry, and what it still lacks.  No I/O.

A *mistake* is refused whenever the entry is saved; an *omission* only when it is submitted, so
that a clerk may save half a form.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from datahall.catalogue.model import Assessment, CatalogueItem, Field, InventoryTable
from datahall.catalogue.vocabulary import (
    HIGHEST_GRADE,
    LISTED_GRADE,
    LOWEST_GRADE,
    OPEN_GRADE,
    RULE_TITLES,
    RULES_OF_TWO_FIELDS,
    THEMES,
    Aggregation,
    DataFormat,
    FieldType,
    Opening,
    SecrecyLevel,
    ShareMethod,
    Sharing,
)
from datahall.kit.errors import Fault
from datahall.standards import RULE

FIELD_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
CATEGORY_CODE: Final = re.compile(r"[1-9]\d{5}[0-9A-Za-z]*")  # 类1 项2 目3 细目
PHONE: Final = re.compile(r"0\d{2,3}-?\d{7,8}|1[3-9]\d{9}")
ALIAS: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z/_.:-]{2,99}")
MATTER_CODE: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{5,39}")
TITLE_LENGTH: Final = 50  # `[S:WATER]`
ABSTRACT_LENGTH: Final = 256
TEXT_LENGTH: Final = 500
FIELD_TITLE_LENGTH: Final = 100
MOST_FIELDS: Final = 500
NO_KEYS: Final = frozenset({FieldType.TEXT, FieldType.GENERAL, FieldType.DOUBLE, FieldType.FLOAT})
MOST_LISTED: Final = 50  # of keywords, codes, channels
MOST_DIGITS: Final = 38  # of a number with decimals and no length
SHORT_LENGTH: Final = 100
SHORT_TEXTS: Final = ("format_type", "system", "office", "contact", "area", "period")
LISTS: Final = ("keywords", "channels")


def mistakes(
    item: CatalogueItem,
    *,
    table: InventoryTable | None,
    code_lists: Collection[str],
    titles_taken: Collection[str] = (),
    elements: Collection[str] | None = None,
    categories: Collection[str] | None = None,
) -> Iterator[Fault]:
    """What may not be saved.

    Args:
        table: the mounted table, when the entry has one.
        code_lists: codes of the code lists that exist.
        titles_taken: titles of the provider's other entries.
        elements: codes of the data elements that apply; None does not ask.
        categories: codes of the category tree; None does not ask.
    """
    title = item.title.strip()
    if not title:
        yield Fault("title", "catalogue.title_blank")
    yield from _too_long("title", title, TITLE_LENGTH)
    if title in titles_taken:
        yield Fault("title", "catalogue.title_taken", {"title": title})
    yield from _too_long("abstract", item.abstract, ABSTRACT_LENGTH)
    for path, text in (
        ("share_condition", item.share_condition),
        ("withheld_basis", item.withheld_basis),
        ("open_condition", item.open_condition),
        ("duty_basis", item.duty_basis),
        ("share_explanation", item.share_explanation),
        ("logical_reason", item.logical_reason),
        ("format_description", item.format_description),
    ):
        yield from _too_long(path, text, TEXT_LENGTH)
    for path in SHORT_TEXTS:
        yield from _too_long(path, getattr(item, path), SHORT_LENGTH)
    for path in LISTS:
        yield from _long_list(path, getattr(item, path))
    yield from _coded(item)
    if item.category_code and not CATEGORY_CODE.fullmatch(item.category_code):
        yield Fault("category_code", "catalogue.category_malformed", {"code": item.category_code})
    elif item.category_code and categories is not None and item.category_code not in categories:
        yield Fault("category_code", "catalogue.category_unknown", {"code": item.category_code})
    if item.phone and not PHONE.fullmatch(item.phone.replace(" ", "")):
        yield Fault("phone", "catalogue.phone_malformed")
    yield from _sharing_mistakes(item)
    yield from _field_mistakes(item, table, code_lists)
    yield from _element_mistakes(item.fields, elements)


def omissions(item: CatalogueItem) -> Iterator[Fault]:
    """What must be there before the entry is submitted (条例第十三、十五条)."""
    for path, text in (
        ("abstract", item.abstract),
        ("category_code", item.category_code),
        ("duty_basis", item.duty_basis),
        ("contact", item.contact),
        ("phone", item.phone),
    ):
        if not text.strip():
            yield Fault(path, f"catalogue.{path}_missing")
    if item.sharing is Sharing.CONDITIONAL and not item.share_condition.strip():
        yield Fault("share_condition", "catalogue.share_condition_missing")
    if item.opening is Opening.CONDITIONAL and not item.open_condition.strip():
        yield Fault("open_condition", "catalogue.open_condition_missing")
    if item.sharing is not Sharing.WITHHELD and not item.share_methods:
        yield Fault("share_methods", "catalogue.share_methods_missing")
    if ShareMethod.OTHER in item.share_methods and not item.share_explanation.strip():
        yield Fault("share_explanation", "catalogue.share_explanation_missing")
    if item.aggregation is Aggregation.LOGICAL and not item.logical_reason.strip():
        yield Fault("logical_reason", "catalogue.logical_reason_missing")
    if item.format is DataFormat.SELF_DESCRIBED and not item.format_description.strip():
        yield Fault("format_description", "catalogue.format_description_missing")
    if not item.fields:
        yield Fault("fields", "catalogue.fields_missing")
    elif item.table is not None and not item.key:
        yield Fault("fields", "catalogue.key_missing")
    yield from _assessment_omissions("secrecy", item.secrecy)
    yield from _assessment_omissions("privacy", item.privacy)


def _coded(item: CatalogueItem) -> Iterator[Fault]:
    """Codes and choices that are not what they should be."""
    if item.secrecy_level is not SecrecyLevel.NONE:
        yield Fault("secrecy_level", "catalogue.classified", {"level": item.secrecy_level.label})
    if item.theme and item.theme not in THEMES:
        yield Fault("theme", "catalogue.value_unknown", {"value": item.theme})
    for path, code in (
        ("alias_code", item.alias_code),
        ("open_code", item.open_code),
        ("parent_code", item.parent_code),
        *(("related_codes", code) for code in item.related_codes),
        *(("relations", relation.code) for relation in item.relations),
    ):
        if code and not ALIAS.fullmatch(code):
            yield Fault(path, "catalogue.code_malformed", {"code": code})
        elif code and code == item.code:
            yield Fault(path, "catalogue.code_of_itself")
    for code in item.matter_codes:
        if not MATTER_CODE.fullmatch(code):
            yield Fault("matter_codes", "catalogue.matter_code_malformed", {"code": code})
    for path, amount in (("volume_rows", item.volume_rows), ("volume_mb", item.volume_mb)):
        if amount is not None and amount < 0:
            yield Fault(path, "catalogue.number_malformed")


def _long_list(path: str, texts: Collection[str]) -> Iterator[Fault]:
    if len(texts) > MOST_LISTED:
        detail: dict[str, object] = {"most": MOST_LISTED, "length": len(texts)}
        yield Fault(path, "catalogue.too_many", detail)
    for text in texts:
        yield from _too_long(path, text, SHORT_LENGTH)


def _sharing_mistakes(item: CatalogueItem) -> Iterator[Fault]:
    if item.sharing is Sharing.WITHHELD:
        if not item.withheld_basis.strip():
            yield Fault("withheld_basis", "catalogue.withheld_basis_missing")
        elif missing := item.citation.missing:
            detail: dict[str, object] = {"missing": "、".join(missing)}
            yield Fault("withheld_basis", "catalogue.withheld_basis_no_citation", detail)
        elif not item.citation.is_statutory:
            yield Fault(
                "withheld_basis",
                "catalogue.withheld_basis_not_statutory",
                {"number": item.citation.number},
            )
        if item.opening is not Opening.WITHHELD:
            yield Fault("opening", "catalogue.opening_wider_than_sharing")
    if item.sharing is Sharing.UNCONDITIONAL and item.grade > OPEN_GRADE:
        yield Fault("sharing", "catalogue.unconditional_too_sensitive", {"grade": item.grade})
    if item.opening is not Opening.WITHHELD and item.grade > OPEN_GRADE:
        yield Fault("opening", "catalogue.opening_too_sensitive", {"grade": item.grade})
    if item.grade >= LISTED_GRADE and ShareMethod.FILE in item.share_methods:
        yield Fault("share_methods", "catalogue.file_too_sensitive")


def _field_mistakes(
    item: CatalogueItem, table: InventoryTable | None, code_lists: Collection[str]
) -> Iterator[Fault]:
    if len(item.fields) > MOST_FIELDS:
        yield Fault("fields", "catalogue.fields_too_many", {"most": MOST_FIELDS})
    names = Counter(field.name for field in item.fields)
    titles = Counter(field.title.strip() for field in item.fields)
    columns = None if table is None else {column.name for column in table.columns}
    for index, field in enumerate(item.fields):
        at = f"fields.{index}"
        if not FIELD_NAME.fullmatch(field.name):
            yield Fault(f"{at}.name", "catalogue.field_name_malformed", {"name": field.name})
        elif names[field.name] > 1:
            yield Fault(f"{at}.name", "catalogue.field_name_twice", {"name": field.name})
        if not field.title.strip():
            yield Fault(f"{at}.title", "catalogue.field_title_blank")
        elif titles[field.title.strip()] > 1:
            yield Fault(f"{at}.title", "catalogue.field_title_twice", {"title": field.title})
        yield from _too_long(f"{at}.title", field.title, FIELD_TITLE_LENGTH)
        if columns is not None and field.source_column not in columns:
            detail: dict[str, object] = {
                "column": field.source_column,
                "table": table and table.name,
            }
            yield Fault(f"{at}.source_column", "catalogue.field_not_in_table", detail)
        yield from _one_field(at, field, names, code_lists)
    if item.watermark_column and columns is not None and item.watermark_column not in columns:
        yield Fault(
            "watermark_column",
            "catalogue.watermark_not_in_table",
            {"column": item.watermark_column},
        )


def _one_field(
    at: str, field: Field, names: Collection[str], code_lists: Collection[str]
) -> Iterator[Fault]:
    if field.code_list and field.code_list not in code_lists:
        yield Fault(f"{at}.code_list", "catalogue.code_list_unknown", {"code": field.code_list})
    if not LOWEST_GRADE <= field.grade <= HIGHEST_GRADE:
        yield Fault(f"{at}.grade", "catalogue.grade_out_of_range")
    elif field.grade < field.sensitive.least_grade:
        detail: dict[str, object] = {
            "kind": field.sensitive.label,
            "least": field.sensitive.least_grade,
        }
        yield Fault(f"{at}.grade", "catalogue.grade_too_low", detail)
    if field.length is not None and field.length < 1:
        yield Fault(f"{at}.length", "catalogue.length_not_positive")
    if field.scale is not None and not 0 <= field.scale <= (field.length or MOST_DIGITS):
        yield Fault(f"{at}.scale", "catalogue.scale_out_of_range")
    if field.is_key and field.type in NO_KEYS:
        yield Fault(f"{at}.is_key", "catalogue.key_type", {"type": field.type.label})
    for rule in field.rules:
        written = RULE.fullmatch(rule)
        if written is None:
            yield Fault(f"{at}.rules", "catalogue.rule_malformed", {"rule": rule})
        elif written["name"] not in RULE_TITLES:
            yield Fault(f"{at}.rules", "catalogue.rule_unknown", {"rule": written["name"]})
        elif written["name"] in RULES_OF_TWO_FIELDS and written["argument"] not in names:
            yield Fault(f"{at}.rules", "catalogue.rule_without_field", {"rule": rule})


def _element_mistakes(fields: Sequence[Field], elements: Collection[str] | None) -> Iterator[Fault]:
    for index, field in enumerate(fields):
        if field.element and elements is not None and field.element not in elements:
            yield Fault(
                f"fields.{index}.element", "catalogue.element_unknown", {"code": field.element}
            )
        if field.is_source and not field.element:
            yield Fault(f"fields.{index}.is_source", "catalogue.source_without_element")


def _assessment_omissions(path: str, made: Assessment | None) -> Iterator[Fault]:
    if made is None:
        yield Fault(f"{path}.number", f"catalogue.{path}_missing")
        return
    if not made.number.strip():
        yield Fault(f"{path}.number", "catalogue.assessment_number_missing")
    if not made.conclusion.strip():
        yield Fault(f"{path}.conclusion", "catalogue.assessment_conclusion_missing")


def _too_long(path: str, text: str, most: int) -> Iterator[Fault]:
    if len(text.strip()) > most:
        yield Fault(path, "catalogue.too_long", {"most": most, "length": len(text.strip())})
