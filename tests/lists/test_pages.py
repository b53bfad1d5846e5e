"""The pages of lists as several people see and use them, with and without a script."""

import json
import re

import html5lib

from tests.lists.factories import PERIOD, system
from tests.lists.test_routes import begun


def cells(text: str) -> dict[str, str]:
    """What a browser would send of the sheet without a change."""
    root = html5lib.parse(text, namespaceHTMLElements=False)
    form = next(f for f in root.iter("form") if f.get("id") == "sheet")
    sent = {}
    for e in form.iter("input"):
        if e.get("name") and (e.get("type") != "checkbox" or e.get("checked") is not None):
            sent[e.get("name")] = e.get("value", "on")
    for e in form.iter("textarea"):
        sent[e.get("name")] = (e.text or "").removeprefix("\n")
    return sent


def send(hall, who: str, path: str, *, of: str | None = None, act: str = "save", **typed: str):
    """Type over some cells of the sheet as it was opened, and press a button."""
    form = cells(of or hall.get(who, f"{path}/edit").text)
    typed = {name.replace("__", "."): text for name, text in typed.items()}
    del form["_csrf"]  # of another login
    return hall.post(who, f"{path}/edit", {**form, "act": act, **typed})


class TestDesk:
    def test_a_clerk_begins_a_list(self, hall):
        page = hall.get("clerk", "/lists").text
        assert "2026 年第四季度要报的清单" in page
        assert page.count("开始填报<span") == 5
        made = hall.post("clerk", "/lists/start", {"kind": "systems", "period": PERIOD})
        assert made.headers["location"].endswith("/edit")
        again = hall.post("clerk", "/lists/start", {"kind": "systems", "period": PERIOD})
        assert again.headers["location"] == made.headers["location"]

    def test_a_signer_sees_the_lists_and_begins_none(self, hall):
        page = hall.get("head", "/lists").text
        assert "系统清单" in page
        assert "/lists/start" not in page

    def test_the_authority_is_shown_everybody(self, hall):
        assert hall.get("bureau", "/lists").headers["location"] == "/lists/overview"
        begun(hall, system())
        page = hall.get("bureau", "/lists/overview").text
        assert "市公安局" in page
        assert "填报中" in page
        assert hall.get("clerk", "/lists/overview").status_code == 403

    def test_a_period_is_opened_and_mistakes_are_told(self, hall):
        form = {"period": "第四季度", "due_on": "2099-12-31", "kinds": ["systems"]}
        refused = hall.post("bureau", "/lists/periods", form)
        assert refused.status_code == 422
        assert "填报期写年份或季度" in refused.text
        assert "第四季度" in refused.text  # still in the form
        refused = hall.post("bureau", "/lists/periods", form | {"period": "2099", "due_on": "年底"})
        assert "写明截止日" in refused.text
        opened = hall.post("bureau", "/lists/periods", form | {"period": "2099"})
        assert opened.headers["location"] == "/lists/overview?period=2099"

    def test_the_blank_workbook(self, hall):
        answer = hall.get("clerk", "/lists/blank/demands")
        assert answer.content.startswith(b"PK")
        assert "demands-blank.xlsx" in answer.headers["content-disposition"]


class TestSheet:
    def test_is_filled_without_a_script(self, hall):
        path = begun(hall)
        answer = send(hall, "clerk", path, r__0__name="殡葬管理系统", r__2__name="救助系统")
        assert answer.status_code == 303
        rows = hall.api("clerk", "GET", f"{path}/rows")
        assert [row["cells"] for row in rows] == [{"name": "殡葬管理系统"}, {"name": "救助系统"}]

    def test_is_filled_by_the_script(self, hall):
        path = begun(hall, system())
        (row,) = hall.api("clerk", "GET", f"{path}/rows")
        told = [
            {"id": row["id"], "drop": False, "cells": {"office": "科技科"}},
            {"id": "", "drop": False, "cells": {"name": "新系统", "tables": "１２"}},
            {"id": "", "drop": False, "cells": {"name": " "}},
        ]
        send(hall, "clerk", path, sheet=json.dumps(told))
        rows = hall.api("clerk", "GET", f"{path}/rows")
        assert [row["cells"].get("office", row["cells"].get("tables")) for row in rows] == [
            "科技科",
            "12",
        ]

    def test_keeps_what_is_wrong_and_says_so_in_the_cell(self, hall):
        path = begun(hall, system(online_on="去年夏天", name="长" * 500))
        page = hall.get("clerk", f"{path}/edit").text
        assert "“去年夏天”不是日期，例如 2026-10-16" in page
        assert "最多 100 个字，现在 500 个" in page
        assert "长" * 500 in page
        assert 'aria-invalid="true" aria-describedby="c-0-online_on-e"' in page

    def test_does_not_scold_an_empty_sheet_before_it_is_handed_in(self, hall):
        path = begun(hall, {"name": "甲"})
        assert "建设单位必填" not in hall.get("clerk", f"{path}/edit").text
        assert "建设单位必填" in hall.get("clerk", f"{path}/edit?check=1").text
        refused = send(hall, "clerk", path, act="hand_in", r__0__office="二科")
        assert refused.status_code == 422
        assert "建设单位必填" in refused.text
        (row,) = hall.api("clerk", "GET", f"{path}/rows")
        assert row["cells"]["office"] == "二科"  # saved all the same

    def test_is_handed_in(self, hall):
        path = begun(hall, system())
        answer = send(hall, "clerk", path, act="hand_in")
        assert answer.headers["location"] == path
        assert hall.get("clerk", f"{path}/edit").headers["location"] == path

    def test_the_second_editor_sees_the_difference_and_loses_nothing(self, hall):
        path = begun(hall, system())
        opened = hall.get("clerk", f"{path}/edit").text
        send(hall, "colleague", path, r__0__office="科技科", r__0__tables="7")
        refused = send(
            hall, "clerk", path, of=opened, r__0__office="信息科", r__0__volume="1 GB",
            r__3__name="我新写的系统",
        )  # fmt: skip
        assert refused.status_code == 409
        assert "同事填的是：科技科" in refused.text
        kept = cells(refused.text)
        assert (kept["r.0.office"], kept["r.0.volume"], kept["r.0.tables"]) == (
            "信息科",
            "1 GB",
            "7",
        )
        assert "我新写的系统" in kept.values()
        assert hall.api("clerk", "GET", f"{path}/rows")[0]["cells"]["office"] == "科技科"
        assert send(hall, "clerk", path, of=refused.text).status_code == 303
        rows = hall.api("clerk", "GET", f"{path}/rows")
        assert rows[0]["cells"] == system(office="信息科", tables="7", volume="1 GB")
        assert rows[1]["cells"] == {"name": "我新写的系统"}

    def test_a_row_that_a_colleague_removed_comes_back_when_it_was_changed(self, hall):
        path = begun(hall, system("甲"), system("乙"))
        opened = hall.get("clerk", f"{path}/edit").text
        send(hall, "colleague", path, r__0__drop="1")
        refused = send(hall, "clerk", path, of=opened, r__0__office="信息科")
        assert "同事删去了这一行" in refused.text
        send(hall, "clerk", path, of=refused.text)
        rows = hall.api("clerk", "GET", f"{path}/rows")
        assert [(r["cells"]["name"], r["cells"].get("office")) for r in rows] == [
            ("乙", None), ("甲", "信息科"),
        ]  # fmt: skip

    def test_a_cell_that_nobody_could_read_is_refused_and_everything_stays_typed(self, hall):
        path = begun(hall, system())
        refused = send(hall, "clerk", path, r__0__office="字" * 4001, r__1__name="还没存的")
        assert refused.status_code == 422
        assert "一格最多存 4000 个字" in refused.text
        kept = cells(refused.text)
        assert kept["r.0.office"] == "字" * 4001
        assert "还没存的" in kept.values()

    def test_a_list_of_many_rows_has_pages_and_faults_are_found_on_them(self, hall):
        path = begun(hall)
        text = "\n".join(["系统名称", *(f"系统{n}" for n in range(120))])
        hall.api("clerk", "POST", f"{path}/block", {"text": text})
        page = hall.get("clerk", f"{path}/edit?page=2&check=1").text
        assert "第 2 页，共 3 页" in page
        assert "第 1 行“建设单位”：建设单位必填" in page
        assert len([k for k in cells(page) if k.startswith("r.")]) < 1000
        assert hall.get("clerk", f"{path}/edit?page=99").text.count("第 3 页，共 3 页") == 1

    def test_every_list_fits_into_one_form(self, hall):
        for kind in ("resources", "demands", "duties", "exclusions"):
            path = begun(hall, kind=kind)
            title = {"resources": "信息资源名称", "demands": "需求名称"}.get(kind, "数据名称")
            text = "\n".join([title, *(f"数据{n}" for n in range(60))])
            hall.api("clerk", "POST", f"{path}/block", {"text": text})
            last = hall.get("clerk", f"{path}/edit?page=99").text
            for page in (hall.get("clerk", f"{path}/edit").text, last):
                assert send(hall, "clerk", path, of=page).status_code == 303

    def test_nonsense_from_a_script_is_refused_and_breaks_nothing(self, hall):
        path = begun(hall, system())
        assert send(hall, "clerk", path, sheet="[[[").status_code == 422
        assert (
            send(
                hall, "clerk", path, sheet='[{"id": "nobody", "cells": {"name": "丙"}}]'
            ).status_code
            == 303
        )
        assert send(hall, "clerk", path, edit="-1").status_code == 303


class TestBlocks:
    def test_a_pasted_block(self, hall):
        path = begun(hall)
        block = "殡葬管理系统\t六安市民政局\n婚姻登记系统\t六安市民政局"
        answer = hall.post(
            "clerk", f"{path}/paste", {"block": block, "first": "name", "mode": "merge"}
        )
        assert answer.headers["location"] == f"{path}/edit"
        assert len(hall.api("clerk", "GET", f"{path}/rows")) == 2

    def test_a_refused_block_stays_in_the_box(self, hall):
        path = begun(hall)
        refused = hall.post("clerk", f"{path}/paste", {"block": "甲\t" * 20, "first": "name"})
        assert refused.status_code == 422
        assert "检查单元格里是否多了制表符" in refused.text
        assert "甲\t甲\t" in refused.text

    def test_a_refused_file_says_what_to_do(self, hall):
        path = begun(hall)
        for name, content, words in (
            ("a.xls", b"x", "不是 XLSX 或 CSV 文件"),
            ("a.xlsx", b"nonsense", "文件打不开"),
            ("", b"", "还没有选择文件"),
        ):
            files = {"file": (name, content)} if name else None
            refused = hall.post("clerk", f"{path}/upload", {"mode": "merge"}, files=files)
            assert refused.status_code == 422
            assert words in refused.text

    def test_drafting_from_nothing_says_so(self, hall):
        path = begun(hall)
        answer = hall.post("clerk", f"{path}/draft")
        assert answer.headers["location"] == f"{path}/edit"


class TestRow:
    def test_is_filled_column_by_column(self, hall):
        path = begun(hall)
        assert "等保级别" in hall.get("clerk", f"{path}/rows/new").text
        assert hall.post("clerk", f"{path}/rows/new", {"name": " "}).status_code == 422
        hall.post("clerk", f"{path}/rows/new", {**system(), "network": ["外网", "专网"]})
        (row,) = hall.api("clerk", "GET", f"{path}/rows")
        assert row["cells"] == system(network="外网、专网")
        url = f"{path}/rows/{row['id']}"
        hall.post("clerk", url, {**row["cells"], "network": ["外网"], "act": "copy", "edit": "1"})
        assert [r["cells"]["network"] for r in hall.api("clerk", "GET", f"{path}/rows")] == [
            "外网"
        ] * 2
        hall.post("clerk", url, {"act": "remove", "edit": "2"})
        assert len(hall.api("clerk", "GET", f"{path}/rows")) == 1
        assert hall.get("clerk", url).status_code == 404

    def test_of_the_second_editor_is_shown_again(self, hall):
        path = begun(hall, system())
        (row,) = hall.api("clerk", "GET", f"{path}/rows")
        url = f"{path}/rows/{row['id']}"
        hall.post("colleague", url, {**system(office="科技科"), "act": "save", "edit": "1"})
        refused = hall.post("clerk", url, {**system(office="信息科"), "act": "save", "edit": "1"})
        assert refused.status_code == 409
        assert "同事填的是“科技科”，你填的是“信息科”" in refused.text

    def test_takes_remarks_of_a_reviewer(self, hall):
        path = begun(hall, system())
        (row,) = hall.api("clerk", "GET", f"{path}/rows")
        send(hall, "clerk", path, act="hand_in")
        url = f"{path}/rows/{row['id']}"
        assert "逐栏批注" in hall.get("head", url).text
        hall.post(
            "head", f"{url}/remarks", {"remark.protection": "补等保级别", "remark.": "再核对一遍"}
        )
        assert "已记下批注 2 处" in hall.get("head", path).text
        assert "补等保级别" not in hall.get("clerk", path).text
        assert hall.post("head", f"{path}/decide", {"decision": "return"}).status_code == 303
        page = hall.get("clerk", f"{path}/edit").text
        assert "市民政局：补等保级别" in page
        assert "有 2 处批注，见表中。" in page


class TestReview:
    def test_a_decision_and_a_reason_are_wanted(self, hall):
        path = begun(hall, system())
        send(hall, "clerk", path, act="hand_in")
        assert "请选择意见" in hall.post("head", f"{path}/decide").text
        refused = hall.post("head", f"{path}/decide", {"decision": "return"})
        assert refused.status_code == 422
        assert "写明退回的理由" in refused.text

    def test_to_publication_and_the_next_version(self, hall):
        path = begun(hall, system())
        send(hall, "clerk", path, act="hand_in")
        hall.post("cdo", f"{path}/decide", {"decision": "sign"})
        page = hall.get("bureau", path).text
        assert "周明远（首席数据官）签发" in page
        hall.post("bureau", f"{path}/decide", {"decision": "publish"})
        made = hall.post("clerk", "/lists/start", {"kind": "systems", "period": PERIOD})
        second = made.headers["location"].removesuffix("/edit")
        send(hall, "clerk", second, r__0__office="科技科", r__1__name="新系统")
        page = hall.get("clerk", f"{second}/changes").text
        assert "新增 1 行" in page
        assert re.search(r"<ins>科技科</ins>", page)
        page = hall.get("clerk", f"{second}/history?save=1").text
        assert "2026-Q4 第 1 版" in page
        assert "第 1 次保存改了什么" in page
        assert "这是第一版" in hall.get("clerk", f"{path}/changes").text

    def test_others_are_told_that_it_is_not_there(self, hall):
        path = begun(hall, system())
        for end in ("", "/edit", "/changes", "/history", "/rows/new"):
            assert hall.get("stranger", path + end).status_code == 404


def test_the_workbench_says_what_waits(hall):
    assert "清单填报" in hall.get("clerk", "/workbench").text
    path = begun(hall, system())
    send(hall, "clerk", path, act="hand_in")
    assert "清单签发" in hall.get("head", "/workbench").text
