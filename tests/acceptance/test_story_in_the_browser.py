"""The main job in a real Chromium, as eight people and a passer-by: from a department's table to a governed call.

Each scene is one person at their own window, with a script or without, at a desk or on a phone.
Nobody does anything in this file that a page, the worker or the published client does not do.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Locator, Page, Response, expect

from datahall import bootstrap
from datahall.catalogue import UpdateCycle
from datahall.client import Answer, CallRefused, Client
from datahall.demo import cast
from datahall.demo import city as demo_city
from datahall.demo.city import PERSONS, City, Reading
from datahall.demo.plans import PLANS
from datahall.ingestion import LoadState
from datahall.ingestion.tasks import run_due
from datahall.kit import db, postgres
from datahall.kit.clock import local_date, utc_now
from datahall.kit.uow import Units
from datahall.web import assets
from tests.ingestion.conftest import department
from tests.tools import browser, live
from tests.tools.browser import DESK, PHONE

__all__ = ["department"]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

PLAN = next(plan for plan in PLANS if plan.dataset == "persons")
SCOPE = "341502"  # 金安区
WANTED = {
    "公民身份号码": "比对主键",
    "姓名": "防止号码误录",
    "所属县区": "派发到县区核实",
    "户籍地址": "确认户籍所在地",
}
MASKED = ("姓名", "户籍地址")  # what the provider gives only in part
REVOKED_WITHIN_S = 5.0
PATIENCE_MS = 20_000  # of a page on a busy machine


@dataclass
class Hall:
    """The running hall and those who look at it; `faults` is what must not happen to anybody."""

    units: Units
    chromium: Browser
    pages: str
    gateway: str
    source: Reading
    port: int
    city: City
    faults: list[str] = field(default_factory=list)

    @contextmanager
    def window(self, size: tuple[int, int] = DESK, *, script: bool = True) -> Iterator[Page]:
        """A window of somebody who is not logged in."""
        with browser.window(self.chromium, size, script=script, policy=True) as context:
            context.set_default_timeout(PATIENCE_MS)
            page = context.new_page()
            page.on("response", self._note)
            page.on("console", self._hear)
            page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
            page.on("dialog", Dialog.accept)
            page.goto(self.pages)
            yield page

    @contextmanager
    def desk(
        self, login: str, size: tuple[int, int] = DESK, *, script: bool = True
    ) -> Iterator[Page]:
        """A window of a member of the cast, who has logged in on the page."""
        with self.window(size, script=script) as page:
            page.goto(f"{self.pages}/login")
            entry(page, "登录名").fill(login)
            entry(page, "密码").fill(cast.PASSWORD)
            press(page, "登录")
            name = next(member.name for member in cast.CAST if member.login == login)
            expect(page.locator(".dh-me")).to_contain_text(name)
            yield page

    def _note(self, answer: Response) -> None:
        if answer.status >= 500:
            self.faults.append(f"{answer.request.method} {answer.url} answers {answer.status}")

    def _hear(self, message: ConsoleMessage) -> None:
        refused = "Failed to load resource" in message.text  # a form that is shown again
        if message.type == "error" and not refused:
            self.faults.append(f"console: {message.text}")

    def someone(self, area: str) -> dict[str, Any]:
        """A resident of the area whose row has no fault."""
        persons, faulty = self.city.persons, self.city.manifests["persons"]
        rows = persons.filter(persons["ssxq"] == area).to_dicts()
        return next(row for row in rows if row["gmsfhm"] not in faulty)


@pytest.fixture
def hall(fresh_dsn: str, department: postgres.Server, tmp_path: Path) -> Iterator[Hall]:
    assets.build()
    made = demo_city.build(scale=0.005, today=local_date(utc_now()))
    source = demo_city.plant_database(department.dsn(), PERSONS, made.persons, password="只读 账号")
    engine = db.engine(fresh_dsn)
    units = bootstrap.units(engine)
    with units.open() as unit:
        cast.assemble(unit)
    with (
        live.gateway(fresh_dsn, tmp_path / "gateway.log") as gateway,
        live.pages(fresh_dsn, tmp_path / "web.log", DATAHALL_GATEWAY_URL=gateway) as pages,
        browser.chromium() as chromium,
    ):
        yield Hall(units, chromium, pages, gateway, source, department.port, made)
    engine.dispose()
    department.drop_database(PERSONS.database)


def press(page: Page, words: str) -> None:
    """Press the one button with these words."""
    page.get_by_role("button", name=words, exact=True).click()


def entry(page: Page | Locator, label: str) -> Locator:
    """The field with this label, whether it must be filled or not."""
    return page.get_by_label(re.compile(f"^{re.escape(label)}( 必填)?$"))


def choose(page: Page, words: str) -> None:
    """Choose the option of a group of choices."""
    page.locator("label").filter(has=page.get_by_text(words, exact=True)).click()


def told(page: Page, words: str) -> None:
    """The page says so at its head, after what was just done."""
    expect(page.get_by_role("status").filter(has_text=words)).to_be_visible()


def beside(page: Page, label: str) -> Locator:
    """What is said beside the field is tied to it, as a screen reader needs it."""
    wrong = entry(page, label)
    expect(wrong).to_have_attribute("aria-invalid", "true")
    described = (wrong.get_attribute("aria-describedby") or "").split()
    return page.locator(f"#{described[0]}")


def turn_to(page: Page, part: str) -> None:
    """Go to a part of the hall by the navigation: of the head, or at the foot of a phone."""
    bar = page.get_by_role("navigation", name=re.compile("^(主导航|底部导航)$"))
    bar.get_by_role("link", name=re.compile(f"^({part})")).click()


def take_up(page: Page, action: str) -> None:
    """Take up the one thing of this kind that waits on the workbench."""
    turn_to(page, "工作台|待办")
    page.get_by_role("link", name=re.compile(f"^{action} ?：{PLAN.title}")).click()


def test_from_one_departments_table_to_another_departments_call(hall: Hall, tmp_path: Path):
    register_the_source(hall)
    write_the_entry(hall)
    put_it_in_force(hall)
    bring_the_rows(hall)
    apply_for_it(hall)
    act = answer_it(hall, tmp_path)
    client, code = fetch_the_credential(hall)
    with client:
        answer = call(hall, client, code)
        receipt = tmp_path / "receipt.json"
        receipt.write_bytes(client.receipt(answer.receipt))
        check_receipts(hall, genuine=[receipt, act])
        revoke(hall, client, code)
    assert hall.faults == []


def register_the_source(hall: Hall) -> None:
    """市公安局's clerk, without a script: a wrong password is told apart, then all is well."""
    with hall.desk("police.clerk", script=False) as page:
        turn_to(page, "归集")
        page.get_by_role("link", name="登记数据源").first.click()
        choose(page, "PostgreSQL")
        entry(page, "名称").fill(PLAN.source)
        entry(page, "主机").fill("127.0.0.1")
        entry(page, "端口").fill(str(hall.port))
        entry(page, "数据库").fill(PERSONS.database)
        entry(page, "模式").fill(PERSONS.schema)
        entry(page, "账号").fill(hall.source.role)
        entry(page, "密码").fill("a guess")
        press(page, "登记数据源")
        told(page, "已登记")
        press(page, "测试连接")
        expect(page.get_by_role("alert")).to_contain_text("连接没有通过")
        expect(page.get_by_role("listitem").filter(has_text="账号登录")).to_contain_text("密码不对")
        page.get_by_role("link", name="修改", exact=True).click()
        entry(page, "密码").fill(hall.source.password)
        press(page, "保存")
        told(page, "请测试连接")
        expect(page.get_by_role("main")).to_contain_text("还没有测试")
        press(page, "测试连接")
        told(page, "连接正常")
        press(page, "扫描表结构")
        told(page, "共 1 张表，没有读取任何一行数据")
        expect(page.locator(".dh-scanned")).to_contain_text(PERSONS.key)
        page.get_by_role("button", name="起草目录").click()
        told(page, "已按表结构起草")


def write_the_entry(hall: Hall) -> None:
    """The clerk completes the draft; what the law does not let pass is said beside the field."""
    today = local_date(utc_now()).isoformat()
    with hall.desk("police.clerk", script=False) as page:
        turn_to(page, "归集")
        page.get_by_role("link", name=PLAN.source).click()
        page.get_by_role("link", name=PLAN.title).click()
        page.get_by_role("link", name="继续填写").click()
        choose(page, "不予共享")
        press(page, "保存草稿")
        expect(page.locator("#f-withheld_basis")).to_contain_text("条例第十五条")

        choose(page, "有条件共享")
        entry(page, "使用条件").fill(PLAN.content["share_condition"])
        entry(page, "资源名称").fill(PLAN.title)
        entry(page, "摘要").fill(PLAN.content["abstract"])
        entry(page, "分类").select_option(PLAN.content["category_code"])
        entry(page, "法定依据或职责").fill(PLAN.content["duty_basis"])
        entry(page, "更新周期").select_option(UpdateCycle.MINUTES)
        press(page, "保存并提交审核")  # the assessments are missing: it stays a draft
        expect(beside(page, "联系人")).to_be_visible()

        entry(page, "联系人").fill(PLAN.content["contact"])
        entry(page, "联系电话").fill("0564-3379000")
        for title, conclusion in (
            ("保密审查", "不涉密，可以共享"),
            ("个人信息保护影响评估", "风险可控，按分级脱敏"),
        ):
            made = page.get_by_role("group", name=title, exact=True)
            entry(made, "编号").fill("保审〔2026〕1号")
            entry(made, "结论").fill(conclusion)
            entry(made, "日期").fill(today)
        press(page, "保存并提交审核")
        told(page, "已提交，等部门负责人同意")


def put_it_in_force(hall: Hall) -> None:
    """The head of 市公安局 agrees, 市数管局 publishes, each from their own workbench."""
    with hall.desk("police.head") as page:
        take_up(page, "去审核")
        choose(page, "同意")
        press(page, "提交意见")
        told(page, "转市数管局审核")
    with hall.desk("bureau") as page:
        take_up(page, "去审核")
        expect(page.get_by_role("row", name="公民身份号码")).to_be_visible()
        choose(page, "发布")
        press(page, "提交意见")
        told(page, "已发布，目录代码")


def bring_the_rows(hall: Hall) -> None:
    """The worker's turn; then the clerk sees on the pages what landed and what did not."""
    (load,) = run_due(hall.units)
    assert load.state is LoadState.DONE
    assert load.quarantined > 0
    with hall.desk("police.clerk", PHONE, script=False) as page:
        turn_to(page, "待办")
        page.get_by_role("main").get_by_role("link", name="归集").click()
        page.get_by_role("link", name="归集任务").click()
        page.get_by_role("link", name=PLAN.title).click()
        landed = load.read - load.quarantined
        expect(page.get_by_role("main")).to_contain_text(f"{landed:,}行")
        take_up(page, "去处理")
        expect(page.get_by_role("main")).to_contain_text(f"{load.quarantined} 行")


def apply_for_it(hall: Hall) -> None:
    """市人社局's clerk finds the entry and asks for four fields; their own office agrees."""
    with hall.desk("social.clerk", script=False) as page:
        turn_to(page, "目录")
        page.get_by_label("搜索目录").fill("人口")
        press(page, "搜索")
        page.get_by_role("link", name=PLAN.title).first.click()
        page.get_by_role("link", name="申请使用").last.click()
        press(page, "提交：报本部门审核")  # too early: it says what is missing
        expect(beside(page, "使用依据")).to_be_visible()

        entry(page, "使用场景").fill("养老保险待遇领取资格核验，每月比对一次。")
        entry(page, "使用依据").fill("《中华人民共和国社会保险法》第七十四条")
        entry(page, "使用范围").fill("养老保险科 6 名经办人")
        entry(page, "到期处置").fill("核验结果保存三年后销毁")
        entry(page, "调用系统").fill("智慧人社经办平台")
        for title, reason in WANTED.items():
            page.get_by_label(f"申请{title}", exact=True).check()
            page.get_by_label(f"为什么要{title}", exact=True).fill(reason)
        page.get_by_label("条件 1：信息项").select_option(label="所属县区")
        entry(page, "条件 1：值").fill(SCOPE)
        press(page, "提交：报本部门审核")
        told(page, "已报本部门审核")
    with hall.desk("social.rep") as page:
        take_up(page, "去审核")
        choose(page, "同意申请")
        press(page, "提交：同意申请")
        told(page, "已送达数源部门")


def answer_it(hall: Hall, folder: Path) -> Path:
    """市公安局's representative answers on a phone: agreed, names and addresses masked.

    Returns:
        The receipt of this act, as the browser downloaded it.
    """
    with hall.desk("police.rep", PHONE) as page:
        take_up(page, "去答复")
        for title in MASKED:
            page.get_by_label(f"{title}的给出方式").select_option(label="脱敏")
        choose(page, "同意")
        press(page, "提交：同意")
        told(page, "已答复：同意")
        with page.expect_download() as download:
            page.get_by_role("link", name="下载我的回执").click()
        saved = folder / "act.json"
        download.value.save_as(saved)
        return saved


def fetch_the_credential(hall: Hall) -> tuple[Client, str]:
    """市人社局's developer is shown the secret, this once; the example on the page names the rest."""
    with hall.desk("social.dev") as page:
        turn_to(page, "授权")
        page.get_by_role("link", name=PLAN.title).click()
        grant = page.url.rsplit("/", 1)[-1]
        press(page, "领取密钥")
        secret = page.locator("#secret-text").inner_text()
        example = page.locator("#example-python").inner_text()
        page.goto(f"{hall.pages}/grants/{grant}")
        expect(page.locator("#secret-text")).to_have_count(0)
        assert secret not in page.content()
        expect(page.get_by_role("button", name="更换密钥")).to_be_visible()
    given: dict[str, Any] = {}
    set_up, _, call_line = example.partition("answer =")
    exec(set_up, given)  # what a developer pastes  # noqa: S102
    assert secret in set_up
    return given["hall"], call_line.split('"')[1]


def call(hall: Hall, client: Client, code: str) -> Answer:
    """The granted fields of a person in scope, masked as answered; nothing else."""
    person = hall.someone(SCOPE)
    answer = client.get(code, gmsfhm=person["gmsfhm"])
    (row,) = answer.rows
    assert set(row) == {"gmsfhm", "xm", "ssxq", "hjdz"}
    assert (row["gmsfhm"], row["ssxq"]) == (person["gmsfhm"], SCOPE)
    assert row["xm"][0] == person["xm"][0]
    assert set(row["xm"][1:]) == {"*"}
    assert row["hjdz"] != person["hjdz"]
    assert set(answer.masked) == {"xm", "hjdz"}
    with pytest.raises(CallRefused) as refused:
        client.get(code, gmsfhm=person["gmsfhm"], select=["lxdh"])
    assert refused.value.code == "consumer.field_not_granted"
    return answer


def check_receipts(hall: Hall, *, genuine: list[Path]) -> None:
    """Anybody, without a login and without a script: a receipt is genuine, or one digit is not."""
    with hall.window(script=False) as page:
        page.get_by_role("link", name="存证核验").click()
        for receipt in genuine:
            page.get_by_label("回执文件").set_input_files(receipt)
            press(page, "核验")
            expect(page.locator("#result")).to_contain_text("核验通过。")
        forged = genuine[0].with_name("forged.json")
        forged.write_text(genuine[0].read_text().replace(str(utc_now().year), "1999", 1))
        page.get_by_label("回执文件").set_input_files(forged)
        press(page, "核验")
        expect(page.locator("#result")).to_contain_text("核验不通过。")


def revoke(hall: Hall, client: Client, code: str) -> None:
    """The provider ends it on the page; the next call is refused, and the consumer reads why."""
    reason = "核验方式变更，重新申请。"
    person = hall.someone(SCOPE)
    with hall.desk("police.rep") as page:
        turn_to(page, "授权")
        page.get_by_role("link", name=PLAN.title).click()
        entry(page, "理由").fill(reason)
        press(page, "终止授权")
        told(page, "已终止")
    ended = time.monotonic()
    with pytest.raises(CallRefused) as refused:
        while time.monotonic() - ended < REVOKED_WITHIN_S:
            client.get(code, gmsfhm=person["gmsfhm"])
    assert refused.value.code == "consumer.grant_revoked"
    with hall.desk("social.clerk", PHONE, script=False) as page:
        turn_to(page, "待办")
        page.get_by_role("row", name=reason).get_by_role("link", name="去看看").click()
        expect(page.get_by_role("main")).to_contain_text(reason)
        expect(page.get_by_role("button", name="更换密钥")).to_have_count(0)
        press(page, "知道了")
        told(page, "已知悉")
