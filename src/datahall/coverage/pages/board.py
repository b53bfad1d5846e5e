"""The gap board: every department's rate, and what was counted in it (应编尽编)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from datahall.coverage import finding, service
from datahall.coverage.model import (
    GAPS,
    Account,
    Exemption,
    ExemptionStatus,
    State,
    Subject,
    SubjectKind,
    folded,
)
from datahall.kit.clock import local_date
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep
from datahall.kit.ids import OrgId
from datahall.organisations import Organisation, OrgKind, organisation, organisations
from datahall.security import Actor, may, permits

router = APIRouter(prefix="/coverage")
Viewer = Annotated[Actor, Depends(permits("coverage:view"))]
Overseer = Annotated[Actor, Depends(permits("coverage:oversee"))]

SHOWN: Final = 50
ORDER: Final = (State.GAP, State.DRAFTED, State.ASKED, State.EXEMPT, State.COVERED)
TAGS: Final[Mapping[State, str]] = {
    State.COVERED: "ok",
    State.GAP: "bad",
    State.DRAFTED: "ink",
    State.ASKED: "ink",
}
SORTS: Final = (("rate", "覆盖率从低到高"), ("gaps", "未编从多到少"), ("name", "按单位"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One department on the board."""

    org: Organisation
    account: Account


@dataclass(frozen=True, kw_only=True)
class BoardPage(Page):
    """Every department's rate beside its gaps (应编尽编看板)."""

    template: ClassVar[str] = "coverage/board.html"
    section: ClassVar[str] = "coverage"
    city: Account
    tables: Account
    systems: Account
    lines: Sequence[Line]
    silent: Sequence[Organisation]  # nothing was scanned or listed
    waiting: Sequence[Exemption]
    orgs: Mapping[OrgId, Organisation]
    sort: str
    sorts: Sequence[tuple[str, str]] = SORTS
    only_gaps: bool


@dataclass(frozen=True, kw_only=True)
class OrgPage(Page):
    """What one department has to catalogue, thing by thing (单位应编情况)."""

    template: ClassVar[str] = "coverage/org.html"
    section: ClassVar[str] = "coverage"
    org: Organisation
    account: Account
    tables: Account
    systems: Account
    subjects: Sequence[Subject]
    total: int
    states: Sequence[tuple[State, int]]
    state: str
    kind: str
    kinds: Sequence[SubjectKind] = tuple(SubjectKind)
    q: str
    page: int
    pages: int
    url: Callable[[int], str]
    href: Callable[..., str]
    tags: Mapping[State, str]
    may_act: bool
    overview: bool
    today: date


@router.get("")
def show_board(
    request: Request, unit: UnitDep, actor: Viewer, sort: str = "rate", gaps: bool = False
) -> Response:
    """The board; a department sees its own page (应编尽编)."""
    if not may(actor, "coverage:oversee"):
        return redirect(f"/coverage/orgs/{actor.org}")
    found = finding.accounts(unit.conn, local_date(unit.now))
    orgs = {org.id: org for org in organisations(unit.conn)}
    city = Account(subjects=[one for of in found.values() for one in of.subjects])
    lines = [Line(org=orgs[org], account=of) for org, of in found.items()]
    page = BoardPage(
        city=city,
        tables=city.of(SubjectKind.TABLE),
        systems=city.of(SubjectKind.SYSTEM),
        lines=_sorted([line for line in lines if line.account.gaps or not gaps], sort),
        silent=[
            org
            for org in orgs.values()
            if org.id not in found and org.kind in {OrgKind.CITY, OrgKind.COUNTY}
        ],
        waiting=service.exemptions(unit, actor, stage=ExemptionStatus.ASKED),
        orgs=orgs,
        sort=sort if sort in dict(SORTS) else "rate",
        only_gaps=gaps,
    )
    return respond(request, page)


@router.get("/orgs/{org}")
def show_org(
    org: OrgId,
    request: Request,
    unit: UnitDep,
    actor: Viewer,
    state: str = "",
    kind: str = "",
    q: Annotated[str, Query(max_length=100)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> HTMLResponse:
    """One department: every table and system that was counted (单位应编情况)."""
    of = service.account_of(unit, actor, org)
    named = [one for one in of.subjects if _matches(one, kind, q)]
    chosen = [one for one in named if _in(one, state)]
    chosen.sort(key=lambda one: (ORDER.index(one.state), -(one.rows or 0), one.name))
    pages = max(1, -(-len(chosen) // SHOWN))
    page = min(page, pages)

    def href(**other: object) -> str:
        told = {"state": state, "kind": kind, "q": q, **other}
        pairs = [(name, str(value)) for name, value in told.items() if value]
        return f"/coverage/orgs/{org}" + (f"?{urlencode(pairs)}" if pairs else "")

    shown = OrgPage(
        org=organisation(unit.conn, org),
        account=of,
        tables=of.of(SubjectKind.TABLE),
        systems=of.of(SubjectKind.SYSTEM),
        subjects=chosen[(page - 1) * SHOWN : page * SHOWN],
        total=len(chosen),
        states=[(s, n) for s in ORDER if (n := sum(one.state is s for one in named))],
        state=state,
        kind=kind,
        q=q,
        page=page,
        pages=pages,
        url=lambda n: href(page=n),
        href=href,
        tags=TAGS,
        may_act=may(actor, "coverage:ask", on=org),
        overview=may(actor, "coverage:oversee"),
        today=local_date(unit.now),
    )
    return respond(request, shown)


def _sorted(lines: Sequence[Line], sort: str) -> list[Line]:
    match sort:
        case "gaps":
            return sorted(lines, key=lambda line: -line.account.gaps)
        case "name":
            return sorted(lines, key=lambda line: line.org.short_name)
        case _:
            return sorted(lines, key=lambda line: (_rank(line.account), -line.account.gaps))


def _rank(account: Account) -> float:
    """Departments of which everything is exempted come last."""
    return 2.0 if account.rate is None else float(account.rate)


def _matches(one: Subject, kind: str, q: str) -> bool:
    if kind and one.kind != kind:
        return False
    return not q or folded(q) in folded(one.name + one.place + one.source)


def _in(one: Subject, state: str) -> bool:
    """Whether a subject is in the state asked for; `due` is the denominator, `open` all gaps."""
    match state:
        case "":
            return True
        case "due":
            return one.is_due
        case "open":
            return one.state in GAPS
        case _:
            return one.state == state
