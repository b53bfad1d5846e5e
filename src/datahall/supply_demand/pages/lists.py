"""The lists of cases (办件)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from datahall.kit.html import Page, respond
from datahall.kit.http import UnitDep
from datahall.kit.ids import OrgId
from datahall.organisations import Organisation
from datahall.security import Actor, may
from datahall.supply_demand.pages.common import Viewer, orgs_by_id
from datahall.supply_demand.service.reading import Case, closed_cases, open_cases, possible

router = APIRouter()
PAGE_SIZE = 20


class Side(StrEnum):
    """Whose cases are listed."""

    IN = "in"  # 别的单位向本单位申请的
    OUT = "out"  # 本单位申请的
    ALL = "all"  # 全市


@dataclass(frozen=True, kw_only=True)
class ListPage(Page):
    """Cases by remaining time, or those that are over by their end (办件列表)."""

    template: ClassVar[str] = "supply_demand/list.html"
    section: ClassVar[str] = "applications"
    side: Side
    closed: bool
    sides: Sequence[tuple[str, str, str]]
    cases: Sequence[tuple[Case, bool]]  # and whether it waits for the viewer
    total: int
    orgs: Mapping[OrgId, Organisation]
    page: int
    pages: int
    url: Callable[[int], str]
    may_apply: bool


@router.get("/applications")
def show_list(
    request: Request,
    unit: UnitDep,
    actor: Viewer,
    side: Side | None = None,
    *,
    closed: bool = False,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """Cases in which the viewer's department takes part; of everybody for the authority."""
    oversees = may(actor, "supply_demand:oversee")
    chosen = side or usual_side(actor)
    if chosen is Side.ALL and not oversees:
        chosen = Side.OUT
    consumer = actor.org if chosen is Side.OUT else None
    provider = actor.org if chosen is Side.IN else None
    if closed:
        cases, total = closed_cases(
            unit,
            consumer=consumer,
            provider=provider,
            limit=PAGE_SIZE,
            offset=(page - 1) * PAGE_SIZE,
        )
    else:
        cases = open_cases(unit, consumer=consumer, provider=provider)
        total = len(cases)
    return respond(
        request,
        ListPage(
            side=chosen,
            closed=closed,
            sides=tabs(oversees=oversees, closed=closed),
            cases=[(c, possible(actor, c).work) for c in cases],
            total=total,
            orgs=orgs_by_id(unit),
            page=page,
            pages=-(-total // PAGE_SIZE) if closed else 1,
            url=lambda n: address(chosen, closed=closed, page=n),
            may_apply=may(actor, "supply_demand:apply", on=actor.org),
        ),
    )


def usual_side(actor: Actor) -> Side:
    """What the viewer most probably came for."""
    if may(actor, "supply_demand:oversee"):
        return Side.ALL
    answers = may(actor, "supply_demand:answer", on=actor.org)
    return Side.IN if answers else Side.OUT


def tabs(*, oversees: bool, closed: bool) -> list[tuple[str, str, str]]:
    labels = {Side.IN: "向我们申请的", Side.OUT: "我们申请的", Side.ALL: "全市"}
    shown = [s for s in Side if oversees or s is not Side.ALL]
    return [(str(s), labels[s], address(s, closed=closed)) for s in shown]


def address(side: Side, *, closed: bool, page: int = 1) -> str:
    pairs = {"side": str(side)} | ({"closed": "true"} if closed else {})
    return "/applications?" + urlencode(pairs | ({"page": str(page)} if page > 1 else {}))
