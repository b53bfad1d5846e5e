"""The category tree of the catalogue: 类 · 项 · 目 · 细目 (信息资源分类, domain.md §4.2)."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

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


@cache
def categories() -> Mapping[str, Category]:
    """The tree that comes with the program, by code; parents before children."""
    text = resources.files("datahall.catalogue").joinpath("categories.toml").read_text("utf-8")
    found: dict[str, Category] = {}
    for code, value in tomllib.loads(text).items():
        name, words = (value, ()) if isinstance(value, str) else (value[0], tuple(value[1:]))
        parent = next(
            (found[code[:n]] for n in range(len(code) - 1, 0, -1) if code[:n] in found), None
        )
        path = (*(parent.path if parent else ()), name)
        found[code] = Category(code=code, name=name, path=path, words=words)
    return found


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
