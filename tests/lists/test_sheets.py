"""Blocks from spreadsheets: what is read, what is refused in one sentence, what goes out."""

import csv
import io
import time
import zipfile
from contextlib import suppress
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datahall.lists import ListKind, definition, sheets
from datahall.lists.cells import plain
from datahall.lists.errors import BlockRefused
from datahall.lists.sheets.writing import neutral

SYSTEMS = definition(ListKind.SYSTEMS)
HEAD = ["系统名称", "建设单位", "表数", "上线日期", "是否已对接平台"]


def book(*lines, sheet: str = "系统清单", hidden=(), then=None) -> bytes:
    made = openpyxl.Workbook()
    made.active.title = sheet
    for line in lines:
        made.active.append(line)
    for name in hidden:
        made.create_sheet(name, 0).sheet_state = "hidden"
        made[name].append(["系统名称"])
        made[name].append(["藏起来的"])
    if then:
        then(made)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def reason(read) -> str:
    with pytest.raises(BlockRefused) as refused:
        read()
    return str(refused.value.detail["reason"])


def of_file(content: bytes, name: str = "清单.xlsx"):
    return sheets.read_file(SYSTEMS, name, content)


class TestText:
    def test_with_a_head_in_any_order(self):
        block = sheets.read_text(SYSTEMS, "建设单位\t* 系统名称（必填）\n市民政局\t殡葬系统\n")
        assert block.rows == ({"builder": "市民政局", "name": "殡葬系统"},)

    def test_without_a_head_from_a_column_on(self):
        block = sheets.read_text(SYSTEMS, "市民政局\t科技科", first="builder")
        assert (
            block.rows == ({"builder": "市民政局", "office": "科技科"},)
            or block.columns[0] == "builder"
        )
        assert block.rows[0]["office"] == "科技科"

    def test_with_line_breaks_and_quotes_inside_a_cell(self):
        block = sheets.read_text(
            SYSTEMS, '殡葬系统\t"市民政局\n（二期""新""）"\r\n婚姻系统\t市民政局'
        )
        assert [r["builder"] for r in block.rows] == ['市民政局\n（二期"新"）', "市民政局"]

    def test_with_too_many_columns_is_refused(self):
        assert "第 2 行有 20 列，从“系统名称”起只有 16 栏" in reason(
            lambda: sheets.read_text(SYSTEMS, "甲\t乙\n" + "\t".join("丙" * 20))
        )

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", "没有内容"),
            ("系统名称\t建设单位\t颜色\n甲\t乙\t红", "没有“颜色”这一栏"),
            ("系统名称\t系统名称\t建设单位\n甲\t乙\t丙", "出现了两次"),
            ("建设单位\t主管科室\n甲\t乙", "缺“系统名称”"),
            ("系统名称\t建设单位", "只有表头"),
            ("系统名称\t建设单位\n甲\t乙\t丙", "第 2 行有 3 列，表头只有 2 列"),
        ],
    )
    def test_that_cannot_be_read_is_refused(self, text, words):
        assert words in reason(lambda: sheets.read_text(SYSTEMS, text))


class TestWorkbook:
    def test_of_values_of_every_type(self):
        content = book(HEAD, ["殡葬系统", "市民政局", 42.0, datetime(2021, 6, 30), True])  # noqa: DTZ001 - as sheets have it
        (row,) = of_file(content).rows
        stored = {name: plain(SYSTEMS.column(name), text) for name, text in row.items()}
        assert stored == {
            "name": "殡葬系统", "builder": "市民政局", "tables": "42",
            "online_on": "2021-06-30", "connected": "是",
        }  # fmt: skip

    def test_with_a_title_above_the_head_and_blank_lines(self):
        content = book(["六安市民政局系统清单"], [], HEAD, [], ["甲"], [None, None], ["乙"])
        assert [row["name"] for row in of_file(content).rows] == ["甲", "乙"]

    def test_the_hidden_sheet_is_not_read(self):
        content = book(HEAD, ["看得见的"], sheet="Sheet1", hidden=["系统清单"])
        assert [row["name"] for row in of_file(content).rows] == ["看得见的"]

    def test_of_a_million_empty_rows_is_read_at_once(self):
        def far(made):
            made.active.cell(row=1_048_576, column=1).value = None
            made.active.row_dimensions[1_048_576].height = 20

        began = time.perf_counter()
        assert len(of_file(book(HEAD, ["甲"], then=far)).rows) == 1
        assert time.perf_counter() - began < 10

    def test_of_ten_thousand_rows(self):
        content = book(
            HEAD, *([f"系统{n}", "市民政局", n, date(2021, 6, 30), "是"] for n in range(10_000))
        )
        assert len(of_file(content).rows) == 10_000

    def test_of_more_rows_than_a_list_holds_is_refused(self, monkeypatch):
        monkeypatch.setattr("datahall.lists.sheets.reading.MOST_ROWS", 5)
        content = book(HEAD, *([f"系统{n}"] for n in range(20)))
        assert "超过 5 行" in reason(lambda: of_file(content))

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"", "打不开"),
            (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "打不开"),
            (b"PK\x03\x04 cut off", "打不开"),
            (b"<html>not a sheet</html>", "打不开"),
            (book(["单位", "电话"], ["甲", "乙"]), "没有找到表头"),
            (book(["系统名称", None, "建设单位"], ["甲", "乙", "丙"]), "表头第 2 列是空的"),
            (book(HEAD, ["甲", "#REF!"]), "单元格 B2是错误值 #REF!"),
            (book(HEAD, ["甲", '=A2&"局"']), "单元格 B2是公式，请粘贴为数值"),
        ],
    )
    def test_that_is_not_plain_is_refused(self, content, words):
        assert words in reason(lambda: of_file(content))

    def test_with_macros_is_refused(self):
        out = io.BytesIO(book(HEAD, ["甲"]))
        with zipfile.ZipFile(out, "a") as parts:
            parts.writestr("xl/vbaProject.bin", b"x")
        assert "有宏" in reason(lambda: of_file(out.getvalue()))

    def test_that_unpacks_to_too_much_is_refused(self, monkeypatch):
        monkeypatch.setattr("datahall.kit.grid.MOST_UNPACKED", 100)
        assert "展开后超过" in reason(lambda: of_file(book(HEAD, ["甲"])))

    def test_of_another_kind_of_file_is_refused(self):
        assert "不是 XLSX 或 CSV 文件" in reason(lambda: of_file(b"x", "清单.et"))

    @settings(deadline=None, max_examples=40)
    @given(st.binary(max_size=300), st.integers(0, 5000))
    def test_whatever_is_sent_is_read_or_refused(self, junk, at):
        whole = GOOD[:at] + junk + GOOD[at + len(junk) :]
        with suppress(BlockRefused):
            of_file(whole)


GOOD = book(HEAD, ["甲", "乙", 3, date(2021, 6, 30), "是"])


class TestCsv:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    def test_in_the_encodings_of_offices(self, encoding):
        content = "系统名称,建设单位\r\n殡葬系统,市民政局\r\n".encode(encoding)
        assert sheets.read_file(SYSTEMS, "a.csv", content).rows[0]["name"] == "殡葬系统"

    def test_of_no_text_is_refused(self):
        assert "打不开" in reason(
            lambda: sheets.read_file(SYSTEMS, "a.csv", b"\xff\x00\xff\x00\x81")
        )


class TestWriting:
    @pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1"])
    def test_nothing_is_computed_by_who_opens_it(self, text):
        cells = {"name": text, "builder": "市民政局"}
        (_, line) = csv.reader(io.StringIO(sheets.write_csv(SYSTEMS, [cells]).decode("utf-8-sig")))
        assert line[0] == f"'{text}"
        cell = openpyxl.load_workbook(io.BytesIO(sheets.write_xlsx(SYSTEMS, [cells])))["系统清单"][
            "A2"
        ]
        assert (cell.data_type, cell.value, cell.quotePrefix) == ("s", text, True)

    def test_a_negative_number_stays_one(self):
        assert (neutral("-12.5"), neutral("+86")) == ("-12.5", "+86")

    @settings(deadline=None, max_examples=40)
    @given(
        st.lists(
            st.dictionaries(
                st.sampled_from(SYSTEMS.names),
                st.text(
                    st.characters(exclude_categories=("Cs", "Cc", "Cf")), min_size=1, max_size=20
                ),
                min_size=1,
            ),
            min_size=1,
            max_size=5,
        )
    )
    def test_what_goes_out_comes_in_again(self, rows):
        """Each cell as it is stored, whichever file it travels in."""
        stored = [
            {name: " ".join(text.split()).lstrip("'") for name, text in row.items()}
            | {"name": f"系统{n}"}
            for n, row in enumerate(rows)
        ]
        for name, content in (
            ("a.csv", sheets.write_csv(SYSTEMS, stored)),
            ("a.xlsx", sheets.write_xlsx(SYSTEMS, stored)),
        ):
            back = sheets.read_file(SYSTEMS, name, content).rows
            told = [{k: v for k, v in row.items() if v} for row in back]
            assert told == [{k: v for k, v in row.items() if v} for row in stored]

    def test_the_blank_workbook_offers_the_choices(self):
        made = openpyxl.load_workbook(io.BytesIO(sheets.write_xlsx(SYSTEMS, [])))
        assert made.sheetnames == ["系统清单", "填写说明"]
        offered = [v.formula1 for v in made["系统清单"].data_validations.dataValidation]
        assert '"国,省,市,县"' in offered
        assert made["系统清单"]["A1"].value == "系统名称*"
