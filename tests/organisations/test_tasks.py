"""What is over is forgotten, and nothing else."""

from dataclasses import replace
from datetime import timedelta

from datahall.organisations.logins import digest
from datahall.organisations.repository import logins
from datahall.organisations.service import credentials
from datahall.organisations.service.login import actor_of_token, log_in, open_session
from datahall.organisations.tasks import tidy
from tests.conftest import NOON
from tests.factories import add_person


def at(units, **later):
    return replace(units, clock=lambda: NOON + timedelta(**later))


def test_forgets_what_is_over_and_nothing_else(units):
    with at(units).open() as unit:
        person = add_person(unit.conn)
        old = open_session(unit, person, address="", agent="").token
        link = credentials.make_link(unit, person.id, by="console")
        log_in(unit, login="nobody", password="x")
    with at(units, hours=7).open() as unit:
        new = open_session(unit, person, address="", agent="").token

    tidy(at(units, minutes=5))
    with at(units, minutes=5).open() as unit:
        assert actor_of_token(unit, old)
        assert logins.failures(unit.conn, digest("login:nobody")).count == 1

    tidy(at(units, hours=8, minutes=1))
    with at(units, hours=7, minutes=1).open() as unit:
        assert actor_of_token(unit, old) is None
        assert actor_of_token(unit, new)
        assert credentials.person_of_link(unit, link) == person
        assert logins.failures(unit.conn, digest("login:nobody")).count == 0

    tidy(at(units, hours=73))
    with at(units).open() as unit:
        assert logins.link(unit.conn, digest(link)) is None

    tidy(at(units, days=31))  # the desk was familiar for so long
    with at(units).open() as unit:
        assert logins.session_by_token(unit.conn, digest(old)) is None
