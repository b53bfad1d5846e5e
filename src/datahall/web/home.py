"""The hall's home, composed from the front doors of the capabilities; only measured figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from datahall.kit.clock import local_date
from datahall.kit.todo import Todo
from datahall.kit.uow import Unit
from datahall.organisations import Seat, limits, seats
from datahall.security import Actor
from datahall.web.workbench import Pressure


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
    first: str
    second: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hall:
    """What the home shows."""

    today: date
    figures: Sequence[Figure]
    doors: Sequence[Door]
    seats: Sequence[Seat]

    @property
    def present(self) -> int:
        return sum(seat.present for seat in self.seats)


def look(unit: Unit, viewer: Actor, waiting: Sequence[Todo]) -> Hall:
    """The hall as the viewer sees it now."""
    del viewer
    pressure = Pressure.of(waiting, unit.now)
    return Hall(
        today=local_date(unit.now),
        figures=(),
        doors=doors(pressure),
        seats=seats(unit.conn, now=unit.now, limits=limits()),
    )


def doors(pressure: Pressure) -> Sequence[Door]:
    """找数据、要数据、供数据、看进度."""
    waiting = f"待办 {pressure.total} 件" if pressure.total else "没有待办"
    pressing = pressure.overdue + pressure.today
    return (
        Door(title="找数据", icon="search", href="/catalogue", first="全市目录一处可查", second="按部门、类型、分级筛选"),
        Door(title="要数据", icon="doc-plus", href="/catalogue", first="选中目录，在线申请", second="批准即可调用"),
        Door(title="供数据", icon="stack", href="/sources", first="登记数据源、编目", second="归集、质检、答复"),
        Door(title="看进度", icon="route", href="/workbench", first=waiting, second=f"{pressing} 件临期或超期" if pressing else "都在时限内"),
    )  # fmt: skip
