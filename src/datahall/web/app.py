"""The web application: every capability's routes and pages, in one list."""

import importlib
import importlib.util

from fastapi import FastAPI, Request
from fastapi.responses import Response
from sqlalchemy import Engine

from datahall import bootstrap, organisations
from datahall.kit.errors import DomainError
from datahall.kit.http import problem_response
from datahall.web import health


def create_app(engine: Engine) -> FastAPI:
    """The pages and the JSON API on `engine`."""
    app = FastAPI(title="DataHall", version="1")
    app.state.units = bootstrap.units(engine)
    app.state.identify = organisations.identify

    @app.exception_handler(DomainError)
    def refused(_request: Request, error: DomainError) -> Response:
        return problem_response(error)

    app.include_router(health.router)
    for name in bootstrap.CAPABILITIES:
        for edge in ("routes", "pages"):
            module = f"datahall.{name}.{edge}"
            if importlib.util.find_spec(module):
                app.include_router(importlib.import_module(module).router)
    return app
