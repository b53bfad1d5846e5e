"""Plain functions that make valid rows and lists; a test names only what it is about."""

from datetime import date
from typing import Any

from datahall import lists
from datahall.kit.ids import ListRowId, new_id
from datahall.kit.uow import Unit
from datahall.lists import ListKind, ListVersion, RowEdit
from datahall.lists.model import Row
from datahall.security import Actor

PERIOD = "2026-Q4"
DUE = date(2026, 12, 15)


def system(name: str = "殡葬管理系统", **about: str) -> dict[str, str]:
    """A row of the list of systems that could be handed in."""
    given = {
        "name": name,
        "builder": "六安市民政局",
        "scope": "市",
        "origin": "自建",
        "hosting": "政务云",
        "network": "外网",
        "connected": "是",
        "contact": "何志强 0564-3379000",
    }
    return given | about


def exclusion(title: str = "精神障碍患者诊疗信息", **about: str) -> dict[str, str]:
    """A row of the negative list that could be handed in."""
    given = {
        "title": title,
        "org_name": "六安市民政局",
        "reason": "涉及患者隐私",
        "rank": "法律",
        "document": "《中华人民共和国精神卫生法》",
        "number": "主席令第六十二号",
        "article": "第四条",
        "review_on": "2027-10-16",
    }
    return given | about


def make_row(position: float = 1.0, **cells: str) -> Row:
    return Row(id=ListRowId(new_id()), position=position, cells=cells)


def open_period(unit: Unit, bureau: Actor, period: str = PERIOD, **about: Any) -> None:
    lists.open_period(unit, bureau, period, **{"due_on": DUE, **about})


def start(
    unit: Unit, clerk: Actor, kind: ListKind = ListKind.SYSTEMS, *rows: dict[str, str]
) -> ListVersion:
    """A list of the open period with these rows."""
    version = lists.start(unit, clerk, kind, PERIOD)
    if not rows:
        return version
    edits = [RowEdit(cells=cells) for cells in rows]
    return lists.save(unit, clerk, version.id, edits, edit=version.edit).version
