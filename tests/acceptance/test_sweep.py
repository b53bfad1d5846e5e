"""Every route × every post × another department's things: deny by default, proven.

The routes come from the application itself, so a new one is swept without a word here.  Whoever
asks sits in 市医保局, which has nothing to do with the things asked for: 市公安局 provides them
and 市民政局 has applied (tests/acceptance/others.py).
"""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.routing import RouteContext
from fastapi.testclient import TestClient

from datahall import bootstrap, security
from datahall.kit import cookies, csrf, db, postgres
from datahall.kit.ids import QuarantineId
from datahall.lists import ListKind
from datahall.organisations import Person, seed
from datahall.organisations.service.login import open_session
from datahall.security import ADMINISTRATORS, Permits, Public, Role, may
from datahall.web.app import create_app
from tests.acceptance import others
from tests.acceptance.bodies import json_body
from tests.acceptance.others import SECRET_WORD
from tests.factories import add_city, add_person

ROUTES: list[RouteContext] = create_app(db.engine("postgresql://nobody@localhost/no")).state.routes
SAFE = {"GET", "HEAD"}

AUTHORITY = ADMINISTRATORS | {Role.BUREAU, Role.LEADER}
"""Who reaches over departments by office; the grid in tests/security holds what they may."""

STRANGERS = [role for role in Role if role not in AUTHORITY]

POSTS_OF_A_DEPARTMENT = (Role.CLERK, Role.DEVELOPER, Role.REPRESENTATIVE, Role.HEAD)

DIRECTORY = re.compile(r"/organisations(/\{id\})?$|/api/v1/organisations(/\{id\}(/people)?)?$")
"""Names and posts of every organisation are for everybody who is logged in (单位名录)."""

REFUSED = {401, 403, 404}

TOLD = {"supply_demand.item_not_offered"}
"""Other refusals that may be told to anybody: a withdrawn entry was once for everybody."""


@dataclass(frozen=True)
class Sweep:
    """The hall with another department's things and a browser of each post elsewhere."""

    client: TestClient
    things: others.Others
    tokens: dict[Role | str, str]  # of strangers by post, and of the owner and the applicant

    def ask(self, route: RouteContext, role: Role | str | None, *, signed: bool = True) -> Any:
        """One request with another department's ids in every place for an id."""
        (method, *_) = sorted(route.methods or ())
        path, query = self.address(route)
        self.client.cookies.clear()
        token = None
        if role is not None:
            self.client.cookies.set(cookies.SESSION, self.tokens[role])
            token = csrf.token_for(self.tokens[role]) if signed else None
        if method in SAFE:
            return self.client.request(method, path, params=query)
        body = json_body(route)
        if body is None or not signed:  # only a form can come from another site
            rows = str(self.things.things[QuarantineId])  # a tick, where a form wants one
            form = {"rows": rows} | ({csrf.FIELD: token} if token else {})
            return self.client.request(method, path, params=query, data=form)
        headers = {csrf.HEADER: token} if token else {}
        return self.client.request(method, path, params=query, json=body, headers=headers)

    def address(self, route: RouteContext) -> tuple[str, dict[str, str]]:
        """The route's path and query with the things of others filled in."""
        given: dict[str, str] = {}
        query: dict[str, str] = {}
        for name, asked in inspect.signature(route.endpoint).parameters.items():
            filler = self.things.id_for(route.path or "", name, asked.annotation) or FILLING.get(
                asked.annotation
            )
            if f"{{{name}}}" in (route.path or ""):
                given[name] = str(filler or "x")
            elif filler is not None and asked.default is inspect.Parameter.empty:
                query[name] = str(filler)
        return (route.path or "").format(**given), query


FILLING: dict[object, str] = {Role: "clerk", int: "1", ListKind: "systems"}
"""For places that name no thing."""


@pytest.fixture(scope="module")
def sweep(server: postgres.Server, template: str) -> Iterator[Sweep]:
    url = server.create_database("sweep", template=template)
    engine = db.engine(url)
    units = bootstrap.units(engine)
    with units.open() as unit:
        add_city(unit.conn)
    things = others.plant(units)
    with units.open() as unit:
        people: dict[Role | str, Person] = {role: _seat(unit.conn, role) for role in Role}
        for side, org in (("owner", others.OWNER), ("applicant", others.PARTNER)):
            people[side] = add_person(unit.conn, *POSTS_OF_A_DEPARTMENT, org=org)
        tokens = {
            role: open_session(unit, person, address="10.0.0.9", agent="sweep").token
            for role, person in people.items()
        }
    with TestClient(
        create_app(engine),
        headers={"Accept": "application/json"},
        follow_redirects=False,
        raise_server_exceptions=False,
    ) as client:
        yield Sweep(client, things, tokens)
    engine.dispose()
    server.drop_database("sweep")


def _seat(conn: Any, role: Role) -> Person:
    """Somebody in the post, where the post may exist, and never where the things are."""
    org = "bureau" if role in AUTHORITY else "health_insurance"
    return add_person(conn, role, org=seed.org_id("meishan" if role is Role.GRASSROOTS else org))


def name_of(route: RouteContext) -> str:
    return f"{'/'.join(sorted(route.methods or ()))} {route.path}"


def public(route: RouteContext) -> bool:
    return any(isinstance(each, Public) for each in security.declared(route))


def acts(route: RouteContext) -> list[str]:
    return [each.act for each in security.declared(route) if isinstance(each, Permits)]


CLOSED = [r for r in ROUTES if not public(r)]
every_closed_route = pytest.mark.parametrize("route", CLOSED, ids=name_of)


def test_there_is_something_to_sweep():
    assert len(CLOSED) > 20


@every_closed_route
def test_nobody_enters_without_a_login(sweep, route):
    answer = sweep.ask(route, None)
    if not set(route.methods) & SAFE:
        assert answer.json()["code"] in ("http.foreign_form", "security.login_required")
        return
    assert (answer.status_code, answer.json()["code"]) == (401, "security.login_required")


@every_closed_route
def test_who_lacks_the_permission_is_refused_before_anything_is_looked_up(sweep, route):
    for role in Role:
        actor = security.Actor(**{**ACTOR, "roles": frozenset({role})})
        if all(may(actor, act) for act in acts(route)):
            continue
        answer = sweep.ask(route, role)
        assert (role, answer.status_code) == (role, 403)
        assert answer.json()["code"] == "security.not_permitted"


ACTOR = {"person": None, "name": "", "org": None, "org_name": ""}


@every_closed_route
def test_a_department_reaches_nothing_of_another(sweep, route):
    """Whatever post: a thing of another department answers that it is not there, or not theirs."""
    if DIRECTORY.search(route.path) and set(route.methods) & SAFE:
        return
    path, query = sweep.address(route)
    ids = {str(value) for value in (*sweep.things.things.values(), sweep.things.published)}
    names_a_thing = any(one in path for one in ids) or bool(ids & set(query.values()))
    for role in STRANGERS:
        answer = sweep.ask(route, role)
        assert answer.status_code < 500, (role, answer.text[:500])
        assert SECRET_WORD not in answer.text, role
        if names_a_thing:
            refused = answer.status_code in REFUSED or answer.json().get("code") in TOLD
            assert refused, (role, answer.status_code, answer.text[:300])


@every_closed_route
def test_every_place_for_an_id_is_filled_by_somebody_elses_thing(sweep, route):
    """Else the sweep would ask for things that do not exist and prove nothing."""
    for name, asked in inspect.signature(route.endpoint).parameters.items():
        if f"{{{name}}}" in route.path:
            known = (
                sweep.things.id_for(route.path, name, asked.annotation)
                or asked.annotation in FILLING
            )
            assert known, f"{name}: add a thing of {asked.annotation} to tests/acceptance/others.py"


@pytest.mark.parametrize(
    "route", [r for r in ROUTES if not set(r.methods or ()) & SAFE], ids=name_of
)
def test_no_form_of_another_site_acts(sweep, route):
    """Every unsafe route, public ones too, wants the token of the session."""
    answer = sweep.ask(route, Role.CLERK, signed=False)
    assert (answer.status_code, answer.json()["code"]) == (403, "http.foreign_form")


@pytest.mark.parametrize("route", [r for r in CLOSED if set(r.methods or ()) & SAFE], ids=name_of)
def test_the_things_are_there_for_whose_they_are(sweep, route):
    """What strangers were refused is not refused to the owner, the applicant or the authority."""
    if any(f"{{{name}}}" in route.path for name in inspect.signature(route.endpoint).parameters):
        answers = {who: sweep.ask(route, who).status_code for who in sweep.tokens}
        assert {200, 303} & set(answers.values()), answers
