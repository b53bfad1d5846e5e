"""JSON API of the directory."""

from typing import Annotated

from fastapi import APIRouter, Depends

from datahall.kit.http import UnitDep, problems
from datahall.kit.ids import OrgId
from datahall.organisations.errors import OrganisationNotFound
from datahall.organisations.model import Organisation, Person, Region
from datahall.organisations.repository import structure
from datahall.organisations.schemas import ColleagueOut, OrganisationOut, RegionOut, ViewerOut
from datahall.security import Actor, LoginRequired, NotPermitted, permits

router = APIRouter(prefix="/api/v1/organisations", tags=["organisations"])

Viewer = Annotated[Actor, Depends(permits("organisations:view"))]


@router.get(
    "", response_model=list[OrganisationOut], responses=problems(LoginRequired, NotPermitted)
)
def list_organisations(unit: UnitDep, _viewer: Viewer) -> list[Organisation]:
    """Every organisation of the directory (单位名录)."""
    return structure.organisations(unit.conn)


@router.get("/me", response_model=ViewerOut, responses=problems(LoginRequired, NotPermitted))
def me(viewer: Viewer) -> Actor:
    """Who is calling, in which posts (当前用户)."""
    return viewer


@router.get(
    "/regions", response_model=list[RegionOut], responses=problems(LoginRequired, NotPermitted)
)
def list_regions(unit: UnitDep, _viewer: Viewer, parent: str | None = None) -> list[Region]:
    """The areas directly inside `parent`; the city without it (行政区划)."""
    return structure.children_of(unit.conn, parent)


@router.get(
    "/{id}",
    response_model=OrganisationOut,
    responses=problems(LoginRequired, NotPermitted, OrganisationNotFound),
)
def read_organisation(id: OrgId, unit: UnitDep, _viewer: Viewer) -> Organisation:
    """One organisation (单位)."""
    return structure.organisation(unit.conn, id)


@router.get(
    "/{id}/people",
    response_model=list[ColleagueOut],
    responses=problems(LoginRequired, NotPermitted, OrganisationNotFound),
)
def list_people(id: OrgId, unit: UnitDep, _viewer: Viewer) -> list[Person]:
    """Who works there in which posts (人员与岗位)."""
    structure.organisation(unit.conn, id)
    return structure.people_of(unit.conn, id)
