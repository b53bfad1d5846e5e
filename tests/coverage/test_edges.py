"""The gap board, a department's page, the case of an exemption, and the JSON API."""

import pytest

from datahall.kit.ids import TableId
from tests.coverage.factories import PDF, add_table
from tests.factories import actor_of

API = "/coverage"


@pytest.fixture
def table(hall) -> TableId:
    """A table of 市民政局 that nothing covers."""
    with hall.city.units.open() as unit:
        return add_table(unit, actor_of(unit.conn, hall.city.staff["clerk"]))


def request(hall, table, who: str = "clerk", *, file: tuple | None = ("说明.pdf", PDF), **about):
    """Fill the form and hand it in."""
    form = {
        "ground": "technical",
        "reason": "接口调用日志，不是业务数据",
        "review_on": "2027-06-30",
        **about,
    }
    url = f"/coverage/exemptions/new?kind=table&subject={table}"
    return hall.post(who, url, form, files={"proof": file} if file else None)


class TestBoard:
    def test_ranks_departments_and_opens_to_the_rows(self, hall, table):
        del table
        page = hall.get("bureau", "/coverage").text
        assert "0.00" in page
        assert "市民政局" in page
        org = hall.city.staff["clerk"].org
        assert f'href="/coverage/orgs/{org}?state=due"' in page
        rows = hall.get("bureau", f"/coverage/orgs/{org}?state=due").text
        assert "接口日志" in rows
        assert "起草目录" not in rows  # the bureau does not write for the department
        assert "没有缺口" not in hall.get("bureau", "/coverage?gaps=true&sort=gaps").text

    def test_a_department_sees_its_own_page_only(self, hall, table):
        org = hall.city.staff["clerk"].org
        assert hall.get("clerk", "/coverage").headers["location"] == f"/coverage/orgs/{org}"
        page = hall.get("clerk", f"/coverage/orgs/{org}").text
        assert f'action="/catalogue/tables/{table}/draft"' in page
        assert hall.get("stranger", f"/coverage/orgs/{org}").status_code == 403

    def test_drafting_leads_straight_into_the_entry(self, hall, table):
        answer = hall.post("clerk", f"/catalogue/tables/{table}/draft")
        assert answer.headers["location"].endswith("/edit")
        org = hall.city.staff["clerk"].org
        assert "编目中" in hall.get("clerk", f"/coverage/orgs/{org}").text

    def test_filters_and_pages(self, hall, table):
        del table
        org = hall.city.staff["clerk"].org
        with hall.city.units.open() as unit:
            clerk = actor_of(unit.conn, hall.city.staff["clerk"])
            for n in range(60):
                add_table(unit, clerk, f"t_{n:02}", f"台账{n:02}")
        page = hall.get("clerk", f"/coverage/orgs/{org}?page=2").text
        assert page.count("申请豁免<span") == 11
        assert "台账07" in hall.get("clerk", f"/coverage/orgs/{org}?q=台账 07").text
        assert "换一个条件看看" in hall.get("clerk", f"/coverage/orgs/{org}?q=没有的").text
        assert "换一个条件看看" in hall.get("clerk", f"/coverage/orgs/{org}?kind=system").text

    def test_of_an_empty_hall_says_what_to_do(self, hall):
        assert "还没有可以比对的资产" in hall.get("bureau", "/coverage").text
        org = hall.city.staff["clerk"].org
        assert "填系统清单" in hall.get("clerk", f"/coverage/orgs/{org}").text


class TestCase:
    def test_from_the_request_to_the_end(self, hall, table):
        made = request(hall, table).headers["location"]
        assert "等着审定" not in hall.get("bureau", "/coverage").text
        assert made in hall.get("bureau", "/coverage").text
        assert "豁免审定" in hall.get("bureau", "/workbench").text
        page = hall.get("bureau", made).text
        assert "说明.pdf" in page
        assert hall.get("bureau", f"/api/v1{made}/proof").content == PDF
        refused = hall.post("bureau", f"{made}/decide")
        assert refused.status_code == 422
        assert "请选择意见" in refused.text
        refused = hall.post("bureau", f"{made}/decide", {"decision": "refuse"})
        assert "写明理由" in refused.text
        hall.post("bureau", f"{made}/decide", {"decision": "grant"})
        org = hall.city.staff["clerk"].org
        assert "2027-06-30 复审" in hall.get("clerk", f"/coverage/orgs/{org}").text
        hall.post("bureau", f"{made}/decide", {"decision": "end", "remarks": "情况变了"})
        assert "情况变了" in hall.get("clerk", f"/coverage/orgs/{org}").text

    def test_the_form_tells_every_mistake_and_keeps_what_was_typed(self, hall, table):
        refused = request(hall, table, ground="", reason="短", review_on="明年")
        assert refused.status_code == 422
        for words in ("选一类", "至少 6 个字", "写明复审日期", "有 3 处需要修改"):
            assert words in refused.text
        refused = request(hall, table, file=None)
        assert "还没有选择文件" in refused.text
        assert "接口调用日志，不是业务数据" in refused.text
        refused = request(hall, table, file=("a.exe", b"MZ"))
        assert "只收 PDF、OFD、JPG、PNG" in refused.text

    def test_asked_for_twice_leads_to_the_one_that_waits(self, hall, table):
        made = request(hall, table).headers["location"]
        url = f"/coverage/exemptions/new?kind=table&subject={table}"
        assert hall.get("clerk", url).headers["location"] == made
        again = request(hall, table)
        assert "/coverage/orgs/" in again.headers["location"]
        hall.post("clerk", f"{made}/withdraw")
        assert "已撤回" in hall.get("clerk", "/coverage/exemptions?status=withdrawn").text

    def test_is_nothing_for_others(self, hall, table):
        made = request(hall, table).headers["location"]
        assert hall.get("stranger", made).status_code == 404
        assert hall.get("stranger", f"/api/v1{made}/proof").status_code == 404
        assert hall.post("stranger", f"{made}/withdraw").status_code == 404
        assert request(hall, table, who="stranger").status_code == 404
        assert hall.post("clerk", f"{made}/decide", {"decision": "grant"}).status_code == 403


class TestApi:
    def test_the_rate_with_the_rows_behind_it(self, hall, table):
        org = str(hall.city.staff["clerk"].org)
        city, own = hall.api("bureau", "GET", API)
        assert (city["org"], own["org"]) == (None, org)
        assert (own["covered"], own["due"], own["gaps"], own["rate"]) == (0, 1, 1, "0.0000")
        (one,) = hall.api("clerk", "GET", f"{API}/orgs/{org}/subjects?state=gap")
        assert (one["id"], one["place"]) == (str(table), "rk.t_log")
        assert hall.api("clerk", "GET", f"{API}/orgs/{org}/subjects?state=covered") == []
        hall.api("stranger", "GET", f"{API}/orgs/{org}", status=403)
        hall.api("clerk", "GET", API, status=403)

    def test_an_exemption_by_programs(self, hall, table):
        token = hall.sit("clerk")
        form = {
            "kind": "table", "subject": str(table), "ground": "technical",
            "reason": "接口调用日志，不是业务数据", "review_on": "2027-06-30",
        }  # fmt: skip
        answer = hall.client.post(
            f"/api/v1{API}/exemptions",
            data=form,
            files={"proof": ("说明.pdf", PDF)},
            headers={"X-CSRF-Token": token},
        )
        assert answer.status_code == 201, answer.text
        path = f"{API}/exemptions/{answer.json()['id']}"
        problem = hall.api("bureau", "POST", f"{path}/decide", {"granted": False}, status=422)
        assert problem["code"] == "coverage.remarks_required"
        assert (
            hall.api("bureau", "POST", f"{path}/decide", {"granted": True})["status"] == "granted"
        )
        assert hall.api("clerk", "POST", f"{path}/withdraw", status=409)["code"] == (
            "coverage.wrong_stage"
        )
        hall.api("bureau", "POST", f"{path}/end", {"remarks": "情况变了"})
        assert hall.api("clerk", "GET", path)["status"] == "ended"
        listed = hall.api("clerk", "GET", f"{API}/exemptions?status=ended")
        assert [one["proof"]["name"] for one in listed] == ["说明.pdf"]
