"""The category tree: to look through, and for the authority to bring in (信息资源分类)."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Request, UploadFile
from fastapi.responses import HTMLResponse, Response

from datahall.catalogue import classifying
from datahall.catalogue.categories import LEVEL_ENDS, Category, categories, parent_code
from datahall.catalogue.errors import CategoriesRefused
from datahall.kit.grid import MOST_BYTES
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.uow import Unit
from datahall.security import Actor, may, permits

router = APIRouter(prefix="/catalogue/categories")
Viewer = Annotated[Actor, Depends(permits("catalogue:view"))]
Bureau = Annotated[Actor, Depends(permits("catalogue:classify"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One category with those below it."""

    category: Category
    level: str
    entries: int  # of it and of all below
    below: Sequence["Branch"]


@dataclass(frozen=True, kw_only=True)
class CategoriesPage(Page):
    """The tree with how many entries each category has (分类)."""

    template: ClassVar[str] = "catalogue/categories.html"
    section: ClassVar[str] = "catalogue"
    branches: Sequence[Branch]
    total: int
    may_import: bool
    faults: Mapping[str, str]


@router.get("")
def show_categories(request: Request, unit: UnitDep, actor: Viewer) -> HTMLResponse:
    """The category tree (信息资源分类)."""
    return respond(request, _page(unit, actor))


@router.post("")
def import_categories(
    request: Request, unit: UnitDep, actor: Bureau, file: UploadFile | None = None
) -> Response:
    """Bring in a tree; with a fault nothing is taken (导入分类)."""
    name = file.filename or "" if file else ""
    content = file.file.read(MOST_BYTES + 1) if file else b""
    try:
        made = classifying.import_categories(unit, actor, name, content)
    except CategoriesRefused as refused:
        page = _page(unit, actor, faults=faults_by_field(refused))
        return respond(request, page, status=refused.status)
    return redirect(
        "/catalogue/categories",
        flash=f"已导入 {made.categories} 个分类：新增 {made.added}，改名 {made.renamed}，去掉 {made.removed}。",
    )


@router.get("/export")
def export(unit: UnitDep, _actor: Viewer) -> Response:
    """The tree as a sheet that can be changed and brought in again (导出分类)."""
    tree = categories(unit.conn)
    text = io.StringIO()
    sheet = csv.writer(text)
    sheet.writerow((*classifying.HEADS, "关键词"))
    for code, category in tree.items():
        sheet.writerow((code, category.name, parent_code(code, tree), "、".join(category.words)))
    return Response(
        "\ufeff" + text.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="categories.csv"'},
    )


def _page(unit: Unit, actor: Actor, *, faults: Mapping[str, str] | None = None) -> CategoriesPage:
    tree = categories(unit.conn)
    used = classifying.counts(unit.conn)
    return CategoriesPage(
        branches=_branches("", tree, used),
        total=len(tree),
        may_import=may(actor, "catalogue:classify"),
        faults=faults or {},
    )


def _branches(
    above: str, tree: Mapping[str, Category], used: Mapping[str, int]
) -> tuple[Branch, ...]:
    found = []
    for code, category in tree.items():
        if parent_code(code, tree) == above and code != above:
            below = _branches(code, tree, used)
            found.append(
                Branch(
                    category=category,
                    level=LEVEL_ENDS.get(len(code), "细目"),
                    entries=used.get(code, 0) + sum(branch.entries for branch in below),
                    below=below,
                )
            )
    return tuple(found)
