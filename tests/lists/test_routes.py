"""The JSON API: a whole list by programs, and the shape of refusals."""

import io

import openpyxl

from tests.lists.factories import PERIOD, exclusion, system

START = {"kind": "systems", "period": PERIOD}


def begun(hall, *rows: dict[str, str], kind: str = "systems") -> str:
    made = hall.api("clerk", "POST", "/lists", {"kind": kind, "period": PERIOD}, status=201)
    if rows:
        edits = {"edit": made["edit"], "rows": [{"cells": cells} for cells in rows]}
        hall.api("clerk", "PATCH", f"/lists/{made['id']}/rows", edits)
    return f"/lists/{made['id']}"


def test_from_the_first_row_to_the_published_list(hall):
    path = begun(hall, system())
    (row,) = hall.api("clerk", "GET", f"{path}/rows")
    edits = {"edit": 1, "rows": [{"row": row["id"], "cells": {"online_on": "2021年6月30日"}}]}
    saved = hall.api("clerk", "PATCH", f"{path}/rows", edits)
    assert saved["changes"][0]["after"] == {"online_on": "2021-06-30"}
    assert hall.api("clerk", "GET", f"{path}/faults") == []
    assert hall.api("clerk", "POST", f"{path}/hand-in")["status"] == "sign_off"
    assert hall.api("cdo", "POST", f"{path}/sign")["status"] == "review"
    hall.api("bureau", "PUT", f"{path}/rows/{row['id']}/remarks", {"remarks": {"office": "补科室"}})
    assert hall.api("clerk", "GET", f"{path}/remarks") == []
    assert hall.api("bureau", "POST", f"{path}/return", {"remarks": ""})["round"] == 1
    assert hall.api("clerk", "GET", f"{path}/remarks")[0]["text"] == "补科室"
    hall.api("clerk", "POST", f"{path}/hand-in")
    hall.api("head", "POST", f"{path}/sign")
    assert hall.api("bureau", "POST", f"{path}/publish")["status"] == "published"
    assert [s["edit"] for s in hall.api("clerk", "GET", f"{path}/saves")] == [1, 2]
    standings = hall.api("bureau", "GET", f"/lists/standings?period={PERIOD}")
    assert sum(one["handed_in"] for one in standings) == 1
    assert (
        len({one["org"] for one in hall.api("clerk", "GET", f"/lists/standings?period={PERIOD}")})
        == 1
    )
    again = hall.api("clerk", "POST", "/lists", START, status=201)
    assert (again["number"], again["rows"]) == (2, 1)
    assert hall.api("clerk", "GET", f"/lists/{again['id']}/changes") == []
    assert len(hall.api("clerk", "GET", f"{path}/versions")) == 2


def test_a_clash_is_told_with_both_values(hall):
    path = begun(hall, system())
    (row,) = hall.api("clerk", "GET", f"{path}/rows")
    theirs = {"edit": 1, "rows": [{"row": row["id"], "cells": {"office": "科技科"}}]}
    hall.api("colleague", "PATCH", f"{path}/rows", theirs)
    mine = {"edit": 1, "rows": [{"row": row["id"], "cells": {"office": "信息科"}}]}
    problem = hall.api("clerk", "PATCH", f"{path}/rows", mine, status=409)
    assert problem["code"] == "lists.edited_meanwhile"
    assert [e["field"] for e in problem["errors"]] == [f"rows.{row['id']}.office"]
    assert "科技科" in problem["errors"][0]["message"]


def test_a_list_with_faults_is_refused_cell_by_cell(hall):
    path = begun(hall, exclusion(number="", review_on="明年"), kind="exclusions")
    problem = hall.api("clerk", "POST", f"{path}/hand-in", status=422)
    assert problem["title"] == "还有 2 格要改，改好才能提交。"
    assert [e["code"] for e in problem["errors"]] == ["lists.required", "lists.not_a_date"]


def test_a_block_comes_in_and_the_sheet_goes_out(hall):
    path = begun(hall)
    block = {"text": "系统名称\t建设单位\n=1+1\t六安市民政局", "mode": "append"}
    assert hall.api("clerk", "POST", f"{path}/block", block)["version"]["rows"] == 1
    sheet = hall.get("clerk", f"/api/v1{path}/sheet?format=csv")
    assert "'=1+1,六安市民政局" in sheet.content.decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(hall.get("clerk", f"/api/v1{path}/sheet").content))
    assert book["系统清单"]["A2"].data_type == "s"
    token = hall.sit("clerk")
    again = hall.client.post(
        f"/api/v1{path}/sheet",
        data={"mode": "merge"},
        files={"file": ("again.csv", sheet.content)},
        headers={"X-CSRF-Token": token},
    )
    assert again.json()["changes"] == []  # the same rows, the same cells


def test_a_block_that_cannot_be_read_changes_nothing(hall):
    path = begun(hall, system())
    wide = {"text": "\t".join(str(n) for n in range(30))}
    problem = hall.api("clerk", "POST", f"{path}/block", wide, status=422)
    assert problem["code"] == "lists.block_refused"
    assert "有 30 列" in problem["title"]
    assert hall.api("clerk", "GET", path)["edit"] == 1


def test_the_definitions_are_served(hall):
    kinds = {one["kind"]: one for one in hall.api("head", "GET", "/lists/kinds")}
    assert [c["name"] for c in kinds["exclusions"]["columns"] if c["required"]][-3:] == [
        "number", "article", "review_on",
    ]  # fmt: skip


def test_others_find_nothing(hall):
    path = begun(hall, system())
    hall.api("stranger", "GET", path, status=404)
    hall.api("stranger", "PATCH", f"{path}/rows", {"edit": 1, "rows": []}, status=403)
    hall.api("stranger", "POST", f"{path}/block", {"text": "甲"}, status=404)
    hall.api(
        "clerk", "POST", "/lists/periods", {"period": "2027", "due_on": "2027-01-01"}, status=403
    )
    body = {"period": "2027年", "due_on": "2099-01-01"}
    assert hall.api("bureau", "POST", "/lists/periods", body, status=422)["code"] == (
        "lists.period_unreadable"
    )
    body = {"period": "2027", "due_on": "2099-01-01", "kinds": ["duties"]}
    assert hall.api("bureau", "POST", "/lists/periods", body, status=201)["kinds"] == ["duties"]
    assert [p["period"] for p in hall.api("clerk", "GET", "/lists/periods")] == ["2027", PERIOD]
