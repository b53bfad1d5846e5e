"""Workbooks by page, API, worker and command line."""

import asyncio
import threading
from contextlib import contextmanager

import pytest
from typer.testing import CliRunner

from datahall.catalogue import repository
from datahall.catalogue.commands import app
from datahall.catalogue.sheets import XLSX, importing
from datahall.catalogue.tasks import JOBS
from datahall.kit import jobs
from datahall.security import Role
from tests.catalogue.sheets.books import at, book, line, texts
from tests.factories import add_person
from tests.web.people import hall, sit_down

GOOD = book(line())
BAD = book(line(), line(序号=2, 信息资源名称="坏的", 共享类型="随便"))


@pytest.fixture
def person(units):
    with units.open() as unit:
        return add_person(unit.conn, Role.CLERK)


@pytest.fixture
def client(fresh_dsn, units, person):
    with hall(fresh_dsn) as client:
        client.token = sit_down(client, units, person)
        yield client


def upload(client, content, name="目录.xlsx"):
    return client.post(
        "/catalogue/imports",
        data={"_csrf": client.token},
        files={"file": (name, content, XLSX)},
        follow_redirects=False,
    )


def work(dsn, units) -> None:
    """Let a worker run the queued jobs."""
    stop = threading.Event()

    def counted(units_, payload):
        try:
            JOBS[importing.JOB](units_, payload)
        finally:
            stop.set()

    threading.Timer(20, stop.set).start()
    asyncio.run(jobs.serve(dsn, units, {importing.JOB: counted}, stop=stop))


class TestPages:
    def test_sent_taken_by_the_worker_and_remarked(self, client, fresh_dsn, units):
        answer = upload(client, BAD)
        address = answer.headers["location"]
        waiting = client.get(address).text
        assert "等待处理" in waiting
        assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in waiting

        work(fresh_dsn, units)

        done = client.get(address).text
        assert "已完成" in done
        assert "http-equiv" not in done
        assert at("共享类型", 3) in done
        assert "可填：无条件共享、有条件共享、不予共享" in done
        remarked = client.get(f"{address}/remarked")
        assert remarked.headers["content-type"] == XLSX
        assert texts(remarked.content)[1][1] == at("共享类型", 3)
        assert "目录.xlsx" in client.get("/catalogue/imports").text
        assert "流动人口登记信息" in client.get("/catalogue/entries").text

    @pytest.mark.parametrize(
        ("content", "words"), [(b"", "请选择要导入的工作簿"), (b"PNG", "不是 Excel 工作簿")]
    )
    def test_a_file_that_is_none_is_refused_beside_its_input(self, client, content, words):
        answer = upload(client, content)
        assert answer.status_code == 422
        assert words in answer.text

    def test_no_file_at_all(self, client):
        answer = client.post("/catalogue/imports", data={"_csrf": client.token})
        assert answer.status_code == 422
        assert "请选择要导入的工作簿" in answer.text

    def test_the_form_is_a_workbook_that_can_be_sent_back(self, client, fresh_dsn, units):
        form = client.get("/catalogue/imports/form")
        address = upload(client, form.content).headers["location"]
        work(fresh_dsn, units)
        assert "全部进来了" in client.get(address).text

    def test_exports(self, client, fresh_dsn, units):
        upload(client, GOOD)
        work(fresh_dsn, units)
        whole = texts(client.get("/catalogue/entries/export").content)
        official = texts(client.get("/catalogue/entries/export?official=1").content)
        assert whole[1][5] == official[1][5] == "流动人口登记信息"
        assert len(official[0]) == 27
        assert len(texts(client.get("/catalogue/export?q=人口").content)) == 1  # nothing published


class TestApi:
    def test_send_and_read(self, client, fresh_dsn, units):
        headers = {"X-CSRF-Token": client.token}
        sent = client.post(
            "/api/v1/catalogue/imports", files={"file": ("a.xlsx", BAD, XLSX)}, headers=headers
        )
        assert (sent.status_code, sent.json()["state"]) == (202, "waiting")
        work(fresh_dsn, units)
        ended = client.get(f"/api/v1/catalogue/imports/{sent.json()['id']}").json()
        assert (ended["state"], ended["drafted"], ended["refused"]) == ("done", 1, 1)
        (remark,) = ended["remarks"]
        assert remark["cell"] == at("共享类型", 3)
        assert remark["message"].startswith("“随便”不是可选的值")
        assert client.get("/api/v1/catalogue/entries/workbook").headers["content-type"] == XLSX
        assert client.get("/api/v1/catalogue/items/workbook").status_code == 200


class TestInterrupted:
    def test_an_import_goes_on_where_it_stood(self, units, person, monkeypatch):
        """The worker dies in the second batch; what was done is counted once."""
        monkeypatch.setattr(importing, "BATCH", 2)
        lines = [line(序号=n, 信息资源名称=f"目录{n}") for n in range(1, 8)]
        with units.open() as unit:
            actor = importing.security.Actor(
                person=person.id, name=person.name, org=person.org, org_name="市局",
                roles=person.roles,
            )  # fmt: skip
            sent = importing.receive(unit, actor, name="a.xlsx", content=book(*lines))
        opened = []

        @contextmanager
        def dying():
            opened.append(1)
            if len(opened) == 5:
                raise OSError("power")
            with units.open() as unit:
                yield unit

        with pytest.raises(OSError, match="power"):
            importing.run(dying, sent.id)
        ended = importing.run(units.open, sent.id)
        assert (ended.total, ended.done, ended.drafted, ended.unchanged) == (7, 7, 7, 0)
        with units.open() as unit:
            assert len(repository.drafts(unit.conn, provider=person.org)) == 7

    def test_a_finished_import_is_not_done_again(self, units, person):
        with units.open() as unit:
            actor = importing.security.Actor(
                person=person.id, name=person.name, org=person.org, org_name="市局",
                roles=person.roles,
            )  # fmt: skip
            sent = importing.receive(unit, actor, name="a.xlsx", content=GOOD)
        first = importing.run(units.open, sent.id)
        assert importing.run(units.open, sent.id) == first


class TestCommandLine:
    def test_import_and_export(self, units, person, tmp_path):
        file = tmp_path / "目录.xlsx"
        file.write_bytes(BAD)
        run = CliRunner().invoke(
            app, ["catalogue", "import", str(file), "--login", person.login], obj=units.open
        )
        assert run.exit_code == 1, run.output
        assert "新建 1" in run.output
        assert texts((tmp_path / "目录-批注.xlsx").read_bytes())[1][1] == at("共享类型", 3)

        out = tmp_path / "出.xlsx"
        again = CliRunner().invoke(
            app, ["catalogue", "export", str(out), "--login", person.login], obj=units.open
        )
        assert again.exit_code == 0
        assert texts(out.read_bytes())[1][5] == "流动人口登记信息"
