"""The page and the API of code lists."""

import pytest

from datahall.organisations import seed
from datahall.security import Role
from datahall.standards import CodeEntry, code_list
from datahall.standards.pages.code_lists import read_entries
from tests.factories import add_city, add_person
from tests.web.people import hall, sit_down

URL = "/standards/code-lists"


@pytest.fixture
def people(units):
    with units.open() as unit:
        add_city(unit.conn)
        bureau = add_person(unit.conn, Role.BUREAU, org=seed.org_id("bureau"))
        clerk = add_person(unit.conn, Role.CLERK, org=seed.org_id("police"))
    return {"bureau": bureau, "clerk": clerk}


@pytest.fixture
def client(fresh_dsn, people):
    del people
    with hall(fresh_dsn) as made:
        yield made


def test_a_pasted_pair_of_columns():
    assert read_entries("1\t全自理\n\n 2  半 护理 \n3") == (
        CodeEntry("1", "全自理"),
        CodeEntry("2", "半 护理"),
        CodeEntry("3", ""),
    )


def test_anybody_looks_a_code_up(client, units, people):
    sit_down(client, units, people["clerk"])
    page = client.get(f"{URL}?code=GB/T 2261.1").text
    assert "女性" in page
    assert 'name="entries"' not in page
    answer = client.get("/api/v1/standards/code-list?code=GB/T 2261.1").json()
    assert {"code": "2", "name": "女性"} in answer["entries"]
    assert client.get("/api/v1/standards/code-list?code=none").status_code == 404


def test_the_bureau_adopts_a_local_list(client, units, people):
    token = sit_down(client, units, people["bureau"])
    form = {"_csrf": token, "code": "护理等级", "name": "护理等级", "entries": "1 全自理\n1 半护理"}
    refused = client.post(URL, data=form)
    assert refused.status_code == 422
    assert "代码“1”出现了两次" in refused.text
    assert "半护理" in refused.text

    adopted = client.post(URL, data={**form, "entries": "1 全自理\n2 半护理"})

    assert adopted.status_code == 303
    with units.open() as unit:
        assert code_list(unit.conn, "护理等级").name_of("2") == "半护理"


def test_a_clerk_does_not(client, units, people):
    token = sit_down(client, units, people["clerk"])
    form = {"_csrf": token, "code": "x", "name": "x", "entries": "1 x"}
    assert client.post(URL, data=form).status_code == 403
