"""What one row of each list tells, column by column; the definitions are data (kinds.toml)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import msgspec

from datahall.kit.settings import settings
from datahall.lists.vocabulary import CellType, ListKind

LENGTHS: Mapping[CellType, int] = {CellType.TEXT: 200, CellType.LONG: 2000, CellType.CODE: 64}
"""Characters that a cell holds unless its column says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a list (填报项)."""

    name: str  # English, as in the API
    title: str  # 中文, as in the head of the sheet
    type: CellType = CellType.TEXT
    required: bool = False
    required_when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # column → values
    choices: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)  # what people write → the choice
    not_past: bool = False  # a date that must not lie before today
    length: int = 0
    width: int = 10  # of the cell on the screen, in characters
    help: str = ""

    @property
    def longest(self) -> int:
        """How many characters the cell may hold."""
        return self.length or LENGTHS.get(self.type, 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One kind of list: what a row is, and its columns in order (清单定义)."""

    kind: ListKind
    row: str  # what one row is, in the words of the screen
    identity: tuple[str, ...]  # columns that tell one row from another
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def titles(self) -> tuple[str, ...]:
        return tuple(column.title for column in self.columns)

    @property
    def first(self) -> Column:
        """The column that names a row."""
        return self.column(self.identity[0])

    def column(self, name: str) -> Column:
        """The column called `name`.

        Raises:
            KeyError
        """
        return _by_name(self.kind)[name]

    def has(self, name: str) -> bool:
        return name in _by_name(self.kind)


@cache
def definitions() -> Mapping[ListKind, Definition]:
    """The five lists, in their order."""
    text = resources.files("datahall.lists").joinpath("kinds.toml").read_text("utf-8")
    told = tomllib.loads(text)
    return {kind: _definition(kind, told[kind.value]) for kind in ListKind}


def definition(kind: ListKind) -> Definition:
    return definitions()[kind]


def three_lists() -> tuple[ListKind, ...]:
    """The kinds that are this city's three lists (三清单)."""
    return tuple(ListKind(name) for name in settings().three_lists)


@cache
def _by_name(kind: ListKind) -> Mapping[str, Column]:
    return {column.name: column for column in definitions()[kind].columns}


def _definition(kind: ListKind, told: dict[str, Any]) -> Definition:
    columns = [{"name": name, **about} for name, about in told["columns"].items()]
    return msgspec.convert({"kind": kind, **told, "columns": columns}, Definition)
