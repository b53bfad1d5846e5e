"""What a clerk sees and does about reconciliation, and what the JSON interface gives."""

import json

import pytest

from datahall import reconciliation
from datahall.kit.ids import RunId
from datahall.reconciliation.tasks import JOBS
from datahall.security import Role
from tests.factories import POLICE, add_person
from tests.ingestion.conftest import PERSONS, add_persons
from tests.web import people


@pytest.fixture
def persons(source_db, reconciled):
    source_db.execute(PERSONS)
    add_persons(source_db, range(1, 301))
    made = reconciled(source_db.form(), "person", watermark="update_time")
    made.mounted.age_checkpoint()
    return made


@pytest.fixture
def client(persons, fresh_dsn):  # noqa: ARG001 - the hall has the task before it opens
    with people.hall(fresh_dsn) as made:
        yield made


@pytest.fixture
def token(client, persons):
    with persons.units.open() as unit:
        person = add_person(unit.conn, Role.CLERK, org=POLICE)
    return people.sit_down(client, persons.units, person)


def order(client, token, persons) -> str:
    """Press the button, and let the worker do what it is told."""
    at = client.post(
        f"/reconciliation/tasks/{persons.mounted.task.id}/run", data={"_csrf": token}
    ).headers["location"]
    assert "正在比对" in client.get(at).text
    JOBS["reconcile"](persons.units, {"run": at.rsplit("/", 1)[1]})
    return at


def test_from_the_list_to_a_certificate_that_the_public_page_accepts(client, token, persons):
    assert "还没有对账" in client.get("/reconciliation").text

    at = order(client, token, persons)

    assert "源端与大厅逐区间一致" in client.get(at).text
    listed = client.get("/reconciliation").text
    assert "1 个最近一次一致" in listed
    page = client.get(f"/reconciliation/tasks/{persons.mounted.task.id}").text
    certificate = page.split("/reconciliation/certificates/")[1].split('"')[0]
    shown = client.get(f"/reconciliation/certificates/{certificate}")
    assert "源端 300 = 大厅 300 + 隔离等 0" in shown.text
    file = client.get(f"/reconciliation/certificates/{certificate}/file")
    assert file.content == client.get(f"/api/v1/reconciliation/certificates/{certificate}").content

    form = {"data": {"_csrf": token}}
    checked = client.post("/receipts", **form, files={"file": ("c.json", file.content)})
    assert "核验通过" in checked.text
    assert "证书真实" in checked.text
    forged = file.content.replace(b'"source":300', b'"source":301')
    refused = client.post("/receipts", **form, files={"file": ("c.json", forged)})
    assert "核验不通过" in refused.text


def test_differences_wait_when_nothing_is_repaired_without_asking(
    client, token, persons, source_db
):
    schedule = f"/reconciliation/tasks/{persons.mounted.task.id}/schedule"
    client.post(schedule, data={"_csrf": token, "minutes": "30"})  # no tick: ask first
    source_db.execute("update person set xm = '改名换姓' where id = 42")
    at = order(client, token, persons)

    page = client.get(at).text
    assert "有 1 行没有自动补正" in page
    assert "改名换姓" not in page
    assert "姓名" in page
    assert "对账差异" in client.get("/workbench").text

    client.post(f"{at}/repair", data={"_csrf": token})
    JOBS["reconcile_mend"](persons.units, {"run": at.rsplit("/", 1)[1], "by": "system"})

    assert "没有自动补正" not in client.get(at).text
    assert persons.mounted.rows("xm", "id = 42") == [("改名换姓",)]
    assert "对账差异" not in client.get("/workbench").text


@pytest.mark.parametrize("minutes", ["", "abc", "0", "4", "99999", "１０", "-5"])
def test_an_odd_interval_is_told_beside_the_field(client, token, persons, minutes):
    answer = client.post(
        f"/reconciliation/tasks/{persons.mounted.task.id}/schedule",
        data={"_csrf": token, "minutes": minutes},
    )

    assert answer.status_code == 422
    assert 'id="f-minutes-e"' in answer.text


def test_by_the_json_interface(client, token, persons):
    headers = {"X-CSRF-Token": token}
    base = f"/api/v1/reconciliation/tasks/{persons.mounted.task.id}"

    made = client.post(f"{base}/runs", headers=headers)
    assert made.status_code == 202, made.text
    assert client.post(f"{base}/runs", headers=headers).json()["code"].endswith("already_running")
    reconciliation.run(persons.units, RunId(made.json()["id"]))

    detail = client.get(f"/api/v1/reconciliation/runs/{made.json()['id']}").json()
    assert (detail["run"]["state"], detail["run"]["found"]) == ("done", 0)
    assert [r["id"] for r in client.get(f"{base}/runs").json()] == [made.json()["id"]]
    (standing,) = client.get("/api/v1/reconciliation/tasks").json()
    assert standing["last"]["certificate"] == detail["run"]["certificate"]
    changed = client.put(f"{base}/schedule", headers=headers, json={"minutes": 15})
    assert changed.json()["interval_s"] == 900
    file = client.get(f"/api/v1/reconciliation/certificates/{standing['last']['certificate']}")
    assert json.loads(file.content)["certificate"]["totals"]["hall"] == 300
    assert (
        client.post(
            f"/api/v1/reconciliation/runs/{made.json()['id']}/repair", headers=headers
        ).json()["code"]
        == "reconciliation.nothing_left"
    )
