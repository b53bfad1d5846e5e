"""The picture on an entry's page, the whole lineage, one column, and the interface."""

import re

import pytest

from datahall.organisations import seed
from datahall.security import Role
from tests.acceptance.others import SECRET_WORD
from tests.factories import add_person
from tests.web import people


@pytest.fixture
def client(hall, fresh_dsn):
    assert hall.item
    with people.hall(fresh_dsn) as made:
        yield made


def sit_down(client, hall, *roles, org="police"):
    with hall.units.open() as unit:
        person = add_person(unit.conn, *roles, org=seed.org_id(org))
    return people.sit_down(client, hall.units, person)


def test_an_entry_shows_where_its_data_come_from_and_go(client, hall):
    sit_down(client, hall, Role.CLERK)
    page = client.get(f"/catalogue/items/{hall.item}").text
    picture = re.search(r"<svg id=\"lineage-picture\".*?</svg>", page, re.DOTALL)[0]
    assert "来源列" in picture
    assert "使用方信息项" in picture
    assert picture.count('class="edge') > 5
    assert f"/lineage/items/{hall.item}" in page


def test_the_table_beside_the_picture_says_the_same(client, hall):
    sit_down(client, hall, Role.CLERK)
    page = client.get(f"/lineage/items/{hall.item}").text
    rows = re.search(r'id="tbl".*?</table>', page, re.DOTALL)[0].count("<tr>") - 1
    assert rows == page.count('<path class="edge')


def test_one_field_has_its_own_ups_and_downs(client, hall):
    sit_down(client, hall, Role.CLERK)
    page = client.get(f"/lineage/items/{hall.item}?field=xm").text
    assert page.count('<path class="edge') == 3
    assert "姓名的上下游" in page
    assert client.get(f"/lineage/items/{hall.item}?field=nothing").status_code == 404


def test_a_source_column_lists_whom_it_touches(client, hall):
    sit_down(client, hall, Role.CLERK)
    page = client.get(f"/lineage/tables/{hall.table}?column=xm").text
    assert "这一列没了，影响谁" in page
    assert f"{SECRET_WORD}平台" in page
    told = client.get(f"/api/v1/lineage/tables/{hall.table}?column=xm").json()
    assert [t["layer"] for t in told] == ["hall", "service", "consumer"]
    assert client.get(f"/api/v1/lineage/tables/{hall.table}?column=zz").status_code == 404
    whole = client.get(f"/api/v1/lineage/tables/{hall.table}").json()
    assert {t["layer"] for t in whole} == {"hall", "service", "consumer"}
    assert len(whole) > len(told)


def test_others_see_no_source_and_no_other_consumers(client, hall):
    sit_down(client, hall, Role.CLERK, org="health_insurance")
    page = client.get(f"/lineage/items/{hall.item}").text
    assert "服务信息项" in page
    assert SECRET_WORD not in page
    assert client.get(f"/lineage/tables/{hall.table}").status_code == 404
    told = client.get(f"/api/v1/lineage/items/{hall.item}").json()
    assert {n["layer"] for n in told["nodes"]} == {"hall", "service"}


def test_the_interface_gives_graph_and_events(client, hall):
    sit_down(client, hall, Role.CLERK)
    told = client.get(f"/api/v1/lineage/items/{hall.item}?field=xm").json()
    assert [e["start"].split(".")[-1] for e in told["edges"]] == ["xm"] * 3
    events = client.get(f"/api/v1/lineage/items/{hall.item}/events").json()
    assert {e["schemaURL"].rsplit("/", 1)[1] for e in events} == {
        "DatasetEvent", "JobEvent", "RunEvent",
    }  # fmt: skip
