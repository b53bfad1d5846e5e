"""Files that departments upload: XLSX and CSV, from the upload to the hall."""

import io
import zipfile

import pytest
import xlsxwriter
from stdnum.cn import ric

from datahall import catalogue, ingestion
from datahall.ingestion import Kind, Layer, LoadFailure, Mode, SourceForm, TaskStatus
from datahall.ingestion.connectors import files
from datahall.ingestion.errors import UploadRefused
from tests.ingestion.conftest import CLERK, told, told_by

HEAD = ("身份证号", "姓名", "金额", "日期")


def id_card(body):
    return body + ric.calc_check_digit(f"{body}0")


ROWS = [
    (id_card("34150219900101001"), "张三", "1200.50", "2026-10-01"),
    (id_card("34150219900202002"), "李四", "800", "2026/10/02"),
    (id_card("34150219900303003"), "欧阳，建国", "", "2026年10月3日"),
]


def workbook(*rows, sheet="名单", merges=()):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet(sheet)
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                page.write(r, c, value)
        for cells in merges:
            page.merge_range(cells, "合并")
    return out.getvalue()


def text(*rows, encoding="gb18030", separator=","):
    lines = (separator.join(f'"{v}"' if separator in v else v for v in row) for row in rows)
    return "\r\n".join(lines).encode(encoding)


def placed(content, name):
    """What `mount` does before it scans: upload the file."""
    return lambda unit, source: ingestion.upload(
        unit, CLERK, source.id, name=name, content=io.BytesIO(content)
    )


def form(kind):
    return SourceForm(name="低保名单", kind=kind)


def refusal(unit, kind, content, name=None):
    """The sentence with which a scan of this file is refused."""
    source = ingestion.register_source(unit, CLERK, form(kind))
    placed(content, name or f"名单.{kind.value}")(unit, source)
    with pytest.raises(LoadFailure) as refused:
        ingestion.scan(unit, CLERK, source.id)
    assert catalogue.inventory(unit.conn, source.id) == []
    diagnosis = ingestion.test_source(unit, CLERK, source.id)
    failed = [f for f in diagnosis.findings if f.ok is False]
    assert [f.code for f in failed] == [refused.value.code]
    return told(refused.value.code, refused.value.detail)


FIELDS_KEY = ("身份证号",)


class TestWorkbook:
    def test_lands_sheet_by_sheet(self, mount):
        content = workbook(HEAD, *ROWS)
        mounted = mount(form(Kind.XLSX), "名单", prepare=placed(content, "低保.xlsx"))
        assert mounted.task.mode is Mode.FULL
        load = mounted.run()
        assert (load.read, load.inserted) == (3, 3)

    def test_is_read_again_only_when_it_changed(self, mount, units):
        mounted = mount(form(Kind.XLSX), "名单", prepare=placed(workbook(HEAD, *ROWS), "a.xlsx"))
        mounted.run()
        assert mounted.run() is None

        with units.open() as unit:
            placed(workbook(HEAD, *ROWS[:2]), "b.xlsx")(unit, mounted.source)
        second = mounted.run()
        assert (second.whole, second.unchanged, second.deleted) == (True, 2, 1)
        assert mounted.now().status is TaskStatus.ACTIVE

    def test_with_a_merged_head_is_refused(self, unit):
        content = workbook(("六安市低保名单", "", "", ""), HEAD, *ROWS, merges=["A1:D1"])
        sentence = refusal(unit, Kind.XLSX, content)
        assert sentence.startswith("工作表“名单”的表头有合并单元格（A1:D1）。请取消合并")

    def test_with_merged_rows_is_refused(self, unit):
        sentence = refusal(unit, Kind.XLSX, workbook(HEAD, *ROWS, merges=["B2:B4"]))
        assert "数据行有合并单元格（B2:B4）" in sentence

    def test_with_an_unnamed_column_is_refused(self, unit):
        sentence = refusal(unit, Kind.XLSX, workbook(("身份证号", "", "金额"), *ROWS))
        assert "第 2 列没有名称" in sentence

    def test_with_a_doubled_column_is_refused(self, unit):
        sentence = refusal(unit, Kind.XLSX, workbook(("姓名", "金额", "姓名"), *ROWS))
        assert "有两列都叫“姓名”" in sentence

    def test_that_is_none_is_refused_at_the_upload(self, unit):
        source = ingestion.register_source(unit, CLERK, form(Kind.XLSX))
        with pytest.raises(UploadRefused):
            placed(b"not a workbook", "a.xlsx")(unit, source)
        with pytest.raises(UploadRefused):
            placed(workbook(HEAD), "a.xls")(unit, source)
        with pytest.raises(UploadRefused):
            placed(b"", "a.xlsx")(unit, source)

    def test_with_an_endless_cell_is_refused(self, unit):
        out = io.BytesIO(workbook(HEAD))
        with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as book:
            book.writestr("xl/more.xml", "<t>" + "A" * (1 << 20) + "</t>")
        sentence = refusal(unit, Kind.XLSX, out.getvalue())
        assert "有一个单元格超过 32,767 个字" in sentence

    def test_that_is_damaged_is_refused(self, unit):
        sentence = refusal(unit, Kind.XLSX, b"PK\x03\x04 and then nothing")
        assert "打不开：它不是 XLSX 工作簿" in sentence

    def test_without_any_cell_is_refused(self, unit):
        assert "第一行应当是列名" in refusal(unit, Kind.XLSX, workbook())

    def test_that_is_only_a_head_is_empty(self, mount):
        mounted = mount(
            form(Kind.XLSX),
            "名单",
            key=FIELDS_KEY,
            prepare=placed(workbook(HEAD), "a.xlsx"),
        )
        load = mounted.run()
        assert (load.error_code, load.read) == (None, 0)


class TestCsv:
    def test_with_a_line_break_in_a_head_cell_is_read(self, mount):
        content = '"证\n号",姓名\r\nA1,张三\r\n"A\n2",李四\r\n'.encode()
        mounted = mount(form(Kind.CSV), "名单", key=("证号",), prepare=placed(content, "名单.csv"))
        assert mounted.run().read == 2
        assert len(mounted.rows()) == 2

    def test_with_a_head_that_never_ends_is_refused(self, unit):
        sentence = refusal(unit, Kind.CSV, ('"证号,姓名\n' + "A1,张三\n" * 300).encode())
        assert "引号没有配对" in sentence

    def test_with_a_name_that_no_file_system_holds_is_kept_under_a_shorter_one(self, unit):
        source = ingestion.register_source(unit, CLERK, form(Kind.CSV))
        kept = placed("证号,姓名\nA1,张三\n".encode(), "名" * 90 + ".csv")(unit, source)
        assert kept.path == "名" * 65 + ".csv"
        ingestion.scan(unit, CLERK, source.id)

    @pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16"])
    def test_is_read_in_its_encoding(self, unit, encoding):
        source = ingestion.register_source(unit, CLERK, form(Kind.CSV))
        placed(text(HEAD, *ROWS, encoding=encoding), "名单.csv")(unit, source)
        ingestion.scan(unit, CLERK, source.id)
        table = catalogue.inventory(unit.conn, source.id)[0]
        assert (table.name, table.row_estimate) == ("名单", 3)
        assert tuple(c.name for c in table.columns) == HEAD
        assert table.primary_key == ("身份证号",)

    def test_lands(self, mount):
        content = text(HEAD, *ROWS)
        mounted = mount(form(Kind.CSV), "名单", prepare=placed(content, "名单.csv"))
        load = mounted.run()
        assert (load.read, load.inserted) == (3, 3)

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param("身份證號,姓名\r\n1,張三豐與歐陽鋒\r\n".encode("big5"), id="big5"),
            pytest.param("番号,氏名\r\n1,やまだ たろう\r\n".encode("shift-jis"), id="shift-jis"),
            pytest.param(b"id,name\r\n1,caf\xe9\xff\xff\r\n", id="latin-1"),
        ],
    )
    def test_in_the_wrong_encoding_is_refused(self, unit, content):
        sentence = refusal(unit, Kind.CSV, content)
        assert "文字编码认不出来" in sentence
        assert "另存为“CSV UTF-8”" in sentence

    def test_with_a_ragged_line_is_refused_with_its_number(self, unit):
        content = text(HEAD, *ROWS) + b"\r\n1,2,3,4,5"
        sentence = refusal(unit, Kind.CSV, content)
        assert "第 5 行有 5 个值，表头是 4 列" in sentence

    def test_that_is_gone_stops_the_task(self, mount):
        mounted = mount(form(Kind.CSV), "名单", prepare=placed(text(HEAD, *ROWS), "名单.csv"))
        (files.folder(mounted.source.id) / "名单.csv").unlink()
        load = mounted.run()
        assert load.error_layer is Layer.REACH
        assert "文件 名单.csv 已不在" in told_by(load)
        assert mounted.rows() == []

    def test_without_a_file_says_so(self, unit):
        source = ingestion.register_source(unit, CLERK, form(Kind.CSV))
        failed = ingestion.test_source(unit, CLERK, source.id).findings[0]
        assert told(failed.code, failed.detail).startswith("还没有文件")

    @pytest.mark.parametrize("name", ["../../../etc/passwd.csv", "/etc/x.csv", "..csv"])
    def test_cannot_be_placed_elsewhere(self, unit, name):
        source = ingestion.register_source(unit, CLERK, form(Kind.CSV))
        try:
            placed(text(HEAD), name)(unit, source)
        except UploadRefused:
            return
        stored = ingestion.source(unit, CLERK, source.id).path
        assert "/" not in stored
        assert not stored.startswith(".")
