"""Pages of conformance: bind an entry's fields, the board of departments (绑定数据元、落标率)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, Response

from datahall import security, standards
from datahall.catalogue import EntryInvalid
from datahall.conformance import repository, service
from datahall.conformance.errors import (
    BindingUnknown,
    BoundMeanwhile,
    FieldNotFound,
    InReview,
    NothingLikely,
)
from datahall.conformance.model import NOTHING, Shown, Standing, Tally
from datahall.conformance.repository import ItemTally
from datahall.conformance.service import Binding, Place, Sheet
from datahall.kit.clock import local_date
from datahall.kit.errors import DomainError
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.ids import ItemId, OrgId
from datahall.kit.uow import Unit
from datahall.organisations import Organisation, organisation, organisations
from datahall.security import Actor, may, permits

router = APIRouter(
    prefix="/conformance", default_response_class=HTMLResponse, include_in_schema=False
)
Viewer = Annotated[Actor, Depends(permits("conformance:view"))]
Reader = Annotated[Actor, Depends(permits("conformance:rows"))]
Clerk = Annotated[Actor, Depends(permits("conformance:bind"))]

PAGE_ROWS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgRow:
    """One department on the board."""

    org: Organisation
    tally: Tally
    may_open: bool


@dataclass(frozen=True, kw_only=True)
class BoardPage(Page):
    """The rates of the city and of each department (落标率)."""

    template: ClassVar[str] = "conformance/board.html"
    section: ClassVar[str] = "catalogue"
    total: Tally
    rows: Sequence[OrgRow]


@dataclass(frozen=True, kw_only=True)
class RowsPage(Page):
    """A department's rate, opened to its entries and fields (落标率明细)."""

    template: ClassVar[str] = "conformance/rows.html"
    section: ClassVar[str] = "catalogue"
    org: Organisation
    tally: Tally
    shown: Shown
    kinds: Sequence[tuple[Shown, int, str]]  # with count and address
    rows: Sequence[Standing]
    items: Sequence[ItemTally]
    names: Mapping[str, str]  # of elements
    total: int
    page: int
    pages: int
    url: Callable[[int], str]


@dataclass(frozen=True, kw_only=True)
class BindPage(Page):
    """The fields of an entry with their elements, or with suggestions (绑定数据元)."""

    template: ClassVar[str] = "conformance/bind.html"
    section: ClassVar[str] = "catalogue"
    sheet: Sheet
    provider: Organisation
    places: Sequence[Place]
    sources: Mapping[str, Organisation]  # element → its source department
    elements: Sequence[tuple[str, str]]  # code, name: to choose from
    may_bind: bool
    starts_version: bool
    faults: Mapping[str, str]
    page: int
    pages: int
    url: Callable[[int], str]


@router.get("")
def show_board(request: Request, unit: UnitDep, actor: Viewer) -> Response:
    """How every department keeps to the standards (落标率)."""
    tallies = repository.tallies(unit.conn)
    rows = [
        OrgRow(
            org=org,
            tally=tallies[org.id],
            may_open=may(actor, "conformance:rows", on=org.id),
        )
        for org in organisations(unit.conn)
        if org.id in tallies
    ]
    rows.sort(key=lambda row: (-(row.tally.conformance_rate or 0), row.org.short_name))
    return respond(request, BoardPage(total=service.city(tallies), rows=rows))


@router.get("/orgs/{id}")
def show_rows(
    id: OrgId,
    request: Request,
    unit: UnitDep,
    actor: Reader,
    show: str = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """The fields behind a department's rate: unbound, deviating and how (落标率明细)."""
    security.require(actor, "conformance:rows", on=id)
    org = organisation(unit.conn, id)
    shown = Shown(show) if show in set(Shown) else Shown.ALL
    counts = {kind: repository.count(unit.conn, org=id, item=None, shown=kind) for kind in Shown}
    pages = max(1, -(-counts[shown] // PAGE_ROWS))
    page = min(page, pages)
    base = f"/conformance/orgs/{id}"
    return respond(
        request,
        RowsPage(
            org=org,
            tally=repository.tallies(unit.conn).get(id, NOTHING),
            shown=shown,
            kinds=[(kind, n, _address(base, kind)) for kind, n in counts.items()],
            rows=repository.standings(
                unit.conn, org=id, shown=shown, limit=PAGE_ROWS, offset=(page - 1) * PAGE_ROWS
            ),
            items=repository.item_tallies(unit.conn, id),
            names=_names(unit),
            total=counts[shown],
            page=page,
            pages=pages,
            url=lambda n: _address(base, shown, n),
        ),
    )


@router.get("/items/{id}")
def show_bindings(
    id: ItemId,
    request: Request,
    unit: UnitDep,
    actor: Viewer,
    page: Annotated[int, Query(ge=1, le=10)] = 1,
) -> Response:
    """The fields of an entry with their elements and suggestions (绑定数据元)."""
    return respond(request, _page(unit, actor, id, page))


@router.post("/items/{id}")
def act(
    id: ItemId,
    request: Request,
    unit: UnitDep,
    actor: Clerk,
    act: Annotated[str, Form()] = "",
    edit: Annotated[int, Form()] = 0,
    page: Annotated[int, Form()] = 1,
    code: Annotated[str, Form()] = "",
) -> Response:
    """One click: take a suggestion or all likely ones, refuse one, release, claim (确认绑定).

    `act` is the button: `likely`, or `accept`, `reject`, `release`, `claim`, `disclaim` or `choose`
    with the field and the element after colons.
    """
    verb, field, element = [*act.split(":"), "", ""][:3]
    try:
        words = _do(unit, actor, id, verb, field, code or element, edit)
    except (
        BindingUnknown, BoundMeanwhile, EntryInvalid, FieldNotFound, InReview, NothingLikely,
    ) as refused:  # fmt: skip
        faults = {"": "；".join(_sentences(refused))}
        shown = _page(unit, actor, id, page, faults=faults)
        return respond(request, shown, status=max(refused.status, 409))
    anchor = f"#field-{field}" if field else ""
    query = f"?page={page}" if page > 1 else ""
    return redirect(f"/conformance/items/{id}{query}{anchor}", flash=words)


def _do(
    unit: Unit, actor: Actor, id: ItemId, verb: str, field: str, element: str, edit: int
) -> str:
    """Carry a click out, and say what was done."""
    now = service.look(unit, actor, id, fields=slice(0)).item.field(field)
    if verb == "likely":
        return f"已绑定 {len(service.bind_likely(unit, actor, id, edit=edit))} 项，请核对。"
    if now is None:
        raise FieldNotFound(field=field)
    if verb == "reject":
        service.reject(unit, actor, id, field, element)
        return f"“{now.title}”不再推荐这个数据元。"
    wanted = {
        "accept": Binding(field=field, element=element),
        "choose": Binding(field=field, element=element.strip().upper()),
        "release": Binding(field=field, element=None),
        "claim": Binding(field=field, element=now.element, is_source=True),
        "disclaim": Binding(field=field, element=now.element),
    }.get(verb)
    if wanted is None or (verb in {"accept", "choose"} and not wanted.element):
        raise BindingUnknown(element=element)
    service.bind(unit, actor, id, [wanted], edit=edit)
    return DONE[verb].format(title=now.title)


DONE: Final = {
    "accept": "“{title}”已绑定。",
    "choose": "“{title}”已绑定。",
    "release": "“{title}”已解除绑定，带来的规则和分级没有动。",
    "claim": "发布后即主张本单位是“{title}”的数源。",
    "disclaim": "不再主张“{title}”的数源。",
}


def _page(
    unit: Unit,
    actor: Actor,
    id: ItemId,
    page: int,
    *,
    faults: Mapping[str, str] | None = None,
) -> BindPage:
    first = (page - 1) * PAGE_ROWS
    sheet = service.look(unit, actor, id, fields=slice(first, first + PAGE_ROWS))
    orgs = {org.id: org for org in organisations(unit.conn)}
    named = standards.sources_now(unit.conn)
    item = sheet.item
    may_bind = may(actor, "conformance:bind", on=item.provider)
    return BindPage(
        sheet=sheet,
        provider=organisation(unit.conn, item.provider),
        places=sheet.places[first : first + PAGE_ROWS],
        sources={code: orgs[source.org] for code, source in named.items() if source.org in orgs},
        elements=[(code, name) for code, name in _names(unit).items()],
        may_bind=may_bind and item.status.value in {"draft", "returned", "published"},
        starts_version=item.status.value == "published",
        faults=faults or {},
        page=page,
        pages=max(1, -(-len(item.fields) // PAGE_ROWS)),
        url=lambda n: f"/conformance/items/{id}?page={n}",
    )


def _names(unit: Unit) -> dict[str, str]:
    applies = standards.elements(unit.conn, local_date(unit.now))
    return {code: element.name for code, element in applies.items()}


def _sentences(refused: DomainError) -> list[str]:
    return list(dict.fromkeys(faults_by_field(refused).values()))


def _address(base: str, shown: Shown, page: int = 1) -> str:
    pairs = {"show": str(shown), "page": str(page) if page > 1 else ""}
    given = {name: value for name, value in pairs.items() if value}
    return base + (f"?{urlencode(given)}" if given else "")
