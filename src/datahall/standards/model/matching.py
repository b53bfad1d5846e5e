"""Which data element a field is likely to be: evidence, weights, reasons (数据元推荐).  No I/O.

Deterministic and explained: every point of a score comes with the sentence that says why.  The
weights are ours; `make bench B=suggest` measures them on a labelled set.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from datahall.standards.model.elements import DataElement
from datahall.standards.model.vocabulary import FieldType, SensitiveKind


class Describes(Protocol):
    """What is known of a field by its metadata; `catalogue.Field` is one."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def type(self) -> FieldType: ...
    @property
    def length(self) -> int | None: ...
    @property
    def code_list(self) -> str | None: ...
    @property
    def sensitive(self) -> SensitiveKind: ...


class Profiled(Protocol):
    """What a sample of the column told; `catalogue.ColumnProfile` is one."""

    @property
    def rows(self) -> int: ...
    @property
    def shares(self) -> Mapping[str, float]: ...


@dataclass(frozen=True, slots=True)
class Match:
    """An element that a field may be, how likely, and why."""

    element: DataElement
    score: float  # 0 … 1, two decimals
    reasons: tuple[str, ...]

    @property
    def is_likely(self) -> bool:
        """Whether one would bind it without looking further."""
        return self.score >= LIKELY


LEAST: Final = 0.35  # below it nothing is suggested
LIKELY: Final = 0.6
MOST: Final = 3
ENOUGH_ROWS: Final = 20  # a sample of fewer rows proves nothing
TEXT: Final = frozenset({FieldType.STRING, FieldType.TEXT})
TIME: Final = frozenset({FieldType.DATE, FieldType.DATETIME})
ASIDE: Final = re.compile(r"[（(\[【：:，,;；].*")  # an explanation after the name
FILLING: Final = re.compile(r"[\s_\-·“”\"'的]+")


def suggest(
    field: Describes,
    elements: Iterable[DataElement],
    profile: Profiled | None = None,
    *,
    comment: str = "",
) -> list[Match]:
    """The likeliest elements of a field, best first; at most three, none when nothing speaks for it.

    Args:
        profile: what a sample of the column told, when one was taken.
        comment: the source's own comment, when it says more than the title.
    """
    found = (_match(field, element, profile, comment) for element in elements)
    likely = [match for match in found if match.score >= LEAST]
    return sorted(likely, key=lambda m: (-m.score, m.element.code))[:MOST]


def _match(field: Describes, element: DataElement, profile: Profiled | None, comment: str) -> Match:
    named = max(
        (_by_name(normal(text), element) for text in {field.title, comment}), key=lambda e: e[0]
    )
    columned = _by_column(field.name, element)
    evidence = [named, columned]
    if named[0] or columned[0]:  # nothing else makes two things the same fact
        evidence += _by_shape(field, element)
    if profile is not None:
        evidence += _by_sample(element, profile, named=bool(named[0] or columned[0]))
    score = sum(points for points, _ in evidence)
    reasons = tuple(reason for points, reason in evidence if points)
    return Match(element, round(min(max(score, 0.0), 1.0), 2), reasons)


def _by_name(text: str, element: DataElement) -> tuple[float, str]:
    if not text:
        return 0.0, ""
    if text == normal(element.name):
        return 0.7, f"名称与“{element.name}”相同"
    for name in element.synonyms:
        if text == normal(name):
            return 0.62, f"“{name}”是它的同义名称"
    for name in sorted(element.names, key=len, reverse=True):
        known = normal(name)
        if len(known) > 1 and text.endswith(known):
            return 0.38, f"名称以“{name}”结尾"
    best = max(element.names, key=lambda name: alike(text, normal(name)))
    likeness = alike(text, normal(best))
    return (0.4 * likeness, f"名称与“{best}”相近") if likeness >= 0.5 else (0.0, "")  # noqa: PLR2004 - half of the pairs


def _by_column(name: str, element: DataElement) -> tuple[float, str]:
    column = name.casefold()
    if column in element.columns:
        return 0.3, f"字段名 {name} 是常用写法"
    last = column.rsplit("_", 1)[-1]
    if last != column and last in element.columns:
        return 0.12, f"字段名以 {last} 结尾"
    return 0.0, ""


def _by_shape(field: Describes, element: DataElement) -> Iterator[tuple[float, str]]:
    if family(field.type) != family(element.type):
        yield -0.25, f"类型不符：{field.type.label}，数据元是{element.type.label}"
    else:
        yield 0.06, f"类型同为{element.type.label}"
        if element.length and field.length == element.length:
            yield 0.04, f"长度同为 {element.length}"
    if element.code_list and field.code_list == element.code_list:
        yield 0.2, f"同用代码表 {element.code_list}"
    elif element.code_list and field.code_list:
        yield -0.15, f"代码表不同：{field.code_list}"
    if element.sensitive is not SensitiveKind.NONE:
        if field.sensitive is element.sensitive:
            yield 0.1, f"敏感类型同为{element.sensitive.label}"
        elif field.sensitive is not SensitiveKind.NONE:
            yield -0.2, f"敏感类型不同：{field.sensitive.label}"


def _by_sample(
    element: DataElement, profile: Profiled, *, named: bool
) -> Iterator[tuple[float, str]]:
    codes = profile.shares.get(f"code_list:{element.code_list}", 0.0) if element.code_list else 0.0
    if codes >= 0.9 and profile.rows >= ENOUGH_ROWS:  # noqa: PLR2004 - as below
        yield 0.15, f"抽样的 {codes:.0%} 是代码表 {element.code_list} 的代码"
    kind = element.sensitive
    if kind is SensitiveKind.NONE or profile.rows < ENOUGH_ROWS or str(kind) not in profile.shares:
        return
    share = profile.shares[str(kind)]
    if share >= 0.9:  # noqa: PLR2004 - some rows are always wrong
        yield (0.25 if named else 0.36), f"抽样的 {share:.0%} 符合{kind.label}的写法或校验"
    elif share < 0.2 and named:  # noqa: PLR2004 - clearly something else
        yield -0.3, f"抽样只有 {share:.0%} 符合{kind.label}的写法"


def normal(text: str) -> str:
    """A name without explanation, width, case and filling characters."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return FILLING.sub("", ASIDE.sub("", plain) or plain)


def alike(one: str, other: str) -> float:
    """How much two texts have in common: Dice's coefficient of their pairs of characters."""
    pairs, others = _pairs(one), _pairs(other)
    if not pairs or not others:
        return 0.0
    return 2 * len(pairs & others) / (len(pairs) + len(others))


def _pairs(text: str) -> set[str]:
    return {text[n : n + 2] for n in range(len(text) - 1)}


def family(type: FieldType) -> str:
    """Types between which a value can be written without loss of meaning."""
    if type in TEXT:
        return "text"
    if type in TIME:
        return "time"
    return "logical" if type is FieldType.BOOLEAN else "number"


def best(matches: Sequence[Match]) -> Match | None:
    """The first of the suggestions if it stands alone at the top."""
    if not matches or not matches[0].is_likely:
        return None
    if len(matches) > 1 and matches[1].score == matches[0].score:
        return None
    return matches[0]
