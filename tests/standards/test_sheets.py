"""Sheets of elements and code tables: malformed in every way that people and attackers find."""

import io

import pytest
from openpyxl import Workbook

from datahall import standards
from datahall.kit import grid
from datahall.kit.clock import local_date
from datahall.security import Role
from datahall.standards import CodeList, CodeListInvalid, FieldType, SensitiveKind
from datahall.standards.repository import elements as repository
from datahall.standards.service.elements import import_elements
from datahall.standards.sheets import (
    COLUMNS,
    builtin_elements,
    read_elements,
    read_entries,
    template,
)
from tests.conftest import NOON
from tests.factories import make_actor

BUREAU = make_actor(Role.BUREAU)
HEAD = ["编码", "名称", "数据类型", "长度", "默认分级", "敏感类型", "质量规则", "生效日期"]
GOOD = ["DE90001", "护理等级", "字符型", 2, 1, "", "", ""]


def sheet(*rows, name="表.xlsx"):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    held = io.BytesIO()
    book.save(held)
    return grid.read(name, held.getvalue())


def faults(*rows):
    return {(f.field, f.code) for f in read_elements(sheet(*rows))[1]}


class TestElements:
    def test_full_width_digits_and_letters_are_read(self):
        (row,), wrong = read_elements(
            sheet(
                HEAD,
                ["ｄｅ９０００１", "护理等级", "C", "１８", "３级", "公民身份号码", "id_card", ""],
            )
        )
        assert wrong == []
        made = row.element
        assert (made.code, made.length, made.grade) == ("DE90001", 18, 3)
        assert (made.type, made.sensitive) == (FieldType.STRING, SensitiveKind.ID_CARD)

    @pytest.mark.parametrize(
        "written",
        ["2026-10-16", "2026/10/16", "2026年10月16日", "20261016", "２０２６－１０－１６"],
    )
    def test_days_as_people_write_them(self, written):
        (row,), wrong = read_elements(sheet(HEAD, [*GOOD[:7], written]))
        assert (row.element.effective_on.isoformat(), wrong) == ("2026-10-16", [])

    @pytest.mark.parametrize(
        ("column", "value", "at", "code"),
        [
            (2, "整数", "C2", "cell_unknown_value"),
            (3, "两位", "D2", "cell_no_number"),
            (3, -1, "D2", "cell_no_number"),
            (3, "99999999999", "D2", "cell_no_number"),
            (4, "高", "E2", "cell_no_number"),
            (5, "机密", "F2", "cell_unknown_value"),
            (7, "2026-13-01", "H2", "cell_no_date"),
            (7, "明年", "H2", "cell_no_date"),
            (1, "=A1", "B2", "cell_formula"),
        ],
    )
    def test_a_wrong_cell_is_named(self, column, value, at, code):
        row = [*GOOD]
        row[column] = value
        assert (at, f"sheet.{code}") in faults(HEAD, row)

    def test_a_code_twice_in_one_sheet(self):
        assert ("A3", "sheet.cell_twice") in faults(HEAD, GOOD, [*GOOD])

    def test_a_head_that_is_missing_or_there_twice(self):
        assert ("A1", "sheet.head_missing") in faults(["编码", "名称"], ["DE90001", "x"])
        assert ("C1", "sheet.head_twice") in faults(["编码", "名称", "编码"], ["DE90001", "x", "y"])

    def test_good_rows_become_drafts_and_the_others_are_told(self, unit):
        rows, wrong = read_elements(
            sheet(
                HEAD,
                GOOD,
                ["护理等级代码", "x", "字符型", 2, 1, "", "", ""],
                ["DE90003", "姓名", "字符型", 2, 1, "", "", ""],
                ["DE90004", "银行", "字符型", 2, 1, "银行账号", "", ""],
                ["DE90005", "起止", "字符型", 2, 1, "", "not_before:x", ""],
            )
        )
        done = import_elements(unit, BUREAU, rows, wrong)
        assert done.drafted == ("DE90001",)
        assert {(f.field, f.code.split(".")[1]) for f in done.faults} == {
            ("A3", "element_code_malformed"),
            ("B4", "element_name_taken"),
            ("E5", "grade_too_low"),
            ("G6", "rule_of_two_fields"),
        }
        assert standards.element(unit.conn, "DE90001", local_date(NOON)) is None  # a draft

    def test_the_same_again_changes_nothing(self, unit):
        rows, _ = read_elements(sheet(HEAD, GOOD))
        import_elements(unit, BUREAU, rows)
        again = import_elements(unit, BUREAU, rows)
        assert (again.drafted, again.same) == ((), ("DE90001",))

    def test_a_known_element_gets_its_next_version(self, unit):
        lines = template().splitlines()
        content = "\n".join([lines[0], lines[1].replace(",50,", ",80,")]).encode()
        rows, wrong = read_elements(grid.read("模板.csv", content))
        done = import_elements(unit, BUREAU, rows, wrong)
        assert done.drafted == ("DE01001",)
        newest = repository.versions(unit.conn, "DE01001")[0]
        assert (newest.version, newest.length) == (2, 80)

    def test_the_seed_is_in_the_form_that_people_import(self):
        lines = template().splitlines()
        assert lines[0].split(",") == list(COLUMNS)
        assert builtin_elements()[0].code == "DE01001"

    def test_a_file_of_gb18030(self):
        content = "编码,名称,数据类型\nDE90001,护理等级,字符型\n".encode("gb18030")
        (row,), wrong = read_elements(grid.read("表.csv", content))
        assert (row.element.name, wrong) == ("护理等级", [])


class TestFiles:
    @pytest.mark.parametrize(
        ("name", "content", "code"),
        [
            ("表.xlsx", b"not a workbook", "file_unreadable"),
            ("表.xlsm", b"", "file_has_macros"),
            ("表.pdf", b"%PDF", "file_kind"),
            ("表.csv", b"\xff\xfe\x00\x81\xff", "file_unreadable"),
            ("", b"", "file_kind"),
        ],
    )
    def test_what_is_no_sheet_is_refused_whole(self, name, content, code):
        for read in (read_elements, read_entries):
            found, wrong = read(grid.read(name, content))
            assert (len(found), [(f.field, f.code) for f in wrong]) == (
                0,
                [("file", f"sheet.{code}")],
            )


class TestEntries:
    def test_codes_stay_texts(self):
        made, wrong = read_entries(sheet(["代码", "名称"], ["01", "甲"], [2, "乙"], ["０３", "丙"]))
        assert ([e.code for e in made], wrong) == (["01", "2", "03"], [])

    def test_clashing_and_blank_ones_are_named(self):
        _, wrong = read_entries(
            sheet(["代码", "名称"], ["1", "甲"], ["１", "乙"], ["2", ""], ["", "丁"])
        )
        assert [(f.field, f.code.split(".")[1]) for f in wrong] == [
            ("A3", "cell_twice"), ("B4", "cell_blank"), ("A5", "cell_blank"),
        ]  # fmt: skip

    def test_a_table_with_a_fault_is_not_adopted_at_all(self, unit):
        made, wrong = read_entries(sheet(["代码", "名称"], ["1", "甲"], ["1", "乙"]))
        table = CodeList(code="护理", name="护理", entries=made)
        with pytest.raises(CodeListInvalid):
            standards.adopt_code_list(unit, BUREAU, table, read=wrong)
        assert standards.code_list(unit.conn, "护理") is None
