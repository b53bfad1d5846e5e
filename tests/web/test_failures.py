"""What is refused is answered in the caller's form, undone and recorded."""

import pytest
import sqlalchemy as sa
from fastapi import APIRouter, Request

from datahall.kit.html import respond
from datahall.kit.http import UnitDep
from datahall.organisations import seed
from datahall.security import NotPermitted, Role
from datahall.web.failures import ErrorPage
from tests.factories import add_city, add_person
from tests.web import people

router = APIRouter()


@router.post("/test/refuse")
def refuse() -> None:
    raise NotPermitted(act="test:act")


@router.get("/test/break")
def fail() -> None:
    raise ZeroDivisionError


@router.post("/test/again")
def shown_again(request: Request, unit: UnitDep, keep: bool = False):
    unit.conn.execute(sa.text("create table half_done (n int)"))
    page = ErrorPage(title="再填一次", sentence="", art="broken", ways=())
    return respond(request, page, status=422, keep=keep)


@pytest.fixture
def client(units, fresh_dsn):
    with units.open() as unit:
        add_city(unit.conn)
    with people.hall(fresh_dsn) as made:
        made.app.include_router(router)
        yield made


@pytest.fixture
def token(client, units):
    with units.open() as unit:
        person = add_person(unit.conn, Role.CLERK, org=seed.org_id("police"))
    return people.sit_down(client, units, person)


def refusals(units):
    with units.open() as unit:
        return unit.conn.scalar(
            sa.text("select count(*) from ledger_records where kind = 'ledger:act:refuse'")
        )


class TestRefusal:
    def test_is_recorded_although_the_unit_was_undone(self, client, units, token):
        answer = client.post("/test/refuse", data={"_csrf": token})
        assert answer.status_code == 403
        assert "没有这项权限" in answer.text
        assert refusals(units) == 1

    def test_of_a_stranger_fills_no_ledger(self, client, units):
        assert client.post("/test/refuse").status_code == 403
        assert refusals(units) == 0


class TestForeignForm:
    @pytest.mark.usefixtures("token")
    def test_without_the_token_is_refused(self, client):
        assert client.post("/test/refuse", data={"_csrf": "x"}).status_code == 403
        answer = client.post("/test/refuse", data={}, headers={"Accept": "*/*"})
        assert answer.json()["code"] == "http.foreign_form"

    def test_a_token_of_another_session_is_worth_nothing(self, client, units, token):
        with units.open() as unit:
            other = add_person(unit.conn, Role.CLERK, org=seed.org_id("police"))
        people.sit_down(client, units, other)
        answer = client.post("/test/refuse", data={"_csrf": token}, headers={"Accept": "*/*"})
        assert answer.json()["code"] == "http.foreign_form"

    @pytest.mark.usefixtures("token")
    def test_odd_letters_are_no_token_either(self, client):
        answer = client.post("/test/refuse", data={"_csrf": "中"}, headers={"Accept": "*/*"})
        assert answer.json()["code"] == "http.foreign_form"
        odd = {"X-CSRF-Token": "ä".encode("latin-1"), "Accept": "*/*"}
        assert client.post("/test/refuse", headers=odd).json()["code"] == "http.foreign_form"

    def test_a_program_sends_it_in_a_header(self, client, token):
        answer = client.post("/test/refuse", headers={"X-CSRF-Token": token, "Accept": "*/*"})
        assert answer.json()["code"] == "security.not_permitted"


class TestFormShownAgain:
    def table(self, units):
        with units.open() as unit:
            return unit.conn.scalar(sa.text("select to_regclass('half_done')"))

    def test_leaves_nothing_half_done(self, client, units, token):
        assert client.post("/test/again", data={"_csrf": token}).status_code == 422
        assert self.table(units) is None

    def test_keeps_what_must_be_kept(self, client, units, token):
        assert client.post("/test/again?keep=1", data={"_csrf": token}).status_code == 422
        assert self.table(units) == "half_done"


class TestFailure:
    def test_has_a_number_that_the_log_has_too(self, client, caplog):
        answer = client.get("/test/break")
        assert answer.status_code == 500
        incident = answer.text.split("编号 ")[1][:8]
        assert incident in caplog.text

    def test_is_a_problem_for_programs(self, client):
        answer = client.get("/test/break", headers={"Accept": "application/json"})
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "http.internal"

    def test_says_nothing_of_the_inside(self, client):
        assert "ZeroDivision" not in client.get("/test/break").text


@pytest.mark.parametrize(
    ("method", "path", "code", "status"),
    [
        ("GET", "/api/v1/nothing", "http.not_found", 404),
        ("DELETE", "/healthz", "http.method_not_allowed", 405),
    ],
)
def test_every_address_answers_with_a_problem(client, method, path, code, status):
    answer = client.request(method, path, headers={"Accept": "*/*"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
