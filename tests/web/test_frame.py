"""The frame of pages: templates render, failures are answered in the caller's form."""

import pytest
from fastapi.testclient import TestClient

from datahall.kit import db
from datahall.web.app import create_app


@pytest.fixture
def client(dsn):
    engine = db.engine(dsn)
    with TestClient(create_app(engine), raise_server_exceptions=False) as made:
        yield made
    engine.dispose()


BROWSER = {"Accept": "text/html"}


def test_a_program_reads_a_problem(client):
    answer = client.get("/api/v1/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "http.not_found"


def test_a_browser_reads_a_page(client):
    answer = client.get("/nothing", headers=BROWSER)
    assert answer.status_code == 404
    assert "没有找到" in answer.text


def test_a_page_asks_for_the_login_and_comes_back(client):
    answer = client.get("/workbench", headers=BROWSER, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/workbench")


def test_scripts_and_styles_come_from_here_only(client):
    policy = client.get("/nothing", headers=BROWSER).headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe-eval" not in policy


def test_a_named_asset_is_kept_for_a_year(client):
    page = client.get("/nothing", headers=BROWSER).text
    address = page.split("css/hall.css", 1)[1].split('"', 1)[0]
    answer = client.get("/static/css/hall.css" + address)
    assert "immutable" in answer.headers["cache-control"]
