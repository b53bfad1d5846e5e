"""What every page shows around its own content: viewer, navigation, tokens (页面外框)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from sqlalchemy.exc import DBAPIError
from starlette.requests import Request

from datahall import __version__
from datahall.kit import csrf
from datahall.kit.html import FLASH_COOKIE
from datahall.kit.settings import settings
from datahall.kit.uow import Unit
from datahall.organisations import ROLE_NAMES, Organisation, organisation
from datahall.security import Actor, Role, may


@dataclass(frozen=True, slots=True)
class Entry:
    """A link of the frame; shown when the page exists and the viewer may open it."""

    key: str
    label: str
    href: str
    icon: str
    act: str | None = None  # None: for everybody


NAV: Final = (
    Entry("hall", "大厅", "/", "home", "hall:view"),
    Entry("catalogue", "目录", "/catalogue", "search", "catalogue:view"),
    Entry("applications", "办件", "/applications", "ticket", "supply_demand:view"),
    Entry("workbench", "工作台", "/workbench", "inbox", "hall:view"),
    Entry("lists", "清单", "/lists", "list", "lists:view"),
    Entry("coverage", "应编尽编", "/coverage", "gap", "coverage:view"),
    Entry("sources", "归集", "/sources", "flow", "ingestion:view"),
    Entry("quality", "质量", "/quality", "shield-ok", "quality:view"),
    Entry("grants", "授权", "/grants", "key", "supply_demand:view"),
    Entry("ledger", "存证", "/ledger", "seal", "ledger:audit"),
    Entry("organisations", "机构人员", "/organisations", "building", "organisations:people"),
)
TABS: Final = (
    Entry("hall", "大厅", "/", "home", "hall:view"),
    Entry("catalogue", "找数据", "/catalogue", "search", "catalogue:view"),
    Entry("applications", "办件", "/applications", "ticket", "supply_demand:view"),
    Entry("workbench", "待办", "/workbench", "inbox", "hall:view"),
)
MENU: Final = (
    Entry("account", "我的账号", "/account", "user", "hall:view"),
    *(
        e
        for e in NAV
        if e.key in {"lists", "coverage", "sources", "quality", "grants", "ledger", "organisations"}
    ),
)
FOOT: Final = (
    Entry("receipts", "存证核验", "/receipts", "shield-ok"),
    Entry("rates", "口径说明", "/rates", "info"),
    Entry("deadlines", "办理时限", "/deadlines", "clock", "deadlines:view"),
    Entry("standards", "数据标准", "/standards", "list", "standards:view"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """The frame of one page for one viewer."""

    viewer: Actor | None = None
    org: Organisation | None = None
    nav: tuple[Entry, ...] = ()
    tabs: tuple[Entry, ...] = ()
    menu: tuple[Entry, ...] = ()
    foot: tuple[Entry, ...] = ()
    todo_count: int | None = None
    csrf: str = ""
    flash: str | None = None
    log_in: str | None = None
    log_out: str | None = None
    city: str = ""
    authority: str = ""
    version: str = __version__

    @property
    def posts(self) -> str:
        """市民政局 · 首席代表."""
        if self.viewer is None:
            return ""
        org = self.viewer.org_name
        posts = [ROLE_NAMES[role] for role in Role if role in self.viewer.roles]
        return " · ".join([org, *(p.split("（")[0].removeprefix(org) for p in posts[:1])])


def visible(
    entries: Collection[Entry], paths: Collection[str], viewer: Actor | None
) -> tuple[Entry, ...]:
    """Those of `entries` whose page exists and which the viewer may open."""
    return tuple(
        e
        for e in entries
        if e.href in paths and (e.act is None or (viewer is not None and may(viewer, e.act)))
    )


@dataclass(frozen=True, slots=True)
class Frames:
    """Makes the shell of a request; `todo_count` counts what waits for an actor."""

    paths: frozenset[str]  # of every page that exists
    todo_count: Callable[[Unit, Actor], int]

    def __call__(self, request: Request) -> Shell:
        """The frame, with the request's own unit while it is open."""
        unit: Unit | None = getattr(request.state, "unit", None)
        if unit is not None:
            return self._of(request, unit)
        try:
            with request.app.state.units.open() as own:
                return self._of(request, own)
        except DBAPIError:  # a page about a broken database is still a page
            return self.plain(request, None)

    def _of(self, request: Request, unit: Unit) -> Shell:
        viewer: Actor | None = getattr(request.state, "actor", None)
        if viewer is None:
            viewer = request.app.state.identify(unit, request)
        if viewer is None:
            return self.plain(request, None)
        return self.plain(
            request,
            viewer,
            org=organisation(unit.conn, viewer.org),
            todo_count=self.counted(request, unit, viewer),
        )

    def counted(self, request: Request, unit: Unit, viewer: Actor) -> int:
        """How much waits; a page that has looked already says so (`request.state.todo_count`)."""
        known: int | None = getattr(request.state, "todo_count", None)
        return self.todo_count(unit, viewer) if known is None else known

    def plain(
        self,
        request: Request,
        viewer: Actor | None,
        *,
        org: Organisation | None = None,
        todo_count: int | None = None,
    ) -> Shell:
        """The frame without asking the database."""
        here = request.url.path
        flash = request.cookies.get(FLASH_COOKIE)
        return Shell(
            viewer=viewer,
            org=org,
            nav=visible(NAV, self.paths, viewer),
            tabs=visible(TABS, self.paths, viewer),
            menu=visible(MENU, self.paths, viewer),
            foot=visible(FOOT, self.paths, viewer),
            todo_count=todo_count,
            csrf=csrf.token(request),
            flash=unquote(flash) if flash else None,
            log_in=f"/login?next={quote(here)}" if here != "/login" else None,
            log_out="/logout" if "/logout" in self.paths else None,
            city=settings().city,
            authority=settings().authority,
        )
