"""How well an entry is described, point by point, and what would mend it (元数据质量评分).  No I/O.

Every criterion says how many of its points the entry has, why, and where the rest is to be had.
The weights are ours [P] and may be set (`metadata_weights`); nought leaves a criterion out.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from datahall.catalogue.model import CatalogueItem, Field
from datahall.catalogue.vocabulary import FieldType, Sharing

HAN: Final = re.compile(r"[\u4e00-\u9fff]")
GOOD_ABSTRACT: Final = 30  # characters
GOOD_KEYWORDS: Final = 3
GRADES: Final = ((90, "A"), (75, "B"), (60, "C"), (0, "D"))  # [P]
SIZED: Final = frozenset({FieldType.STRING, FieldType.NUMBER, FieldType.MONEY})


@dataclass(frozen=True, slots=True)
class Found:
    """What one criterion found: which share of its points, and what is missing."""

    share: float
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One thing that is asked of a description (评分项)."""

    key: str
    title: str
    points: int
    at: str  # anchor in the entry form, or "resources"
    judge: Callable[[CatalogueItem, int], Found]  # the entry, and how many resources are well


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What one criterion gave (得分)."""

    key: str
    title: str
    points: Decimal
    out_of: int
    missing: str
    at: str

    @property
    def is_full(self) -> bool:
        return self.points == self.out_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The sum out of a hundred with its marks (元数据得分)."""

    total: Decimal
    grade: str
    marks: tuple[Mark, ...]

    @property
    def to_mend(self) -> tuple[Mark, ...]:
        """What is missing, the most points first."""
        open_ones = (mark for mark in self.marks if not mark.is_full)
        return tuple(sorted(open_ones, key=lambda mark: mark.points - mark.out_of))


def score(item: CatalogueItem, *, healthy: int, weights: Mapping[str, int]) -> Score:
    """The marks of an entry.

    Args:
        healthy: how many of its resources are mounted and well.
        weights: points by key of a criterion, instead of its own.
    """
    marks = []
    for criterion in CRITERIA:
        out_of = weights.get(criterion.key, criterion.points)
        if out_of <= 0:
            continue
        found = criterion.judge(item, healthy)
        marks.append(
            Mark(
                key=criterion.key,
                title=criterion.title,
                points=_rounded(Decimal(str(found.share)) * out_of),
                out_of=out_of,
                missing=found.missing,
                at=criterion.at,
            )
        )
    most = sum(mark.out_of for mark in marks)
    sum_ = sum((mark.points for mark in marks), Decimal(0))
    total = _rounded(100 * sum_ / most) if most else Decimal(0)
    grade = next(letter for least, letter in GRADES if total >= least)
    return Score(total=total, grade=grade, marks=tuple(marks))


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)


def _filled(*parts: tuple[str, object]) -> Found:
    """The share of parts that are there, with the names of those that are not."""
    missing = [name for name, value in parts if not value]
    share = 1 - len(missing) / len(parts)
    return Found(share, f"没有填写{'、'.join(missing)}" if missing else "")


def _of_fields(
    item: CatalogueItem, is_good: Callable[[Field], bool], words: str, *, of: Sequence[Field] = ()
) -> Found:
    """The share of fields that are good, naming the first few that are not."""
    asked = of or item.fields
    if not asked:
        return Found(0, "还没有信息项")
    poor = [field.title for field in asked if not is_good(field)]
    named = "、".join(poor[:3]) + ("等" if len(poor) > 3 else "")  # noqa: PLR2004 - the first three
    return Found(
        1 - len(poor) / len(asked), f"{len(poor)} 个信息项{words}：{named}" if poor else ""
    )


def _abstract(item: CatalogueItem, _healthy: int) -> Found:
    length = len(item.abstract.strip())
    if length >= GOOD_ABSTRACT:
        return Found(1)
    return Found(length / GOOD_ABSTRACT, f"摘要只有 {length} 个字，写清收的是什么、到什么范围")


def _keywords(item: CatalogueItem, _healthy: int) -> Found:
    count = min(len(item.keywords), GOOD_KEYWORDS)
    missing = "" if count == GOOD_KEYWORDS else f"关键词不足 {GOOD_KEYWORDS} 个，别人不容易搜到"
    return Found(count / GOOD_KEYWORDS, missing)


def _basis(item: CatalogueItem, _healthy: int) -> Found:
    cited = "《" in item.duty_basis and "条" in item.duty_basis
    if cited:
        return Found(1)
    if item.duty_basis.strip():
        return Found(0.5, "法定依据没有写到文件名称和条款")
    return Found(0, "没有填写法定依据")


def _terms(item: CatalogueItem, _healthy: int) -> Found:
    if item.sharing is Sharing.UNCONDITIONAL:
        return Found(1)
    if item.sharing is Sharing.WITHHELD:
        missing = item.citation.missing
        return Found(1 - len(missing) / 3, f"不予共享依据缺{'、'.join(missing)}" if missing else "")
    return _filled(("使用条件", item.use_conditions))


def _assessed(item: CatalogueItem, _healthy: int) -> Found:
    return _filled(("保密审查", item.secrecy), ("个人信息保护影响评估", item.privacy))


def _titles(item: CatalogueItem, _healthy: int) -> Found:
    return _of_fields(item, lambda f: bool(HAN.search(f.title)), "没有中文名称")


def _sizes(item: CatalogueItem, _healthy: int) -> Found:
    sized = [field for field in item.fields if field.type in SIZED]
    if item.fields and not sized:
        return Found(1)
    return _of_fields(item, lambda f: f.length is not None, "没有长度", of=sized)


def _standard(item: CatalogueItem, _healthy: int) -> Found:
    return _of_fields(item, lambda f: bool(f.element or f.code_list), "没有绑定数据元或代码表")


def _keyed(item: CatalogueItem, _healthy: int) -> Found:
    missing = [] if item.key else ["主键"]
    if item.table is not None and not item.watermark_column:
        missing.append("增量标识")
    return Found(1 - len(missing) / 2, f"没有{'、'.join(missing)}" if missing else "")


def _mounted(_item: CatalogueItem, healthy: int) -> Found:
    return Found(1) if healthy else Found(0, "没有探测正常的挂接资源")


CRITERIA: Final = (
    Criterion(key="abstract", title="摘要", points=10, at="f-abstract", judge=_abstract),
    Criterion(key="keywords", title="关键词", points=6, at="f-keywords", judge=_keywords),
    Criterion(
        key="category", title="分类和领域", points=6, at="f-category_code",
        judge=lambda i, _: _filled(("分类", i.category_code), ("数据领域", i.theme)),
    ),
    Criterion(key="basis", title="法定依据", points=8, at="f-duty_basis", judge=_basis),
    Criterion(
        key="contact", title="联系人", points=6, at="f-contact",
        judge=lambda i, _: _filled(("联系人", i.contact), ("联系电话", i.phone)),
    ),
    Criterion(
        key="coverage", title="时空范围", points=6, at="f-area",
        judge=lambda i, _: _filled(("空间范围", i.area), ("时间范围", i.period)),
    ),
    Criterion(
        key="origin", title="来源", points=6, at="f-system",
        judge=lambda i, _: _filled(("来源系统", i.system), ("内部部门", i.office)),
    ),
    Criterion(key="terms", title="共享条件", points=8, at="sharing", judge=_terms),
    Criterion(key="assessed", title="提交前评估", points=8, at="assessments", judge=_assessed),
    Criterion(key="titles", title="信息项名称", points=8, at="fields", judge=_titles),
    Criterion(key="sizes", title="信息项长度", points=4, at="fields", judge=_sizes),
    Criterion(key="standard", title="数据元和代码表", points=10, at="fields", judge=_standard),
    Criterion(key="keyed", title="主键和增量标识", points=4, at="fields", judge=_keyed),
    Criterion(key="mounted", title="挂接", points=10, at="resources", judge=_mounted),
)  # fmt: skip
"""In the order of the entry form; their points add up to a hundred."""
