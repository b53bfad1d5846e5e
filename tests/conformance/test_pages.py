"""The pages and the API of bindings and rates, as several people see and use them."""

import pytest

from datahall import catalogue, conformance
from datahall.catalogue import ItemStatus
from datahall.catalogue import repository as entries
from datahall.conformance import Binding
from datahall.organisations import seed
from datahall.security import Role
from tests.factories import actor_of, add_city, add_person, make_field, make_item
from tests.web.people import hall, sit_down

POLICE = seed.org_id("police")
API = "/api/v1/conformance"
FIELDS = (
    make_field("gmsfhm", title="身份证号", length=18, is_key=True, required=True),
    make_field("xb", title="性别", length=2),
    make_field("bz", title="备注" + "很长的名称" * 18),
)


@pytest.fixture
def people(units):
    with units.open() as unit:
        add_city(unit.conn)
        return {
            "clerk": add_person(unit.conn, Role.CLERK, Role.HEAD, org=POLICE),
            "civil": add_person(unit.conn, Role.CLERK, org=seed.org_id("civil_affairs")),
            "bureau": add_person(unit.conn, Role.BUREAU, org=seed.org_id("bureau")),
        }


@pytest.fixture
def draft(units, people):
    del people
    with units.open() as unit:
        item = make_item(provider=POLICE, fields=FIELDS)
        entries.add(unit.conn, item)
    return item.id


@pytest.fixture
def client(fresh_dsn, people):
    del people
    with hall(fresh_dsn) as made:
        yield made


def publish(units, people, id, *bindings):
    with units.open() as unit:
        clerk, bureau = (actor_of(unit.conn, people[k]) for k in ("clerk", "bureau"))
        if bindings:
            conformance.bind(unit, clerk, id, bindings)
        catalogue.submit(unit, clerk, id)
        catalogue.agree(unit, clerk, id)
        catalogue.publish(unit, bureau, id)


class TestBinding:
    def test_a_clerk_takes_refuses_chooses_releases_and_claims(self, client, units, people, draft):
        url, token = f"/conformance/items/{draft}", sit_down(client, units, people["clerk"])
        page = client.get(url).text
        assert "同义名称" in page
        assert 'value="accept:gmsfhm:DE01002"' in page

        def click(act, edit, **form):
            sent = {"_csrf": token, "act": act, "edit": str(edit), **form}
            return client.post(url, data=sent)

        assert click("accept:gmsfhm:DE01002", 0).headers["location"] == f"{url}#field-gmsfhm"
        assert click("reject:xb:DE01003", 1).status_code == 303
        assert 'value="accept:xb:DE01003"' not in client.get(url).text
        assert click("choose:xb", 1, code=" de01003 ").status_code == 303
        assert "长度 2，数据元是 1" in client.get(url).text
        assert click("claim:gmsfhm", 2).status_code == 303
        assert "本单位主张数源" in client.get(url).text
        assert click("release:xb", 3).status_code == 303
        with units.open() as unit:
            item = catalogue.history(unit.conn, draft)[0]
        number, sex = item.field("gmsfhm"), item.field("xb")
        assert (number.element, number.is_source, number.grade) == ("DE01002", True, 3)
        assert (sex.element, sex.code_list) == (None, "GB/T 2261.1")

    def test_all_that_is_likely_at_once(self, client, units, people, draft):
        url, token = f"/conformance/items/{draft}", sit_down(client, units, people["clerk"])
        assert "采纳把握大的 2 项" in client.get(url).text
        client.post(url, data={"_csrf": token, "act": "likely", "edit": "0"})
        assert "绑定 2 / 3 项" in client.get(url).text

    @pytest.mark.parametrize(
        ("act", "edit", "words"),
        [
            ("choose:xb", "0", "没有已发布的数据元"),
            ("accept:xb:DE99999", "0", "没有已发布的数据元“DE99999”"),
            ("accept:nothing:DE01003", "0", "没有信息项“nothing”"),
            ("nonsense", "0", "没有信息项"),
        ],
    )
    def test_refusals_are_told_on_the_page(self, client, units, people, draft, act, edit, words):
        url, token = f"/conformance/items/{draft}", sit_down(client, units, people["clerk"])
        answer = client.post(url, data={"_csrf": token, "act": act, "edit": edit})
        assert answer.status_code in {404, 409, 422}
        assert words in answer.text

    def test_of_a_published_entry_it_begins_the_next_version(self, client, units, people, draft):
        publish(units, people, draft)
        url, token = f"/conformance/items/{draft}", sit_down(client, units, people["clerk"])
        assert "第一次确认会开出新版" in client.get(url).text
        client.post(url, data={"_csrf": token, "act": "accept:xb:DE01003", "edit": "0"})
        with units.open() as unit:
            newest = catalogue.history(unit.conn, draft)[0]
        assert (newest.version, newest.status) == (2, ItemStatus.DRAFT)

    def test_others_read_what_is_published_and_change_nothing(self, client, units, people, draft):
        url, token = f"/conformance/items/{draft}", sit_down(client, units, people["civil"])
        assert client.get(url).status_code == 404
        publish(units, people, draft)
        page = client.get(url).text
        assert 'name="act"' not in page
        sent = {"_csrf": token, "act": "accept:xb:DE01003", "edit": "0"}
        assert client.post(url, data=sent).status_code == 403


class TestBoard:
    def test_opens_to_the_rows(self, client, units, people, draft):
        sit_down(client, units, people["bureau"])
        assert "还没有已发布的目录" in client.get("/conformance").text
        publish(
            units, people, draft,
            Binding(field="gmsfhm", element="DE01002", is_source=True),
            Binding(field="xb", element="DE01003"),
        )  # fmt: skip
        board = client.get("/conformance").text
        assert "33.33" in board
        assert f'href="/conformance/orgs/{POLICE}"' in board
        rows = f"/conformance/orgs/{POLICE}"
        assert "长度 2，数据元是 1" in client.get(f"{rows}?show=deviating").text
        unbound = client.get(f"{rows}?show=unbound").text
        assert "备注很长的名称" in unbound
        assert "身份证号" not in unbound

    def test_a_department_opens_its_own_rows_only(self, client, units, people, draft):
        publish(units, people, draft)
        sit_down(client, units, people["civil"])
        assert f'href="/conformance/orgs/{POLICE}"' not in client.get("/conformance").text
        assert client.get(f"/conformance/orgs/{POLICE}").status_code == 403
        assert client.get(f"{API}/orgs/{POLICE}/fields").status_code == 403

    def test_is_on_the_page_of_the_entry_and_of_the_element(self, client, units, people, draft):
        binding = Binding(field="gmsfhm", element="DE01002", is_source=True)
        publish(units, people, draft, binding)
        sit_down(client, units, people["civil"])
        entry = client.get(f"/catalogue/items/{draft}").text
        assert "数据元与数源 1" in entry
        assert "绑定 1 / 3 项" in entry
        element = client.get("/standards/elements/DE01002").text
        assert "常住人口基本信息" in element
        assert "首个发布主张" in element


class TestApi:
    def test_does_what_the_pages_do(self, client, units, people, draft):
        token = sit_down(client, units, people["clerk"])
        headers = {"X-CSRF-Token": token}
        sheet = client.get(f"{API}/items/{draft}").json()
        (number, *_) = sheet["fields"]
        assert number["suggestions"][0]["element"] == "DE01002"
        assert number["suggestions"][0]["reasons"]
        wanted = {"bindings": [{"field": "gmsfhm", "element": "DE01002"}], "edit": sheet["edit"]}
        done = client.post(f"{API}/items/{draft}/bindings", json=wanted, headers=headers).json()
        assert done["tally"]["conforming"] == 1
        again = client.post(f"{API}/items/{draft}/bindings", json=wanted, headers=headers)
        assert again.status_code == 200  # the same choice once more
        other = {"bindings": [{"field": "gmsfhm", "element": "DE02004"}], "edit": sheet["edit"]}
        clash = client.post(f"{API}/items/{draft}/bindings", json=other, headers=headers)
        assert clash.json()["code"] == "conformance.bound_meanwhile"
        refused = {"field": "xb", "element": "DE01003"}
        told = client.post(f"{API}/items/{draft}/rejections", json=refused, headers=headers)
        assert told.status_code == 204
        publish(units, people, draft)
        rates = client.get(f"{API}/rates").json()
        assert rates["city"]["conformance_rate"] == "0.3333"
        rows = client.get(f"{API}/orgs/{POLICE}/fields?show=unbound").json()
        assert [f["field"] for f in rows["fields"]] == ["xb", "bz"]
        bound = client.get("/api/v1/standards/elements/DE01002/fields").json()
        assert [b["item"] for b in bound] == [str(draft)]
