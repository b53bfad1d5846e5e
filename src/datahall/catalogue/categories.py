"""The category tree of the catalogue: 类 · 项 · 目 · 细目 (信息资源分类)."""

import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import sqlalchemy as sa

from datahall.catalogue.tables import categories as tree

LEVEL_ENDS = {1: "类", 3: "项", 6: "目"}  # length of the code → name of the level; longer: 细目
USABLE_LENGTH = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """One node of the tree; its code begins with its parent's."""

    code: str
    name: str
    path: tuple[str, ...]  # names from the 类 down to this one
    words: tuple[str, ...] = ()  # what entries of it are about, for suggestions

    @property
    def is_usable(self) -> bool:
        """Whether entries may be filed under it: 目 and 细目 only."""
        return len(self.code) >= USABLE_LENGTH

    @property
    def path_name(self) -> str:
        return " / ".join(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One line of a tree that is brought in (分类表的一行)."""

    code: str
    name: str
    parent: str = ""  # code of the category above; empty for a 类
    words: tuple[str, ...] = ()
    row: int = 0  # of the sheet


@cache
def built_in() -> Mapping[str, Category]:
    """The tree that comes with the program, by code; parents before children."""
    text = resources.files("datahall.catalogue").joinpath("categories.toml").read_text("utf-8")
    found: dict[str, Category] = {}
    for code, value in tomllib.loads(text).items():
        name, words = (value, ()) if isinstance(value, str) else (value[0], tuple(value[1:]))
        parent = parent_code(code, found)
        found[code] = under(found.get(parent), code=code, name=name, words=words)
    return found


def categories(conn: sa.Connection) -> Mapping[str, Category]:
    """The city's tree by code, parents before children; the built-in one until it has its own."""
    found: dict[str, Category] = {}
    query = sa.select(tree).order_by(sa.func.length(tree.c.code), tree.c.code)
    for row in conn.execute(query):
        found[row.code] = under(
            found.get(row.parent), code=row.code, name=row.name, words=tuple(row.words)
        )
    return found or built_in()


def replace_all(conn: sa.Connection, nodes: Iterable[Node]) -> None:
    """Make the city's tree what `nodes` say."""
    conn.execute(sa.delete(tree))
    conn.execute(
        sa.insert(tree),
        [
            {"code": n.code, "name": n.name, "parent": n.parent, "words": list(n.words)}
            for n in nodes
        ],
    )


def under(parent: Category | None, *, code: str, name: str, words: tuple[str, ...]) -> Category:
    """A category below `parent`."""
    return Category(
        code=code, name=name, path=(*(parent.path if parent else ()), name), words=words
    )


def parent_code(code: str, known: Collection[str]) -> str:
    """The longest known code that `code` begins with; empty for a 类."""
    return next((code[:n] for n in range(len(code) - 1, 0, -1) if code[:n] in known), "")


def likely_category(
    text: str, provider_name: str, among: Iterable[Category]
) -> tuple[Category, str] | None:
    """The category whose words `text` has most of, else the provider's own; with the reason."""
    usable = [category for category in among if category.is_usable]
    scored = [
        (len(hits), -index, category, hits)
        for index, category in enumerate(usable)
        if (hits := [word for word in category.words if word in text])
    ]
    if scored:
        _, _, best, hits = max(scored, key=lambda s: s[:2])
        return best, f"名称含“{'、'.join(hits)}”"
    own = next((c for c in usable if c.name == provider_name), None)
    return None if own is None else (own, "按数源部门归类")
