"""The JSON API, as a department's program calls it."""

import pytest

from datahall.organisations import seed
from datahall.security import Role
from tests.factories import add_city, add_person
from tests.ingestion.conftest import PERSONS
from tests.web import people

API = "/api/v1/ingestion"


@pytest.fixture
def client(units, fresh_dsn):
    with units.open() as unit:
        add_city(unit.conn)
        clerk = add_person(unit.conn, Role.CLERK, org=seed.org_id("police"))
    with people.hall(fresh_dsn) as made:
        token = people.sit_down(made, units, clerk)
        made.headers.update({"Accept": "application/json", "X-CSRF-Token": token})
        yield made


def body(db, **about):
    form = db.form(**about)
    return {
        "name": form.name, "kind": form.kind, "host": form.host, "port": int(form.port),
        "database": form.database, "user": form.user, "password": form.password,
    }  # fmt: skip


def test_a_source_is_registered_tested_and_scanned(client, source_db):
    source_db.execute(PERSONS)
    made = client.post(f"{API}/sources", json=body(source_db))
    assert made.status_code == 201, made.text
    assert "password" not in made.text
    assert "secret" not in made.text
    url = f"{API}/sources/{made.json()['id']}"
    assert [f["ok"] for f in client.post(f"{url}/test").json()] == [True] * 4
    assert client.post(f"{url}/scan").json() == {"tables": 1, "changes": 0}
    assert client.get(url).json()["findings"][0]["message"].startswith("127.0.0.1")


def test_a_failed_scan_is_a_problem_with_its_sentence(client, source_db):
    made = client.post(f"{API}/sources", json=body(source_db, password="wrong")).json()
    refused = client.post(f"{API}/sources/{made['id']}/scan")
    assert refused.status_code == 422
    assert refused.json()["code"] == "ingestion.login_refused"
    assert refused.json()["title"].startswith("账号 hall 登录不了")


def test_faults_are_named_by_field(client, source_db):
    refused = client.post(f"{API}/sources", json=body(source_db, host="", user=""))
    assert refused.status_code == 422
    assert [e["field"] for e in refused.json()["errors"]] == ["host", "user"]
