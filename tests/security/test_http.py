"""Deny by default: a route that does not say who may call it keeps the program from starting."""

from typing import Annotated

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import RouteContext

from datahall import security
from datahall.kit import db
from datahall.security import Actor, Permits, Public, UndeclaredRoute, actor_of_request, permits
from datahall.web import app as web

VIEW = permits("catalogue:view")
PROBE = Public("Load balancers ask.")


def routes(router: APIRouter) -> list[RouteContext]:
    app = FastAPI()
    app.include_router(router)
    return web.routes_of(app)


def router_with(*dependencies: object) -> APIRouter:
    router = APIRouter()

    @router.get("/thing", dependencies=[Depends(d) for d in dependencies])
    def thing() -> None:
        return None

    return router


@pytest.mark.parametrize(
    "dependencies",
    [
        (),
        (actor_of_request,),  # who is calling, but not what they may
        (permits("catalogue:veiw"),),  # an act that the policy does not know
        (VIEW, PROBE),
        (Public(" "),),
    ],
    ids=["nothing", "only an actor", "unknown act", "both", "no reason"],
)
def test_refuses(dependencies):
    with pytest.raises(UndeclaredRoute):
        security.refuse_undeclared(routes(router_with(*dependencies)))


@pytest.mark.parametrize("dependency", [VIEW, PROBE])
def test_lets_a_declared_route_pass(dependency):
    security.refuse_undeclared(routes(router_with(dependency)))


def test_finds_a_declaration_in_the_signature_and_inside_another_dependency():
    router = APIRouter()

    def clerk(actor: Annotated[Actor, Depends(VIEW)]) -> Actor:
        return actor

    @router.get("/thing")
    def thing(_actor: Annotated[Actor, Depends(clerk)]) -> None:
        return None

    (route,) = routes(router)
    assert security.declared(route) == (Permits("catalogue:view"),)


def test_the_program_does_not_start_with_an_undeclared_route(monkeypatch):
    outer = APIRouter()
    outer.include_router(router_with())  # however deep
    monkeypatch.setattr(web, "routers", lambda: [outer])
    engine = db.engine("postgresql://nobody@localhost/nothing")
    with pytest.raises(UndeclaredRoute, match="GET /thing"):
        web.create_app(engine)
