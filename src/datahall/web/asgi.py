"""What the web server loads: the application on the database of the settings."""

from datahall.kit import db, logs, supervise
from datahall.kit.edge import Edge
from datahall.kit.settings import settings
from datahall.web.app import create_app


def application() -> Edge:
    """The application; DATABASE_URL must be set (`datahall up` sets it).

    Raises:
        RuntimeError: there is no database to serve.
    """
    supervise.end_with_parent()
    logs.configure()
    url = settings().database_url
    if url is None:
        raise RuntimeError("DATABASE_URL is not set: start the hall with `datahall up`.")
    return Edge(create_app(db.engine(url, pool_size=16)))
