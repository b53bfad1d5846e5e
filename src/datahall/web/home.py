"""The hall's home, composed from the front doors of the capabilities; only measured figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from datahall.catalogue import Hit, Order, SearchQuery, search
from datahall.kit.clock import local_date
from datahall.kit.todo import Todo
from datahall.kit.uow import Unit
from datahall.organisations import Organisation, Seat, limits, organisations, seats
from datahall.security import Actor, may
from datahall.web.workbench import Pressure

NEWEST = 6


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
class Hall:
    """What the home shows."""

    today: date
    figures: Sequence[Figure]
    doors: Sequence[Door]
    newest: Sequence[Newest]
    seats: Sequence[Seat]

    @property
    def present(self) -> int:
        return sum(seat.present for seat in self.seats)


def look(unit: Unit, viewer: Actor, waiting: Sequence[Todo]) -> Hall:
    """The hall as the viewer sees it now."""
    found = search(unit.conn, SearchQuery(order=Order.NEWEST, size=NEWEST))
    orgs = {org.id: org for org in organisations(unit.conn)}
    return Hall(
        today=local_date(unit.now),
        figures=(),
        doors=[
            door
            for door in doors(found.total, Pressure.of(waiting, unit.now))
            if may(viewer, door.act)
        ],
        newest=[
            Newest(hit=hit, org=orgs[hit.provider], on=local_date(hit.published_at))
            for hit in found.items
        ],
        seats=seats(unit.conn, now=unit.now, limits=limits()),
    )


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
