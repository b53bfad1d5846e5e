"""The sheet in a real Chromium: a block from a spreadsheet is pasted, moved about in and saved by keys."""

import pytest

from datahall import bootstrap
from datahall.kit import db
from datahall.kit.ids import ListId
from datahall.lists import ListKind, repository
from datahall.web import assets
from tests.factories import actor_of
from tests.lists import people
from tests.lists.factories import start, system
from tests.tools import browser, live
from tests.tools.screens import sit_down

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PASTE = """([cell, text]) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData('text/plain', text);
  cell.dispatchEvent(new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true}));
}"""
BLOCK = '火化登记系统\t六安市民政局\n"婚姻登记\n系统"\t六安市民政局\n' + "".join(
    f"系统{n}\t六安市民政局\n" for n in range(8)
)


def test_a_block_is_pasted_and_saved_by_keys(fresh_dsn, tmp_path, request):
    assets.build()
    engine = db.engine(fresh_dsn)
    request.addfinalizer(engine.dispose)
    units = bootstrap.units(engine)
    staff = people.plant(units).staff
    with units.open() as unit:
        clerk = actor_of(unit.conn, staff["clerk"])
        id: ListId = start(unit, clerk, ListKind.SYSTEMS, system("殡葬管理系统")).id
    with (
        live.pages(fresh_dsn, tmp_path / "web.log") as address,
        browser.chromium() as chromium,
        browser.window(chromium, browser.DESK) as context,
    ):
        sit_down(context, address, units, staff["clerk"])
        page = context.new_page()
        page.goto(f"{address}/lists/{id}/edit")

        cells = page.locator("[data-row]").nth(1).locator("[data-col]")
        wide = "\t".join("列" * 30)
        page.evaluate(PASTE, [cells.nth(0).element_handle(), wide])
        assert "没有粘贴：这一块有 30 列" in page.locator("[data-said]").inner_text()
        assert cells.nth(0).input_value() == ""

        page.evaluate(PASTE, [cells.nth(0).element_handle(), BLOCK])
        assert "已粘贴 10 行" in page.locator("[data-said]").inner_text()
        assert page.locator("[data-row]").count() > 10  # rows were added for the block

        first = page.locator("[data-row]").nth(0).locator("[data-col]").nth(2)
        first.focus()
        page.keyboard.type("社会事务科")
        page.keyboard.press("Enter")  # down
        page.keyboard.type("殡葬科")
        page.keyboard.press("ArrowUp")
        assert page.evaluate("document.activeElement.value") == "社会事务科"
        with page.expect_navigation():
            page.keyboard.press("Control+s")
        assert "新增 10 行，修改 1 行" in page.locator(".dh-flash").inner_text()
        assert browser.faults(page) == []
    with units.open() as unit:
        rows = [row.cells for row in repository.rows_of(unit.conn, id)]
    assert [row["name"] for row in rows[:3]] == ["殡葬管理系统", "火化登记系统", "婚姻登记系统"]
    assert [row.get("office") for row in rows[:3]] == ["社会事务科", "殡葬科", None]
