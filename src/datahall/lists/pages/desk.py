"""The department's desk of lists, and the authority's overview of a period (三清单、报送情况)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from datahall.kit.clock import local_date
from datahall.kit.errors import DomainError
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.ids import OrgId
from datahall.kit.uow import Unit
from datahall.lists import desk, repository, sheets
from datahall.lists.errors import AlreadyStarted
from datahall.lists.kinds import Definition, definition, definitions, three_lists
from datahall.lists.model import ListVersion, Round, last_day, period_of
from datahall.lists.pages.common import TAGS, Clerk, Opener, Overseer, Viewer
from datahall.lists.service import filling, reading, reviewing
from datahall.lists.vocabulary import ListKind, ListStatus
from datahall.organisations import Organisation, organisation
from datahall.security import Actor, may

router = APIRouter(prefix="/lists")


@dataclass(frozen=True, slots=True, kw_only=True)
class KindCard:
    """One list on a department's desk."""

    about: Definition
    asked: bool  # in this period
    version: ListVersion | None  # of this period, the newest
    in_force: ListVersion | None
    late: bool


@dataclass(frozen=True, kw_only=True)
class DeskPage(Page):
    """A department's lists of a period (三清单)."""

    template: ClassVar[str] = "lists/desk.html"
    section: ClassVar[str] = "lists"
    org: Organisation
    opened: Round | None
    rounds: Sequence[Round]
    cards: Sequence[KindCard]
    others: Sequence[KindCard]  # lists that the period does not ask for
    tags: Mapping[ListStatus, str] = field(default_factory=lambda: TAGS)
    today: date
    may_fill: bool
    overview: bool  # the viewer sees every department


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgLine:
    """One department in the overview."""

    org: Organisation
    lists: Sequence[desk.Standing]

    @property
    def done(self) -> int:
        return sum(one.handed_in for one in self.lists)

    @property
    def late(self) -> int:
        return sum(one.late for one in self.lists)


@dataclass(frozen=True, kw_only=True)
class OverviewPage(Page):
    """Which department has handed in which list, and who is late (报送情况)."""

    template: ClassVar[str] = "lists/overview.html"
    section: ClassVar[str] = "lists"
    opened: Round | None
    rounds: Sequence[Round]
    lines: Sequence[OrgLine]
    show: str  # all, late or review
    counts: Mapping[str, int]
    published: int
    tags: Mapping[ListStatus, str] = field(default_factory=lambda: TAGS)
    today: date
    may_open: bool
    kinds: Sequence[ListKind] = tuple(ListKind)
    typed: Mapping[str, object]
    faults: Mapping[str, str]


@router.get("")
def show_desk(
    request: Request, unit: UnitDep, actor: Viewer, period: str = "", org: OrgId | None = None
) -> Response:
    """The viewer's own lists; who looks after all departments sees the overview (三清单)."""
    if may(actor, "lists:oversee") and org is None and not may(actor, "lists:fill", on=actor.org):
        return redirect("/lists/overview")
    owner = actor.org if org is None or not may(actor, "lists:view", on=org) else org
    return respond(request, _desk(unit, actor, owner, period))


@router.post("/start")
def start(
    unit: UnitDep,
    actor: Clerk,
    kind: Annotated[str, Form()] = "",
    period: Annotated[str, Form()] = "",
) -> Response:
    """Begin a list; one that is being filled is opened instead (开始填报)."""
    if kind not in set(ListKind):
        return redirect("/lists")
    try:
        version = filling.start(unit, actor, ListKind(kind), period)
    except AlreadyStarted as refused:
        return redirect(f"/lists/{refused.detail['list']}/edit", flash="这张清单已经在填报。")
    taken = f"，已带入上一版的 {version.rows} 行" if version.rows else ""
    return redirect(f"/lists/{version.id}/edit", flash=f"已开始填报{version.title}{taken}。")


@router.get("/blank/{kind}")
def blank(kind: ListKind, _actor: Viewer) -> Response:
    """An empty workbook with the head, the choices and what each column means (空白表)."""
    content = sheets.write_xlsx(definition(kind), [])
    name = f'attachment; filename="{kind}-blank.xlsx"'
    return Response(content, media_type=sheets.MEDIA["xlsx"], headers={"Content-Disposition": name})


@router.get("/overview")
def show_overview(
    request: Request, unit: UnitDep, actor: Overseer, period: str = "", show: str = "all"
) -> Response:
    """The departments of a period (报送情况)."""
    return respond(request, _overview(unit, actor, period, show))


@router.post("/periods")
def open_period(
    request: Request,
    unit: UnitDep,
    actor: Opener,
    period: Annotated[str, Form()] = "",
    due_on: Annotated[str, Form()] = "",
    kinds: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
    note: Annotated[str, Form()] = "",
) -> Response:
    """Open a period for every department, or move its last day (开放填报期)."""
    typed = {"period": period, "due_on": due_on, "kinds": kinds, "note": note}
    try:
        day = date.fromisoformat(due_on)
    except ValueError:
        wrong = {"due_on": "写明截止日，例如 2026-12-15"}
        return respond(request, _overview(unit, actor, "", "all", typed, wrong), status=422)
    chosen = [ListKind(kind) for kind in kinds if kind in set(ListKind)]
    try:
        opened = reviewing.open_period(unit, actor, period, due_on=day, kinds=chosen, note=note)
    except DomainError as refused:
        page = _overview(unit, actor, "", "all", typed, faults_by_field(refused))
        return respond(request, page, status=refused.status)
    return redirect(
        f"/lists/overview?period={opened.period}", flash=f"已开放{opened.title}的填报。"
    )


def _desk(unit: Unit, actor: Actor, owner: OrgId, period: str) -> DeskPage:
    today = local_date(unit.now)
    rounds = repository.all_rounds(unit.conn)
    opened = next((r for r in rounds if r.period == period), None) or reading.current_round(
        unit.conn, today
    )
    org = organisation(unit.conn, owner)
    versions = repository.of_org(unit.conn, owner)
    cards = []
    for kind in definitions():
        of_kind = [v for v in versions if v.kind is kind]
        now = next((v for v in of_kind if opened and v.period == opened.period), None)
        in_force = next((v for v in of_kind if v.status is ListStatus.PUBLISHED), None)
        asked = opened is not None and kind in opened.kinds
        cards.append(
            KindCard(
                about=definition(kind),
                asked=asked,
                version=now,
                in_force=in_force,
                late=bool(opened and asked and _late(now, opened, today)),
            )
        )
    return DeskPage(
        org=org,
        opened=opened,
        rounds=rounds,
        cards=[card for card in cards if card.asked],
        others=[card for card in cards if not card.asked],
        today=today,
        may_fill=may(actor, "lists:fill", on=owner),
        overview=may(actor, "lists:oversee"),
    )


def _late(version: ListVersion | None, opened: Round, today: date) -> bool:
    done = version is not None and version.status in desk.HANDED_IN
    return not done and today > opened.due_on


def _overview(
    unit: Unit,
    actor: Actor,
    period: str,
    show: str,
    typed: Mapping[str, object] | None = None,
    faults: Mapping[str, str] | None = None,
) -> OverviewPage:
    today = local_date(unit.now)
    rounds = repository.all_rounds(unit.conn)
    opened = next((r for r in rounds if r.period == period), None)
    if opened is None:
        opened = reading.current_round(unit.conn, today)
    found = desk.standings(unit.conn, opened, today) if opened else []
    by_org: dict[OrgId, list[desk.Standing]] = {}
    for one in found:
        by_org.setdefault(one.org.id, []).append(one)
    lines = [OrgLine(org=told[0].org, lists=told) for told in by_org.values()]
    groups = {
        "all": lines,
        "late": [line for line in lines if line.late],
        "review": [line for line in lines if _waits(line)],
        "missing": [line for line in lines if line.done < len(line.lists)],
    }
    chosen = show if show in groups else "all"
    return OverviewPage(
        opened=opened,
        rounds=rounds,
        lines=sorted(groups[chosen], key=lambda line: (not _waits(line), -line.late)),
        show=chosen,
        counts={key: len(group) for key, group in groups.items()},
        published=sum(
            one.version is not None and one.version.status is ListStatus.PUBLISHED for one in found
        ),
        today=today,
        may_open=may(actor, "lists:open_period"),
        typed=typed
        or {
            "period": period_of(today),
            "due_on": last_day(period_of(today)).isoformat(),
            "kinds": [kind.value for kind in three_lists()],
            "note": "",
        },
        faults=faults or {},
    )


def _waits(line: OrgLine) -> bool:
    return any(one.version and one.version.status is ListStatus.REVIEW for one in line.lists)
