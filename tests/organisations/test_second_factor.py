"""One-time codes: the phone that must answer besides the password."""

import re
from datetime import timedelta

import pyotp
import pytest
from argon2 import PasswordHasher

from datahall.kit.crypto import Vault
from datahall.kit.settings import Settings
from datahall.kit.uow import Unit
from datahall.organisations import log_in, passwords, totp
from datahall.organisations.errors import (
    LoginLocked,
    SecondFactorRequired,
    WrongCode,
)
from datahall.organisations.repository import logins
from datahall.organisations.service import login as gate
from datahall.organisations.service import second_factor
from datahall.security import Role
from tests.conftest import NOON
from tests.factories import actor_of, add_org, add_person
from tests.web.people import hall

PASSWORD = "Dabie-Shan-1774"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
VAULT = Vault.fresh()


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    monkeypatch.setattr(passwords, "_HASHER", CHEAP)
    passwords._nobodys.cache_clear()


@pytest.fixture
def ask(monkeypatch):
    """Set who must have a second factor."""
    return lambda who: monkeypatch.setattr(
        gate, "settings", lambda: Settings(second_factor=who, _env_file=None)
    )


def with_password(conn, *roles, **about):
    person = add_person(conn, *roles, **about)
    logins.save_password(conn, person.id, CHEAP.hash(PASSWORD), at=NOON)
    return person


@pytest.fixture
def person(unit):
    return with_password(unit.conn, Role.CLERK, login="zhou.my")


@pytest.fixture
def secret(unit, person):
    """The phone is enrolled; the code of NOON is used up."""
    made = second_factor.enrolling_secret(unit, person.id, vault=VAULT)
    assert prove(unit, person, code_at(made)) is None
    return made


def later(unit: Unit, **by: float) -> Unit:
    return Unit(conn=unit.conn, now=unit.now + timedelta(**by))


def code_at(secret: str, seconds: int = 0) -> str:
    return pyotp.TOTP(secret).at(NOON + timedelta(seconds=seconds))


def prove(unit, person, code):
    return second_factor.prove_code(unit, person, code, address="10.0.0.1", vault=VAULT)


def attempt(unit):
    return log_in(unit, login="zhou.my", password=PASSWORD, address="10.0.0.1", agent="test")


def test_codes_are_those_of_rfc_6238():
    """The last six digits of the RFC's SHA-1 vectors."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # 12345678901234567890
    for at, code in ((59, "287082"), (1111111109, "081804"), (2000000000, "279037")):
        moment = NOON.fromtimestamp(at, NOON.tzinfo)
        assert totp.step_of(secret, code, at=moment) == at // 30


class TestProveCode:
    @pytest.mark.usefixtures("secret")
    def test_the_first_right_code_enrols(self, unit, person):
        assert logins.second_factor(unit.conn, person.id).enrolled_at == NOON
        assert [e.tag for e in unit.events] == ["organisations:second_factor:enrol"]
        assert second_factor.enrolling_secret(unit, person.id, vault=VAULT) is None

    def test_keeps_the_secret_sealed(self, unit, person, secret):
        assert secret.encode() not in logins.second_factor(unit.conn, person.id).sealed

    def test_bears_a_clock_of_half_a_minute(self, unit, person, secret):
        assert prove(later(unit, seconds=90), person, code_at(secret, 60)) is None
        assert prove(later(unit, seconds=120), person, code_at(secret, 150)) is None

    @pytest.mark.parametrize("seconds", [-60, 0, 120])
    def test_refuses_an_old_a_used_and_an_early_code(self, unit, person, secret, seconds):
        assert type(prove(later(unit, seconds=1), person, code_at(secret, seconds))) is WrongCode

    def test_locks_after_five_wrong_codes_whatever_the_password(self, unit, person, secret):
        answers = [type(prove(unit, person, "000000")) for _ in range(5)]
        assert answers == [WrongCode] * 4 + [LoginLocked]
        assert attempt(unit).session.proven_at is None  # the password alone is right
        right = prove(later(unit, seconds=60), person, code_at(secret, 60))
        assert type(right) is LoginLocked


class TestLogin:
    def finish(self, unit, token, code):
        return second_factor.finish_login(
            unit, token, code, agent="test", address="10.0.0.1", vault=VAULT
        )

    def test_waits_for_the_code_and_identifies_nobody_before(self, unit, person, secret):
        waiting = attempt(unit)
        assert gate.actor_of_token(unit, waiting.token) is None
        after = later(unit, seconds=60)
        opened = self.finish(after, waiting.token, code_at(secret, 60))
        assert gate.actor_of_token(after, opened.token).person == person.id
        assert opened.token != waiting.token
        assert gate.actor_of_token(after, waiting.token) is None
        assert [e.tag for e in after.events] == ["organisations:session:open"]

    @pytest.mark.usefixtures("secret")
    def test_waits_ten_minutes(self, unit, person):
        token = attempt(unit).token
        assert second_factor.waiting_person(later(unit, minutes=9), token) == person
        assert second_factor.waiting_person(later(unit, minutes=10), token) is None
        assert self.finish(later(unit, minutes=10), token, "000000") is None

    @pytest.mark.usefixtures("person")
    def test_asks_nobody_who_did_not_enrol(self, unit):
        assert attempt(unit).session.proven_at == NOON

    @pytest.mark.parametrize(
        ("who", "role", "asked"),
        [
            ("administrators", Role.AUDIT_ADMIN, True),
            ("administrators", Role.BUREAU, False),
            ("everybody", Role.BUREAU, True),
            ("voluntary", Role.AUDIT_ADMIN, False),
        ],
    )
    def test_asks_whom_the_settings_name(self, unit, ask, who, role, asked):
        ask(who)
        bureau = add_org(unit.conn, is_authority=True)
        with_password(unit.conn, role, org=bureau, login="zhou.my")
        assert (attempt(unit).session.proven_at is None) == asked


class TestRemove:
    def remove(self, unit, person, code):
        actor = actor_of(unit.conn, person)
        return second_factor.remove(unit, actor, code, address="10.0.0.1", vault=VAULT)

    def test_wants_one_last_code(self, unit, person, secret):
        after = later(unit, seconds=60)
        assert type(self.remove(after, person, "000000")) is WrongCode
        assert self.remove(after, person, code_at(secret, 60)) is None
        assert attempt(after).session.proven_at is not None

    def test_refuses_whom_the_settings_name(self, unit, person, secret, ask):
        ask("everybody")
        with pytest.raises(SecondFactorRequired):
            self.remove(unit, person, code_at(secret, 60))

    def test_a_lost_phone_is_forgotten_on_the_server(self, unit, person, secret):
        assert second_factor.forget(unit, person.id, by="console")
        assert not second_factor.forget(unit, person.id, by="console")
        fresh = second_factor.enrolling_secret(unit, person.id, vault=VAULT)
        assert fresh not in (None, secret)


class TestPages:
    @pytest.fixture
    def browser(self, fresh_dsn):
        with hall(fresh_dsn) as client:
            yield client

    def send(self, browser, page, path, **form):
        token = re.search(r'name="_csrf" value="(\w+)"', browser.get(page).text)[1]
        return browser.post(path, data={"_csrf": token, **form})

    def log_in(self, browser):
        return self.send(browser, "/login", "/login", login="zhou.my", password=PASSWORD)

    def secret_on(self, page: str) -> str:
        return re.search(r"密钥 <span class=\"dh-code\">([A-Z2-7 ]+)</span>", page)[1].replace(
            " ", ""
        )

    def test_enrolling_on_the_account_then_logging_in_with_a_code(self, browser, units):
        with units.open() as unit:
            with_password(unit.conn, Role.CLERK, login="zhou.my")
        self.log_in(browser)
        begun = self.send(browser, "/account", "/account/phone/begin")
        assert "绑定动态口令的二维码" in begun.text
        totp_now = pyotp.TOTP(self.secret_on(begun.text))
        wrong = self.send(browser, "/account", "/account/phone", code="12345")
        assert wrong.status_code == 422
        enrolled = self.send(browser, "/account", "/account/phone", code=totp_now.now())
        assert enrolled.status_code == 303
        assert "停用动态口令" in browser.get("/account").text

        browser.cookies.clear()
        assert self.log_in(browser).headers["location"] == "/login/code?next=/"
        assert browser.get("/account").headers["location"].startswith("/login")
        used = self.send(browser, "/login/code", "/login/code", code=totp_now.now())
        assert used.status_code == 422  # the code that enrolled is used up

    def test_who_must_enrols_on_the_way_in(self, browser, units, ask):
        ask("everybody")
        with units.open() as unit:
            with_password(unit.conn, Role.CLERK, login="zhou.my")
        self.log_in(browser)
        page = browser.get("/login/code").text
        assert "绑定手机动态口令" in page
        code = pyotp.TOTP(self.secret_on(page)).now()
        done = self.send(browser, "/login/code", "/login/code", code=code, next="/account")
        assert done.headers["location"] == "/account"
        assert "不能停用" in browser.get("/account").text

    def test_nothing_waits_without_a_password(self, browser):
        assert browser.get("/login/code").headers["location"] == "/login"
