"""Files that are no catalogue: each refused in a sentence, quickly, and with flat memory."""

import resource
import subprocess
import sys
import zipfile
from io import BytesIO

import openpyxl
import pytest

from datahall.catalogue.sheets import errors, workbook
from datahall.catalogue.sheets.columns import OWN
from datahall.catalogue.sheets.importing import receive
from datahall.catalogue.sheets.workbook import open_workbook
from datahall.kit.messages import sentence
from datahall.security import Role
from tests.catalogue.sheets.books import (
    FIRST,
    GOOD,
    HEAD,
    LAST,
    PARTS,
    at,
    below,
    book,
    cell,
    good_row,
    head_row,
    line,
    raw,
    saved,
    taken,
    told,
)
from tests.factories import add_actor


@pytest.fixture
def clerk(unit):
    return add_actor(unit.conn, Role.CLERK)


def zipped(**parts: bytes) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return target.getvalue()


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
REFUSED = [
    (b"", errors.FileMissing),
    (b"\x89PNG....", errors.NotAWorkbook),
    (",".join(HEAD).encode("gb18030"), errors.NotAWorkbook),
    (b"PK\x03\x04 not a zip", errors.NotAWorkbook),
    (zipped(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), errors.NotAWorkbook),
    (OLD + b"\x00" * 600, errors.OldWorkbook),
    (OLD + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le"), errors.WorkbookEncrypted),
    (raw([], more={"xl/vbaProject.bin": b"x"}), errors.WorkbookHasMacros),
    (
        raw(
            [], more={"[Content_Types].xml": b"<T>application/vnd.ms-excel.sheet.macroEnabled</T>"}
        ),
        errors.WorkbookHasMacros,
    ),
    (raw([], more={"xl/workbook.xml": b"<workbook"}), errors.WorkbookDamaged),
    (
        raw([], more={"xl/workbook.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><workbook/>'}),
        errors.WorkbookDamaged,
    ),
]


@pytest.mark.parametrize(("content", "error"), REFUSED)
def test_what_is_no_workbook_is_refused_at_once(unit, clerk, content, error):
    with pytest.raises(error) as refused:
        receive(unit, clerk, name="目录.xlsx", content=content)
    assert sentence(refused.value.code, refused.value.detail).endswith("。")


def test_a_real_workbook_with_macros_is_refused(unit, clerk):
    made = openpyxl.Workbook()
    target = BytesIO()
    made.save(target)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\x00")
    with pytest.raises(errors.WorkbookHasMacros):
        receive(unit, clerk, name="目录.xlsm", content=target.getvalue())


class TestBombs:
    def test_too_large_by_its_own_size(self, unit, clerk):
        with pytest.raises(errors.WorkbookTooLarge):
            receive(unit, clerk, name="x.xlsx", content=b"PK" + b"\x00" * (32 << 20))

    def test_too_large_when_unpacked(self, unit, clerk, monkeypatch):
        """A hundred times its size; none of it is unpacked."""
        monkeypatch.setattr(workbook, "LARGEST_SHEET", 1 << 20)
        content = raw([FIRST, b" " * (3 << 20), LAST])
        assert len(content) < 100_000
        with pytest.raises(errors.WorkbookTooLarge):
            receive(unit, clerk, name="x.xlsx", content=content)

    def test_strings_that_do_not_fit_into_memory(self, unit, clerk):
        long = b"<sst><si><t>" + b"a" * (65 << 20) + b"</t></si></sst>"
        rels = PARTS["xl/_rels/workbook.xml.rels"].replace(
            b"</Relationships>",
            b'<Relationship Id="r2" Type="x/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        )
        more = {"xl/sharedStrings.xml": long, "xl/_rels/workbook.xml.rels": rels}
        with pytest.raises(errors.WorkbookTooLarge):
            receive(unit, clerk, name="x.xlsx", content=raw([FIRST, LAST], more=more))

    def test_entities_do_not_expand(self, unit, clerk):
        bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + FIRST + LAST
        ended = taken(unit, clerk, raw([bomb]))
        assert ended.refusal == "catalogue.workbook_damaged"

    def test_more_parts_than_a_workbook_has(self, unit, clerk):
        many = {f"xl/media/{n}.png": b"" for n in range(2001)}
        with pytest.raises(errors.WorkbookTooLarge):
            receive(unit, clerk, name="x.xlsx", content=raw([FIRST, LAST], more=many))


class TestDamaged:
    @pytest.mark.parametrize(
        "xml", [b"<worksheet><sheetData><row>", b"<worksheet>&nbsp;</worksheet>", b"\xff\xfe"]
    )
    def test_a_sheet_that_is_no_xml(self, unit, clerk, xml):
        assert taken(unit, clerk, raw([xml])).refusal == "catalogue.workbook_damaged"

    def test_a_part_whose_bytes_are_wrong(self, unit, clerk):
        content = bytearray(book(line()))
        place = content.find(b"xl/worksheets/sheet1.xml") + 60
        content[place : place + 20] = b"\x00" * 20
        assert taken(unit, clerk, bytes(content)).refusal == "catalogue.workbook_damaged"


EMPTY_ROW = b'<row r="%d" spans="1:27" s="1" customFormat="1"/>'
STYLED = b"".join(b'<c r="%b%%(row)d" s="1"/>' % c for c in (b"A", b"B", b"AA"))
SCRIPT = """
import resource, sys, time
from io import BytesIO
from datahall.catalogue.sheets.reading import Contents
from datahall.catalogue.sheets.workbook import open_workbook
content = sys.stdin.buffer.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.process_time()
with open_workbook(BytesIO(content)) as book:
    contents = Contents(book)
    entries = sum(1 for _ in contents.entries())
codes = ",".join(remark.code for remark in contents.remarks)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(entries, f"{time.process_time() - began:.2f}", (after - before) // 1024, codes)
"""


def read_apart(content: bytes) -> tuple[int, float, int, str]:
    """Entries, CPU seconds, MiB above the start, and codes of remarks, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], input=content, capture_output=True, check=True
    )
    entries, seconds, grown, *codes = done.stdout.decode().split()
    return int(entries), float(seconds), int(grown), "".join(codes)


class TestEmptiness:
    @pytest.mark.parametrize("row", [EMPTY_ROW, b'<row r="%(row)d">' + STYLED + b"</row>"])
    def test_a_million_empty_rows_are_quick_and_take_no_memory(self, row):
        def empties():
            for n in range(3, 1_048_577):
                yield row % ({b"row": n} if b"%(row)d" in row else n)

        entries, seconds, grown, codes = read_apart(
            raw([FIRST, head_row(), good_row(), *empties(), LAST])
        )
        assert (entries, codes) == (1, "")
        assert seconds < 5
        assert grown < 40

    def test_one_stray_cell_in_the_last_corner_takes_no_memory(self):
        """A library that builds the rectangle would want seventeen billion cells."""
        corner = b'<row r="1048576">' + cell("XFD1048576", "x") + b"</row>"
        entries, seconds, grown, codes = read_apart(
            raw([FIRST, head_row(), good_row(), corner, LAST])
        )
        assert (entries, codes) == (1, "catalogue.sheet_beside")
        assert seconds < 2
        assert grown < 40

    def test_something_below_the_emptiness_is_told_and_not_passed_over(self, unit, clerk):
        empties = [EMPTY_ROW % n for n in range(3, 30_000)]
        ended = taken(
            unit, clerk, raw([FIRST, head_row(), good_row(), *empties, good_row(30_000), LAST])
        )
        assert ended.drafted == 1
        assert told(ended) == {"A3": ["sheet_gap"]}

    def test_a_few_empty_rows_between_entries_are_nothing(self, unit, clerk):
        ended = taken(unit, clerk, book(line(), {}, {}, line(序号=2, 信息资源名称="另一个")))
        assert (ended.drafted, ended.remarks) == (2, ())

    def test_a_workbook_with_nothing_in_it(self, unit, clerk):
        assert taken(unit, clerk, book(head=[])).refusal == "catalogue.workbook_without_catalogue"

    def test_a_head_without_entries(self, unit, clerk):
        ended = taken(unit, clerk, book())
        assert (ended.total, ended.remarks) == (0, ())


class TestHead:
    def test_missing_columns_are_named(self, unit, clerk):
        head = [h for h in HEAD if h not in ("共享类型", "更新周期")]
        ended = taken(unit, clerk, book(line(), head=head))
        (remark,) = ended.remarks
        assert (ended.total, remark.code) == (0, "catalogue.sheet_columns_missing")
        assert sentence(remark.code, remark.detail) == (
            "表头缺少这些列：共享类型、更新周期。请对照导入模板补上。"
        )

    def test_an_unknown_column_is_told_in_its_cell(self, unit, clerk):
        ended = taken(unit, clerk, book(line(), head=[*HEAD, "领导批示"]))
        assert told(ended) == {"AB1": ["sheet_column_unknown"]}

    def test_a_column_twice(self, unit, clerk):
        ended = taken(unit, clerk, book(line(), head=[*HEAD, "共享类型"]))
        assert told(ended) == {"AB1": ["sheet_column_twice"]}

    def test_columns_out_of_order(self, unit, clerk):
        head = list(HEAD)
        head[17], head[18] = head[18], head[17]
        ended = taken(unit, clerk, book(line(), head=head))
        (remark,) = ended.remarks
        assert (remark.cell, remark.code) == ("S1", "catalogue.sheet_column_misplaced")
        assert remark.detail == {"column": "共享类型", "before": "数据长度"}

    def test_stars_blanks_and_full_width_do_not_matter(self, unit, clerk):
        head = [f" {name}＊ " if n % 2 else f"{name}（必填）" for n, name in enumerate(HEAD)]
        given = dict(zip(head, (line().get(h) for h in HEAD), strict=True))
        assert taken(unit, clerk, book(given, head=head)).drafted == 1

    def test_our_own_columns_may_stand_behind_in_part(self, unit, clerk):
        own = [column.head for column in OWN][:3]
        assert taken(unit, clerk, book(line(**{own[1]: "居住证"}), head=[*HEAD, *own])).drafted == 1


class TestSheets:
    def test_hidden_sheets_are_not_taken_and_told(self, unit, clerk):
        made = openpyxl.load_workbook(BytesIO(book(line())))
        other = made.copy_worksheet(made.active)
        other.title, other.sheet_state = "旧", "hidden"
        ended = taken(unit, clerk, saved(made))
        assert (ended.drafted, ended.total) == (1, 1)
        assert [(r.sheet, r.code) for r in ended.remarks] == [("旧", "catalogue.sheet_hidden")]

    def test_every_sheet_hidden_but_a_note(self, unit, clerk):
        made = openpyxl.load_workbook(BytesIO(book(line())))
        made.active.sheet_state = "veryHidden"
        made.create_sheet("说明").append(["请看"])
        ended = taken(unit, clerk, saved(made))
        assert ended.refusal == "catalogue.workbook_without_catalogue"
        assert "隐藏" in sentence(ended.refusal, ended.refusal_detail)

    def test_two_sheets_are_both_taken(self, unit, clerk):
        made = openpyxl.load_workbook(BytesIO(book(line())))
        made.copy_worksheet(made.active)[at("信息资源名称")] = "另一个"
        assert taken(unit, clerk, saved(made)).drafted == 2


class TestCells:
    @pytest.mark.parametrize("error", ["#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?"])
    def test_a_failed_formula_is_told_in_its_cell(self, unit, clerk, error):
        made = openpyxl.load_workbook(BytesIO(book(line(), below(信息项名称="姓名"))))
        for address in (at("信息资源摘要"), at("数据长度", 3)):
            made.active[address].value, made.active[address].data_type = error, "e"
        ended = taken(unit, clerk, saved(made))
        assert ended.drafted == 0
        assert told(ended) == {
            at("信息资源摘要"): ["sheet_formula"], at("数据长度", 3): ["sheet_formula"],
        }  # fmt: skip

    def test_a_formula_gives_its_value(self, unit, clerk):
        row = good_row().replace(
            cell(at("信息资源名称"), str(GOOD["信息资源名称"])),
            f'<c r="{at("信息资源名称")}" t="str"><f>"甲"&amp;"乙"</f><v>甲乙信息</v></c>'.encode(),
        )
        ended = taken(unit, clerk, raw([FIRST, head_row(), row, LAST]))
        assert ended.drafted == 1

    def test_something_beside_the_columns_is_told(self, unit, clerk):
        made = openpyxl.load_workbook(BytesIO(book(line())))
        made.active["AD2"] = "待定"
        ended = taken(unit, clerk, saved(made))
        assert (ended.drafted, told(ended)) == (1, {"AD2": ["sheet_beside"]})

    def test_reading_aids_of_characters_are_no_text(self):
        phonetic = "<is><r><t>流动人口</t></r><rPh><t>liudong</t></rPh><r><t>登记信息</t></r></is>"
        row = good_row().replace("<is><t>流动人口登记信息</t></is>".encode(), phonetic.encode())
        with open_workbook(BytesIO(raw([FIRST, head_row(), row, LAST]))) as opened:
            (_, read) = list(opened.rows(opened.sheets[0]))
        assert read.cells[5] == "流动人口登记信息"


def test_memory_is_told_in_kib_here():
    """The measure above is in KiB on Linux; elsewhere its bounds would mean something else."""
    assert sys.platform == "linux"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 1024
