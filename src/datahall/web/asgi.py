"""What the web server loads: the application on the database of the settings."""

from fastapi import FastAPI

from datahall.kit import db, logs, supervise
from datahall.kit.settings import settings
from datahall.web.app import create_app


def application() -> FastAPI:
    """The application; DATABASE_URL must be set (`datahall up` sets it).

    Raises:
        RuntimeError: there is no database to serve.
    """
    supervise.end_with_parent()
    logs.configure()
    url = settings().database_url
    if url is None:
        raise RuntimeError("DATABASE_URL is not set: start the hall with `datahall up`.")
    return create_app(db.engine(url, pool_size=16))
