"""Pages that belong to no capability: the hall's home and the workbench."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from datahall.kit.clock import local_date
from datahall.kit.html import Page, respond
from datahall.kit.http import UnitDep
from datahall.kit.todo import Todo
from datahall.organisations import ROLE_NAMES, Organisation, Person, organisation, people_of
from datahall.security import Actor, Role, permits
from datahall.web import home as hall
from datahall.web.workbench import Pressure, kinds, todos

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

Viewer = Annotated[Actor, Depends(permits("hall:view"))]


@dataclass(frozen=True, kw_only=True)
class HomePage(Page):
    """The data hall (政务数据大厅)."""

    template: ClassVar[str] = "web/home.html"
    section: ClassVar[str] = "hall"
    hall: hall.Hall


@dataclass(frozen=True, kw_only=True)
class WorkbenchPage(Page):
    """What waits for the viewer (工作台)."""

    template: ClassVar[str] = "web/workbench.html"
    section: ClassVar[str] = "workbench"
    org: Organisation
    viewer: str
    sentence: str
    total: int
    kinds: Sequence[tuple[str, int]]
    kind: str | None  # the filter
    waiting: Sequence[Todo]
    today: date
    colleagues: Sequence[tuple[str, str]]


@router.get("/")
def home(request: Request, viewer: Viewer, unit: UnitDep) -> HTMLResponse:
    """What the hall holds and does today (大厅首页)."""
    waiting = todos(unit, viewer)
    request.state.todo_count = len(waiting)
    return respond(request, HomePage(hall=hall.look(unit, viewer, waiting)))


@router.get("/workbench")
def workbench(
    request: Request, viewer: Viewer, unit: UnitDep, kind: str | None = None
) -> HTMLResponse:
    """The viewer's own list (工作台)."""
    waiting = todos(unit, viewer)
    request.state.todo_count = len(waiting)
    page = WorkbenchPage(
        org=organisation(unit.conn, viewer.org),
        viewer=viewer.name,
        sentence=Pressure.of(waiting, unit.now).sentence,
        total=len(waiting),
        kinds=kinds(waiting),
        kind=kind,
        waiting=[t for t in waiting if kind in (None, t.kind)],
        today=local_date(unit.now),
        colleagues=posts(people_of(unit.conn, viewer.org)),
    )
    return respond(request, page)


def posts(people: Sequence[Person]) -> Sequence[tuple[str, str]]:
    """Post → the people in it, in the order of posts."""
    held = {role: [p.name for p in people if role in p.roles] for role in Role}
    return [
        (ROLE_NAMES[role].split("（")[0], "、".join(names)) for role, names in held.items() if names
    ]
