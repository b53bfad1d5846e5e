"""Bringing in the city's own category tree (导入分类): judged whole, taken whole or not at all."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

import sqlalchemy as sa

from datahall import security
from datahall.catalogue.categories import (
    LEVEL_ENDS,
    USABLE_LENGTH,
    Category,
    Node,
    categories,
    parent_code,
    replace_all,
)
from datahall.catalogue.errors import CategoriesRefused
from datahall.catalogue.tables import items
from datahall.kit import grid
from datahall.kit.errors import Fault
from datahall.kit.events import Event
from datahall.kit.grid import Grid
from datahall.kit.uow import Unit

CODE: Final = re.compile(r"[1-9](\d{2}(\d{3}[0-9A-Za-z]{0,14})?)?")  # 类1 项2 目3 细目
HEADS: Final = ("分类码", "名称", "上级分类码")
NAME_LENGTH: Final = 50
MOST: Final = 5_000
SEPARATORS: Final = re.compile(r"[,，、;；\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoriesImported(Event):
    """The authority brought in the city's category tree (导入分类)."""

    tag: ClassVar[str] = "catalogue:categories:import"
    categories: int
    added: int
    renamed: int
    removed: int

    @property
    def subject(self) -> str:
        return "categories:tree"


def import_categories(
    unit: Unit, actor: security.Actor, name: str, content: bytes
) -> CategoriesImported:
    """Replace the tree by that of a sheet; every wrong cell is named and nothing is taken then.

    Raises:
        NotPermitted, CategoriesRefused
    """
    security.require(actor, "catalogue:classify")
    sheet = grid.read(name, content)
    unit.conn.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
    before = categories(unit.conn)
    nodes = list(_nodes(sheet))
    faults = [*sheet.faults, *grid.missing_heads(sheet, HEADS)]
    if not faults:
        faults = list(_faults(nodes, sheet))
        wrong = {fault.field for fault in faults}  # one sentence a cell, the first reason
        changed = _changed(nodes, sheet, before, _used(unit.conn))
        faults += [fault for fault in changed if fault.field not in wrong]
    if faults:
        raise CategoriesRefused(faults)
    replace_all(unit.conn, nodes)
    after = {node.code: node.name for node in nodes}
    imported = CategoriesImported(
        at=unit.now,
        by=actor.by,
        categories=len(nodes),
        added=len(after.keys() - before.keys()),
        renamed=sum(after[code] != before[code].name for code in after.keys() & before.keys()),
        removed=len(before.keys() - after.keys()),
    )
    unit.record(imported)
    return imported


LOCK: Final = 0xCA7A_7EEE


def _nodes(sheet: Grid) -> Iterator[Node]:
    code, name, parent = (sheet.column(head) for head in HEADS)
    words = sheet.column("关键词")
    for row in sheet.rows:

        def cell(column: int | None, cells: tuple[str, ...] = row.cells) -> str:
            return cells[column] if column is not None and column < len(cells) else ""

        yield Node(
            code=cell(code),
            name=cell(name),
            parent=cell(parent),
            words=tuple(part for part in SEPARATORS.split(cell(words)) if part),
            row=row.number,
        )


def _faults(nodes: list[Node], sheet: Grid) -> Iterator[Fault]:
    """What is wrong with the tree by itself."""
    at_code, at_name, at_parent = (sheet.column(head) or 0 for head in HEADS)
    if not nodes:
        yield Fault("file", "catalogue.categories_empty")
    if len(nodes) > MOST:
        yield Fault("file", "catalogue.too_many", {"most": MOST, "length": len(nodes)})
        return
    parents = {node.code: node.parent for node in nodes}
    times = Counter(node.code for node in nodes)
    for node in nodes:
        code_at, parent_at = grid.place(node.row, at_code), grid.place(node.row, at_parent)
        if not CODE.fullmatch(node.code):
            yield Fault(code_at, "catalogue.category_malformed", {"code": node.code})
            continue
        if times[node.code] > 1:
            yield Fault(code_at, "catalogue.category_twice", {"code": node.code})
        if not node.name:
            yield Fault(grid.place(node.row, at_name), "catalogue.category_nameless")
        elif len(node.name) > NAME_LENGTH:
            detail: dict[str, object] = {"most": NAME_LENGTH, "length": len(node.name)}
            yield Fault(grid.place(node.row, at_name), "catalogue.too_long", detail)
        if _is_cyclic(node.code, parents):
            yield Fault(parent_at, "catalogue.category_cyclic", {"code": node.code})
        elif node.parent and node.parent not in parents:
            yield Fault(parent_at, "catalogue.category_orphaned", {"parent": node.parent})
        elif node.parent != parent_code(node.code, parents) or (
            not node.parent and len(node.code) > 1
        ):
            expected = parent_code(node.code, parents) or _above(node.code)
            detail = {"code": node.code, "parent": node.parent or "空", "expected": expected}
            yield Fault(parent_at, "catalogue.category_misplaced", detail)


def _above(code: str) -> str:
    """The code that should stand above when nothing does."""
    ends = [length for length in LEVEL_ENDS if length < len(code)]
    return code[: max(ends)] if ends else "空"


def _is_cyclic(code: str, parents: Mapping[str, str]) -> bool:
    """Whether going up from `code` comes back to it."""
    seen: set[str] = set()
    above = parents.get(code, "")
    while above and above not in seen:
        if above == code:
            return True
        seen.add(above)
        above = parents.get(above, "")
    return False


def _changed(
    nodes: list[Node], sheet: Grid, before: Mapping[str, Category], used: Mapping[str, int]
) -> Iterator[Fault]:
    """What may not become of the categories that are there: codes given keep their place."""
    after = {node.code: node for node in nodes}
    at_parent = sheet.column(HEADS[2]) or 0
    for code, node in after.items():
        if code in before and node.parent != parent_code(code, before):
            detail: dict[str, object] = {"code": code, "parent": parent_code(code, before) or "空"}
            yield Fault(grid.place(node.row, at_parent), "catalogue.category_moved", detail)
    for code, count in used.items():
        if code not in after:
            name = before[code].name if code in before else ""
            detail = {"code": code, "name": name, "count": count}
            yield Fault("file", "catalogue.category_in_use", detail)


def counts(conn: sa.Connection) -> dict[str, int]:
    """How many entries in force or on their way each category has."""
    return _used(conn)


def _used(conn: sa.Connection) -> dict[str, int]:
    query = (
        sa.select(items.c.category_code, sa.func.count(items.c.id.distinct()))
        .where(items.c.category_code != "")
        .group_by(items.c.category_code)
    )
    return {code: count for code, count in conn.execute(query) if len(code) >= USABLE_LENGTH}
