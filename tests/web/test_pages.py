"""The hall's own pages, as people see them."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from datahall.kit.clock import local_date
from datahall.kit.ids import new_id
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


def add(units, *roles, org="civil_affairs", name="周明远"):
    with units.open() as unit:
        return add_person(unit.conn, *roles, org=seed.org_id(org), name=name)


def test_home_shows_who_sits_in_the_hall(client, units):
    people.sit_down(client, units, add(units, Role.REPRESENTATIVE))
    add(units, Role.REPRESENTATIVE, org="police", name="王立新")
    page = client.get("/").text
    assert "1 个单位在岗值守" in page
    assert page.index("王立新") > 0
    assert page.count("离岗") == 1


def test_home_counts_todays_calls(client, units):
    people.sit_down(client, units, add(units, Role.CLERK))
    with units.open() as unit:
        unit.conn.execute(
            sa.text(
                "insert into gateway_usage values (:a, :today, 40, 40, 0), (:b, :today, 2, 2, 1),"
                " (:a, :before, 999, 999, 0)"
            ),
            {
                "a": new_id(),
                "b": new_id(),
                "today": local_date(unit.now),
                "before": local_date(unit.now) - timedelta(days=1),
            },
        )
    assert "<dt>今日调用</dt><dd><b>42<" in client.get("/").text


def test_home_says_nothing_that_was_not_measured(client, units):
    people.sit_down(client, units, add(units, Role.CLERK))
    page = client.get("/").text
    assert "率" not in page.split("<main")[1].split("</main>")[0]


def test_workbench_says_what_waits(client, units):
    people.sit_down(client, units, add(units, Role.CLERK))
    page = client.get("/workbench").text
    assert "市民政局工作台" in page
    assert "没有等着办的事" in page


def test_the_frame_leads_only_where_the_viewer_may_go(client, units):
    people.sit_down(client, units, add(units, Role.AUDIT_ADMIN, org="bureau"))
    frame = client.get("/").text.split("<main")[0]
    assert 'href="/workbench"' in frame
    assert 'href="/sources"' not in frame
