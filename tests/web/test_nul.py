"""A NUL character is refused everywhere with one sentence, and never becomes a failure of ours."""

import pytest

from datahall.organisations import seed
from datahall.security import Role
from tests.factories import add_city, add_person
from tests.web import people

SENTENCE = "看不见的空字符（NUL）"
ID = "01a20744-0eb4-7951-8c89-3bfd216e84cc"


@pytest.fixture
def client(units, fresh_dsn):
    with units.open() as unit:
        add_city(unit.conn)
    with people.hall(fresh_dsn) as made:
        made.token = sit_down(made, units, Role.CLERK)
        yield made


def sit_down(client, units, role):
    with units.open() as unit:
        person = add_person(unit.conn, role, org=seed.org_id("police"))
    return people.sit_down(client, units, person)


@pytest.mark.parametrize(
    "address",
    [
        "/catalogue?q=%00",
        "/catalogue?q=a%00b",
        "/catalogue?%00=a",
        "/catalogue/items/%00",
        "/applications?tab=%00",
        "/ledger/acts?by=%00",
        "/ledger/acts?q=%00",
        "/receipts?leaf=%00",
        "/assets?q=%00",
        "/api/v1/ledger/acts?by=%00",
        "/api/v1/catalogue/items?q=%00",
        "/api/v1/ingestion/tables?q=%00",
    ],
)
def test_in_an_address(client, units, address):
    if "ledger" in address:
        sit_down(client, units, Role.AUDIT_ADMIN)
    answer = client.get(address)
    assert answer.status_code == 422
    assert SENTENCE in answer.text


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/login", "login"),
        ("/login", "password"),
        ("/sources/new", "name"),
        ("/sources/new", "host"),
        (f"/catalogue/items/{ID}/edit", "title"),
        (f"/applications/new?item={ID}", "scenario"),
        (f"/ingestion/tasks/{ID}/interval", "interval_s"),
    ],
)
def test_in_a_form(client, address, field):
    answer = client.post(address, data={"_csrf": client.token, field: "a\0b"})
    assert answer.status_code == 422
    assert SENTENCE in answer.text


def test_beside_a_file(client):
    answer = client.post(
        f"/sources/{ID}/upload",
        data={"_csrf": client.token, "note": "x\0"},
        files={"file": ("名册.csv", b"a\0b")},
    )
    assert answer.status_code == 422
    assert SENTENCE in answer.text


def test_not_in_the_content_of_a_file(client):
    answer = client.post(
        f"/sources/{ID}/upload",
        data={"_csrf": client.token},
        files={"file": ("名册.csv", b"a\0b")},
    )
    assert SENTENCE not in answer.text


@pytest.mark.parametrize(
    ("body", "is_nul"),
    [
        (rb'{"name": "a\u0000b", "kind": "csv"}', True),
        (rb'{"name": "a\\\u0000b", "kind": "csv"}', True),
        (rb'{"name": "a\\u0000b", "kind": "csv"}', False),  # a backslash and five more
    ],
)
def test_in_json(client, body, is_nul):
    answer = client.post(
        "/api/v1/ingestion/sources",
        content=body,
        headers={"Content-Type": "application/json", "X-CSRF-Token": client.token},
    )
    assert (answer.json().get("code") == "http.nul") is is_nul, answer.text
    assert answer.status_code == (422 if is_nul else 201)


@pytest.mark.parametrize("before", ["99999999999999999999999", str(2**63), "-1", "x"])
def test_a_number_that_is_none_of_ours_is_malformed(client, units, before):
    sit_down(client, units, Role.AUDIT_ADMIN)
    assert client.get(f"/ledger?before={before}").status_code == 422
    assert client.get("/ledger?before=9223372036854775807").status_code == 200
