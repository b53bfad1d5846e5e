"""A hall with an open period and the people of lists, for tests of its edges."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from fastapi.testclient import TestClient

from datahall import lists
from datahall.kit.clock import local_date
from datahall.kit.uow import Units
from datahall.organisations import Person, seed
from datahall.security import Role
from tests.factories import actor_of, add_city, add_person
from tests.lists.factories import PERIOD
from tests.web import people

POSTS = {
    "clerk": (Role.CLERK, "civil_affairs"),
    "colleague": (Role.CLERK, "civil_affairs"),
    "head": (Role.HEAD, "civil_affairs"),
    "cdo": (Role.CDO, "civil_affairs"),
    "stranger": (Role.CLERK, "police"),
    "bureau": (Role.BUREAU, "bureau"),
}


@dataclass(frozen=True)
class City:
    """Everybody by their key in POSTS."""

    units: Units
    staff: dict[str, Person]


def plant(units: Units) -> City:
    with units.open() as unit:
        add_city(unit.conn)
        staff = {k: add_person(unit.conn, r, org=seed.org_id(o)) for k, (r, o) in POSTS.items()}
        bureau = actor_of(unit.conn, staff["bureau"])
        day = local_date(unit.now).replace(month=12, day=31)
        lists.open_period(unit, bureau, PERIOD, due_on=day)
    return City(units, staff)


@dataclass(frozen=True)
class Browsers:
    """One browser that changes hands."""

    client: TestClient
    city: City

    def sit(self, who: str) -> str:
        self.client.cookies.clear()
        return people.sit_down(self.client, self.city.units, self.city.staff[who])

    def get(self, who: str, url: str):
        self.sit(who)
        return self.client.get(url)

    def post(self, who: str, url: str, form: dict | None = None, **more):
        token = self.sit(who)
        return self.client.post(url, data={"_csrf": token, **(form or {})}, **more)

    def api(self, who: str, method: str, path: str, body: object = None, status: int = 200):
        token = self.sit(who)
        answer = self.client.request(
            method, f"/api/v1{path}", json=body, headers={"X-CSRF-Token": token, "Accept": "*/*"}
        )
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None


@contextmanager
def browsers(dsn: str, city: City) -> Iterator[Browsers]:
    with people.hall(dsn) as client:
        yield Browsers(client, city)
