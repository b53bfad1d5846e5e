"""Pages that belong to no capability: the hall's home and the workbench."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from datahall.kit.html import Page, respond
from datahall.security import Actor, permits

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

Viewer = Annotated[Actor, Depends(permits("hall:view"))]


@dataclass(frozen=True, kw_only=True)
class HomePage(Page):
    """The data hall (政务数据大厅)."""

    template: ClassVar[str] = "web/home.html"
    section: ClassVar[str] = "hall"


@dataclass(frozen=True, kw_only=True)
class WorkbenchPage(Page):
    """What waits for the viewer (工作台)."""

    template: ClassVar[str] = "web/workbench.html"
    section: ClassVar[str] = "workbench"


@router.get("/")
def home(request: Request, viewer: Viewer) -> HTMLResponse:
    del viewer
    return respond(request, HomePage())


@router.get("/workbench")
def workbench(request: Request, viewer: Viewer) -> HTMLResponse:
    del viewer
    return respond(request, WorkbenchPage())
