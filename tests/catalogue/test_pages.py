"""The catalogue's pages as several people see and use them."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace

import html5lib
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from datahall import bootstrap, catalogue
from datahall.catalogue import ItemStatus, repository
from datahall.kit import db, postgres
from datahall.kit.uow import Units
from datahall.organisations import seed
from tests.conftest import NOON
from tests.factories import make_field, make_item
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

    def send(self, url: str, **typed):
        """Open the entry form, type over some of its inputs and press 保存草稿."""
        form = {**inputs(self.get(url).text), "act": "save", **typed}
        return self.client.post(url, data={k: v for k, v in form.items() if v is not None})


@pytest.fixture(scope="module")
def city(server: postgres.Server, template: str) -> small_city.City:
    """The small city, planted once; every test has a copy of its database."""
    engine = db.engine(server.create_database("small_city", template=template))
    planted = small_city.plant(bootstrap.units(engine))
    engine.dispose()
    return planted


@pytest.fixture
def fresh_dsn(server: postgres.Server, city: small_city.City) -> Iterator[str]:
    del city
    name = f"t{secrets.token_hex(6)}"
    yield server.create_database(name, template="small_city")
    server.drop_database(name)


@pytest.fixture
def seat(fresh_dsn: str, units: Units, city: small_city.City) -> Iterator:
    """`seat("clerk")` sits somebody of the small city down at one browser."""
    with hall(fresh_dsn) as client:

        def sit(key: str) -> Seat:
            client.cookies.clear()
            return Seat(client, sit_down(client, units, city.people[key]))

        yield sit


def entry(units: Units, title: str) -> catalogue.CatalogueItem:
    """The entry called `title`; one on its way to publication before one in force."""
    with units.open() as unit:
        every = repository.drafts(unit.conn, stages=tuple(ItemStatus))
        named = [d for d in every if d.title == title]
        found = min(named, key=lambda d: not d.status.is_open)
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
        if name == "share_methods" or name.startswith("share_scope."):
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


def statements(act) -> int:
    """How many SQL statements `act` sends."""
    sent = []

    def count(_conn, _cursor, statement, *_rest):
        sent.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", count)
    try:
        act()
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", count)
    return len(sent)


class TestList:
    def test_shows_the_published_with_counts(self, seat, units):
        page = seat("applicant").get("/catalogue").text
        with units.open() as unit:
            published = repository.drafts(unit.conn, stages=[ItemStatus.PUBLISHED])
        assert f"{len(published)} 个目录" in page
        assert "最低生活保障对象信息" in page
        assert "养老机构入住信息" not in page  # a draft of another department

    def test_filters_by_address(self, seat):
        page = seat("applicant").get("/catalogue?sharing=unconditional").text
        assert "1 个目录" in page
        assert "共享类型：无条件共享" in page

    def test_nothing_found_says_what_next(self, seat):
        page = seat("applicant").get("/catalogue?q=瓶装燃气配送").text
        assert "没有“瓶装燃气配送”的目录" in page
        assert "首席代表" in page

    def test_asks_the_database_no_more_for_more_entries(self, seat, units):
        applicant = seat("applicant")
        few = statements(lambda: applicant.get("/catalogue"))
        with units.open() as unit:
            for n in range(15):
                about = {"title": f"第{n}项", "code": f"101001/9{n}", "published_at": NOON}
                repository.add(unit.conn, make_item(status=ItemStatus.PUBLISHED, **about))
        assert statements(lambda: applicant.get("/catalogue")) == few

    def test_only_the_list_is_swapped(self, seat):
        applicant = seat("applicant")
        answer = applicant.client.get("/catalogue", headers={"HX-Request-Type": "partial"})
        assert answer.text.lstrip().startswith("<form")


class TestEntries:
    def test_offers_tables_without_an_entry(self, seat):
        page = seat("clerk").get("/catalogue/entries").text
        assert "还没编目的表 1" in page
        assert "特困供养台账" in page

    def test_draft_from_the_table(self, seat):
        clerk = seat("clerk")
        url = re.search(
            r'action="(/catalogue/tables/[^"]+/draft)"', clerk.get("/catalogue/entries").text
        )
        answer = clerk.post(url[1])
        assert answer.status_code == 303
        page = clerk.get(answer.headers["location"]).text
        assert 'value="特困供养信息"' in page


class TestEdit:
    def url(self, item):
        return f"/catalogue/items/{item.id}/edit"

    def test_saving_what_is_shown_changes_nothing(self, seat, units):
        before = entry(units, "常住人口基本信息")
        answer = seat("clerk").send(self.url(before))
        assert (answer.status_code, answer.headers["location"]) == (303, self.url(before))
        assert entry(units, "常住人口基本信息") == before

    def test_saves_what_was_typed(self, seat, units):
        before = entry(units, "常住人口基本信息")
        typed = {
            "title": "户籍人口信息",
            "keywords": "户口、人口",
            "share_methods": ["api", "file"],
            "secrecy.number": "六民密审〔2026〕3号",
            "secrecy.conclusion": "不涉密",
            "secrecy.done_on": "2026-10-12",
            "fields.0.title": "身份号码",
            "fields.1.required": None,
            "fields.8.drop": "on",
        }
        assert seat("clerk").send(self.url(before), **typed).status_code == 303

        saved = entry(units, "户籍人口信息")
        assert saved.keywords == ("户口", "人口")
        assert [str(m) for m in saved.share_methods] == ["api", "file"]
        assert saved.secrecy is not None
        assert saved.secrecy.number == "六民密审〔2026〕3号"
        assert [f.title for f in saved.fields][:2] == ["身份号码", "姓名"]
        assert not saved.fields[1].required
        assert len(saved.fields) == len(before.fields) - 1

    def test_a_fault_stands_beside_its_input_and_nothing_is_lost(self, seat, units):
        item = entry(units, "常住人口基本信息")
        answer = seat("clerk").send(
            self.url(item), sharing="withheld", contact="赵敏", **{"fields.2.source_column": "nope"}
        )
        assert answer.status_code == 422
        root = html5lib.parse(answer.text, namespaceHTMLElements=False)
        by_id = {e.get("id"): e for e in root.iter() if e.get("id")}
        assert "条例第十五条" in "".join(by_id["f-withheld_basis-e"].itertext())
        assert "没有字段 nope" in "".join(by_id["f-fields-2-source_column-e"].itertext())
        assert by_id["f-contact"].get("value") == "赵敏"
        assert entry(units, "常住人口基本信息") == item

    @pytest.mark.parametrize(
        ("name", "typed"),
        [
            ("fields.0.length", "十八"),
            ("fields.0.length", "-1"),
            ("fields.0.type", "Q"),
            ("secrecy.done_on", "昨天"),
            ("sharing", "perhaps"),
        ],
    )
    def test_what_is_not_understood_is_said(self, seat, units, name, typed):
        url = self.url(entry(units, "常住人口基本信息"))
        assert seat("clerk").send(url, **{name: typed}).status_code == 422

    def test_a_rule_on_a_wrong_type_keeps_everything_that_was_typed(self, seat, units):
        item = entry(units, "常住人口基本信息")
        typed = {"fields.1.type": "I", "fields.1.rules": "not_future", "contact": "赵敏"}
        answer = seat("clerk").send(self.url(item), act="submit", **typed)
        assert answer.status_code == 422
        root = html5lib.parse(answer.text, namespaceHTMLElements=False)
        by_id = {e.get("id"): e for e in root.iter() if e.get("id")}
        assert "整型没有这项核验" in "".join(by_id["f-fields-1-rules-e"].itertext())
        assert by_id["f-contact"].get("value") == "赵敏"
        assert entry(units, "常住人口基本信息") == item

    def test_terms_are_saved_as_they_were_ticked(self, seat, units):
        item = entry(units, "常住人口基本信息")
        police = str(seed.org_id("police"))
        typed = {
            "share_scope.departments": police,
            "share_scope.levels": "county",
            "share_scope.regions": "341502",
            "share_condition": "限核验身份\n不得留存全量",
            "relations.0.kind": "part_of",
            "relations.0.code": "101001/000009",
            "matter_codes": "340000012000、340000012001",
            "volume_rows": "200000",
            "flow_back": "on",
            "alias_code": "SJ-17",
            "theme": "公共服务",
        }
        answer = seat("clerk").send(self.url(item), **typed)
        assert answer.status_code == 303
        saved = entry(units, "常住人口基本信息")
        assert str(saved.share_scope.departments[0]) == police
        assert [str(level) for level in saved.share_scope.levels] == ["county"]
        assert saved.use_conditions == ("限核验身份", "不得留存全量")
        assert [(str(r.kind), r.code) for r in saved.relations] == [("part_of", "101001/000009")]
        assert (saved.volume_rows, saved.flow_back, saved.theme) == (200_000, True, "公共服务")
        again = seat("clerk").send(self.url(item))  # what is shown is what is saved
        assert again.status_code == 303
        assert replace(entry(units, "常住人口基本信息"), edit=saved.edit) == saved

    def test_a_citation_is_typed_in_its_parts(self, seat, units):
        item = entry(units, "常住人口基本信息")
        typed = {
            "sharing": "withheld",
            "withheld_basis.document": "中华人民共和国反恐怖主义法",
            "withheld_basis.number": "主席令第36号",
            "withheld_basis.article": "第四十三条",
        }
        assert seat("clerk").send(self.url(item), **typed).status_code == 303
        saved = entry(units, "常住人口基本信息")
        assert saved.withheld_basis == "《中华人民共和国反恐怖主义法》（主席令第36号）第四十三条"

    def test_a_dropped_row_does_not_move_the_faults_of_others(self, seat, units):
        url = self.url(entry(units, "常住人口基本信息"))
        typed = {"fields.0.drop": "on", "fields.3.title": ""}
        page = seat("clerk").send(url, **typed).text
        assert 'id="f-fields-3-title-e"' in page

    def test_a_colleague_saved_another_place_meanwhile(self, seat, units):
        item = entry(units, "常住人口基本信息")
        clerk = seat("clerk")
        opened = inputs(clerk.get(self.url(item)).text)
        clerk.send(self.url(item), contact="赵敏", **{"fields.0.title": "身份号码"})

        typed = {**opened, "phone": "0564-3379111", "fields.0.required": None}
        answer = clerk.client.post(
            self.url(item), data={k: v for k, v in typed.items() if v is not None}
        )

        assert answer.status_code == 303
        assert "合在了一起" in clerk.get(answer.headers["location"]).text
        saved = entry(units, "常住人口基本信息")
        assert (saved.contact, saved.phone) == ("赵敏", "0564-3379111")
        assert (saved.fields[0].title, saved.fields[0].required) == ("身份号码", False)

    def test_a_colleague_changed_the_same_place(self, seat, units):
        item = entry(units, "常住人口基本信息")
        clerk = seat("clerk")
        opened = inputs(clerk.get(self.url(item)).text)
        clerk.send(self.url(item), contact="赵敏", office="户政科")

        typed = {**opened, "contact": "钱进", "phone": "0564-3379111"}
        answer = clerk.client.post(self.url(item), data=typed)

        assert answer.status_code == 409
        assert "有 1 处两人改得不一样" in answer.text
        for text in ("赵敏", "钱进", "同事另外改的 1 处已经合进来"):
            assert text in answer.text
        again = clerk.client.post(self.url(item), data=inputs(answer.text))
        assert again.status_code == 303
        saved = entry(units, "常住人口基本信息")
        assert (saved.contact, saved.office, saved.phone) == ("钱进", "户政科", "0564-3379111")

    def test_submitting_saves_and_says_what_is_missing(self, seat, units):
        item = entry(units, "常住人口基本信息")
        clerk = seat("clerk")
        answer = clerk.send(self.url(item), act="submit", contact="赵敏")
        page = clerk.get(answer.headers["location"]).text
        assert "保密审查" in page
        assert 'id="f-secrecy-number-e"' in page
        assert entry(units, "常住人口基本信息").contact == "赵敏"

    def test_a_rule_that_cannot_run_is_not_submitted(self, seat, units):
        item = entry(units, "特困人员救助供养信息")
        typed = {"fields.1.rules": "not_future"}  # of a name
        answer = seat("clerk").send(self.url(item), act="submit", **typed)
        assert answer.status_code == 422
        assert "用不了质量规则" in answer.text
        assert entry(units, "特困人员救助供养信息") == item

    def test_500_fields_are_written_50_at_a_time(self, seat, units):
        item = entry(units, "养老机构入住信息")
        fields = tuple(make_field(f"f{n}", title=f"第{n}项", is_key=n == 0) for n in range(500))
        with units.open() as unit:
            repository.save(unit.conn, replace(item, fields=fields))
        clerk = seat("clerk")
        form = {**inputs(clerk.get(f"{self.url(item)}?page=10").text), "go": "2"}
        form["fields.499.title"] = "末项"

        answer = clerk.client.post(self.url(item), data=form)

        assert answer.headers["location"] == f"{self.url(item)}?page=2"
        saved = entry(units, "养老机构入住信息").fields
        assert [saved[0].title, saved[499].title, len(saved)] == ["第0项", "末项", 500]
        assert "f-fields-50-title" in clerk.get(answer.headers["location"]).text

    def test_an_entry_of_another_department_does_not_exist(self, seat, units):
        url = self.url(entry(units, "养老机构入住信息"))
        assert seat("applicant").get(url).status_code == 404

    def test_an_entry_under_review_is_not_edited(self, seat, units):
        item = entry(units, "婚姻登记信息")
        assert (
            seat("clerk").get(self.url(item)).headers["location"] == f"/catalogue/items/{item.id}"
        )


class TestReview:
    def test_head_then_bureau_put_it_in_force(self, seat, units):
        item = entry(units, "婚姻登记信息")
        url = f"/catalogue/items/{item.id}/review"
        head = seat("head")
        assert "部门负责人意见" in head.get(url).text
        assert head.post(url, decision="agree").status_code == 303
        bureau = seat("bureau")
        assert "审核发布时限" in bureau.get(url).text
        assert bureau.post(url, decision="publish").headers["location"] == (
            f"/catalogue/items/{item.id}"
        )
        assert entry(units, "婚姻登记信息").status is ItemStatus.PUBLISHED

    def test_tells_who_did_what(self, seat, units):
        page = (
            seat("bureau")
            .get(f"/catalogue/items/{entry(units, '社会组织登记信息').id}/review")
            .text
        )
        assert page.index("何志强") < page.index("罗建华") < page.index("市数管局审核发布")

    @pytest.mark.parametrize(
        ("form", "field"),
        [({}, "decision"), ({"decision": "return"}, "remarks"), ({"decision": "x"}, "decision")],
    )
    def test_says_what_the_decision_lacks(self, seat, units, form, field):
        item = entry(units, "婚姻登记信息")
        answer = seat("head").post(f"/catalogue/items/{item.id}/review", **form)
        assert answer.status_code == 422
        assert f'id="f-{field}-e"' in answer.text
        assert entry(units, "婚姻登记信息").status is ItemStatus.DEPARTMENT_REVIEW

    def test_the_clerk_looks_and_does_not_decide(self, seat, units):
        url = f"/catalogue/items/{entry(units, '婚姻登记信息').id}/review"
        clerk = seat("clerk")
        assert "提交意见" not in clerk.get(url).text
        assert clerk.post(url, decision="agree").status_code == 403

    def test_a_change_is_shown_beside_the_version_in_force(self, seat, units):
        item = entry(units, "最低生活保障对象信息")
        clerk = seat("clerk")
        clerk.post(f"/catalogue/items/{item.id}/versions")
        url = f"/catalogue/items/{item.id}/edit"
        answer = clerk.send(url, act="submit", contact="赵敏")
        page = seat("head").get(answer.headers["location"]).text
        assert "改动 1 处" in page
        assert "<del>周明远</del>" in page
        assert "<ins>赵敏</ins>" in page


class TestItem:
    def test_offers_the_application_to_others(self, seat, units):
        item = entry(units, "最低生活保障对象信息")
        ask = f"/applications/new?item={item.id}"
        assert ask in seat("applicant").get(f"/catalogue/items/{item.id}").text
        assert ask not in seat("clerk").get(f"/catalogue/items/{item.id}").text

    def test_what_is_withheld_is_not_applied_for(self, seat, units):
        item = entry(units, "刑事案件侦查信息")
        page = seat("applicant").get(f"/catalogue/items/{item.id}").text
        assert "申请使用" not in page
        assert "刑事诉讼法" in page

    def test_withdrawal_says_why(self, seat, units):
        item = entry(units, "老年助餐点及服务能力")
        seat("bureau").post(f"/catalogue/items/{item.id}/withdraw", remarks="职责已划转")
        page = seat("applicant").get(f"/catalogue/items/{item.id}").text
        assert "已下架：职责已划转" in page
        assert "申请使用" not in page

    def test_what_is_in_use_is_announced_and_its_users_are_told(self, seat, units):
        item = entry(units, "最低生活保障对象信息")
        path = f"/catalogue/items/{item.id}"
        refused = seat("bureau").post(f"{path}/withdraw", remarks="职责已划转")
        assert refused.status_code == 409
        assert "不能直接下架" in refused.text
        assert "职责已划转" in refused.text  # what was typed is still there

        early = seat("bureau").post(
            f"{path}/departure/announce", remarks="职责已划转", effective_on="2020-01-01"
        )
        assert "最早可以定在" in early.text
        seat("bureau").post(
            f"{path}/departure/announce", remarks="职责已划转", effective_on="2099-01-01"
        )
        told = seat("applicant").get(path).text
        assert "将于 2099-01-01 下架：职责已划转" in told
        assert "这个目录将于 2099-01-01 下架" in seat("applicant").get("/workbench").text

    def test_the_provider_asks_and_the_authority_decides(self, seat, units):
        item = entry(units, "老年助餐点及服务能力")
        path = f"/catalogue/items/{item.id}"
        seat("clerk").post(f"{path}/departure", remarks="助餐点已移交街道")
        assert "下架审核" in seat("bureau").get("/workbench").text
        seat("bureau").post(f"{path}/departure/decline", remarks="请先办理目录承接")
        assert "助餐点已移交街道" not in seat("clerk").get(path).text

    def test_a_version_for_a_later_day_is_announced_and_compared(self, seat, units):
        item = entry(units, "最低生活保障对象信息")
        path = f"/catalogue/items/{item.id}"
        clerk = seat("clerk")
        clerk.post(f"{path}/versions")
        clerk.send(f"{path}/edit", contact="赵敏", effective_on="2099-01-01")
        clerk.send(f"{path}/edit", act="submit")
        seat("head").post(f"{path}/review", decision="agree")
        seat("bureau").post(f"{path}/review", decision="publish")

        page = seat("applicant").get(path).text
        assert "第 2 版已经发布，将于 2099-01-01 生效" in page
        assert "申请使用" in page
        compared = seat("applicant").get(f"{path}/compare?before=1&after=2").text
        assert "<ins>赵敏</ins>" in compared
        assert "按第 1 版恢复" not in compared
        nothing = seat("bureau").post(f"{path}/review", decision="return", remarks="")
        assert nothing.status_code == 422
        seat("bureau").post(f"{path}/review", decision="return", remarks="日期有误")
        assert "将于 2099-01-01 生效" not in seat("applicant").get(path).text

    def test_an_earlier_version_is_restored_from_the_comparison(self, seat, units):
        item = entry(units, "最低生活保障对象信息")
        path = f"/catalogue/items/{item.id}"
        for contact in ("赵敏", None):
            clerk = seat("clerk")
            if contact is None:
                page = clerk.get(f"{path}/compare?before=1&after=2").text
                assert "按第 1 版恢复" in page
                clerk.post(f"{path}/versions", like="1")
            else:
                clerk.post(f"{path}/versions")
                clerk.send(f"{path}/edit", contact=contact)
            clerk.send(f"{path}/edit", act="submit")
            seat("head").post(f"{path}/review", decision="agree")
            seat("bureau").post(f"{path}/review", decision="publish")
        again = entry(units, "最低生活保障对象信息")
        assert (again.version, again.contact) == (3, item.contact)
        same = seat("applicant").get(f"{path}/compare?before=1&after=3").text
        assert "内容没有差别" in same


class TestCategories:
    def test_the_authority_changes_the_exported_tree_and_brings_it_in(self, seat):
        bureau = seat("bureau")
        assert "国家人口" in bureau.get("/catalogue/categories").text
        sheet = bureau.get("/catalogue/categories/export").text
        wrong = sheet.replace("101001,人口基本信息,101", "101001,人口基本信息,999")
        for text, words in (
            (wrong, "表里没有上级分类“999”"),
            (sheet + "106002,财政收支,106,\r\n", "新增 1"),
        ):
            answer = bureau.client.post(
                "/catalogue/categories",
                data={"_csrf": bureau.token},
                files={"file": ("categories.csv", text.encode(), "text/csv")},
            )
            page = (
                answer.text
                if answer.status_code == 422
                else bureau.get("/catalogue/categories").text
            )
            assert words in page
        assert "财政收支" in seat("clerk").get("/catalogue/categories").text
        assert "导入分类" not in seat("clerk").get("/catalogue/categories").text
