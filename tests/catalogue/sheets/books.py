"""Workbooks for tests: good ones by the hall itself, bad ones by hand."""

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO

import openpyxl

from datahall.catalogue import sheets
from datahall.catalogue.sheets.cells import letters
from datahall.catalogue.sheets.columns import OFFICIAL

HEAD = [column.head for column in OFFICIAL]
GOOD: Mapping[str, object] = {
    "序号": 1,
    "信息资源分类-类": "基础信息资源",
    "项": "国家人口",
    "目": "人口基本信息",
    "信息资源名称": "流动人口登记信息",
    "信息资源摘要": "全市流动人口居住登记。",
    "格式分类": "数据库",
    "格式类型": "PostgreSQL",
    "信息项名称": "公民身份号码",
    "数据类型": "字符型C",
    "数据长度": 18,
    "共享类型": "有条件共享",
    "共享条件": "限办理本部门法定职责时使用",
    "共享方式分类": "共享平台方式",
    "共享方式类型": "服务接口",
    "是否向社会开放": "否",
    "更新周期": "每日",
}
"""One entry in its first row."""


def line(**about: object) -> dict[str, object]:
    """A row that is right but for what a test is about."""
    return {**GOOD, **about}


def below(**about: object) -> dict[str, object]:
    """A further item of the entry above."""
    return about


def book(
    *lines: Mapping[str, object], head: Sequence[str] = HEAD, above: int = 0, name: str = "目录"
) -> bytes:
    """A workbook of one sheet with these rows under the head."""
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = name
    for _ in range(above):
        sheet.append(["六安市政务信息资源目录"])
    sheet.append(list(head))
    for told in lines:
        sheet.append([told.get(column) for column in head])
    return saved(made)


def saved(made: openpyxl.Workbook) -> bytes:
    target = BytesIO()
    made.save(target)
    return target.getvalue()


def raw(sheet_xml: Iterable[bytes], *, more: Mapping[str, bytes] | None = None) -> bytes:
    """A workbook whose one sheet has this very XML."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, text in (PARTS | dict(more or {})).items():
            archive.writestr(part, text)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as out:
            for piece in sheet_xml:
                out.write(piece)
    return target.getvalue()


PARTS = {
    "[Content_Types].xml": b"<Types/>",
    "xl/workbook.xml": (
        b'<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        b'<sheets><sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        b'<Relationships><Relationship Id="r1" Type="x/worksheet" '
        b'Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}
FIRST = b"<worksheet><sheetData>"
LAST = b"</sheetData></worksheet>"


def cell(address: str, text: str) -> bytes:
    return f'<c r="{address}" t="inlineStr"><is><t>{text}</t></is></c>'.encode()


def head_row(row: int = 1) -> bytes:
    cells = b"".join(cell(f"{letters(n)}{row}", text) for n, text in enumerate(HEAD))
    return f'<row r="{row}">'.encode() + cells + b"</row>"


def good_row(row: int = 2) -> bytes:
    told = ((letters(HEAD.index(name)), text) for name, text in GOOD.items())
    cells = b"".join(
        cell(f"{column}{row}", str(text))
        for column, text in sorted(told, key=lambda t: (len(t[0]), t[0]))
    )
    return f'<row r="{row}">'.encode() + cells + b"</row>"


def texts(content: bytes, sheet: int = 0) -> list[tuple[object, ...]]:
    """The cells of a workbook as another program reads them."""
    return list(openpyxl.load_workbook(BytesIO(content)).worksheets[sheet].values)


def taken(unit, actor, content: bytes, *, name: str = "目录.xlsx") -> sheets.Import:
    """Import a workbook in the test's own transaction."""

    @contextmanager
    def same():
        yield unit

    sent = sheets.receive(unit, actor, name=name, content=content)
    return sheets.run(same, sent.id)


def told(ended: sheets.Import) -> dict[str, list[str]]:
    """Cell → codes of its remarks."""
    found: dict[str, list[str]] = {}
    for remark in ended.remarks:
        found.setdefault(remark.cell, []).append(remark.code.removeprefix("catalogue."))
    return found


def at(column: str, row: int = 2) -> str:
    """Address of a column by its head."""
    return f"{letters(HEAD.index(column))}{row}"
