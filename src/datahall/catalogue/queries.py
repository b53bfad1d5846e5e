"""What is asked of the catalogue, and what comes back.  No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self

from datahall.catalogue.vocabulary import ItemStatus, ShareMethod, Sharing, UpdateCycle
from datahall.catalogue.words import Query
from datahall.kit.ids import ItemId, OrgId, TableId
from datahall.kit.labels import Labelled

PAGE_SIZE: Final = 20
MOST_COUNTED: Final = 10_000  # hits; beyond that the number is "more than"
MOST_RANKED: Final = 1000  # hits of a query that are put in order; more pages nobody reads


class Facet(Labelled):
    """A way to narrow a search (筛选)."""

    PROVIDER = "provider", "部门"
    THEME = "theme", "主题"
    SHARING = "sharing", "共享类型"
    UPDATE_CYCLE = "update_cycle", "更新周期"
    GRADE = "grade", "数据分级"
    METHOD = "method", "共享方式"
    LEVEL = "level", "层级"
    FRESHNESS = "freshness", "时效"
    QUALITY = "quality", "质量"


class Freshness(Labelled):
    """Whether the data are as fresh as promised (时效)."""

    KEPT = "kept", "达到承诺"
    LATE = "late", "未达承诺"
    UNKNOWN = "unknown", "未汇聚"

    @classmethod
    def of(cls, behind_s: float | None, promise_s: int | None) -> Self:
        """Whether what is `behind_s` old keeps a promise; nothing is promised by None."""
        if behind_s is None:
            return cls("unknown")
        return cls("kept" if promise_s is None or behind_s <= promise_s else "late")


class QualityGrade(Labelled):
    """How much of the data passes the strong rules (质量); a proposal, since no source fixes the bounds."""

    A = "A", "A 级 ≥ 98%"
    B = "B", "B 级 ≥ 95%"
    C = "C", "C 级 ≥ 90%"
    D = "D", "D 级 ≥ 80%"
    E = "E", "E 级 < 80%"
    UNKNOWN = "unknown", "未检测"

    @classmethod
    def of(cls, pass_rate: float | None) -> Self:
        """The grade of a share of rows that passed; UNKNOWN when nothing was checked."""
        if pass_rate is None:
            return cls("unknown")
        limits = (("A", 0.98), ("B", 0.95), ("C", 0.90), ("D", 0.80))
        return cls(next((name for name, least in limits if pass_rate >= least), "E"))


class Order(Labelled):
    """How results are ordered (排序)."""

    RELEVANCE = "relevance", "相关度"
    NEWEST = "newest", "最近发布"
    TITLE = "title", "名称"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """A search of the published catalogue; an empty one lists everything."""

    text: str = ""
    expand: bool = True  # with synonyms
    chosen: Mapping[Facet, tuple[str, ...]] = field(default_factory=dict)
    order: Order = Order.RELEVANCE
    page: int = 1  # from 1
    size: int = PAGE_SIZE


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One published entry as a list shows it."""

    id: ItemId
    code: str
    version: int
    provider: OrgId
    title: str
    abstract: str
    sharing: Sharing
    share_methods: tuple[ShareMethod, ...]
    update_cycle: UpdateCycle
    grade: int
    table: TableId | None
    published_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """A page of hits, the number of all, and the counts of each facet."""

    query: Query
    items: tuple[Hit, ...]
    total: int
    facets: Mapping[Facet, Mapping[str, int]]  # value → hits if it alone were chosen in its facet
    approximate: bool = False  # nothing matched the words; these sound alike
    is_bounded: bool = False  # there are more than were counted; numbers are lower bounds

    @property
    def reachable(self) -> int:
        """How many hits can be paged through."""
        return self.total if not self.query.text else min(self.total, MOST_RANKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One open or published version, as a department's own list shows it."""

    id: ItemId
    version: int
    code: str | None
    provider: OrgId
    title: str
    status: ItemStatus
    sharing: Sharing
    grade: int
    drafted_at: datetime
    submitted_at: datetime | None
    agreed_at: datetime | None
    published_at: datetime | None
    remarks: str
