"""The web application: every capability's routes and pages, in one list."""

import importlib
import importlib.util
from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from sqlalchemy import Engine

import datahall
from datahall import bootstrap, gateway, organisations, security
from datahall.kit import csrf, texts
from datahall.kit.html import environment
from datahall.web import assets, failures, health
from datahall.web.headers import SecurityHeaders
from datahall.web.pages import router as own_pages
from datahall.web.shell import Frames
from datahall.web.workbench import todos


def with_templates() -> list[str]:
    """The packages that bring templates."""
    root = Path(datahall.__file__).parent
    names = ("kit", "web", *bootstrap.CAPABILITIES)
    return [f"datahall.{n}" for n in names if (root / n / "templates").is_dir()]


def routers() -> list[APIRouter]:
    """The hall's own routers and both edges of every capability."""
    found = [health.router, own_pages]
    for name in bootstrap.CAPABILITIES:
        for edge in ("routes", "pages"):
            module = f"datahall.{name}.{edge}"
            if importlib.util.find_spec(module):
                found.append(importlib.import_module(module).router)
    return found


def routes_of(app: FastAPI) -> list[RouteContext]:
    """Every route with its whole path, its methods and its dependencies."""
    found = iter_route_contexts(app.routes)
    return [route for route in found if isinstance(route.original_route, APIRoute)]


def create_app(engine: Engine) -> FastAPI:
    """The pages and the JSON API on `engine`; `app.state.routes` lists every route."""
    app = FastAPI(
        title="DataHall",
        version="1",
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(csrf.check), Depends(texts.refuse_nul)],
    )
    for router in routers():
        app.include_router(router)
    app.state.routes = routes_of(app)
    security.refuse_undeclared(app.state.routes)
    app.state.units = bootstrap.units(engine)
    app.state.item_figures = bootstrap.item_figures
    app.state.identify = organisations.identify
    app.state.names = organisations.names_of
    app.state.grant_usage = gateway.usage_of
    app.state.pages = environment(with_templates(), asset=assets.address)
    app.state.shell = Frames(
        paths=frozenset(str(route.path) for route in app.state.routes),
        todo_count=lambda unit, actor: len(todos(unit, actor)),
    )
    failures.install(app)
    app.add_middleware(SecurityHeaders)
    app.mount("/static", assets.Files(directory=assets.STATIC), name="static")
    return app
