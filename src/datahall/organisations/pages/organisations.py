"""The directory of organisations (单位名录)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from datahall.kit.errors import DomainError
from datahall.kit.html import Page, redirect, respond
from datahall.kit.http import UnitDep, faults_by_field
from datahall.kit.ids import OrgId
from datahall.organisations.model import ROLE_NAMES, Organisation, OrgKind, Person, Region
from datahall.organisations.repository import structure
from datahall.organisations.schemas import OrganisationForm, PersonForm
from datahall.organisations.service import structure as service
from datahall.security import Actor, Role, may, permits

router = APIRouter(
    prefix="/organisations", default_response_class=HTMLResponse, include_in_schema=False
)

Viewer = Annotated[Actor, Depends(permits("organisations:view"))]
Manager = Annotated[Actor, Depends(permits("organisations:manage"))]

KIND_NAMES: Final = {
    OrgKind.CITY: "市直部门",
    OrgKind.COUNTY: "县区",
    OrgKind.TOWN: "乡镇（街道）",
    OrgKind.UPPER: "上级部门",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One organisation of the list."""

    org: Organisation
    region: str
    people: int
    representatives: tuple[str, ...]  # 首席代表


@dataclass(frozen=True, kw_only=True)
class OrganisationsPage(Page):
    """Every organisation, by kind (单位名录)."""

    template: ClassVar[str] = "organisations/organisations.html"
    section: ClassVar[str] = "organisations"
    rows: list[Row]
    kinds: tuple[tuple[str, str, int], ...]  # kind, name, how many
    kind: str
    may_manage: bool
    may_see_people: bool


@dataclass(frozen=True, kw_only=True)
class OrganisationPage(Page):
    """One organisation with its people (单位)."""

    template: ClassVar[str] = "organisations/organisation.html"
    section: ClassVar[str] = "organisations"
    org: Organisation
    kind: str
    region: str
    parent: Organisation | None
    people: list[Person]
    role_names: Mapping[Role, str]
    may_manage: bool
    may_see_people: bool
    typed: PersonForm
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class NewOrganisationPage(Page):
    """The form of a new organisation (登记单位)."""

    template: ClassVar[str] = "organisations/new_organisation.html"
    section: ClassVar[str] = "organisations"
    typed: OrganisationForm
    kinds: tuple[tuple[str, str], ...]
    regions: tuple[tuple[str, str], ...]
    faults: Mapping[str, str] = field(default_factory=dict)


@router.get("")
def list_organisations(
    request: Request, unit: UnitDep, viewer: Viewer, kind: OrgKind = OrgKind.CITY
) -> Response:
    """The directory."""
    orgs = structure.organisations(unit.conn)
    areas = structure.names_of_regions(unit.conn, {o.region for o in orgs})
    staff = structure.staff(unit.conn)
    rows = [
        Row(
            org=org,
            region=areas[org.region],
            people=len(staff.get(org.id, ())),
            representatives=tuple(
                p.name for p in staff.get(org.id, ()) if Role.REPRESENTATIVE in p.roles
            ),
        )
        for org in orgs
        if org.kind is kind
    ]
    page = OrganisationsPage(
        rows=rows,
        kinds=tuple((k, n, sum(o.kind is k for o in orgs)) for k, n in KIND_NAMES.items()),
        kind=kind,
        may_manage=may(viewer, "organisations:manage"),
        may_see_people=may(viewer, "organisations:people"),
    )
    return respond(request, page)


def _new_page(
    unit: UnitDep, typed: OrganisationForm, faults: Mapping[str, str] | None = None
) -> NewOrganisationPage:
    return NewOrganisationPage(
        typed=typed,
        kinds=tuple(KIND_NAMES.items()),
        regions=tuple((r.code, _indented(r)) for r in structure.tree(unit.conn)),
        faults=faults or {},
    )


def _indented(region: Region) -> str:
    """The name under its county, for a list to choose from."""
    return {"city": "", "county": "　", "town": "　　"}.get(region.level, "") + region.name


@router.get("/new")
def new_organisation(request: Request, unit: UnitDep, _manager: Manager) -> Response:
    """The form of a new organisation."""
    return respond(request, _new_page(unit, OrganisationForm()))


@router.post("")
def send_organisation(
    request: Request,
    unit: UnitDep,
    manager: Manager,
    form: Annotated[OrganisationForm, Form()],
) -> Response:
    """Register an organisation."""
    try:
        org = service.register_organisation(unit, manager, **form.model_dump())
    except DomainError as error:
        return respond(request, _new_page(unit, form, faults_by_field(error)), status=422)
    return redirect(f"/organisations/{org.id}", flash=f"已登记{org.name}。接着登记人员。")


def _page(
    unit: UnitDep,
    viewer: Actor,
    id: OrgId,
    *,
    typed: PersonForm,
    faults: Mapping[str, str] | None = None,
) -> OrganisationPage:
    org = structure.organisation(unit.conn, id)
    return OrganisationPage(
        org=org,
        kind=KIND_NAMES[org.kind],
        region=structure.region(unit.conn, org.region).name,
        parent=structure.organisation(unit.conn, org.parent) if org.parent else None,
        people=structure.people_of(unit.conn, id, suspended=True),
        role_names=ROLE_NAMES,
        may_manage=may(viewer, "organisations:manage", on=id),
        may_see_people=may(viewer, "organisations:people", on=id),
        typed=typed,
        faults=faults or {},
    )


@router.get("/{id}")
def organisation_page(request: Request, unit: UnitDep, viewer: Viewer, id: OrgId) -> Response:
    """One organisation."""
    return respond(request, _page(unit, viewer, id, typed=PersonForm()))


@router.post("/{id}/people")
def send_person(
    request: Request,
    unit: UnitDep,
    manager: Manager,
    id: OrgId,
    form: Annotated[PersonForm, Form()],
) -> Response:
    """Register a person."""
    try:
        person = service.register_person(unit, manager, org=id, **form.model_dump())
    except DomainError as error:
        if error.status == 404:  # noqa: PLR2004  the organisation itself is not there
            raise
        page = _page(unit, manager, id, typed=form, faults=faults_by_field(error))
        return respond(request, page, status=422)
    return redirect(
        f"/organisations/people/{person.id}",
        flash=f"已登记{person.name}。接着发放设密链接，并请安全管理员任命岗位。",
    )
