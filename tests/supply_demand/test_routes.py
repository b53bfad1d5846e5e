"""The JSON API: a whole application by programs, and the shape of refusals."""

import pytest

from datahall.kit.uow import Units
from datahall.organisations import seed
from datahall.security import Role
from tests.factories import add_city, add_person
from tests.supply_demand.factories import add_cremations
from tests.web import people

API = "/api/v1/supply_demand"
PROPOSAL = {
    "fields": [{"name": "gmsfhm", "reason": "比对主键"}],
    "scenario": "养老保险待遇领取资格核验",
    "basis": "《社会保险法》第七十四条",
    "usage": "养老保险科 6 人",
    "valid_from": "2026-11-01",
    "valid_to": "2029-10-31",
    "disposal": "保存 3 年后销毁",
    "system": "智慧人社经办平台",
    "row_scope": [{"field": "ssxq", "operator": "eq", "values": ["341502"]}],
}


@pytest.fixture
def city(units: Units) -> Units:
    with units.open() as unit:
        add_city(unit.conn)
    return units


@pytest.fixture
def call(city: Units, fresh_dsn: str):
    """Calls as one of the posts: `call("clerk", "POST", path, body)`."""
    posts = {
        "clerk": (Role.CLERK, "social_security"),
        "head": (Role.REPRESENTATIVE, "social_security"),
        "developer": (Role.DEVELOPER, "social_security"),
        "provider": (Role.REPRESENTATIVE, "civil_affairs"),
    }
    with city.open() as unit:
        staff = {k: add_person(unit.conn, r, org=seed.org_id(o)) for k, (r, o) in posts.items()}
    with people.hall(fresh_dsn) as client:

        def made(who: str, method: str, path: str, body: object = None, status: int = 200):
            token = people.sit_down(client, city, staff[who])
            answer = client.request(
                method, API + path, json=body, headers={"X-CSRF-Token": token, "Accept": "*/*"}
            )
            assert answer.status_code == status, answer.text
            return answer.json() if answer.content else None

        yield made


@pytest.fixture
def item(city: Units) -> str:
    with city.open() as unit:
        return str(add_cremations(unit).id)


def test_from_the_draft_to_the_revoked_grant(call, item):
    body = {"item": item, "proposal": PROPOSAL}
    case = call("clerk", "POST", "/applications", body, status=201)
    path = f"/applications/{case['id']}"
    call("clerk", "PUT", path, PROPOSAL | {"daily_quota": 200})
    call("clerk", "POST", f"{path}/send")
    received = call("head", "POST", f"{path}/endorse")
    assert received["clock"]["left_days"] == 10
    assert [c["application"]["id"] for c in call("provider", "GET", "/applications")] == [
        case["id"]
    ]
    answer = {"agreed": True, "fields": [{"name": "gmsfhm", "masked": False}]}
    assert call("provider", "POST", f"{path}/answer", answer)["application"]["status"] == "agreed"

    (grant,) = call("developer", "GET", "/grants")
    assert (grant["daily_quota"], grant["status"]) == (200, "active")
    path = f"/grants/{grant['id']}"
    first = call("developer", "POST", f"{path}/secret")
    assert first["app_id"] == grant["app_id"]
    call("developer", "POST", f"{path}/secret", status=409)
    call("developer", "POST", f"{path}/rotate", status=204)
    assert call("developer", "POST", f"{path}/secret")["secret"] != first["secret"]
    ended = call("provider", "POST", f"{path}/revoke", {"reason": "目的已实现"})
    assert ended["status"] == "revoked"
    assert call("developer", "GET", path)["status_reason"] == "目的已实现"


def test_a_refusal_names_each_wrong_place(call, item):
    wrong = PROPOSAL | {"basis": "", "fields": [{"name": "gmsfhm"}]}
    case = call("clerk", "POST", "/applications", {"item": item, "proposal": wrong}, status=201)
    problem = call("clerk", "POST", f"/applications/{case['id']}/send", status=422)
    assert problem["code"] == "supply_demand.proposal_incomplete"
    assert [e["field"] for e in problem["errors"]] == ["basis", "fields.gmsfhm"]


def test_supplement_and_extension(call, item):
    case = call("clerk", "POST", "/applications", {"item": item, "proposal": PROPOSAL}, status=201)
    path = f"/applications/{case['id']}"
    call("clerk", "POST", f"{path}/send")
    call("head", "POST", f"{path}/return", {"reason": "补充依据"})
    call("clerk", "POST", f"{path}/send")
    call("head", "POST", f"{path}/endorse")
    call("provider", "POST", f"{path}/extension", {"days": 3, "reason": "需核对"})
    asked = call("provider", "POST", f"{path}/supplement-request", {"missing": "等保证明"})
    assert asked["clock"]["state"] == "paused"
    done = call("clerk", "POST", f"{path}/supplement", {"explanation": "已附"})
    assert done["application"]["status"] == "provider"
    call("provider", "POST", f"{path}/extension/decision", {"granted": True}, status=403)
    gone = call("clerk", "POST", f"{path}/withdraw", {"reason": "不用了"})
    assert gone["status"] == "withdrawn"
