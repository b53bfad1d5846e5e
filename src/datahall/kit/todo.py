"""What waits for somebody: capabilities report it, the workbench shows it in order of time left."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from datahall.kit.uow import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """One thing to do (待办): the person's post decides who gets it."""

    kind: str  # what it is, in the words of the screen: 目录审核
    title: str  # the thing itself
    url: str  # the page on which it is done
    action: str = "去办理"  # words of the button
    org: str = ""  # short name of the organisation that it comes from
    org_seal: str = ""  # that organisation's one character
    since: datetime | None = None  # UTC; when it began to wait
    due_on: date | None = None  # last day allowed, None when no clock runs
    clock: Any = None  # how that clock stands, a `deadlines.Reading`
    note: str = ""  # one grey remark, such as what was asked for


TodoSource = Callable[[Unit, Any], Sequence[Todo]]
"""`todos(unit, actor)` of a capability."""
