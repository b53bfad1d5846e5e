"""The pages and the API of data elements, sources and rulings."""

from io import BytesIO

import pytest
from openpyxl import Workbook

from datahall import standards
from datahall.organisations import seed
from datahall.security import Role
from datahall.standards import RulingStatus
from datahall.standards.repository import elements as repository
from tests.factories import actor_of, add_city, add_person
from tests.standards.factories import make_claim
from tests.web.people import hall, sit_down

POLICE, CIVIL = seed.org_id("police"), seed.org_id("civil_affairs")
API = "/api/v1/standards"


@pytest.fixture
def people(units):
    with units.open() as unit:
        add_city(unit.conn)
        return {
            "bureau": add_person(unit.conn, Role.BUREAU, org=seed.org_id("bureau")),
            "clerk": add_person(unit.conn, Role.CLERK, org=POLICE),
            "civil": add_person(unit.conn, Role.REPRESENTATIVE, org=CIVIL),
            "health": add_person(unit.conn, Role.CLERK, org=seed.org_id("health_insurance")),
        }


@pytest.fixture
def client(fresh_dsn, people):
    del people
    with hall(fresh_dsn) as made:
        yield made


@pytest.fixture
def case(units, people):
    del people
    with units.open() as unit:
        standards.claim(unit, make_claim(POLICE), by="system")
        return standards.claim(
            unit, make_claim(CIVIL, item_title="社会救助对象信息"), by="system"
        ).id


def sheet(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    held = BytesIO()
    book.save(held)
    return ("数据元.xlsx", held.getvalue())


class TestBrowser:
    def test_finds_by_name_synonym_column_and_standard(self, client, units, people):
        sit_down(client, units, people["clerk"])
        for words in ("公民身份号码", "身份证号", "gmsfhm", "GB 11643"):
            assert "DE01002" in client.get(f"/standards?q={words}").text
        nothing = client.get("/standards?q=没有这样的").text
        assert "没有找到数据元" in nothing
        assert 'href="/standards/new"' not in nothing

    def test_the_page_of_an_element(self, client, units, people):
        sit_down(client, units, people["clerk"])
        page = client.get("/standards/elements/DE01003").text
        assert "GB/T 2261.1 人的性别代码" in page
        assert "还没有部门主张" in page
        assert client.get("/standards/elements/NONE01").status_code == 404


class TestBureau:
    def test_drafts_publishes_and_revises(self, client, units, people):
        token = sit_down(client, units, people["bureau"])
        form = {
            "_csrf": token,
            "code": "ＤＥ９０００１",
            "name": "护理等级",
            "type": "C",
            "length": "２",
        }
        wrong = client.post("/standards/new", data=form | {"length": "两"})
        assert wrong.status_code == 422
        assert "“两”不是整数" in wrong.text
        assert "护理等级" in wrong.text
        made = client.post("/standards/new", data=form)
        assert made.headers["location"] == "/standards/elements/DE90001"
        assert (
            client.post("/standards/elements/DE90001/publish", data={"_csrf": token}).status_code
            == 303
        )
        edited = client.post(
            "/standards/elements/DE90001/edit",
            data={"_csrf": token, "name": "护理等级", "type": "C", "length": "4", "note": "放宽"},
        )
        assert edited.status_code == 303
        page = client.get("/standards/elements/DE90001?version=2").text
        assert "长度：2 → 4" in page
        assert "看现行的第 1 版" in page

    def test_imports_the_good_rows_and_tells_the_others_by_cell(self, client, units, people):
        token = sit_down(client, units, people["bureau"])
        file = sheet(
            ["编码", "名称", "数据类型", "长度", "默认分级"],
            ["DE90001", "护理等级", "字符型", "２", 1],
            ["DE90002", "床位数", "整数", 4, 1],
            ["DE90003", "姓名", "字符型", 4, 1],
        )
        page = client.post("/standards/import", data={"_csrf": token}, files={"file": file}).text
        assert "<code>C3</code>" in page  # 整数 is no type
        assert "<code>B4</code>" in page  # 姓名 is another element's
        with units.open() as unit:
            drafts = [e.code for e in repository.newest(unit.conn) if e.effective_on is None]
        assert "DE90001" in drafts
        assert not {"DE90002", "DE90003"} & set(drafts)

        ticked = {"_csrf": token, "code": ["DE90001", "DE01001"]}
        client.post("/standards/publish", data=ticked)
        with units.open() as unit:
            assert standards.element(unit.conn, "DE90001").length == 2

    def test_nobody_else_does(self, client, units, people):
        token = sit_down(client, units, people["clerk"])
        for path in ("new", "import", "elements/DE01001/edit"):
            assert client.get(f"/standards/{path}").status_code == 403
        form = {"_csrf": token, "reason": "x", "name": "x"}
        for path in ("new", "publish", "elements/DE01001/retire", "elements/DE01001/source"):
            assert client.post(f"/standards/{path}", data=form).status_code == 403

    def test_names_a_source(self, client, units, people):
        token = sit_down(client, units, people["bureau"])
        form = {"_csrf": token, "org": str(POLICE), "reason": "法定登记机关"}
        client.post("/standards/elements/DE03003/source", data=form)
        page = client.get("/standards/elements/DE03003").text
        assert "主管部门指定" in page
        assert "法定登记机关" in page


class TestRuling:
    def test_from_both_statements_to_the_decision(self, client, units, people, case):
        url = f"/standards/rulings/{case}"
        token = sit_down(client, units, people["civil"])
        assert "撤回主张" in client.get(url).text
        blank = client.post(f"{url}/statement", data={"_csrf": token, "text": " "})
        assert blank.status_code == 422
        assert (
            client.post(f"{url}/statement", data={"_csrf": token, "text": "逐户采集"}).status_code
            == 303
        )
        assert client.post(f"{url}/decision", data={"_csrf": token}).status_code == 403

        token = sit_down(client, units, people["bureau"])
        form = {"_csrf": token, "winner": str(POLICE), "reason": "登记机关"}
        early = client.post(f"{url}/decision", data=form)
        assert early.status_code == 422
        assert "还有 1 个单位没有陈述" in early.text
        assert "登记机关" in early.text

        token = sit_down(client, units, people["clerk"])
        client.post(f"{url}/statement", data={"_csrf": token, "text": "依法登记"})
        token = sit_down(client, units, people["bureau"])
        assert client.post(f"{url}/decision", data=form | {"_csrf": token}).status_code == 303
        page = client.get(url).text
        assert "数源部门：市公安局" in page
        with units.open() as unit:
            actor = actor_of(unit.conn, people["bureau"])
            assert standards.read_ruling(unit, actor, case).ruling.status is RulingStatus.DECIDED
        history = client.get("/standards/elements/DE03003").text
        assert "数源裁定" in history

    def test_a_third_department_does_not_find_it(self, client, units, people, case):
        sit_down(client, units, people["health"])
        assert client.get(f"/standards/rulings/{case}").status_code == 404
        assert "没有数源裁定" in client.get("/standards/rulings").text
        assert client.get(f"{API}/rulings/{case}").status_code == 404


class TestApi:
    def test_reads_the_register(self, client, units, people):
        sit_down(client, units, people["clerk"])
        assert len(client.get(f"{API}/elements").json()) >= 50
        one = client.get(f"{API}/elements/DE01002").json()
        assert (one["length"], one["sensitive"], one["rules"]) == (18, "id_card", ["id_card"])
        assert client.get(f"{API}/elements/NONE01").status_code == 404
        assert client.get(f"{API}/code-list/entry?code=GB/T 2260&value=341524").json() == {
            "code": "341524",
            "name": "金寨县",
        }

    def test_suggests_with_reasons(self, client, units, people):
        token = sit_down(client, units, people["clerk"])
        field = {"name": "sfzh", "title": "身份证号", "length": 18, "sensitive": "id_card"}
        found = client.post(
            f"{API}/elements/match", json=field, headers={"X-CSRF-Token": token}
        ).json()
        assert found[0]["element"]["code"] == "DE01002"
        assert found[0]["score"] > 0.9
        assert any("同义名称" in reason for reason in found[0]["reasons"])

    def test_keeps_the_register(self, client, units, people):
        token = sit_down(client, units, people["bureau"])
        headers = {"X-CSRF-Token": token}
        sent = {"code": "DE90001", "name": "护理等级", "length": 2}
        assert (
            client.post(f"{API}/elements", json=sent, headers=headers).json()["status"] == "draft"
        )
        published = client.post(f"{API}/elements/DE90001/publication", json={}, headers=headers)
        assert published.json()["status"] == "published"
        revised = client.patch(f"{API}/elements/DE90001", json={"length": 4}, headers=headers)
        assert revised.json()["version"] == 2
        changes = client.get(f"{API}/elements/DE90001/changes?before=1&after=2").json()
        assert [(c["path"], c["before"], c["after"]) for c in changes] == [("length", "2", "4")]
        assert client.delete(f"{API}/elements/DE90001/draft", headers=headers).status_code == 204
        told = {"reason": "不再使用"}
        ended = client.post(f"{API}/elements/DE90001/retirement", json=told, headers=headers)
        assert ended.json()["status"] == "retired"

    def test_rules_on_a_case(self, client, units, people, case):
        token = sit_down(client, units, people["civil"])
        headers = {"X-CSRF-Token": token}
        said = client.post(
            f"{API}/rulings/{case}/concession", json={"text": "同意"}, headers=headers
        ).json()
        assert (said["status"], said["winner"]) == ("settled", str(POLICE))
        sources = client.get(f"{API}/elements/DE03003/sources").json()
        assert [s["basis"] for s in sources] == ["concession", "first_claim"]
