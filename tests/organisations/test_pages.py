"""The doors, one's own account and the directory, as browsers meet them."""

import html
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from datahall.kit import cookies, csrf
from datahall.organisations import passwords, person_by_login, seed, tables
from datahall.organisations.repository import logins, structure
from datahall.organisations.service import credentials, setup
from datahall.security import Role
from tests.factories import add_city, add_person, make_uscc
from tests.web.people import hall, sit_down

PASSWORD = "Dabie-Shan-1774"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

pytestmark = pytest.mark.usefixtures("cheap")


@pytest.fixture
def cheap(monkeypatch):
    """Hashing that takes no time, for the tests that are not about it."""
    monkeypatch.setattr(passwords, "_HASHER", CHEAP)
    passwords._nobodys.cache_clear()


@pytest.fixture
def browser(fresh_dsn):
    with hall(fresh_dsn) as client:
        yield client


@pytest.fixture
def city(units):
    """The seeded city with one person in each of a few posts."""
    with units.open() as unit:
        add_city(unit.conn)
        people = {
            role: add_person(unit.conn, role, org=seed.org_id(org), login=role, name=name)
            for role, org, name in (
                (Role.SYSTEM_ADMIN, "bureau", "系统员"),
                (Role.SECURITY_ADMIN, "bureau", "安全员"),
                (Role.AUDIT_ADMIN, "bureau", "审计员"),
                (Role.CLERK, "civil_affairs", "周明远"),
                (Role.REPRESENTATIVE, "civil_affairs", "何志强"),
            )
        }
        logins.save_password(unit.conn, people[Role.CLERK].id, CHEAP.hash(PASSWORD), at=unit.now)
    return people


def token_of(page: str) -> str:
    return re.search(r'name="_csrf" value="([0-9a-f]{64})"', page)[1]


def log_in(browser, *, password=PASSWORD, next="/", login="clerk", **more):
    token = token_of(browser.get("/login").text)
    form = {"_csrf": token, "login": login, "password": password, "next": next}
    return browser.post("/login", data=form | more)


def expire(units):
    """All sessions are as if nobody had touched them for a day."""
    with units.open() as unit:
        earlier = tables.sessions.c.seen_at - timedelta(days=1)
        unit.conn.execute(sa.update(tables.sessions).values(seen_at=earlier))


@pytest.mark.usefixtures("city")
class TestLogin:
    def test_opens_a_session_and_goes_on(self, browser):
        answer = log_in(browser, next="/account")
        assert (answer.status_code, answer.headers["location"]) == (303, "/account")
        page = browser.get("/account")
        assert "周明远" in page.text
        assert browser.get("/login", params={"next": "/account"}).headers["location"] == "/account"

    def test_keeps_the_secret_from_scripts_and_from_other_sites(self, browser):
        cookie = next(
            c for c in log_in(browser).headers.get_list("set-cookie") if c.startswith("datahall_s")
        )
        assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
        assert "Secure" not in cookie

    def test_marks_the_cookie_over_https(self, fresh_dsn):
        with hall(fresh_dsn) as browser:
            browser.base_url = "https://hall.example"
            cookies_set = log_in(browser).headers.get_list("set-cookie")
            made = next(c for c in cookies_set if "datahall_session" in c)
            assert made.startswith("__Host-datahall_session=")
            assert "Secure" in made
            assert browser.get("/account").status_code == 200

    def test_is_a_new_secret_each_time(self, browser):
        """A session planted before the login is worth nothing after it."""
        browser.cookies.set(cookies.SESSION, "planted")
        form = {"_csrf": csrf.token_for("planted"), "login": "clerk", "password": PASSWORD}
        assert browser.post("/login", data=form).status_code == 303
        assert browser.cookies.get(cookies.SESSION, domain="testserver.local") != "planted"

    @pytest.mark.parametrize(
        "next", ["//evil.example", "https://evil.example", "/\\evil.example", "x", "/login?next=/"]
    )
    def test_goes_on_inside_the_hall_only(self, browser, next):
        assert log_in(browser, next=next).headers["location"] == "/"

    def test_keeps_a_form_that_came_after_the_end_of_the_session(self, browser, units):
        log_in(browser)
        stale = csrf.token_for(browser.cookies.get(cookies.SESSION, domain="testserver.local"))
        expire(units)
        typed = {"_csrf": stale, "reason": "写了很久的“内容”", "note": "两行\n<b>"}
        asked = browser.post("/organisations/people/1/suspend?x=1", data=typed)
        assert asked.status_code == 401
        assert "刚才填的内容都留着" in asked.text
        (held,) = re.findall(r'name="held" value="([^"]*)"', asked.text)
        form = {"_csrf": stale, "login": "clerk", "held": html.unescape(held)}
        wrong = browser.post("/login", data=form | {"password": "wrong"})
        assert held in wrong.text
        page = browser.post("/login", data=form | {"password": PASSWORD})
        assert page.status_code == 200
        assert 'action="/organisations/people/1/suspend?x=1"' in page.text
        kept = {
            name: html.unescape(value)
            for name, value in re.findall(
                r'type="hidden" name="([^"]*)" value="([^"]*)"', page.text
            )
        }
        assert kept | {"_csrf": stale} == typed
        again = browser.post("/organisations/people/1/suspend?x=1", data=kept)
        assert "没有这项权限" in again.text  # it was read as a form of this session

    def test_never_holds_a_password(self, browser, units):
        log_in(browser)
        stale = csrf.token_for(browser.cookies.get(cookies.SESSION, domain="testserver.local"))
        expire(units)
        typed = {"_csrf": stale, "current": PASSWORD, "password": "x", "again": "x"}
        assert browser.post("/account/password", data=typed).status_code == 303

    def test_holds_nothing_for_a_cookie_that_was_never_a_session(self, browser):
        browser.cookies.set(cookies.SESSION, "planted")
        typed = {"_csrf": csrf.token_for("planted"), "reason": "x"}
        assert browser.post("/organisations/people/1/suspend", data=typed).status_code == 303

    @pytest.mark.parametrize(
        "held",
        [
            "",
            "x",
            "[]",
            '["//evil.example", []]',
            '["/x", [["a"]]]',
            "[" * 9000,
            '["/\\n", []]',
            "null",
        ],
    )
    def test_goes_on_without_what_is_no_form_of_ours(self, browser, held):
        assert log_in(browser, held=held).status_code == 303

    def test_says_what_to_do_after_a_wrong_password(self, browser):
        answer = log_in(browser, password="wrong")
        assert answer.status_code == 401
        assert "登录名或密码不对" in answer.text
        assert 'value="clerk"' in answer.text
        assert "wrong" not in answer.text

    def test_counts_failures_although_they_are_refused(self, browser):
        answers = [log_in(browser, password="wrong").status_code for _ in range(6)]
        assert answers == [401] * 4 + [429] * 2
        assert log_in(browser).status_code == 429

    def test_refuses_a_form_of_another_site(self, browser):
        answer = browser.post("/login", data={"login": "clerk", "password": PASSWORD})
        assert answer.status_code == 403
        assert browser.get("/account").status_code == 303


def test_the_login_says_how_to_begin_when_nothing_is_set_up(browser):
    assert "datahall setup-link" in browser.get("/login").text


class TestLogout:
    def test_ends_the_session(self, browser, units, city):
        token = sit_down(browser, units, city[Role.CLERK])
        secret = browser.cookies[cookies.SESSION]
        assert browser.post("/logout", data={"_csrf": token}).headers["location"] == "/login"
        browser.cookies.set(cookies.SESSION, secret)
        assert browser.get("/account").headers["location"].startswith("/login")

    def test_needs_the_token_of_this_session(self, browser, units, city):
        sit_down(browser, units, city[Role.CLERK])
        other = csrf.token_for("another session")
        assert browser.post("/logout", data={"_csrf": other}).status_code == 403
        assert browser.get("/account").status_code == 200


class TestAccount:
    def change(self, browser, token, **typed):
        form = {"current": PASSWORD, "password": "Tian-Tang-1729", "again": "Tian-Tang-1729"}
        return browser.post("/account/password", data={"_csrf": token} | form | typed)

    def test_changes_the_password_and_ends_other_sessions(self, fresh_dsn, browser, units, city):
        with hall(fresh_dsn) as elsewhere:
            sit_down(elsewhere, units, city[Role.CLERK])
            token = sit_down(browser, units, city[Role.CLERK])
            assert self.change(browser, token).status_code == 303
            assert browser.get("/account").status_code == 200
            assert elsewhere.get("/account").status_code == 303
        browser.cookies.clear()
        assert log_in(browser, password="Tian-Tang-1729").status_code == 303

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ({"current": "wrong"}, "现在的密码不对"),
            ({"password": "short"}, "密码至少 10 位"),
            ({"password": "alllowercaseletters"}, "至少三种"),
            ({"password": "My-Clerk-2026"}, "不能含登录名"),
            ({"password": "Password123!"}, "太常见"),
            ({"again": "Tian-Tang-1730"}, "两次输入的密码不一致"),
            ({"password": PASSWORD, "again": PASSWORD}, "不能与现在的密码相同"),
        ],
    )
    def test_says_what_is_wrong_beside_the_field(self, browser, units, city, typed, sentence):
        token = sit_down(browser, units, city[Role.CLERK])
        answer = self.change(browser, token, **typed)
        assert answer.status_code == 422
        assert answer.text.count(sentence) == 2  # in the summary and beside the field
        assert "Tian-Tang" not in answer.text

    def test_counts_wrong_present_passwords(self, browser, units, city):
        token = sit_down(browser, units, city[Role.CLERK])
        for _ in range(4):
            assert self.change(browser, token, current="wrong").status_code == 422
        assert self.change(browser, token, current="wrong").status_code == 429
        assert self.change(browser, token).status_code == 429

    def test_logs_out_elsewhere(self, fresh_dsn, browser, units, city):
        with hall(fresh_dsn) as elsewhere:
            sit_down(elsewhere, units, city[Role.CLERK])
            token = sit_down(browser, units, city[Role.CLERK])
            assert "退出其他 1 处登录" in browser.get("/account").text
            browser.post("/account/sessions/end", data={"_csrf": token})
            assert elsewhere.get("/account").status_code == 303


class TestLink:
    def issue(self, units, city, role=Role.REPRESENTATIVE):
        admin = city[Role.SYSTEM_ADMIN]
        with units.open() as unit:
            return credentials.make_link(unit, city[role].id, by=str(admin.id))

    def send(self, browser, secret, password=PASSWORD, again=PASSWORD):
        token = token_of(browser.get(f"/links/{secret}").text)
        form = {"_csrf": token, "password": password, "again": again}
        return browser.post(f"/links/{secret}", data=form)

    def test_sets_the_password_once_and_logs_in(self, browser, units, city):
        secret = self.issue(units, city)
        assert self.send(browser, secret).status_code == 303
        assert "何志强" in browser.get("/account").text
        assert browser.get(f"/links/{secret}").status_code == 410
        browser.cookies.clear()
        assert log_in(browser, login="representative").status_code == 303

    def test_is_not_spent_by_a_bad_password(self, browser, units, city):
        secret = self.issue(units, city)
        assert self.send(browser, secret, password="short").status_code == 422
        assert self.send(browser, secret).status_code == 303

    def test_is_spent_by_a_newer_one(self, browser, units, city):
        old, new = self.issue(units, city), self.issue(units, city)
        assert browser.get(f"/links/{old}").status_code == 410
        assert browser.get(f"/links/{new}").status_code == 200

    def test_ends_the_lock_of_the_login(self, browser, units, city):
        for _ in range(5):
            log_in(browser, password="wrong")
        assert self.send(browser, self.issue(units, city, Role.CLERK)).status_code == 303

    def test_expires(self, browser, units, city):
        with units.open() as unit:
            secret = credentials.make_link(unit, city[Role.CLERK].id, by="console")
            unit.conn.exec_driver_sql("update organisations_links set expires_at = now()")
        assert browser.get(f"/links/{secret}").status_code == 410


FORM = {
    "name": "六安市数据资源管理局", "short_name": "市数管局", "seal": "数",
    "uscc": "11341500003001009C",
    "system_admin_name": "王一", "system_admin_login": "wang.yi",
    "security_admin_name": "李二", "security_admin_login": "li.er",
    "audit_admin_name": "张三", "audit_admin_login": "zhang.san",
    "password": PASSWORD, "again": PASSWORD,
}  # fmt: skip


class TestSetUp:
    @pytest.fixture
    def secret(self, units):
        with units.open() as unit:
            return setup.setup_link(unit)

    def send(self, browser, secret, **typed):
        token = token_of(browser.get(f"/setup/{secret}").text)
        return browser.post(f"/setup/{secret}", data={"_csrf": token} | FORM | typed)

    def test_makes_three_separate_administrators(self, browser, units, secret):
        done = self.send(browser, secret)
        assert done.status_code == 200
        with units.open() as unit:
            roles = [
                person_by_login(unit.conn, login).roles
                for login in ("wang.yi", "li.er", "zhang.san")
            ]
        assert roles == [{Role.SYSTEM_ADMIN}, {Role.SECURITY_ADMIN}, {Role.AUDIT_ADMIN}]
        assert log_in(browser, login="wang.yi").status_code == 303
        links = re.findall(r"http://testserver(/links/[\w-]+)", done.text)
        assert len(set(links)) == 2
        browser.cookies.clear()
        assert "li.er" in browser.get(links[0]).text

    def test_happens_once(self, browser, secret):
        self.send(browser, secret)
        assert browser.get(f"/setup/{secret}").status_code == 409

    def test_needs_the_link(self, browser):
        assert browser.get("/setup/made-up").status_code == 410

    def test_is_not_a_persons_link(self, browser, units, city):
        with units.open() as unit:
            secret = credentials.make_link(unit, city[Role.CLERK].id, by="console")
        assert browser.get(f"/setup/{secret}").status_code == 409

    def test_names_each_wrong_field(self, browser, units, secret):
        answer = self.send(
            browser, secret, uscc="11341500003001009D", audit_admin_login="li.er", password="short"
        )
        assert answer.status_code == 422
        for sentence in ("末位校验码", "须是三个人", "密码至少 10 位"):
            assert answer.text.count(sentence) == 2
        with units.open() as unit:
            assert structure.authority(unit.conn) is None


class TestDirectory:
    def test_lists_organisations_by_kind(self, browser, units, city):
        sit_down(browser, units, city[Role.CLERK])
        page = browser.get("/organisations").text
        assert "市民政局" in page
        assert "何志强" in page
        assert "金寨县" not in page
        assert "金寨县" in browser.get("/organisations?kind=county").text

    def test_shows_colleagues_without_their_logins(self, browser, units, city):
        sit_down(browser, units, city[Role.CLERK])
        page = browser.get(f"/organisations/{seed.org_id('civil_affairs')}").text
        assert "首席代表" in page
        assert "representative" not in page

    def test_registers_an_organisation(self, browser, units, city):
        token = sit_down(browser, units, city[Role.SYSTEM_ADMIN])
        form = {
            "_csrf": token, "name": "六安市档案馆", "short_name": "市档案馆", "seal": "档",
            "kind": "city", "uscc": "12341500003000100Y", "region": "341500",
        }  # fmt: skip
        wrong = browser.post("/organisations", data=form)
        assert wrong.status_code == 422
        assert 'value="六安市档案馆"' in wrong.text
        made = browser.post("/organisations", data=form | {"uscc": make_uscc()})
        assert "六安市档案馆" in browser.get(made.headers["location"]).text

    def test_registers_a_person_who_then_gets_a_link(self, browser, units, city):
        token = sit_down(browser, units, city[Role.SYSTEM_ADMIN])
        org = f"/organisations/{seed.org_id('police')}"
        form = {"_csrf": token, "name": "赵六", "login": "zhao.liu", "phone": "13812345678"}
        taken = browser.post(f"{org}/people", data=form | {"login": "clerk"})
        assert "已有人使用" in taken.text
        there = browser.post(f"{org}/people", data=form).headers["location"]
        assert "138****5678" in browser.get(there).text
        issued = browser.post(f"{there}/link", data={"_csrf": token})
        assert "http://testserver/links/" in issued.text
        assert "http://testserver/links/" not in browser.get(there).text

    def test_finds_people(self, browser, units, city):
        sit_down(browser, units, city[Role.AUDIT_ADMIN])
        found = browser.get("/organisations/people", params={"words": "民政", "role": "clerk"}).text
        assert "周明远" in found
        assert "何志强" not in found
        nobody = browser.get("/organisations/people", params={"words": "100%"})
        assert "没有找到人员" in nobody.text

    def test_appoints_and_ends_at_the_next_request(self, fresh_dsn, browser, units, city):
        clerk = city[Role.CLERK]
        here = f"/organisations/people/{clerk.id}"
        with hall(fresh_dsn) as theirs:
            sit_down(theirs, units, clerk)
            token = sit_down(browser, units, city[Role.SECURITY_ADMIN])
            form = {"_csrf": token, "role": "developer", "document": "六民〔2026〕3号"}
            assert browser.post(f"{here}/posts", data=form).status_code == 303
            assert "六民〔2026〕3号" in browser.get(here).text
            assert "开发人员" in theirs.get("/account").text
            browser.post(f"{here}/posts/developer/end", data={"_csrf": token})
            assert "已免" in theirs.get("/account").text

    def test_offers_no_post_that_may_not_be_held(self, browser, units, city):
        sit_down(browser, units, city[Role.SECURITY_ADMIN])
        page = browser.get(f"/organisations/people/{city[Role.CLERK].id}").text
        assert 'value="cdo"' in page
        assert 'value="audit_admin"' not in page

    def test_refuses_a_second_administration(self, browser, units, city):
        token = sit_down(browser, units, city[Role.SECURITY_ADMIN])
        here = f"/organisations/people/{city[Role.SYSTEM_ADMIN].id}"
        answer = browser.post(f"{here}/posts", data={"_csrf": token, "role": "audit_admin"})
        assert answer.status_code == 422
        assert "须三人分设" in answer.text

    def test_makes_no_link_for_another_administrator(self, browser, units, city):
        token = sit_down(browser, units, city[Role.SYSTEM_ADMIN])
        here = f"/organisations/people/{city[Role.SECURITY_ADMIN].id}"
        answer = browser.post(f"{here}/link", data={"_csrf": token})
        assert answer.status_code == 403
        assert "在服务器上用命令发放" in answer.text

    def test_suspends_and_resumes(self, fresh_dsn, browser, units, city):
        here = f"/organisations/people/{city[Role.CLERK].id}"
        with hall(fresh_dsn) as theirs:
            sit_down(theirs, units, city[Role.CLERK])
            token = sit_down(browser, units, city[Role.SYSTEM_ADMIN])
            browser.post(f"{here}/suspend", data={"_csrf": token})
            assert theirs.get("/account").status_code == 303
            theirs.cookies.clear()
            assert log_in(theirs).status_code == 401
            browser.post(f"{here}/resume", data={"_csrf": token})
            theirs.cookies.clear()
            assert log_in(theirs).status_code == 303

    def test_shows_who_is_logged_in_and_ends_it(self, fresh_dsn, browser, units, city):
        here = f"/organisations/people/{city[Role.CLERK].id}"
        with hall(fresh_dsn) as theirs:
            sit_down(theirs, units, city[Role.CLERK])
            token = sit_down(browser, units, city[Role.SYSTEM_ADMIN])
            assert "周明远" in browser.get("/organisations/sessions").text
            browser.post(f"{here}/sessions/end", data={"_csrf": token})
            assert theirs.get("/account").status_code == 303
            assert "周明远" not in browser.get("/organisations/sessions").text


class TestApi:
    def test_lists_the_directory(self, browser, units, city):
        sit_down(browser, units, city[Role.CLERK])
        orgs = browser.get("/api/v1/organisations").json()
        assert orgs[0]["short_name"] == "市数管局"
        me = browser.get("/api/v1/organisations/me").json()
        assert (me["name"], me["roles"], me["region"]) == ("周明远", ["clerk"], "3415")
        there = f"/api/v1/organisations/{me['org']}"
        assert browser.get(there).json()["uscc"].startswith("11341500")
        assert {p["name"] for p in browser.get(f"{there}/people").json()} == {"周明远", "何志强"}
        areas = browser.get("/api/v1/organisations/regions", params={"parent": "341524"}).json()
        assert "梅山镇" in {a["name"] for a in areas}

    def test_asks_who_is_calling(self, browser):
        answer = browser.get("/api/v1/organisations")
        assert (answer.status_code, answer.json()["code"]) == (401, "security.login_required")
