"""The catalogue's pages as several people see and use them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import html5lib
import pytest
from fastapi.testclient import TestClient

from datahall import catalogue
from datahall.catalogue import ItemStatus, repository
from datahall.kit import html
from datahall.kit.uow import Units
from tests.tools import small_city
from tests.web.people import hall, sit_down


@dataclass
class Seat:
    """Somebody's browser; forms carry the token by themselves."""

    client: TestClient
    token: str = ""

    def get(self, url: str):
        return self.client.get(url)

    def post(self, url: str, **form):
        return self.client.post(url, data={"_csrf": self.token, **form})


@pytest.fixture
def city(units: Units) -> small_city.City:
    return small_city.plant(units)


@pytest.fixture
def seat(fresh_dsn: str, units: Units, city: small_city.City) -> Iterator:
    """`seat("clerk")` sits somebody of the small city down at one browser."""
    with hall(fresh_dsn) as client:

        def sit(key: str) -> Seat:
            client.cookies.clear()
            return Seat(client, sit_down(client, units, city.people[key]))

        yield sit


def entries(units: Units, title: str) -> catalogue.CatalogueItem:
    """The newest version of the entry called `title`."""
    with units.open() as unit:
        every = repository.drafts(unit.conn, stages=tuple(ItemStatus))
        found = next(d for d in every if d.title == title)
        return repository.newest(unit.conn, found.id)


def inputs(page: str) -> dict[str, object]:
    """What a browser would send of the entry form without a change."""

    root = html5lib.parse(page, namespaceHTMLElements=False)
    form = next(f for f in root.iter("form") if f.get("id") == "entry")
    sent: dict[str, object] = {}
    for e in form.iter("input"):
        name, kind = e.get("name"), e.get("type", "text")
        if not name or (kind in ("checkbox", "radio") and e.get("checked") is None):
            continue
        value = e.get("value", "on")
        if name == "share_methods":
            sent.setdefault(name, []).append(value)
        else:
            sent[name] = value
    for e in form.iter("textarea"):
        sent[e.get("name")] = (e.text or "").removeprefix("\n")
    for e in form.iter("select"):
        chosen = next((o for o in e.iter("option") if o.get("selected") is not None), None)
        first = next(e.iter("option"))
        sent[e.get("name")] = (chosen if chosen is not None else first).get("value")
    return sent


class TestList:
    def test_shows_the_published_with_counts(self, seat):
        page = seat("applicant").get("/catalogue").text
        assert "5 个目录" in page
        assert "最低生活保障对象信息" in page
        assert "养老机构入住信息" not in page  # a draft of another department


class TestEntries:
    def test_offers_tables_without_an_entry(self, seat):
        page = seat("clerk").get("/catalogue/entries").text
        assert "还没编目的表 1" in page
        assert "特困供养台账" in page

    def test_draft_from_the_table(self, seat, units):
        clerk = seat("clerk")
        url = re.search(r'action="(/catalogue/tables/[^"]+/draft)"', clerk.get("/catalogue/entries").text)
        answer = clerk.post(url[1])
        assert answer.status_code == 303
        page = clerk.get(answer.headers["location"]).text
        assert 'value="特困供养信息"' in page or "特困供养" in page


class TestEdit:
    def url(self, units):
        return f"/catalogue/items/{entries(units, '常住人口基本信息').id}/edit"
