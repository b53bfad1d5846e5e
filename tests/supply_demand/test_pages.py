"""The pages of an application's life, driven as five people would, without a script."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from datahall.catalogue import ItemStatus, Sharing
from datahall.kit.uow import Units
from datahall.organisations import Person, seed
from datahall.security import Role
from datahall.supply_demand import GrantStatus, grants_changed_since
from tests.factories import add_city, add_person
from tests.supply_demand.factories import add_cremations
from tests.web import people

FORM = {
    "fields": ["gmsfhm", "xm"],
    "fields.gmsfhm": "比对主键",
    "fields.xm": "防止号码误录",
    "give.xm": "masked",
    "scenario": "养老保险待遇领取资格核验",
    "basis": "《社会保险法》第七十四条",
    "usage": "养老保险科 6 人",
    "disposal": "保存 3 年后销毁",
    "scope.0.field": "ssxq",
    "scope.0.operator": "in",
    "scope.0": "341502、341503",
    "valid_from": "2026-11-01",
    "valid_to": "2029-10-31",
    "system": "智慧人社经办平台",
    "daily_quota": "5000",
    "rate_per_s": "10",
    "hours": "8",
    "hours_to": "20",
    "addresses": "10.34.0.0/16",
    "algorithm": "HMAC-SM3",
}


@dataclass
class Hall:
    """A hall with a published entry and somebody in each post."""

    client: TestClient
    units: Units
    item: str
    token: str = ""

    def sit(self, person: Person) -> None:
        self.token = people.sit_down(self.client, self.units, person)

    def read(self, url: str, status: int = 200) -> str:
        answer = self.client.get(url)
        assert answer.status_code == status, answer.text[:2000]
        return answer.text

    def post(self, url: str, status: int = 303, **form: object) -> str:
        """The page when refused, else where it leads."""
        answer = self.client.post(url, data={"_csrf": self.token, **form})
        assert answer.status_code == status, answer.text[:2000]
        return answer.headers["location"] if status == 303 else answer.text


@pytest.fixture
def hall(units: Units, fresh_dsn: str, monkeypatch, tmp_path) -> Iterator[Hall]:
    monkeypatch.chdir(tmp_path)  # key files are made here
    with units.open() as unit:
        add_city(unit.conn)
        item = add_cremations(unit)
    with people.hall(fresh_dsn) as client:
        yield Hall(client, units, str(item.id))


@pytest.fixture
def staff(hall: Hall) -> dict[str, Person]:
    posts = {
        "clerk": (Role.CLERK, "social_security", "许文静"),
        "head": (Role.REPRESENTATIVE, "social_security", "沈静宜"),
        "developer": (Role.DEVELOPER, "social_security", "李工"),
        "provider": (Role.REPRESENTATIVE, "civil_affairs", "周明远"),
        "bureau": (Role.BUREAU, "bureau", "王科长"),
        "stranger": (Role.CLERK, "police", "路过"),
    }
    with hall.units.open() as unit:
        return {
            key: add_person(unit.conn, role, org=seed.org_id(org), name=name)
            for key, (role, org, name) in posts.items()
        }


def handed_in(hall: Hall, staff: dict[str, Person]) -> str:
    """A case before the provider."""
    hall.sit(staff["clerk"])
    url = hall.post(f"/applications/new?item={hall.item}", act="send", **FORM)
    hall.sit(staff["head"])
    hall.post(f"{url}/endorse", decision="agree")
    return url


def test_from_the_form_to_the_secret(hall, staff):
    url = handed_in(hall, staff)
    hall.sit(staff["provider"])
    assert "去办理" in hall.read("/applications")
    page = hall.read(url)
    assert "答复时限" in page
    assert "剩 10" in page
    assert "所属县区 属于 341502、341503" in page
    assert "已存证</dt><dd>4 条" in page
    assert "下载我的回执" not in page  # nothing of the viewer's own yet

    assert hall.post(f"{url}/answer", decision="agree", fields=["gmsfhm", "xm"]) == url
    page = hall.read(url)
    assert "已同意" in page
    receipt = re.search(r'href="(/ledger/receipts/[0-9a-f-]+)"', page)
    assert receipt is not None
    assert hall.client.get(receipt[1]).status_code in {200, 409}  # 409 until it is sequenced

    hall.sit(staff["developer"])
    page = hall.read(url)
    grant = re.search(r'href="(/grants/[0-9a-f-]+)"', page)
    assert grant is not None
    page = hall.read(grant[1])
    assert "领取密钥" in page
    assert "在此填入密钥" in page
    shown = hall.post(f"{grant[1]}/secret", status=200)
    secret = re.search(r'id="secret-text"[^>]*>([\w-]{43})<', shown)
    assert secret is not None
    assert shown.count(secret[1]) == 3  # the box and both examples
    assert secret[1] not in hall.read(grant[1])
    assert "只显示一次" in hall.post(f"{grant[1]}/secret", status=409)

    with hall.units.open() as unit:
        (terms,) = grants_changed_since(unit.conn, 0)
    assert terms.grant.hours == (8, 20)
    assert terms.grant.addresses == ("10.34.0.0/16",)
    assert terms.credential.algorithm == "HMAC-SM3"
    assert {f.name: f.masked for f in terms.grant.fields} == {"gmsfhm": False, "xm": True}


def test_the_form_keeps_what_was_typed_and_names_what_is_missing(hall, staff):
    hall.sit(staff["clerk"])
    page = hall.post(
        f"/applications/new?item={hall.item}",
        status=422,
        act="send",
        **FORM | {"basis": "", "fields.xm": "", "scope.0": "", "valid_to": "2029年"},
    )
    assert "有 4 处需要修改" in page  # what cannot be read does not hide the rest
    assert 'value="2029年"' in page
    page = hall.post(
        f"/applications/new?item={hall.item}",
        status=422,
        act="send",
        **FORM | {"basis": "", "fields.xm": "", "scope.0": ""},
    )
    assert "有 3 处需要修改" in page
    assert "请写明使用依据" in page
    assert "请说明为什么要“姓名”" in page
    assert "养老保险待遇领取资格核验" in page
    assert re.search(r'value="xm" aria-label="申请姓名" checked', page)
    assert "没有办理中的申请" in hall.read("/applications")  # nothing was half saved


@pytest.mark.parametrize(
    "odd",
    [
        {"scope.0.operator": "zz"},
        {"algorithm": "MD5"},
        {"daily_quota": "9" * 5000},
        {"rate_per_s": "１０"},
        {"hours": "²"},
    ],
)
def test_what_no_form_of_ours_sends_is_a_mistake_of_its_sender(hall, staff, odd):
    hall.sit(staff["clerk"])
    url = f"/applications/new?item={hall.item}"
    assert "有 1 处需要修改" in hall.post(url, status=422, act="send", **FORM | odd)


def test_the_same_form_sent_twice_is_one_application(hall, staff):
    hall.sit(staff["clerk"])
    url = f"/applications/new?item={hall.item}"
    once = re.search(r'name="once" value="([0-9a-f-]{36})"', hall.read(url))
    assert once is not None
    for act, number in (("save", once[1]), ("send", str(uuid4()))):
        first, second = (hall.post(url, act=act, once=number, **FORM) for _ in range(2))
        assert first == second
    hall.sit(staff["stranger"])
    hall.post(url, status=404, act="save", once=once[1], **FORM)


def test_what_is_usually_masked_is_not_asked_for_in_clear_by_default(hall, staff):
    hall.sit(staff["clerk"])
    page = hall.read(f"/applications/new?item={hall.item}")
    name = re.search(r'<select[^>]*name="give.xm"[^>]*>(.*?)</select>', page)
    day = re.search(r'<select[^>]*name="give.hhrq"[^>]*>(.*?)</select>', page)
    assert name is not None
    assert day is not None
    assert 'value="masked" selected' in name[1]
    assert "selected" not in day[1]


def test_an_act_upon_a_grant_that_is_none_changes_nothing(hall, staff):
    url = handed_in(hall, staff)
    hall.sit(staff["provider"])
    hall.post(f"{url}/answer", decision="agree", fields=["gmsfhm", "xm"])
    grant = re.search(r'href="(/grants/[0-9a-f-]+)"', hall.read(url))
    assert grant is not None
    hall.post(f"{grant[1]}/stop", status=422, reason="没有写清楚要做什么")
    with hall.units.open() as unit:
        (terms,) = grants_changed_since(unit.conn, 0)
    assert terms.grant.status is GrantStatus.ACTIVE


def test_a_draft_can_be_kept_incomplete_and_finished_later(hall, staff):
    hall.sit(staff["clerk"])
    kept = {k: v for k, v in FORM.items() if k != "basis"}
    url = hall.post(f"/applications/new?item={hall.item}", act="save", **kept)
    assert "草稿" in hall.read(url)
    assert "智慧人社经办平台" in hall.read(f"{url}/edit")
    assert "请写明使用依据" in hall.post(f"{url}/edit", status=422, act="send", **kept)
    assert hall.post(f"{url}/edit", act="send", **FORM) == url
    assert "待本部门同意" in hall.read(url)


@pytest.mark.parametrize(
    ("about", "sentence"),
    [
        (
            {"sharing": Sharing.WITHHELD, "withheld_basis": "《档案法》（主席令第47号）第三十条"},
            "《档案法》（主席令第47号）第三十条",
        ),
        ({"status": ItemStatus.DRAFT}, "没有发布"),
        ({"provider": seed.org_id("social_security")}, "自己的数据"),
    ],
)
def test_what_cannot_be_applied_for_says_so_at_once(hall, staff, about, sentence):
    with hall.units.open() as unit:
        item = add_cremations(unit, code=None, title="另一项", **about)
    hall.sit(staff["clerk"])
    assert sentence in hall.read(f"/applications/new?item={item.id}", status=409)


def test_a_refusal_without_its_citation_keeps_the_page_and_says_what_is_missing(hall, staff):
    url = handed_in(hall, staff)
    hall.sit(staff["provider"])
    page = hall.post(
        f"{url}/answer", status=422, decision="refuse", reason="超出必要范围", document="条例"
    )
    assert "还差文号" in page
    assert "还差条款" in page
    assert "超出必要范围" in page
    assert re.search(r'value="refuse"[^>]*checked', page)
    hall.post(
        f"{url}/answer",
        decision="refuse",
        reason="超出必要范围",
        document="政务数据共享条例",
        number="国务院令第809号",
        article="第二十条",
    )
    page = hall.read(url)
    assert "超出必要范围，《政务数据共享条例》（国务院令第809号）第二十条" in page
    hall.sit(staff["clerk"])
    assert "知道了" in hall.read(url)


def test_leaving_out_a_field_asks_for_the_reason(hall, staff):
    url = handed_in(hall, staff)
    hall.sit(staff["provider"])
    page = hall.post(f"{url}/answer", status=422, decision="agree", fields=["gmsfhm"])
    assert re.search(r'id="f-note-e"', page)
    assert not re.search(r'value="xm" aria-label="同意提供姓名" checked', page)
    hall.post(f"{url}/answer", decision="agree", fields=["gmsfhm"], note="姓名可由号码核对")
    assert "部分同意" in hall.read(url)


def test_supplement_and_extension_and_notices(hall, staff):
    url = handed_in(hall, staff)
    hall.sit(staff["provider"])
    hall.post(f"{url}/extension", days="5", extension_reason="需逐县核对")
    assert "一个信息项也没有勾选" in hall.post(f"{url}/answer", status=422, decision="agree")
    hall.post(f"{url}/answer", decision="supplement", missing="缺系统等保证明")
    hall.sit(staff["bureau"])
    assert "延期审批" in hall.read("/workbench")
    hall.post(f"{url}/extension/decision", granted="yes")
    hall.sit(staff["clerk"])
    page = hall.read(url)
    assert "缺系统等保证明" in page
    assert "延长 5 个工作日" in page
    notice = re.search(r'action="(/notices/[0-9a-f-]+/seen)"', page)
    assert notice is not None
    assert hall.post(notice[1]) == url
    assert "知道了" not in hall.read(url)
    hall.post(f"{url}/supplement", explanation="已附等保证明", **{"why.xm": "核对姓名"})
    page = hall.read(url)
    assert "补正完成，恢复计时" in page
    assert "核对姓名" in page
    hall.post(f"{url}/withdraw", withdraw_reason="改由省级接口获取")
    assert "已撤回" in hall.read(url)
    assert "殡葬火化登记信息" in hall.read("/applications?side=out&closed=true")


def test_stopping_a_grant_needs_a_reason_and_is_felt_on_its_page(hall, staff):
    url = handed_in(hall, staff)
    hall.sit(staff["provider"])
    hall.post(f"{url}/answer", decision="agree", fields=["gmsfhm", "xm"])
    grant = re.search(r'href="(/grants/[0-9a-f-]+)"', hall.read("/grants"))
    assert grant is not None
    assert "请写明理由" in hall.post(f"{grant[1]}/stop", status=422, act="revoke", reason=" ")
    hall.post(f"{grant[1]}/stop", act="suspend", reason="限期整改")
    assert "恢复" in hall.read(grant[1])
    hall.post(f"{grant[1]}/stop", act="resume", reason="已整改")
    hall.post(f"{grant[1]}/stop", act="revoke", reason="目的已实现")
    hall.sit(staff["developer"])
    page = hall.read(grant[1])
    assert "目的已实现" in page
    assert "领取密钥" not in page
    assert "已终止" in hall.read("/grants")


@pytest.mark.parametrize("who", ["stranger"])
def test_others_see_nothing(hall, staff, who):
    url = handed_in(hall, staff)
    hall.sit(staff["provider"])
    hall.post(f"{url}/answer", decision="agree", fields=["gmsfhm", "xm"])
    grant = re.search(r'href="(/grants/[0-9a-f-]+)"', hall.read("/grants"))
    assert grant is not None
    hall.sit(staff[who])
    hall.read(url, status=403)
    hall.read(grant[1], status=403)
    hall.post(f"{grant[1]}/stop", status=403, act="revoke", reason="试试")
    assert "殡葬火化登记信息" not in hall.read("/applications?side=all")
    assert "殡葬火化登记信息" not in hall.read("/grants")
