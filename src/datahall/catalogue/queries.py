"""What is asked of the catalogue, and what comes back.  No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from datahall.catalogue.vocabulary import ItemStatus, ShareMethod, Sharing, UpdateCycle
from datahall.catalogue.words import Query
from datahall.kit.ids import ItemId, OrgId, TableId
from datahall.kit.labels import Labelled

PAGE_SIZE: Final = 20


class Facet(Labelled):
    """A way to narrow a search (筛选)."""

    PROVIDER = "provider", "部门"
    SHARING = "sharing", "共享类型"
    UPDATE_CYCLE = "update_cycle", "更新周期"
    GRADE = "grade", "数据分级"
    METHOD = "method", "共享方式"


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
