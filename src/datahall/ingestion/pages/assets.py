"""The asset inventory: what a department has, source by source (部门数据资产)."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, ClassVar, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from datahall.ingestion.model import Source
from datahall.ingestion.pages.common import TABS, Viewer
from datahall.ingestion.service.assets import Asset, State, assets
from datahall.kit.html import Page, respond
from datahall.kit.http import UnitDep
from datahall.kit.ids import OrgId
from datahall.organisations import Organisation, organisations

router = APIRouter()

PER_PAGE: Final = 100  # tables
COLUMNS_SHOWN: Final = 200  # of one table; its own page has all


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A source with those of its tables that stand on this page."""

    source: Source
    org: Organisation
    total: int
    assets: Sequence[Asset]


@dataclass(frozen=True, kw_only=True)
class AssetsPage(Page):
    """Source → table → column, with search, counts and states (数据资产)."""

    template: ClassVar[str] = "ingestion/assets.html"
    section: ClassVar[str] = "sources"
    tabs: Sequence[tuple[str, str, str]] = TABS
    branches: Sequence[Branch]
    counts: Mapping[State, int]
    columns: int
    states: Sequence[State] = tuple(State)
    words: str
    state: State | None
    everybody: bool
    page: int
    pages: int
    shown_columns: int = COLUMNS_SHOWN
    url: Callable[..., str]


@router.get("/assets")
def show_assets(
    request: Request,
    unit: UnitDep,
    actor: Viewer,
    q: Annotated[str, Query(max_length=100)] = "",
    state: str = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """What a department has, and what of it is catalogued (部门数据资产)."""
    chosen = State(state) if state in set(State) else None
    found = assets(unit, actor, words=q, state=chosen)
    orgs: Mapping[OrgId, Organisation] = {org.id: org for org in organisations(unit.conn)}
    totals = Counter(source.id for source, _ in found.tables)
    here = found.tables[(page - 1) * PER_PAGE : page * PER_PAGE]
    by_source = groupby(here, key=lambda pair: pair[0].id)
    branches = [list(many) for _, many in by_source]

    def url(n: int = 1, *, of: State | None = chosen) -> str:
        given = {"q": q, "state": of.value if of else "", "page": str(n) if n > 1 else ""}
        query = urlencode({name: value for name, value in given.items() if value})
        return f"/assets?{query}" if query else "/assets"

    shown = AssetsPage(
        branches=[
            Branch(
                source=source,
                org=orgs[source.org],
                total=totals[source.id],
                assets=[asset for _, asset in many],
            )
            for many in branches
            for source in [many[0][0]]
        ],
        counts=found.counts,
        columns=found.columns,
        words=q,
        state=chosen,
        everybody=any(source.org != actor.org for source, _ in found.tables),
        page=page,
        pages=-(-len(found.tables) // PER_PAGE),
        url=url,
    )
    return respond(request, shown)
