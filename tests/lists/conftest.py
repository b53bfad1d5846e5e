import secrets

import pytest

from datahall import bootstrap
from datahall.kit import db
from datahall.organisations import seed
from datahall.security import Role
from tests.factories import add_actor, add_city
from tests.lists import people
from tests.lists.factories import open_period


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
    return _of("civil_affairs", city, Role.CLERK)


@pytest.fixture
def head(city):
    return _of("civil_affairs", city, Role.HEAD)


@pytest.fixture
def cdo(city):
    return _of("civil_affairs", city, Role.CDO)


@pytest.fixture
def stranger(city):
    return _of("police", city, Role.CLERK, Role.HEAD)


@pytest.fixture
def period(unit, bureau):
    open_period(unit, bureau)


def _of(org, unit, *roles):
    return add_actor(unit.conn, *roles, org=seed.org_id(org))


@pytest.fixture(scope="package")
def planted(server, template):
    """A hall with people and an open period, made once; every test has a copy of it."""
    engine = db.engine(server.create_database("lists_hall", template=template))
    city = people.plant(bootstrap.units(engine))
    engine.dispose()
    return city


@pytest.fixture
def hall(server, planted):
    name = f"t{secrets.token_hex(6)}"
    dsn = server.create_database(name, template="lists_hall")
    engine = db.engine(dsn)
    city = people.City(bootstrap.units(engine), planted.staff)
    with people.browsers(dsn, city) as made:
        yield made
    engine.dispose()
    server.drop_database(name)
