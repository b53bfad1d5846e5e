"""The page and the API by which a clerk chooses how rows are brought."""

import pytest

from datahall import ingestion
from datahall.ingestion import Mode
from datahall.organisations import seed
from datahall.security import Role
from tests.factories import add_city, add_person, make_actor
from tests.ingestion.conftest import PERSONS, add_persons
from tests.ingestion.following import following, joined, publish_changes, until
from tests.web import people


@pytest.fixture
def client(units, fresh_dsn):
    with units.open() as unit:
        add_city(unit.conn)
    with people.hall(fresh_dsn) as made:
        yield made


@pytest.fixture
def token(client, units):
    with units.open() as unit:
        clerk = add_person(unit.conn, Role.CLERK, org=seed.org_id("police"))
    return people.sit_down(client, units, clerk)


@pytest.fixture
def mounted(source_db, mount, client):
    del client  # the city stands first
    source_db.execute("alter role hall noreplication")
    source_db.execute(PERSONS)
    add_persons(source_db, range(1, 11))
    org = seed.org_id("police")
    return mount(
        source_db.form(),
        "person",
        actor=make_actor(Role.CLERK, org=org),
        head=make_actor(Role.HEAD, org=org),
    )


@pytest.fixture
def address(mounted):
    return f"/ingestion/tasks/{mounted.task.id}"


class TestPage:
    def test_offers_each_way_with_what_it_needs(self, client, token, address):
        assert token
        page = client.get(f"{address}/mode").text
        for words in ("按日志实时", "按水位增量", "全量比对", "wal_level", "正在使用"):
            assert words in page
        assert f'href="{address}/mode"' in client.get(address).text

    def test_gives_the_statements_as_a_file(self, client, token, address):
        assert token
        file = client.get(f"{address}/statements.sql?mode=log")
        assert file.headers["content-disposition"] == 'attachment; filename="datahall-log.sql"'
        assert "CREATE PUBLICATION datahall" in file.text
        assert client.get(f"{address}/statements.sql?mode=full").status_code == 422

    def test_says_what_is_missing_and_takes_the_way_when_it_is_there(
        self, client, token, address, source_db, mounted
    ):
        sent = {"_csrf": token, "mode": "log"}
        refused = client.post(f"{address}/mode", data=sent)
        assert refused.status_code == 422
        assert "ALTER ROLE" in refused.text
        publish_changes(source_db, "person")
        taken = client.post(f"{address}/mode", data=sent, follow_redirects=False)
        assert taken.headers["location"] == address
        with following(mounted):
            joined(mounted)
            source_db.execute("update person set xm = '看得见' where id = 1")
            until(lambda: mounted.rows("xm", "id = 1") == [("看得见",)])
            page = until(lambda: (p := client.get(address).text) and "正在跟随" in p and p)
        for words in ("变更流", "位点", "延迟", "行/秒"):
            assert words in page

    def test_a_broken_stream_says_why(self, client, token, address, source_db, mounted):
        publish_changes(source_db, "person")
        client.post(f"{address}/mode", data={"_csrf": token, "mode": "log"})
        source_db.execute("alter role hall noreplication")
        with following(mounted):
            page = until(lambda: (p := client.get(address).text) and "自动重连" in p and p)
        assert "无权读取变更日志" in page


class TestApi:
    def test_lists_and_sets(self, client, token, mounted, source_db):
        client.headers.update({"Accept": "application/json", "X-CSRF-Token": token})
        url = f"/api/v1/ingestion/tasks/{mounted.task.id}"
        ways = {way["mode"]: way for way in client.get(f"{url}/modes").json()}
        assert ways["log"]["fits"]
        assert ways["incremental"]["chosen"]
        assert client.put(f"{url}/mode", json={"mode": "log"}).status_code == 422
        assert client.get(f"{url}/stream").json() is None
        publish_changes(source_db, "person")
        assert client.put(f"{url}/mode", json={"mode": "log"}).json()["mode"] == "log"
        with following(mounted):
            joined(mounted)
            stream = client.get(f"{url}/stream").json()
        assert stream["state"] == "streaming"
        assert client.put(f"{url}/mode", json={"mode": "full"}).json()["mode"] == "full"

    def test_an_act_is_on_record(self, units, mounted, source_db):
        publish_changes(source_db, "person")
        with units.open() as unit:
            ingestion.set_mode(
                unit, make_actor(Role.CLERK, org=seed.org_id("police")), mounted.task.id, Mode.LOG
            )
            assert [event.tag for event in unit.events] == ["ingestion:task:mode"]
