"""How a field keeps to its data element, and what binding brings it (落标).  No I/O."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from datahall.catalogue import GRADES, Field
from datahall.kit.ids import ItemId, OrgId
from datahall.kit.labels import Labelled
from datahall.standards import DataElement, FieldType, SensitiveKind

TEXT: Final = frozenset({FieldType.STRING, FieldType.TEXT})
TIME: Final = frozenset({FieldType.DATE, FieldType.DATETIME})
PLACES: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """One way in which a bound field differs from its element (未落标)."""

    path: str  # type, length, scale, code_list, sensitive, grade, rules, element
    found: str
    wanted: str

    @property
    def words(self) -> str:
        """长度 30，数据元是 18."""
        if self.path == "element":
            return "数据元已废止"
        return f"{LABELS[self.path]} {self.found}，数据元是 {self.wanted}"


LABELS: Final = {
    "element": "数据元",
    "type": "类型",
    "length": "长度",
    "scale": "小数位",
    "code_list": "代码表",
    "sensitive": "敏感类型",
    "grade": "分级",
    "rules": "质量规则",
}


def deviations(field: Field, element: DataElement | None) -> tuple[Deviation, ...]:
    """How a bound field differs from its element; `element` is None when it no longer applies."""
    if element is None:
        return (Deviation(path="element", found=field.element or "", wanted="已废止"),)
    return (*_shape(field, element), *_meaning(field, element))


def _shape(field: Field, element: DataElement) -> Iterator[Deviation]:
    if not _same_type(field.type, element.type):
        yield Deviation(path="type", found=field.type.label, wanted=element.type.label)
    elif element.length is not None and (field.length is None or field.length > element.length):
        found = "不限" if field.length is None else str(field.length)
        yield Deviation(path="length", found=found, wanted=str(element.length))
    if element.scale is not None and (field.scale or 0) > element.scale:
        yield Deviation(path="scale", found=str(field.scale), wanted=str(element.scale))
    if element.code_list and field.code_list != element.code_list:
        found = field.code_list or "没有"
        yield Deviation(path="code_list", found=found, wanted=element.code_list)


def _meaning(field: Field, element: DataElement) -> Iterator[Deviation]:
    none = SensitiveKind.NONE
    if element.sensitive is not none and field.sensitive is not element.sensitive:
        yield Deviation(
            path="sensitive", found=field.sensitive.label, wanted=element.sensitive.label
        )
    if field.grade < element.grade:
        yield Deviation(
            path="grade",
            found=f"{field.grade} 级（{GRADES[field.grade]}）",
            wanted=f"{element.grade} 级",
        )
    missing = [rule for rule in element.rules if rule not in field.rules]
    if missing:
        yield Deviation(path="rules", found="没有", wanted="、".join(missing))


def _same_type(one: FieldType, other: FieldType) -> bool:
    """Whether values of the two are written the same way: any text, any number, the same time."""
    if one in TIME or other in TIME or FieldType.BOOLEAN in (one, other):
        return one is other
    return (one in TEXT) == (other in TEXT)


def bound(field: Field, element: DataElement) -> Field:
    """The field with all that its element brings; a grade is raised and never lowered (绑定).

    Type and length stay: they are the source's, and what differs is shown as a deviation.
    """
    none = SensitiveKind.NONE
    sensitive = element.sensitive if field.sensitive is none else field.sensitive
    return replace(
        field,
        element=element.code,
        sensitive=sensitive,
        grade=max(field.grade, element.grade, sensitive.least_grade),
        code_list=field.code_list or element.code_list,
        rules=(*field.rules, *(rule for rule in element.rules if rule not in field.rules)),
    )


def unbound(field: Field) -> Field:
    """The field without its element; what the element brought stays."""
    return replace(field, element=None, is_source=False)


class Shown(Labelled):
    """Which fields a list shows."""

    ALL = "", "全部"
    UNBOUND = "unbound", "未绑定"
    DEVIATING = "deviating", "有偏差"
    CONFORMING = "conforming", "已落标"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One field of an entry in force, as it was judged (落标情况)."""

    item: ItemId
    item_title: str
    org: OrgId
    field: str
    title: str
    shape: str  # type and length in words
    element: str | None
    is_source: bool
    deviations: tuple[Deviation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many fields there are, are bound, and keep to their element (落标率)."""

    fields: int
    bound: int
    conforming: int

    @property
    def bound_rate(self) -> Decimal | None:
        """Share of the fields that are bound to an element (绑定率); None without fields."""
        return _rate(self.bound, self.fields)

    @property
    def conformance_rate(self) -> Decimal | None:
        """Share of the fields that are bound and do not deviate (落标率); None without fields."""
        return _rate(self.conforming, self.fields)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            fields=self.fields + other.fields,
            bound=self.bound + other.bound,
            conforming=self.conforming + other.conforming,
        )


NOTHING: Final = Tally(fields=0, bound=0, conforming=0)


def _rate(part: int, whole: int) -> Decimal | None:
    """A ratio to four places; a rate over nothing is not 100 %."""
    return (Decimal(part) / whole).quantize(PLACES) if whole else None
