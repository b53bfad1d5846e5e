"""Giving entries as a workbook (目录导出)."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from datahall import security
from datahall.catalogue import searching
from datahall.catalogue.categories import categories
from datahall.catalogue.model import CatalogueItem
from datahall.catalogue.queries import SearchQuery
from datahall.catalogue.sheets import repository as store
from datahall.catalogue.sheets.errors import TooManyToExport
from datahall.catalogue.sheets.texts import Written, written
from datahall.catalogue.sheets.writing import catalogue_workbook, form_workbook
from datahall.kit.uow import Unit
from datahall.organisations import organisations

MOST: Final = 5000  # of one workbook


def export_own(unit: Unit, actor: security.Actor, *, official_only: bool = False) -> bytes:
    """The entries of the actor's department, drafts with them, by title (导出本单位目录).

    Raises:
        NotPermitted, TooManyToExport
    """
    security.require(actor, "catalogue:view")
    items = store.exported(unit.conn, provider=actor.org, ids=None, most=MOST + 1)
    return _workbook(unit, items, official_only=official_only)


def export_found(
    unit: Unit, actor: security.Actor, query: SearchQuery, *, official_only: bool = False
) -> bytes:
    """The published entries that a search finds (导出检索结果).

    Raises:
        NotPermitted, TooManyToExport
    """
    security.require(actor, "catalogue:view")
    found = searching.search(unit.conn, replace(query, page=1, size=MOST + 1))
    ids = [hit.id for hit in found.items]
    if len(ids) > MOST:
        raise TooManyToExport(most=MOST)
    items = store.exported(unit.conn, provider=None, ids=ids, most=MOST)
    return _workbook(unit, items, official_only=official_only)


def _workbook(unit: Unit, items: Iterable[CatalogueItem], *, official_only: bool) -> bytes:
    listed = sorted(items, key=lambda item: (item.category_code, item.title))
    if len(listed) > MOST:
        raise TooManyToExport(most=MOST)
    orgs = {org.id: org for org in organisations(unit.conn)}
    tree = categories(unit.conn)
    return catalogue_workbook(
        (written(item, orgs[item.provider], tree) for item in listed), official_only=official_only
    )


def form() -> bytes:
    """The empty workbook, with one example entry to overwrite (导入模板)."""
    return form_workbook(EXAMPLE)


EXAMPLE: Final = Written(
    entry={
        "category.0": "基础信息资源",
        "category.1": "国家人口",
        "category.2": "人口基本信息",
        "title": "（示例，导入前请删去）流动人口登记信息",
        "abstract": "全市流动人口居住登记，登记后次日更新。",
        "format": "数据库",
        "format_type": "PostgreSQL",
        "sharing": "有条件共享",
        "condition": "限办理本部门法定职责时逐人核验",
        "method_class": "共享平台方式",
        "share_methods": "服务接口",
        "is_open": "否",
        "update_cycle": "每日",
        "duty_basis": "《居住证暂行条例》第四条",
    },
    items=(
        {"fields.title": "公民身份号码", "fields.type": "字符型C", "fields.length": "18"},
        {"fields.title": "姓名", "fields.type": "字符型C", "fields.length": "50"},
        {"fields.title": "登记日期", "fields.type": "日期型D"},
    ),
)
