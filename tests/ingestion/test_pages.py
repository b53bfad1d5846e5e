"""A clerk brings a file into the hall with nothing but the pages."""

import re

import pytest

from datahall import catalogue
from datahall.catalogue import ItemPublished
from datahall.catalogue import repository as entries
from datahall.ingestion import follow_published, repository
from datahall.ingestion.tasks import JOBS, run_due
from datahall.kit.settings import settings
from datahall.organisations import seed
from datahall.security import Role
from tests.factories import add_city, add_person, make_field, make_item
from tests.web import people

CSV = "证号,姓名\nA1,张三\nA2,李四\n".encode("gb18030")


@pytest.fixture
def client(units, fresh_dsn):
    with units.open() as unit:
        add_city(unit.conn)
    with people.hall(fresh_dsn) as made:
        yield made


def sit_down(client, units, *roles, org="civil_affairs"):
    with units.open() as unit:
        person = add_person(unit.conn, *roles, org=seed.org_id(org))
    return people.sit_down(client, units, person)


@pytest.fixture
def token(client, units):
    return sit_down(client, units, Role.CLERK)


def register(client, token, **about):
    form = {"_csrf": token, "name": "火化名册", "kind": "csv", "zone": "government"} | about
    return client.post("/sources/new", data=form)


@pytest.fixture
def source(client, token):
    """The address of a source whose file was uploaded, found good and scanned."""
    at = register(client, token).headers["location"]
    client.post(f"{at}/upload", data={"_csrf": token}, files={"file": ("名册.csv", CSV)})
    return at


@pytest.fixture
def task(units, source):
    """The address of the task of a published item over the scanned table."""
    assert source
    with units.open() as unit:
        table = catalogue.tables_of(unit.conn, seed.org_id("civil_affairs"))[0]
        item = make_item(
            provider=seed.org_id("civil_affairs"),
            title="殡葬火化登记信息",
            table=table.id,
            status=catalogue.ItemStatus.PUBLISHED,
            code="101003/000001",
            published_at=unit.now,
            fields=(
                make_field("zh", title="证号", source_column="证号", is_key=True, required=True),
                make_field("xm", title="姓名", source_column="姓名"),
            ),
        )
        entries.add(unit.conn, item)
        follow_published(
            unit, ItemPublished(at=unit.now, by="test", item=item.id, version=1, code=item.code)
        )
        found = repository.task_of(unit.conn, item.id)
    return f"/ingestion/tasks/{found.id}"


class TestSource:
    @pytest.mark.usefixtures("token")
    def test_empty_list_says_what_to_do(self, client):
        assert "还没有登记数据源" in client.get("/sources").text

    def test_the_form_says_what_is_missing_beside_the_field(self, client, token):
        answer = register(client, token, kind="postgresql", name="人口库", port="x")
        assert answer.status_code == 422
        assert 'value="人口库"' in answer.text
        assert 'id="f-host-e"' in answer.text
        assert 'id="f-port-e"' in answer.text

    def test_a_password_is_never_shown_again(self, client, token):
        typed = {
            "host": "10.34.1.20",
            "database": "rk",
            "user": "hall",
            "password": "correct horse",
        }
        at = register(client, token, kind="postgresql", **typed).headers["location"]
        assert "correct horse" not in client.get(f"{at}/edit").text + client.get(at).text

    def test_a_file_of_another_kind_is_not_taken(self, client, token):
        at = register(client, token).headers["location"]
        sent = {"file": ("名册.xlsx", b"PK\x03\x04")}
        answer = client.post(f"{at}/upload", data={"_csrf": token}, files=sent)
        assert answer.status_code == 422
        assert "文件名应以 .csv 结尾" in answer.text

    def test_a_scan_that_fails_says_where_and_what_to_do(self, client, token):
        at = register(client, token).headers["location"]
        answer = client.post(f"{at}/scan", data={"_csrf": token})
        assert answer.status_code == 422
        assert "请在数据源页上传文件" in answer.text

    def test_an_uploaded_file_is_tried_and_listed_at_once(self, client, token):
        at = register(client, token).headers["location"]

        def send(name, content):
            client.post(f"{at}/upload", data={"_csrf": token}, files={"file": (name, content)})
            return client.get(at).text

        page = send("名册.csv", CSV)
        assert "已收下文件，能读" in page
        assert "起草目录" in page
        page = send("坏.csv", "证号,姓名\nA1,张三,多\n".encode())
        assert "还不能归集" in page
        assert "请改正这一行" in page
        assert "是上一个文件的" in page
        tables = send("新.csv", CSV).split('id="scans"')[0]
        assert ">新</a>" in tables
        assert ">名册</a>" not in tables

    def test_a_scan_of_a_file_does_not_claim_to_read_nothing(self, client, token, source):
        client.post(f"{source}/scan", data={"_csrf": token})
        page = client.get(source).text
        assert "没有行进入大厅" in page
        assert "没有读取任何一行数据" not in page

    def test_a_scanned_table_can_be_drafted(self, client, token, source):
        page = client.get(source).text
        assert "GB18030" in page.upper()
        assert "姓名" in page
        draft = re.search(r'action="(/catalogue/tables/[^"]+)"', page)[1]
        answer = client.post(draft, data={"_csrf": token})
        assert answer.headers["location"].endswith("/edit")
        assert "起草目录" not in client.get(source).text

    def test_another_department_sees_nothing_of_it(self, client, units, source):
        sit_down(client, units, Role.CLERK, org="police")
        assert client.get(source).status_code == 404
        assert "火化名册" not in client.get("/sources").text


class TestAssets:
    def test_lists_tables_by_source_with_their_columns_and_states(self, client, token, source):
        page = client.get("/assets").text
        assert "火化名册" in page
        assert "<code>证号</code>" in page
        assert re.search(r'未编目 <span class="n">1<', page)
        draft = re.search(r'action="(/catalogue/tables/[^"]+)"', client.get(source).text)[1]
        client.post(draft, data={"_csrf": token})
        assert re.search(r'已编目 <span class="n">1<', client.get("/assets").text)

    @pytest.mark.usefixtures("source")
    @pytest.mark.parametrize(
        ("query", "found"),
        [("q=证号", True), ("q=名册", True), ("q=名册+姓名", True), ("q=车牌", False),
         ("state=gone", False), ("state=not_catalogued", True), ("state=nonsense", True)],
    )  # fmt: skip
    def test_is_searched_by_names_and_columns(self, client, query, found):
        page = client.get(f"/assets?{query}").text
        assert ("这张表的详情和画像" in page) == found
        assert ("没有找到" in page) == (not found)

    @pytest.mark.usefixtures("source")
    def test_the_interface_tells_the_same(self, client):
        (asset,) = client.get("/api/v1/ingestion/tables?q=姓名").json()
        assert (asset["name"], asset["columns"], asset["state"]) == ("名册", 2, "not_catalogued")

    @pytest.mark.usefixtures("source")
    def test_another_department_sees_nothing_of_it(self, client, units):
        sit_down(client, units, Role.CLERK, org="police")
        assert "还没有家底" in client.get("/assets").text


class TestDrift:
    def change(self, client, token, source, content):
        sent = {"file": ("名册.csv", content.encode())}
        return client.post(f"{source}/upload", data={"_csrf": token}, files=sent)

    def test_a_scan_tells_what_changed(self, client, token, source):
        self.change(client, token, source, "证号,全名\nA1,张三\n")
        page = client.get(source).text
        assert "1 处变化" in page
        assert "多半改名为 <code>全名</code>，把握 80%" in page
        api = source.replace("/sources/", "/api/v1/drift/sources/")
        (last, first) = client.get(f"{api}/scans").json()
        assert (last["changes"][0]["kind"], first["is_first"]) == ("column_renamed", True)

    def test_scans_are_scheduled_on_the_page(self, client, token, source):
        form = {"_csrf": token, "scan_every_s": "3600"}
        assert client.post(f"{source}/schedule", data=form).status_code == 303
        assert 'value="3600" selected' in client.get(source).text
        bad = client.post(f"{source}/schedule", data=form | {"scan_every_s": "7"})
        assert (bad.status_code, "请从列出的间隔中选一个" in bad.text) == (422, True)

    def test_a_ticket_is_explained_and_agreed_to(self, client, units, token, source, task):
        self.change(client, token, source, "证号,姓名,备注\nA1,张三,好\n")
        at = re.search(r'href="(/drift/[^"]+)"', client.get("/workbench").text)[1]
        assert at in client.get("/drift").text
        assert at in client.get(task).text
        page = client.get(at).text
        assert "新增列" in page
        assert "目录的信息项都还对得上" in page
        long = {"_csrf": token, "days": "9", "words": "来不及"}
        assert client.post(f"{at}/extension", data=long).status_code == 422
        assert client.post(f"{at}/extension", data=long | {"days": "5"}).status_code == 303
        assert "申请延期 5 个工作日" in client.get(at).text
        refused = client.post(f"{at}/explain", data={"_csrf": token, "words": " "})
        assert (refused.status_code, "请写明理由" in refused.text) == (422, True)
        client.post(f"{at}/explain", data={"_csrf": token, "words": "内部备注"})
        head = sit_down(client, units, Role.HEAD)
        assert at in client.get("/workbench").text
        assert "内部备注" in client.get(at).text
        assert client.post(f"{at}/agree", data={"_csrf": head}).status_code == 303
        assert "说明后同意不改" in client.get("/drift?closed=true").text

    def test_a_ticket_says_what_stops(self, client, token, source, task):
        assert task
        self.change(client, token, source, "证号,全名\nA1,张三\n")
        at = re.search(r'href="(/drift/[^"]+)"', client.get("/drift").text)[1]
        page = client.get(at).text
        assert "归集不能继续" in page
        assert "来源列 姓名 多半改名为 全名（把握 80%）" in page
        told = client.get(f"/api/v1/drift/tickets/{at.rsplit('/', 1)[1]}").json()
        assert [(m["field"], m["stops"]) for m in told["misfits"]] == [("xm", True)]


class TestTable:
    @pytest.fixture
    def at(self, client, source):
        """The address of the scanned table."""
        return re.search(r'href="(/assets/tables/[^"]+)"', client.get(source).text)[1]

    def test_shows_columns_and_what_a_sample_says_of_them(self, client, units, token, at):
        assert "取样看一看" in client.get(at).text
        client.post(f"{at}/profile", data={"_csrf": token})
        assert "正在取样" in client.get(at).text
        JOBS["ingestion.sample"](units, {"table": at.rsplit("/", 1)[1]})
        page = client.get(at).text
        assert "每行不同，可以认出一行" in page
        assert "不留值：姓名" in page
        assert "张三" not in page

    def test_the_interface_tells_the_same(self, client, units, token, at):
        api = at.replace("/assets/", "/api/v1/ingestion/")
        asked = client.post(f"{api}/profile", headers={"x-csrf-token": token})
        assert (asked.status_code, asked.json()["finished_at"]) == (202, None)
        JOBS["ingestion.sample"](units, {"table": at.rsplit("/", 1)[1]})
        told = client.get(api).json()
        assert told["sampling"]["finished_at"]
        (number, name) = told["columns"]
        assert (number["profile"]["rows"], number["profile"]["minimum"]) == (2, "A1")
        assert (name["profile"]["minimum"], name["profile"]["distinct"]) == (None, 2)

    def test_a_source_that_does_not_answer_is_explained(self, client, units, token, source, at):
        for file in (settings().home / "files" / source.rsplit("/", 1)[1]).iterdir():
            file.unlink()
        client.post(f"{at}/profile", data={"_csrf": token})
        JOBS["ingestion.sample"](units, {"table": at.rsplit("/", 1)[1]})
        assert "取样没有成功" in client.get(at).text

    def test_another_department_sees_nothing_of_it(self, client, units, at):
        sit_down(client, units, Role.CLERK, org="police")
        assert client.get(at).status_code == 404

    def test_the_head_sees_it_and_orders_nothing(self, client, units, at):
        token = sit_down(client, units, Role.HEAD)
        assert "取样看一看" not in client.get(at).text
        assert client.post(f"{at}/profile", data={"_csrf": token}).status_code == 403


class TestTask:
    def test_tells_that_it_waits_and_then_what_it_brought(self, client, units, task):
        assert "等待第一次归集" in client.get("/ingestion/tasks").text
        run_due(units)
        page = client.get(task).text
        assert "数据与检查点一并提交" in page
        assert re.search(r"大厅行数</span></div><div class=\"dh-num-lg\">2<", page)

    def test_a_failure_names_its_layer_and_the_next_step(self, client, units, token, source, task):
        sent = {"file": ("名册.csv", "证号,姓名\nA1,张三,多\n".encode())}
        client.post(f"{source}/upload", data={"_csrf": token}, files=sent)
        run_due(units)
        page = client.get(task).text
        assert "未成功" in page
        assert "请改正这一行" in page
        assert f'href="{task}"' in client.get("/workbench").text

    def test_rests_and_goes_on(self, client, token, task):
        assert client.post(f"{task}/pause", data={"_csrf": token}).status_code == 303
        assert "已暂停" in client.get(task).text
        client.post(f"{task}/resume", data={"_csrf": token})
        assert f'action="{task}/pause"' in client.get(task).text

    def test_an_interval_that_is_none_is_refused_beside_the_field(self, client, token, task):
        answer = client.post(f"{task}/interval", data={"_csrf": token, "interval_s": "soon"})
        assert answer.status_code == 422
        assert 'value="soon"' in answer.text

    def test_who_may_only_look_sees_no_buttons(self, client, units, task):
        sit_down(client, units, Role.REPRESENTATIVE)
        assert "操作" not in client.get(task).text
