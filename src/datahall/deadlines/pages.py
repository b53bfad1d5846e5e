"""How limits are counted, and the calendar that they are counted on (办理时限、工作日历)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from datahall.deadlines import repository, service
from datahall.deadlines.model.calendar import ONE_DAY, SpecialDay
from datahall.deadlines.model.limits import LIMITS, Limit
from datahall.kit.clock import local_date
from datahall.kit.errors import DomainError
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.messages import sentence
from datahall.kit.uow import Unit
from datahall.security import Actor, may, permits

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

Viewer = Annotated[Actor, Depends(permits("deadlines:view"))]
Keeper = Annotated[Actor, Depends(permits("deadlines:manage"))]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days in a row with one name: 10月1日 至 10月7日 国庆节."""

    first: date
    last: date
    name: str
    works: bool

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, kw_only=True)
class DeadlinesPage(Page):
    """The limits of the law and ours, how they are counted, and a year's special days."""

    template: ClassVar[str] = "deadlines/deadlines.html"
    limits: Sequence[tuple[Limit, int]]  # in force here, and the law's days
    year: int
    years: Sequence[int]
    stretches: Sequence[Stretch]
    is_known: bool  # the State Council's notice of that year is in the calendar
    may_manage: bool
    typed: Mapping[str, str]
    faults: Mapping[str, str]


@router.get("/deadlines")
def show_deadlines(
    request: Request,
    unit: UnitDep,
    actor: Viewer,
    year: Annotated[int | None, Query(ge=2004, le=2100)] = None,
) -> HTMLResponse:
    """Limits and working days (办理时限)."""
    return _page(request, unit, actor, year)


@router.post("/deadlines/days")
def set_day(
    request: Request,
    unit: UnitDep,
    actor: Keeper,
    day: Annotated[str, Form()] = "",
    works: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
) -> Response:
    """Enter a holiday or a make-up day, or change one (登记节假日、调休)."""
    typed = {"day": day, "works": works, "name": name}
    try:
        on = date.fromisoformat(day)
    except ValueError:
        wrong = {"day": sentence("deadlines.day_wrong")}
        return _page(request, unit, actor, None, typed=typed, faults=wrong)
    try:
        special = service.set_day(unit, actor, on, works=works == "yes", name=name)
    except DomainError as error:
        return _page(request, unit, actor, on.year, typed=typed, faults=faults_by_field(error))
    kind = "上班" if special.works else "放假"
    return redirect(f"/deadlines?year={on.year}", flash=f"{on:%Y-%m-%d} 已登记为{kind}。")


def stretches(days: Sequence[SpecialDay]) -> list[Stretch]:
    """Holidays as people know them; a make-up day stands alone."""
    found: list[Stretch] = []
    for day in days:
        before = found[-1] if found else None
        if before and (before.last + ONE_DAY, before.name, before.works, day.works) == (
            day.day,
            day.name,
            False,
            False,
        ):
            found[-1] = replace(before, last=day.day)
        else:
            found.append(Stretch(day.day, day.day, day.name, works=day.works))
    return found


def _page(
    request: Request,
    unit: Unit,
    actor: Actor,
    year: int | None,
    *,
    typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None,
) -> HTMLResponse:
    this_year = local_date(unit.now).year
    shown = year or this_year
    days = repository.days_of(unit.conn, shown)
    page = DeadlinesPage(
        limits=[(limit, LIMITS[code].days) for code, limit in service.limits().items()],
        year=shown,
        years=(this_year - 1, this_year, this_year + 1),
        stretches=stretches(days),
        is_known=bool(days),
        may_manage=may(actor, "deadlines:manage"),
        typed=typed or {},
        faults=faults or {},
    )
    return respond(request, page, status=422 if faults else 200)
