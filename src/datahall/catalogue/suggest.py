"""Drafting an entry from a scanned table (编目建议): deterministic, each proposal with its reason.

Metadata are looked at (names, types, comments and keys) and, where a column was sampled, the
shares of its profile.  No row is read and nothing leaves the machine.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from pypinyin import lazy_pinyin

from datahall.catalogue.categories import Category, likely_category
from datahall.catalogue.checks import ABSTRACT_LENGTH, FIELD_TITLE_LENGTH, TITLE_LENGTH
from datahall.catalogue.evidence import weighed
from datahall.catalogue.model import (
    CatalogueItem,
    Field,
    InventoryTable,
    ScannedColumn,
    Suggestion,
)
from datahall.catalogue.patterns import (
    CODED,
    HIGHLY_SENSITIVE,
    PAST,
    PERSONAL,
    SENSITIVE,
    START_AND_END,
    WATERMARK,
    WATERMARK_COMMENT,
)
from datahall.catalogue.profile import ColumnProfile
from datahall.catalogue.source_types import type_of
from datahall.catalogue.vocabulary import DataFormat, FieldType, Sharing, UpdateCycle
from datahall.kit.ids import ItemId, OrgId
from datahall.standards import SensitiveKind

RULE_OF_KIND: Final = {
    SensitiveKind.ID_CARD: "id_card",
    SensitiveKind.USCC: "uscc",
    SensitiveKind.MOBILE: "mobile",
    SensitiveKind.EMAIL: "email",
    SensitiveKind.PLATE: "plate",
}
FORMATS: Final = {
    "postgresql": (DataFormat.DATABASE, "PostgreSQL"),
    "mysql": (DataFormat.DATABASE, "MySQL"),
    "xlsx": (DataFormat.SPREADSHEET, "xlsx"),
    "csv": (DataFormat.SPREADSHEET, "csv"),
}
"""Kind of source → format class and type of the guide (信息资源格式)."""
NO_KEYS: Final = (FieldType.DOUBLE, FieldType.FLOAT)
NATURAL_KEYS: Final = (SensitiveKind.ID_CARD, SensitiveKind.USCC)
TEXTUAL: Final = (FieldType.STRING, FieldType.TEXT)
NOT_ONLY_TEXT: Final = (SensitiveKind.BIRTH_DATE, SensitiveKind.LOCATION)
DATES: Final = (FieldType.DATE, FieldType.DATETIME)
TAIL: Final = re.compile(r"(数据)?(表|库|台账|视图)$")
COMPLETE: Final = ("信息", "名录", "目录", "数据", "名单", "清单", "记录")
SHEET: Final = re.compile(r"sheet\d*", re.IGNORECASE)
ASIDE: Final = re.compile(r"[（(\[【：:，,;；].*")  # a comment's explanation after the name
NAME_LENGTH: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the suggestions know besides the table."""

    provider: OrgId
    provider_name: str  # short name, for the category
    categories: Sequence[Category]
    code_lists: Collection[str]
    titles_taken: Collection[str]
    profiles: Mapping[str, ColumnProfile] = field(default_factory=dict)  # by column, if sampled


def draft(id: ItemId, table: InventoryTable, known: Known, *, at: datetime) -> CatalogueItem:
    """A first version of the entry of `table`, with every proposal and its reason."""
    notes: list[Suggestion] = []
    fields = _fields(table, known, notes)
    title = _title(table, known.titles_taken, notes)
    item = CatalogueItem(
        id=id,
        provider=known.provider,
        title=title,
        abstract=_abstract(title, fields, notes),
        category_code=_category(f"{title} {table.comment}", known, notes),
        format=FORMATS.get(table.kind, (DataFormat.DATABASE, ""))[0],
        format_type=FORMATS.get(table.kind, (DataFormat.DATABASE, ""))[1],
        fields=fields,
        table=table.id,
        watermark_column=_watermark(table, notes),
        drafted_at=at,
    )
    sharing, cycle = _sharing(item, notes), _cycle(item, notes)
    return replace(item, sharing=sharing, update_cycle=cycle, suggestions=tuple(notes))


def new_field(
    column: ScannedColumn, beside: Sequence[Field], code_lists: Collection[str] = ()
) -> Field:
    """A field for one more column of a mounted table, graded by its kind."""
    name = _name(column.name, {field.name for field in beside})
    field = _field(column, name, beside, code_lists, [])
    return _graded(field, [], people=False)


def _fields(table: InventoryTable, known: Known, notes: list[Suggestion]) -> tuple[Field, ...]:
    made: list[Field] = []
    for column in table.columns:
        name = _name(column.name, {field.name for field in made})
        profile = known.profiles.get(column.name)
        made.append(_field(column, name, made, known.code_lists, notes, profile))
    made = _keys(made, table, notes)
    people = any(field.sensitive is SensitiveKind.ID_CARD for field in made)
    made = [_graded(field, notes, people=people) for field in made]
    return tuple(_dated(made, notes))


def _field(
    column: ScannedColumn,
    name: str,
    made: Sequence[Field],
    code_lists: Collection[str],
    notes: list[Suggestion],
    profile: ColumnProfile | None = None,
) -> Field:
    at = f"fields.{name}"
    read = type_of(column.type)
    if not read.known:
        notes.append(
            Suggestion(
                path=f"{at}.type",
                value=read.type.label,
                reason=f"不认识来源类型 {column.type}，先按文本读取，请核对",
                sure=False,
            )
        )
    title = _field_title(column, {field.title for field in made})
    verdict = weighed(*_kind(column, read.type), profile)
    kind = verdict.kind
    if kind is not SensitiveKind.NONE:
        notes.append(
            Suggestion(
                path=f"{at}.sensitive",
                value=kind.label,
                reason=verdict.reason,
                sure=verdict.sure,
            )
        )
    coded = _coded(column, read.type, code_lists)
    if coded is not None:
        notes.append(Suggestion(path=f"{at}.code_list", value=coded[0], reason=coded[1]))
    rules = [RULE_OF_KIND[kind]] if kind in RULE_OF_KIND else []
    if read.type in DATES and PAST.search(f"{column.comment}{column.name}"):
        rules.append("not_future")
        notes.append(Suggestion(path=f"{at}.rules", value="不晚于今天", reason="记的是已发生的事"))
    return Field(
        name=name,
        title=title,
        source_column=column.name,
        type=read.type,
        length=read.length,
        scale=read.scale,
        required=not column.nullable,
        sensitive=kind,
        code_list=coded[0] if coded else None,
        rules=tuple(rules),
    )


def _name(source: str, taken: Collection[str]) -> str:
    """A hall column name: the source's own when it will do, else its pinyin; unique."""
    plain = "_".join(lazy_pinyin(source)) if not source.isascii() else source
    plain = re.sub(r"[^a-z0-9]+", "_", plain.casefold()).strip("_")[:NAME_LENGTH].rstrip("_")
    if not plain or not plain[0].isalpha():
        plain = f"f_{plain}".rstrip("_")[:NAME_LENGTH]
    name, n = plain, 2
    while name in taken:
        name, n = f"{plain[: NAME_LENGTH - 4]}_{n}", n + 1
    return name


def _field_title(column: ScannedColumn, taken: Collection[str]) -> str:
    comment = " ".join(column.comment.split())
    title = (ASIDE.sub("", comment).strip() or comment or column.name)[:FIELD_TITLE_LENGTH]
    return title if title not in taken else f"{title}（{column.name}）"[:FIELD_TITLE_LENGTH]


def _kind(column: ScannedColumn, type: FieldType) -> tuple[SensitiveKind, str]:
    """The sensitive kind of a column, and why; a number or a date is no name or address."""
    comment = ASIDE.sub("", column.comment).strip()
    if comment == "" and not column.name.isascii():  # a sheet's head is its name
        comment = column.name
    for kind, pattern in SENSITIVE.items():
        fits = type in TEXTUAL or kind in NOT_ONLY_TEXT
        if fits and (reason := pattern.reason(column.name, comment)):
            return kind, reason
    return SensitiveKind.NONE, ""


def _coded(
    column: ScannedColumn, type: FieldType, code_lists: Collection[str]
) -> tuple[str, str] | None:
    if type not in (*TEXTUAL, FieldType.INTEGER):
        return None
    for code, pattern in CODED.items():
        comment = column.comment or ("" if column.name.isascii() else column.name)
        reason = pattern.reason(column.name, comment)
        if reason and code in code_lists and not comment.endswith(("名称", "中文")):
            return code, reason
    return None


def _keys(fields: list[Field], table: InventoryTable, notes: list[Suggestion]) -> list[Field]:
    """Mark the key: the source's own, else a natural one (身份号码、信用代码)."""
    if table.primary_key:
        chosen = [
            f for f in fields if f.source_column in table.primary_key and f.type not in NO_KEYS
        ]
        reason, sure = "来源表的主键", True
    else:
        strings = [f for f in fields if f.type is FieldType.STRING]
        natural = (f for kind in NATURAL_KEYS for f in strings if f.sensitive is kind)
        chosen = [f] if (f := next(natural, None)) else []
        reason, sure = "来源表没有主键，按自然标识推测，请核对能否认出一行", False
    notes += [
        Suggestion(path=f"fields.{f.name}.is_key", value="主键", reason=reason, sure=sure)
        for f in chosen
    ]
    return [_as_key(f) if f in chosen else f for f in fields]


def _as_key(field: Field) -> Field:
    """A key is never empty, and a text that identifies rows is a short one."""
    type = FieldType.STRING if field.type is FieldType.TEXT else field.type
    return replace(field, is_key=True, required=True, type=type)


def _graded(field: Field, notes: list[Suggestion], *, people: bool) -> Field:
    """The field with the grade that its kind and its meaning ask for (就高从严)."""
    grade, reason = field.sensitive.least_grade, f"{field.sensitive.label}默认分级"
    if people and HIGHLY_SENSITIVE.search(field.title):
        grade, reason = 4, "敏感个人信息"
    elif people and grade == 1 and PERSONAL.search(field.title):
        grade, reason = 2, "与可识别的人相联系"
    if grade > 1:
        notes.append(
            Suggestion(path=f"fields.{field.name}.grade", value=f"{grade} 级", reason=reason)
        )
    return replace(field, grade=grade)


def _dated(fields: list[Field], notes: list[Suggestion]) -> list[Field]:
    """Rules between fields: an end is not before its start."""
    for start, end in START_AND_END:
        first = next((f for f in fields if f.type in DATES and re.search(start, f.title)), None)
        last = next((f for f in fields if f.type in DATES and re.search(end, f.title)), None)
        if first is None or last is None or first is last or first.type is not last.type:
            continue
        rule = f"not_before:{first.name}"
        notes.append(
            Suggestion(
                path=f"fields.{last.name}.rules",
                value=f"不早于{first.title}",
                reason="起止日期的先后",
            )
        )
        fields = [replace(f, rules=(*f.rules, rule)) if f is last else f for f in fields]
    return fields


def _title(table: InventoryTable, taken: Collection[str], notes: list[Suggestion]) -> str:
    """The comment without tails such as 表 and 库, ending in 信息."""
    stem = ASIDE.sub("", table.comment or "").strip() or table.name
    if SHEET.fullmatch(stem):
        stem = table.schema or stem
    cut = TAIL.sub("", stem) or stem
    title = cut if cut.isascii() or cut.endswith(COMPLETE) else f"{cut}信息"
    title = title[:TITLE_LENGTH]
    notes.append(
        Suggestion(
            path="title",
            value=title,
            reason="取自表注释" if table.comment else "来源表没有注释，取自表名，请改为业务名称",
            sure=bool(table.comment),
        )
    )
    if title in taken:
        notes.append(
            Suggestion(
                path="title", value=title, reason="本单位已有同名目录，请改名区分", sure=False
            )
        )
    return title


def _abstract(title: str, fields: Sequence[Field], notes: list[Suggestion]) -> str:
    told = [field.title for field in fields if not WATERMARK.fullmatch(field.source_column)]
    shown, rest = told[:8], len(told) - 8
    listed = "、".join(shown) + (f"等 {len(told)} 项" if rest > 0 else f"，共 {len(told)} 项")
    text = f"{title}，含{listed}。"[:ABSTRACT_LENGTH]
    notes.append(
        Suggestion(
            path="abstract", value=text, reason="由信息项名称拼成，请补上业务范围", sure=False
        )
    )
    return text


def _category(text: str, known: Known, notes: list[Suggestion]) -> str:
    likely = likely_category(text, known.provider_name, known.categories)
    if likely is None:
        return ""
    category, reason = likely
    notes.append(
        Suggestion(path="category_code", value=category.path_name, reason=reason, sure=False)
    )
    return category.code


def _watermark(table: InventoryTable, notes: list[Suggestion]) -> str | None:
    """The column that tells when a row was last changed, for incremental loads (增量标识)."""
    for column in table.columns:
        if type_of(column.type).type not in DATES:
            continue
        if WATERMARK_COMMENT.search(column.comment) or WATERMARK.fullmatch(column.name):
            notes.append(
                Suggestion(
                    path="watermark_column", value=column.name, reason="每次修改都会变的时间字段"
                )
            )
            return column.name
    return None


def _sharing(item: CatalogueItem, notes: list[Suggestion]) -> Sharing:
    free = item.grade <= 2 and not item.has_personal  # noqa: PLR2004 - grades of data without persons
    chosen = Sharing.UNCONDITIONAL if free else Sharing.CONDITIONAL
    about = "含个人信息" if item.has_personal else f"信息项最高 {item.grade} 级"
    notes.append(Suggestion(path="sharing", value=chosen.label, reason=about, sure=False))
    return chosen


def _cycle(item: CatalogueItem, notes: list[Suggestion]) -> UpdateCycle:
    chosen = UpdateCycle.DAILY if item.watermark_column else UpdateCycle.MONTHLY
    reason = (
        "有更新时间字段，可以增量" if item.watermark_column else "没有更新时间字段，只能定期全量"
    )
    notes.append(Suggestion(path="update_cycle", value=chosen.label, reason=reason, sure=False))
    return chosen


def titled_field(
    title: str, type: FieldType, taken: Collection[str], code_lists: Collection[str], *, name: str
) -> Field:
    """A field of which only the title and the type are known, named and graded by its title."""
    called = name or _name(title, taken)
    column = ScannedColumn(name=called, type="", comment=title, position=1)
    kind, _ = _kind(column, type)
    coded = _coded(column, type, code_lists)
    field = Field(
        name=called,
        title=title,
        source_column=called,
        type=type,
        sensitive=kind,
        code_list=coded[0] if coded else None,
        rules=(RULE_OF_KIND[kind],) if kind in RULE_OF_KIND else (),
    )
    return _graded(field, [], people=False)
