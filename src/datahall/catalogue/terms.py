"""Who may use an entry and on which terms, as data and not as prose alone (使用条件).  No I/O."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self

from datahall.kit.ids import ItemId, OrgId
from datahall.kit.labels import Labelled
from datahall.organisations import Organisation, OrgKind

LEVEL_NAMES: Final = {
    OrgKind.CITY: "市直部门",
    OrgKind.COUNTY: "县区",
    OrgKind.TOWN: "乡镇（街道）",
    OrgKind.UPPER: "上级部门",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareScope:
    """Which organisations may apply for an entry shared on conditions (共享范围).

    A named department may; so may whoever is of one of the levels and in one of the regions,
    where none given means any.  A scope that says nothing is open to every department.
    """

    departments: tuple[OrgId, ...] = ()
    levels: tuple[OrgKind, ...] = ()
    regions: tuple[str, ...] = ()  # GB/T 2260 codes; a city's code covers its counties

    @property
    def is_open(self) -> bool:
        """Whether every department may apply."""
        return not (self.departments or self.levels or self.regions)

    def admits(self, org: Organisation) -> bool:
        """Whether `org` may apply."""
        if self.is_open or org.id in self.departments:
            return True
        if not (self.levels or self.regions):
            return False
        in_level = not self.levels or org.kind in self.levels
        prefixes = [_prefix(code) for code in self.regions]
        in_region = not prefixes or any(org.region.startswith(prefix) for prefix in prefixes)
        return in_level and in_region


EVERYBODY: Final = ShareScope()


def _prefix(code: str) -> str:
    """What codes inside an area begin with: 3415 for 341500."""
    return code.rstrip("0") if len(code) == CODE_OF_COUNTY else code


CODE_OF_COUNTY: Final = 6  # digits of a code down to the county; towns and villages have more

NAMED: Final = re.compile(r"《(?P<document>[^》]+)》")
NUMBERED: Final = re.compile(r"》\s*[（(](?P<number>[^）)]+)[）)]")
ARTICLE: Final = re.compile(r"第[〇零一二三四五六七八九十百千\d]+条\S*")
STATUTORY: Final = re.compile(r"主席令|国务院令|国令|国发|国办发|国函|国办函|全国人大|人大常委会")


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """The clause that forbids sharing: law, administrative regulation, State Council decision.

    Written as 《…》（文号）第…条; parts that are not there are empty (条例第十四、十五条).
    """

    document: str = ""  # 文件名称
    number: str = ""  # 文号
    article: str = ""  # 条款

    @classmethod
    def read(cls, text: str) -> Self:
        """The parts of a written citation."""
        named, numbered = NAMED.search(text), NUMBERED.search(text)
        article = ARTICLE.search(NUMBERED.sub("》", text))
        return cls(
            document=named["document"].strip() if named else "",
            number=numbered["number"].strip() if numbered else "",
            article=article[0].strip() if article else "",
        )

    @property
    def text(self) -> str:
        """The citation as it is written."""
        document = f"《{self.document.strip().strip('《》')}》" if self.document.strip() else ""
        number = f"（{self.number.strip()}）" if self.number.strip() else ""
        return f"{document}{number}{self.article.strip()}"

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of the parts that are not there."""
        parts = (("文件名称", self.document), ("文号", self.number), ("条款", self.article))
        return tuple(name for name, part in parts if not part)

    @property
    def is_statutory(self) -> bool:
        """Whether the number is one of a law, an administrative regulation or a decision."""
        return bool(STATUTORY.search(self.number))


class RelationKind(Labelled):
    """How an entry stands to another one (目录关联)."""

    DERIVED_FROM = "derived_from", "加工自"
    PART_OF = "part_of", "属于"
    REPLACES = "replaces", "替代"
    SAME_SUBJECT = "same_subject", "同一对象"
    RELATED = "related", "相关"

    @property
    def inverse(self) -> str:
        """The same relation, as the other entry's page says it."""
        return INVERSE[self]


INVERSE: Final = {
    RelationKind.DERIVED_FROM: "加工出",
    RelationKind.PART_OF: "包含",
    RelationKind.REPLACES: "被替代为",
    RelationKind.SAME_SUBJECT: "同一对象",
    RelationKind.RELATED: "相关",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """One relation to the entry of a resource code (关联资源)."""

    kind: RelationKind
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """An entry at the other end of a relation, as a page shows it."""

    words: str  # from this entry's side
    id: ItemId | None  # None: no entry in force has the code
    code: str
    title: str
    provider: OrgId | None


def words_of(scope: ShareScope, names: dict[OrgId, str], regions: dict[str, str]) -> Iterator[str]:
    """The scope in words, a line a dimension."""
    if scope.is_open:
        yield "各级各部门"
        return
    if scope.departments:
        yield "、".join(names.get(id, str(id)) for id in scope.departments)
    if scope.levels or scope.regions:
        areas = "、".join(regions.get(code, code) for code in scope.regions)
        levels = "、".join(LEVEL_NAMES[level] for level in scope.levels)
        yield "的".join(part for part in (areas, levels or ("各单位" if areas else "")) if part)
