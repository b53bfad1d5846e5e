"""Lists (三清单): what systems, data and needs every department has, signed and reviewed."""

from datahall.lists.changes import ChangeKind, RowChange
from datahall.lists.desk import todos
from datahall.lists.errors import EditedMeanwhile, ListNotFound
from datahall.lists.events import ListPublished, ListReturned, ListSigned
from datahall.lists.kinds import definition, definitions, three_lists
from datahall.lists.model import ListVersion, Remark, Round, Row, RowEdit, last_day, period_of
from datahall.lists.service.filling import Mode, Saved, draft_rows, hand_in, save, start, take
from datahall.lists.service.reading import (
    Compared,
    SystemRow,
    compare,
    current_round,
    history,
    orgs_with_systems,
    read,
    rows,
    systems,
)
from datahall.lists.service.reviewing import open_period, publish, remark, return_, sign
from datahall.lists.vocabulary import ListKind, ListStatus

__all__ = [
    "ChangeKind",
    "Compared",
    "EditedMeanwhile",
    "ListKind",
    "ListNotFound",
    "ListPublished",
    "ListReturned",
    "ListSigned",
    "ListStatus",
    "ListVersion",
    "Mode",
    "Remark",
    "Round",
    "Row",
    "RowChange",
    "RowEdit",
    "Saved",
    "SystemRow",
    "compare",
    "current_round",
    "definition",
    "definitions",
    "draft_rows",
    "hand_in",
    "history",
    "last_day",
    "open_period",
    "orgs_with_systems",
    "period_of",
    "publish",
    "read",
    "remark",
    "return_",
    "rows",
    "save",
    "sign",
    "start",
    "systems",
    "take",
    "three_lists",
    "todos",
]
