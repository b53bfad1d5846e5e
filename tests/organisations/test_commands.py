"""The links that are made on the server itself."""

import re

import pytest
from typer.testing import CliRunner

from datahall.cli.main import command_line
from datahall.kit.settings import settings
from datahall.organisations.errors import AlreadySetUp, PersonNotFound
from datahall.organisations.service import credentials, setup
from datahall.security import Role
from tests.factories import add_org, add_person


@pytest.fixture
def run(fresh_dsn, monkeypatch):
    """`datahall setup-link …` on a database of this test."""
    monkeypatch.setenv("DATABASE_URL", fresh_dsn)
    settings.cache_clear()
    yield lambda *words: CliRunner().invoke(command_line("setup-link"), ["setup-link", *words])
    settings.cache_clear()


def secret_in(output: str, kind: str) -> str:
    return re.search(rf"http://127\.0\.0\.1:8000/{kind}/([\w-]+)\n", output)[1]


def test_prints_the_link_of_the_first_run(run, units):
    output = run().stdout
    with units.open() as unit:
        setup.check_setup_link(unit, secret_in(output, "setup"))


def test_prints_a_link_for_an_administrator_who_is_locked_out(run, units):
    with units.open() as unit:
        bureau = add_org(unit.conn, is_authority=True)
        admin = add_person(unit.conn, Role.AUDIT_ADMIN, org=bureau, login="audit")
    output = run("--login", "audit").stdout
    with units.open() as unit:
        assert credentials.person_of_link(unit, secret_in(output, "links")) == admin


def test_refuses_when_the_hall_is_set_up_already(run, units):
    with units.open() as unit:
        add_org(unit.conn, is_authority=True)
    assert isinstance(run().exception, AlreadySetUp)


def test_refuses_a_login_that_nobody_has(run):
    assert isinstance(run("--login", "nobody").exception, PersonNotFound)
