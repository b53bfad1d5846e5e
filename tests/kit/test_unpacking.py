"""Workbooks that unpack to what no register is are refused before anything reads them."""

import io
import tracemalloc
import zipfile

import pytest

from datahall.kit import grid, unpacking

SHEET = "xl/worksheets/sheet1.xml"


def packed(*parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    out.seek(0)
    return out


def cell(text):
    return f'<row><c t="inlineStr"><is><t>{text}</t></is></c></row>'


def test_one_endless_cell():
    bomb = packed((SHEET, cell("A" * (60 << 20))))
    tracemalloc.start()
    with pytest.raises(unpacking.Unreasonable, match="一个单元格超过 32,767 个字"):
        unpacking.judge(bomb, most=1 << 30)
    assert tracemalloc.get_traced_memory()[1] < 20 << 20
    tracemalloc.stop()


def test_more_than_allowed():
    with pytest.raises(unpacking.Unreasonable, match="展开后超过 1 MB"):
        unpacking.judge(packed((SHEET, cell("a") * 50_000)), most=1 << 20)


def test_too_dense():
    with pytest.raises(unpacking.Unreasonable, match="200 倍以上"):
        unpacking.judge(packed((SHEET, cell("a") * 1_000_000)), most=1 << 30)


def test_a_declared_size_is_not_believed():
    content = bytearray(packed((SHEET, cell("a") * 100_000)).getvalue())
    at = content.index(b"PK\x01\x02") + 24
    content[at : at + 4] = (1000).to_bytes(4, "little")
    with pytest.raises(zipfile.BadZipFile):
        unpacking.judge(io.BytesIO(bytes(content)), most=1 << 30)


@pytest.mark.parametrize(
    ("place", "value"),
    [(8, 99), (6, 1)],
    ids=["an unknown way of packing", "encrypted"],
)
def test_what_we_cannot_unpack_is_damaged(place, value):
    content = bytearray(packed((SHEET, cell("a"))).getvalue())
    directory = content.index(b"PK\x01\x02")
    for at in (place, directory + place + 2):
        content[at] = value
    with pytest.raises(zipfile.BadZipFile):
        unpacking.judge(io.BytesIO(bytes(content)), most=1 << 30)


@pytest.mark.parametrize("length", [1, 32_767])
def test_a_long_cell_that_excel_allows_is_read(length):
    unpacking.judge(packed((SHEET, cell("&amp;" * length))), most=1 << 30)


def test_an_uploaded_sheet_is_guarded_too():
    found = grid.read("a.xlsx", packed((SHEET, cell("A" * (30 << 20)))).getvalue())
    assert [fault.code for fault in found.faults] == ["sheet.file_unpacks_oddly"]
