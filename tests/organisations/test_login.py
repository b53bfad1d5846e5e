"""Logging in, the limits on it, and sessions."""

from dataclasses import replace
from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from datahall.kit.uow import Unit
from datahall.organisations import LoggedInSession, log_in, log_out, passwords
from datahall.organisations.errors import LoginBusy, LoginLocked, LoginRefused
from datahall.organisations.logins import Failures, digest
from datahall.organisations.repository import logins
from datahall.organisations.service import login as service
from datahall.security import Role
from tests.conftest import NOON
from tests.factories import add_person

PASSWORD = "Dabie-Shan-1774"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
HASH = CHEAP.hash(PASSWORD)

pytestmark = pytest.mark.usefixtures("person", "cheap")


@pytest.fixture
def cheap(monkeypatch):
    """Hashing that takes no time, for the tests that are not about it."""
    monkeypatch.setattr(passwords, "_HASHER", CHEAP)
    passwords._nobodys.cache_clear()


@pytest.fixture
def person(unit):
    someone = add_person(unit.conn, Role.CLERK, login="zhou.my")
    logins.save_password(unit.conn, someone.id, HASH, at=NOON)
    return someone


def later(unit: Unit, **by: int) -> Unit:
    return Unit(conn=unit.conn, now=unit.now + timedelta(**by))


def attempt(
    unit: Unit, password: str = PASSWORD, login: str = "zhou.my", address: str = "10.0.0.1"
):
    return log_in(unit, login=login, password=password, address=address, agent="test")


class TestLogIn:
    def test_opens_a_session_of_the_person(self, unit, person):
        opened = attempt(unit, login=" Zhou.MY ")
        actor = service.actor_of_token(unit, opened.token)
        assert (actor.person, actor.roles, actor.region) == (person.id, {Role.CLERK}, "3415")
        assert [e.tag for e in unit.events] == ["organisations:session:open"]

    def test_stores_no_secret_in_clear(self, unit):
        opened = attempt(unit)
        assert logins.session_by_token(unit.conn, digest(opened.token)) == opened.session

    def test_hashes_anew_what_was_hashed_with_weaker_parameters(self, unit, person, monkeypatch):
        stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
        monkeypatch.setattr(passwords, "_HASHER", stronger)
        attempt(unit)
        renewed = logins.password_hash(unit.conn, person.id)
        assert renewed.startswith("$argon2id$v=19$m=16,t=2,p=1$")
        assert isinstance(attempt(unit), LoggedInSession)

    @pytest.mark.parametrize(("login", "password"), [("zhou.my", "wrong"), ("nobody", PASSWORD)])
    def test_refuses_alike_a_wrong_password_and_an_unknown_name(self, unit, login, password):
        refusal = attempt(unit, login=login, password=password)
        assert type(refusal) is LoginRefused
        assert refusal.detail == {"attempts": 5, "lock_minutes": 60}

    def test_checks_a_hash_even_for_a_name_that_nobody_has(self, unit, monkeypatch):
        """Constant time: the same work is done whether the name exists or not."""
        checked = []
        monkeypatch.setattr(
            passwords, "matches", lambda _password, known: checked.append(known) or False
        )
        attempt(unit, login="nobody")
        attempt(unit, login="zhou.my")
        assert checked == [None, HASH]

    def test_records_a_failure_without_the_name_typed(self, unit, person):
        attempt(unit, login=PASSWORD, password="")
        attempt(unit, password="wrong")
        assert [(e.by, e.subject) for e in unit.events] == [
            ("anonymous", "login:unknown"),
            (str(person.id), f"person:{person.id}"),
        ]
        assert PASSWORD not in repr(unit.events)

    def test_refuses_a_suspended_person(self, unit):
        someone = add_person(unit.conn, login="gone", active=False)
        logins.save_password(unit.conn, someone.id, HASH, at=NOON)
        assert type(attempt(unit, login="gone")) is LoginRefused

    def test_refuses_a_second_attempt_while_the_first_is_checked(self, units):
        """Many guesses sent at once must not all be checked before the first is counted."""
        with units.open() as first:
            attempt(first)
            with units.open() as second:
                assert type(attempt(second)) is LoginBusy
                other = attempt(second, login="somebody.else", address="10.0.0.2")
                assert type(other) is LoginRefused


class TestLock:
    @pytest.mark.parametrize("login", ["zhou.my", "nobody"])
    def test_locks_after_five_failures_whether_the_name_exists_or_not(self, unit, login):
        answers = [type(attempt(unit, login=login, password="wrong")) for _ in range(5)]
        assert answers == [LoginRefused] * 4 + [LoginLocked]
        assert [e.locked for e in unit.events] == [False] * 4 + [True]
        assert type(attempt(unit, login=login)) is LoginLocked

    def test_opens_again_after_an_hour(self, unit):
        for _ in range(5):
            attempt(unit, password="wrong")
        assert type(attempt(later(unit, minutes=59))) is LoginLocked
        assert isinstance(attempt(later(unit, minutes=60)), LoggedInSession)

    def test_a_success_ends_the_row_of_failures(self, unit):
        for _ in range(4):
            attempt(unit, password="wrong")
        attempt(unit)
        assert type(attempt(unit, password="wrong")) is LoginRefused

    def test_locks_an_address_that_tries_many_names(self, unit):
        for n in range(99):
            attempt(unit, login=f"name{n}", password="wrong")
        assert type(attempt(unit, login="name99", password="wrong")) is LoginLocked
        assert type(attempt(unit)) is LoginLocked
        assert isinstance(attempt(unit, address="10.0.0.2"), LoggedInSession)

    def test_strangers_do_not_lock_out_the_person_at_the_own_desk(self, unit):
        attempt(unit)  # from 10.0.0.1
        for _ in range(5):
            attempt(unit, password="wrong", address="10.9.9.9")
        assert type(attempt(unit, address="10.9.9.9")) is LoginLocked
        assert isinstance(attempt(unit), LoggedInSession)

    def test_guessing_at_the_own_desk_locks_there(self, unit):
        attempt(unit)
        answers = [type(attempt(unit, password="wrong")) for _ in range(5)]
        assert answers == [LoginRefused] * 4 + [LoginLocked]
        assert type(attempt(unit)) is LoginLocked

    def test_a_desk_not_used_for_a_month_is_a_stranger_again(self, unit):
        attempt(unit)
        after = later(unit, days=31)
        for _ in range(5):
            attempt(after, password="wrong", address="10.9.9.9")
        assert type(attempt(after)) is LoginLocked

    def test_forgets_old_failures(self, unit):
        attempt(unit, login="nobody")
        subject = digest("login:nobody")
        assert logins.failures(unit.conn, subject).count == 1
        attempt(later(unit, hours=2), login="somebody")
        assert logins.failures(unit.conn, subject) == Failures()


class TestSession:
    def test_ends_after_half_an_hour_without_a_request(self, unit):
        token = attempt(unit).token
        assert service.actor_of_token(later(unit, minutes=29), token)
        assert service.actor_of_token(later(unit, minutes=58), token)
        assert service.actor_of_token(later(unit, minutes=88), token) is None

    def test_ends_after_eight_hours_however_busy(self, unit):
        token = attempt(unit).token
        for minutes in range(0, 480, 20):
            assert service.actor_of_token(later(unit, minutes=minutes), token)
        assert service.actor_of_token(later(unit, minutes=480), token) is None

    def test_ends_by_logging_out(self, unit):
        token = attempt(unit).token
        log_out(unit, token)
        assert service.actor_of_token(unit, token) is None
        log_out(unit, token)
        assert [e.tag for e in unit.events] == [
            "organisations:session:open",
            "organisations:session:close",
        ]

    def test_has_a_secret_of_its_own_each_time(self, unit):
        assert attempt(unit).token != attempt(unit).token

    def test_knows_no_made_up_token(self, unit):
        assert service.actor_of_token(unit, "made-up") is None


def test_a_pause_as_long_as_the_lock_starts_a_new_row_of_failures():
    four = Failures(count=4, last_at=NOON)
    lock = timedelta(hours=1)
    assert four.one_more(at=NOON + timedelta(minutes=59), limit=5, lock=lock).locked_until
    assert four.one_more(at=NOON + lock, limit=5, lock=lock) == replace(
        four, count=1, last_at=NOON + lock
    )
