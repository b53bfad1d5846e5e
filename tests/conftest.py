"""One server and one migrated database a worker, one rolled-back transaction a test."""

import atexit
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from datahall import bootstrap
from datahall.kit import db, html, postgres
from datahall.kit.uow import Unit, Units
from tests.tools.judge import faults_of

NOON = datetime(2026, 10, 16, 4, tzinfo=UTC)  # 12:00 in 六安 (UTC+8), a working Friday

# Key files of tests never stand in the worktree.
os.environ["DATAHALL_SOURCES_ON_THIS_MACHINE"] = "1"  # the sources of tests are
os.environ["DATAHALL_HOME"] = tempfile.mkdtemp(prefix="datahall-home-")
atexit.register(shutil.rmtree, os.environ["DATAHALL_HOME"], ignore_errors=True)


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    """A real PostgreSQL of our own, without the disk's guarantees (tests that kill it use another)."""
    with (
        postgres.scratch_folder("datahall-test-") as folder,
        postgres.Server(folder / "pg", options=dict(postgres.FAST)) as running,
    ):
        yield running


@pytest.fixture(scope="session")
def template(server: postgres.Server) -> str:
    """Name of a migrated database that nobody uses: the others are copies of it."""
    bootstrap.migrate(server.create_database("template_datahall"))
    return "template_datahall"


@pytest.fixture(scope="session")
def dsn(server: postgres.Server, template: str) -> str:
    """A migrated database that tests share; whoever commits makes their own (`fresh_dsn`)."""
    return server.create_database("shared", template=template)


@pytest.fixture
def fresh_dsn(server: postgres.Server, template: str) -> Iterator[str]:
    """A migrated database of this test alone, for code that opens its own connections."""
    name = f"t{secrets.token_hex(6)}"
    url = server.create_database(name, template=template)
    yield url
    server.drop_database(name)


@pytest.fixture(scope="session")
def engine(dsn: str) -> Iterator[sa.Engine]:
    made = db.engine(dsn)
    yield made
    made.dispose()


@pytest.fixture
def conn(engine: sa.Engine) -> Iterator[sa.Connection]:
    with engine.connect() as connection:
        outer = connection.begin()
        yield connection
        outer.rollback()


@pytest.fixture
def unit(conn: sa.Connection) -> Unit:
    """A unit at NOON inside the test's transaction; its acts stay in `unit.events`, told to nobody."""
    return Unit(conn=conn, now=NOON, answerers=bootstrap.ANSWERERS)


@pytest.fixture
def units(fresh_dsn: str) -> Iterator[Units]:
    """The program's own units, on a database of this test alone."""
    made = db.engine(fresh_dsn)
    yield bootstrap.units(made)
    made.dispose()


@pytest.fixture(autouse=True)
def judged(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever page a test opens keeps the rules of tests/tools/judge.py."""
    faults: list[str] = []
    render = html.render

    def judge_too(env: Any, page: html.Page, shell: object, *, partial: bool) -> str:
        made = render(env, page, shell, partial=partial)
        if not partial:
            faults.extend(f"{page.template}: {fault}" for fault in faults_of(made))
        return made

    monkeypatch.setattr(html, "render", judge_too)
    yield
    assert faults == []


TOOLS = {
    "browser": ("chromium", lambda: shutil.which("chromium")),
    "mariadb": (
        "mariadb-server",
        lambda: shutil.which("mariadbd", path=f"{os.environ['PATH']}:/usr/sbin"),
    ),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what this machine has no tool for, visibly; in CI nothing is left out."""
    for marker, (package, found) in TOOLS.items():
        if found():
            continue
        for item in items:
            if item.get_closest_marker(marker) is None:
                continue
            if os.environ.get("CI") == "true":
                raise pytest.UsageError(f"CI leaves nothing out: apt-get install {package}")
            item.add_marker(pytest.mark.skip(reason=f"left out: apt-get install {package}"))
