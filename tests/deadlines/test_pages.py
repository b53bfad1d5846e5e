"""The page of limits and working days."""

import pytest

from datahall.organisations import seed
from datahall.security import Role
from tests.factories import add_city, add_person
from tests.web import people


@pytest.fixture
def client(units, fresh_dsn):
    with units.open() as unit:
        add_city(unit.conn)
    with people.hall(fresh_dsn) as made:
        yield made


def sit(client, units, role: Role) -> str:
    with units.open() as unit:
        person = add_person(unit.conn, role, org=seed.org_id("bureau"))
    return people.sit_down(client, units, person)


def test_says_the_limits_and_a_years_days(client, units):
    sit(client, units, Role.CLERK)
    page = client.get("/deadlines?year=2026").text
    assert "答复申请（有条件共享）" in page
    assert "10月1日 至 10月7日" in page
    assert "放假 7 天" in page
    assert "10月10日（周六）" in page
    assert "登记或更改一天" not in page
    assert "还没有录入" in client.get("/deadlines?year=2030").text


def test_the_authority_enters_the_next_years_days(client, units):
    token = sit(client, units, Role.BUREAU)
    form = {"_csrf": token, "day": "2030-01-01", "works": "no", "name": "元旦"}
    assert client.post("/deadlines/days", data=form | {"day": "元旦"}).status_code == 422
    assert "请写明" in client.post("/deadlines/days", data=form | {"name": ""}).text
    assert client.post("/deadlines/days", data=form).headers["location"] == "/deadlines?year=2030"
    assert "1月1日（周二）" in client.get("/deadlines?year=2030").text


def test_nobody_else_does(client, units):
    token = sit(client, units, Role.CLERK)
    form = {"_csrf": token, "day": "2030-01-01", "works": "no", "name": "元旦"}
    assert client.post("/deadlines/days", data=form).status_code == 403
