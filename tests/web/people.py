"""Browsers of people who are logged in, for tests of pages."""

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi.testclient import TestClient

from datahall.kit import cookies, csrf, db
from datahall.kit.uow import Units
from datahall.organisations import Person
from datahall.organisations.service.login import open_session
from datahall.web.app import create_app

BROWSER = {"Accept": "text/html"}
SESSION = cookies.SESSION


@contextmanager
def hall(dsn: str) -> Iterator[TestClient]:
    """The pages on a database, opened by a browser that follows nothing by itself."""
    engine = db.engine(dsn)
    app = create_app(engine)
    with TestClient(
        app, headers=BROWSER, follow_redirects=False, raise_server_exceptions=False
    ) as client:
        yield client
    engine.dispose()


def sit_down(client: TestClient, units: Units, person: Person) -> str:
    """Log the person in and return the token that their forms carry."""
    with units.open() as unit:
        opened = open_session(unit, person, address="127.0.0.1", agent="test")
    client.cookies.set(SESSION, opened.token)
    return csrf.token_for(opened.token)
