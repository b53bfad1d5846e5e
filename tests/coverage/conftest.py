import secrets

import pytest

from datahall import bootstrap
from datahall.kit import db
from datahall.organisations import seed
from datahall.security import Role
from tests.factories import add_actor, add_city
from tests.lists import people


@pytest.fixture
def city(unit):
    """The test's unit, in a hall with its organisations."""
    add_city(unit.conn)
    return unit


@pytest.fixture
def bureau(city):
    return add_actor(city.conn, Role.BUREAU, org=seed.org_id("bureau"))


@pytest.fixture
def clerk(city):
    return add_actor(city.conn, Role.CLERK, org=seed.org_id("civil_affairs"))


@pytest.fixture
def head(city):
    return add_actor(city.conn, Role.HEAD, org=seed.org_id("civil_affairs"))


@pytest.fixture
def stranger(city):
    return add_actor(city.conn, Role.CLERK, org=seed.org_id("police"))


@pytest.fixture(scope="package")
def planted(server, template):
    """A hall with people and an open period, made once; every test has a copy of it."""
    engine = db.engine(server.create_database("coverage_hall", template=template))
    made = people.plant(bootstrap.units(engine))
    engine.dispose()
    return made


@pytest.fixture
def hall(server, planted):
    name = f"t{secrets.token_hex(6)}"
    dsn = server.create_database(name, template="coverage_hall")
    engine = db.engine(dsn)
    made = people.City(bootstrap.units(engine), planted.staff)
    with people.browsers(dsn, made) as browsers:
        yield browsers
    engine.dispose()
    server.drop_database(name)
