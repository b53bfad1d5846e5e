"""What a data element is, its versions, and what differs between two of them.  No I/O."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, Final, Self

from datahall.kit.errors import Fault
from datahall.kit.labels import Labelled
from datahall.standards.errors import EffectiveTooEarly, WrongElementStage
from datahall.standards.model.vocabulary import (
    RULE,
    RULE_TITLES,
    RULES_OF_TWO_FIELDS,
    FieldType,
    SensitiveKind,
)

CODE: Final = re.compile(r"[A-Z]{2,6}\d{3,8}")
COLUMN: Final = re.compile(r"[a-z][a-z0-9_]{0,59}")
NAME_LENGTH, TEXT_LENGTH, MOST_WORDS = 50, 500, 30


class ElementStatus(Labelled):
    """The stage of one version of an element (数据元状态)."""

    DRAFT = "draft", "草稿"
    PUBLISHED = "published", "已发布"
    RETIRED = "retired", "已废止"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataElement:
    """One version of a data element (数据元): what one fact is called and how it is written."""

    code: str  # 编码, e.g. DE01001
    version: int = 1
    status: ElementStatus = ElementStatus.DRAFT
    name: str
    synonyms: tuple[str, ...] = ()  # 同义名称
    columns: tuple[str, ...] = ()  # column names under which it usually stands 常用字段名
    definition: str = ""
    type: FieldType = FieldType.STRING
    length: int | None = None  # characters, or digits of a number
    scale: int | None = None  # decimals of a number
    code_list: str | None = None
    value_domain: str = ""  # 值域, in words, when there is no code list
    source: str = ""  # 来源标准, e.g. GB 11643-1999
    grade: int = 1  # default grade 默认分级
    sensitive: SensitiveKind = SensitiveKind.NONE  # decides the default mask
    rules: tuple[str, ...] = ()  # quality rules that a bound field gets
    note: str = ""  # why this version was made
    effective_on: date | None = None  # None while a draft
    edited_at: datetime | None = None  # UTC
    published_at: datetime | None = None  # UTC

    @property
    def names(self) -> tuple[str, ...]:
        """The name and its synonyms."""
        return (self.name, *self.synonyms)

    @property
    def shape(self) -> str:
        """Type and length as officials write them: 字符型 18, 数值型 16,2."""
        size = "" if self.length is None else f" {self.length}"
        return f"{self.type.label}{size}" + (f",{self.scale}" if self.scale else "")

    def revised(self, changes: Mapping[str, Any], *, at: datetime) -> Self:
        """The draft with other content."""
        self._in(ElementStatus.DRAFT)
        return replace(self, **changes, edited_at=at)

    def published(
        self, *, on: date, at: datetime, today: date, before: "DataElement | None"
    ) -> Self:
        """In force from `on` (发布); a later version begins today at the earliest.

        Args:
            before: the last published version, if there is one.
        """
        self._in(ElementStatus.DRAFT)
        self._after(before, on, today)
        return replace(self, status=ElementStatus.PUBLISHED, effective_on=on, published_at=at)

    def retired(self, *, version: int, on: date, at: datetime, today: date, note: str) -> Self:
        """The version that ends the element from `on` (废止)."""
        self._in(ElementStatus.PUBLISHED)
        self._after(self, on, today)
        return replace(
            self,
            version=version,
            status=ElementStatus.RETIRED,
            effective_on=on,
            note=note,
            edited_at=at,
            published_at=at,
        )

    def next_version(self, *, version: int, at: datetime) -> Self:
        """A draft that starts from this version (修订)."""
        return replace(
            self,
            version=version,
            status=ElementStatus.DRAFT,
            note="",
            effective_on=None,
            edited_at=at,
            published_at=None,
        )

    def faults(self, code_lists: Collection[str]) -> Iterator[Fault]:
        """What may not be saved."""
        if not CODE.fullmatch(self.code):
            yield Fault("code", "standards.element_code_malformed", {"code": self.code})
        if not self.name.strip():
            yield Fault("name", "standards.name_blank")
        yield from _lengths(self)
        for column in self.columns:
            if not COLUMN.fullmatch(column):
                yield Fault("columns", "standards.column_malformed", {"column": column})
        if self.length is not None and not 1 <= self.length <= 1_000_000:  # noqa: PLR2004 - characters
            yield Fault("length", "standards.length_out_of_range")
        if self.scale is not None and not (
            self.type.has_scale and 0 <= self.scale <= (self.length or 38)
        ):
            yield Fault("scale", "standards.scale_out_of_range")
        if self.code_list and self.code_list not in code_lists:
            yield Fault("code_list", "standards.code_list_unknown", {"code": self.code_list})
        if not 1 <= self.grade <= 4:  # noqa: PLR2004 - grades of general data
            yield Fault("grade", "standards.grade_out_of_range")
        elif self.grade < self.sensitive.least_grade:
            least: dict[str, object] = {
                "kind": self.sensitive.label,
                "least": self.sensitive.least_grade,
            }
            yield Fault("grade", "standards.grade_too_low", least)
        for rule in self.rules:
            written = RULE.fullmatch(rule)
            if written is None or written["name"] not in RULE_TITLES:
                yield Fault("rules", "standards.rule_unknown", {"rule": rule})
            elif written["name"] in RULES_OF_TWO_FIELDS:
                yield Fault("rules", "standards.rule_of_two_fields", {"rule": rule})

    def _in(self, stage: ElementStatus) -> None:
        if self.status is not stage:
            raise WrongElementStage(stage=self.status.label, wanted=stage.label)

    def _after(self, before: "DataElement | None", on: date, today: date) -> None:
        """History is not rewritten: what applied before today stays as it was."""
        if before is None or before.effective_on is None:
            return
        earliest = max(today, before.effective_on)
        if on < earliest:
            raise EffectiveTooEarly(earliest=earliest.isoformat())


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementChange:
    """One attribute that differs between two versions, in words."""

    path: str
    label: str
    before: str
    after: str


LABELS: Final = {
    "name": "名称",
    "synonyms": "同义名称",
    "columns": "常用字段名",
    "definition": "定义",
    "type": "数据类型",
    "length": "长度",
    "scale": "小数位",
    "code_list": "代码表",
    "value_domain": "值域",
    "source": "来源标准",
    "grade": "默认分级",
    "sensitive": "敏感类型",
    "rules": "质量规则",
}
CONTENT: Final = frozenset(LABELS) | {"note"}
"""What a draft may change."""


def element_changes(before: DataElement, after: DataElement) -> tuple[ElementChange, ...]:
    """Every attribute that differs (版本差异), in the order of the page."""
    order = [f.name for f in fields(DataElement) if f.name in LABELS]
    return tuple(
        ElementChange(
            path=name,
            label=LABELS[name],
            before=words(getattr(before, name)),
            after=words(getattr(after, name)),
        )
        for name in order
        if getattr(before, name) != getattr(after, name)
    )


def matches(element: DataElement, query: str) -> bool:
    """Whether every word of a search is somewhere in the element."""
    text = " ".join(
        (element.code, *element.names, *element.columns, element.definition, element.source)
    ).casefold()
    return all(word in text for word in query.casefold().split())


def words(value: object) -> str:
    """A value of an element as people read it."""
    match value:
        case None | "" | ():
            return "—"
        case Labelled():
            return value.label
        case tuple():
            return "、".join(map(str, value))
        case _:
            return str(value)


def _lengths(element: DataElement) -> Iterator[Fault]:
    for path, text, most in (
        ("name", element.name, NAME_LENGTH),
        ("definition", element.definition, TEXT_LENGTH),
        ("value_domain", element.value_domain, TEXT_LENGTH),
        ("source", element.source, TEXT_LENGTH),
        ("note", element.note, TEXT_LENGTH),
        *(("synonyms", name, NAME_LENGTH) for name in element.synonyms),
    ):
        if len(text) > most:
            yield Fault(path, "standards.too_long", {"most": most, "length": len(text)})
    for path, many in (("synonyms", element.synonyms), ("columns", element.columns)):
        if len(many) > MOST_WORDS:
            yield Fault(path, "standards.words_too_many", {"most": MOST_WORDS})
