"""An entry as the texts of its cells (目录项 → 单元格).  No I/O."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from datahall.catalogue.categories import Category
from datahall.catalogue.model import Assessment, CatalogueItem, Field
from datahall.catalogue.vocabulary import FieldType, Opening, ShareMethod, Sharing
from datahall.kit.clock import local_date
from datahall.organisations import Organisation
from datahall.standards import SensitiveKind

FREE: Final = "无条件"
CONDITIONAL: Final = "有条件"
PLATFORM: Final = "共享平台方式"
ELSEWHERE: Final = "其他方式"
METHODS: Final = {
    ShareMethod.BATCH: "数据库",
    ShareMethod.FILE: "文件",
    ShareMethod.API: "服务接口",
}
"""The guide's words for the ways of sharing (共享方式类型)."""
LEVEL_ENDS: Final = (1, 3, 6)  # lengths of the codes of 类, 项 and 目; 细目 is longer
BETWEEN: Final = "、"
SEPARATORS: Final = re.compile(r"[、,，;；\n]+")
DANGEROUS: Final = re.compile(r"'*[=+\-@\t\r]")
UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The texts of an entry by the paths of `columns`."""

    entry: Mapping[str, str]
    items: tuple[Mapping[str, str], ...]


def guarded(text: str) -> str:
    """A text that a spreadsheet program cannot take for a formula; `restored` gives it back."""
    return f"'{text}" if DANGEROUS.match(text) else text


def restored(text: str) -> str:
    """What was guarded, without the guard."""
    return text[1:] if text.startswith("'") and DANGEROUS.match(text) else text


def plain(text: str) -> str:
    """A text as a cell holds it: no blanks around, one kind of line end, nothing unprintable."""
    return UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def written(
    item: CatalogueItem, provider: Organisation, categories: Mapping[str, Category]
) -> Written:
    """The texts of `item`."""
    by_platform = [METHODS[method] for method in item.share_methods if method in METHODS]
    classes = [PLATFORM] if by_platform else []
    classes += [ELSEWHERE] if ShareMethod.OTHER in item.share_methods else []
    published = "" if item.published_at is None else local_date(item.published_at).isoformat()
    texts = {
        **{f"category.{n}": name for n, name in enumerate(_path(item.category_code, categories))},
        "title": item.title,
        "code": item.code or "",
        "provider": provider.name,
        "office": item.office,
        "provider_code": provider.uscc,
        "abstract": item.abstract,
        "format": item.format.label,
        "format_type": item.format_type,
        "format_description": item.format_description,
        "sharing": item.sharing.label,
        "condition": _condition(item),
        "method_class": BETWEEN.join(classes),
        "share_methods": BETWEEN.join(by_platform),
        "is_open": "否" if item.opening is Opening.WITHHELD else "是",
        "open_condition": _open_condition(item),
        "update_cycle": item.update_cycle.label,
        "published_on": published,
        "related_codes": listed(item.related_codes),
        "notes": "",
        "alias_code": item.alias_code,
        "keywords": listed(item.keywords),
        "theme": item.theme,
        "system": item.system,
        "duty_basis": item.duty_basis,
        "matter_codes": listed(item.matter_codes),
        "share_explanation": item.share_explanation,
        "parent_code": item.parent_code,
        "open_code": item.open_code,
        "contact": item.contact,
        "phone": item.phone,
        "area": item.area,
        "period": item.period,
        **_assessment("secrecy", item.secrecy),
        **_assessment("privacy", item.privacy),
    }
    return Written(
        entry={path: plain(text) for path, text in texts.items()},
        items=tuple(_field(field) for field in item.fields),
    )


def _path(code: str, categories: Mapping[str, Category]) -> tuple[str, str, str, str]:
    """类, 项, 目 and 细目 by name; a level that the tree does not name stays its code."""
    ends = [end for end in LEVEL_ENDS if len(code) >= end]
    levels = [code[:end] for end in ends] + ([code] if len(code) > LEVEL_ENDS[-1] else [])
    names = [categories[level].name if level in categories else level for level in levels]
    return tuple(names + [""] * (4 - len(names)))  # type: ignore[return-value]


def _condition(item: CatalogueItem) -> str:
    match item.sharing:
        case Sharing.UNCONDITIONAL:
            return FREE
        case Sharing.CONDITIONAL:
            return item.share_condition
        case Sharing.WITHHELD:
            return item.withheld_basis


def _open_condition(item: CatalogueItem) -> str:
    match item.opening:
        case Opening.UNCONDITIONAL:
            return FREE
        case Opening.CONDITIONAL:
            return item.open_condition.strip() or CONDITIONAL
        case Opening.WITHHELD:
            return ""


def _assessment(name: str, made: Assessment | None) -> dict[str, str]:
    if made is None:
        return {f"{name}.number": "", f"{name}.conclusion": "", f"{name}.done_on": ""}
    return {
        f"{name}.number": made.number,
        f"{name}.conclusion": made.conclusion,
        f"{name}.done_on": day(made.done_on),
    }


def listed(parts: Iterable[str]) -> str:
    """Several words in one cell."""
    return BETWEEN.join(split(BETWEEN.join(parts)))


def split(text: str) -> tuple[str, ...]:
    """The words of a cell that holds several, each once."""
    parts = (part.strip() for part in SEPARATORS.split(text))
    return tuple(dict.fromkeys(part for part in parts if part))


def day(on: date) -> str:
    return on.isoformat()


def _field(field: Field) -> Mapping[str, str]:
    texts: dict[str, Any] = {
        "title": field.title,
        "type": type_words(field.type),
        "length": length_words(field),
        "name": field.name,
        "grade": str(field.grade),
        "sensitive": "" if field.sensitive is SensitiveKind.NONE else field.sensitive.label,
        "code_list": field.code_list or "",
        "element": field.element or "",
        "is_key": "是" if field.is_key else "否",
        "required": "是" if field.required else "否",
        "rules": listed(field.rules),
    }
    return {f"fields.{name}": plain(text) for name, text in texts.items()}


def type_words(type: FieldType) -> str:
    """字符型C, as the guide writes it."""
    return f"{type.label}{type.value}"


def length_words(field: Field) -> str:
    """18, or 12,2 with decimals."""
    length = "" if field.length is None else str(field.length)
    return length if field.scale is None else f"{length},{field.scale}"
