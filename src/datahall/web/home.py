"""The hall's home, composed from the front doors of the capabilities; only measured figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter
from statistics import mean

from datahall.catalogue import Hit, Order, SearchQuery, search
from datahall.deadlines import Reading
from datahall.gateway import calls_today
from datahall.kit.clock import local_date
from datahall.kit.ids import OrgId
from datahall.kit.todo import Todo
from datahall.kit.uow import Unit
from datahall.organisations import Organisation, Seat, limits, organisations, seats
from datahall.security import Actor, may
from datahall.supply_demand import Case, closed_cases, open_cases
from datahall.web.workbench import Pressure

NEWEST = 6
FLOWS = 8
SAMPLE = 200  # closed cases that averages are made of, at most
LATELY = timedelta(days=90)
NEARLY_USED = 0.8
URGENCY = attrgetter("urgency")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of the hall with its unit."""

    name: str
    value: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One of the four entries, with two short lines that are true now."""

    title: str
    icon: str
    href: str
    act: str  # what the viewer must be allowed to do behind it
    first: str
    second: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """One of the entries published last (最新上架)."""

    hit: Hit
    org: Organisation
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A seat with how long its department takes to answer, as measured."""

    seat: Seat
    days: float | None = None  # working days on average; None when it answered nothing lately
    slow: bool = False  # most of the limit is used


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A case on its way, with both parties (办件动态)."""

    case: Case
    consumer: Organisation
    provider: Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Hall:
    """What the home shows."""

    today: date
    figures: Sequence[Figure]
    doors: Sequence[Door]
    newest: Sequence[Newest]
    flows: Sequence[Flow] | None  # None: the viewer has nothing to do with cases
    desks: Sequence[Desk]

    @property
    def present(self) -> int:
        return sum(desk.seat.present for desk in self.desks)


def look(unit: Unit, viewer: Actor, waiting: Sequence[Todo]) -> Hall:
    """The hall as the viewer sees it now."""
    found = search(unit.conn, SearchQuery(order=Order.NEWEST, size=NEWEST))
    orgs = {org.id: org for org in organisations(unit.conn)}
    pressure = Pressure.of(waiting, unit.now)
    cases = visible_cases(unit, viewer)
    answered = lately_answered(unit)
    return Hall(
        today=local_date(unit.now),
        figures=figures(calls_today(unit.conn, unit.now), cases, answered),
        doors=[door for door in doors(found.total, pressure) if may(viewer, door.act)],
        newest=[
            Newest(hit=hit, org=orgs[hit.provider], on=local_date(hit.published_at))
            for hit in found.items
        ],
        flows=None if cases is None else flows(cases[:FLOWS], orgs),
        desks=desks(seats(unit.conn, now=unit.now, limits=limits()), answered),
    )


def visible_cases(unit: Unit, viewer: Actor) -> Sequence[Case] | None:
    """Open cases of the viewer's department, or of all for the authority, most urgent first."""
    if not may(viewer, "supply_demand:view"):
        return None
    if may(viewer, "supply_demand:oversee"):
        return open_cases(unit)
    sides = (open_cases(unit, consumer=viewer.org), open_cases(unit, provider=viewer.org))
    return sorted({c.application.id: c for side in sides for c in side}.values(), key=URGENCY)


def lately_answered(unit: Unit) -> Sequence[Case]:
    """The cases that departments answered in the last weeks."""
    since = local_date(unit.now) - LATELY
    over, _ = closed_cases(unit, limit=SAMPLE)
    return [
        c for c in over if c.reading and c.reading.finished_on and c.reading.finished_on >= since
    ]


def figures(calls: int, cases: Sequence[Case] | None, answered: Sequence[Case]) -> Sequence[Figure]:
    """What was measured; an average over nothing is left out."""
    shown = [Figure(name="今日调用", value=f"{calls:,}", unit="次")]
    if cases is not None:
        shown.append(Figure(name="在办办件", value=f"{len(cases):,}", unit="件"))
    if days := [c.reading.used_days for c in answered if c.reading]:
        shown.append(Figure(name="平均答复", value=f"{mean(days):.1f}", unit="工作日"))
    return shown


def flows(cases: Sequence[Case], orgs: Mapping[OrgId, Organisation]) -> Sequence[Flow]:
    return [
        Flow(
            case=case,
            consumer=orgs[case.application.consumer],
            provider=orgs[case.application.provider],
        )
        for case in cases
    ]


def desks(taken: Sequence[Seat], answered: Sequence[Case]) -> Sequence[Desk]:
    """The seats, each with its department's average over the cases it answered."""
    by_provider: dict[OrgId, list[Reading]] = {}
    for case in answered:
        if case.reading:
            by_provider.setdefault(case.application.provider, []).append(case.reading)
    return [
        Desk(
            seat=seat,
            days=mean(r.used_days for r in readings),
            slow=mean(r.share_used for r in readings) >= NEARLY_USED,
        )
        if (readings := by_provider.get(seat.org.id))
        else Desk(seat=seat)
        for seat in taken
    ]


def doors(published: int, pressure: Pressure) -> Sequence[Door]:
    """找数据、要数据、供数据、看进度."""
    pressing = pressure.overdue + pressure.today
    return (
        Door(
            title="找数据", icon="search", href="/catalogue", act="catalogue:view",
            first=f"{published:,} 个目录可查", second="按部门、类型、分级筛选",
        ),
        Door(
            title="要数据", icon="doc-plus", href="/applications", act="supply_demand:view",
            first="选中目录，在线申请", second="批准即可调用",
        ),
        Door(
            title="供数据", icon="stack", href="/sources", act="ingestion:view",
            first="登记数据源、编目", second="归集、质检、答复",
        ),
        Door(
            title="看进度", icon="route", href="/workbench", act="hall:view",
            first=f"待办 {pressure.total} 件" if pressure.total else "没有待办",
            second=f"{pressing} 件临期或超期" if pressing else "没有临期、超期",
        ),
    )  # fmt: skip
