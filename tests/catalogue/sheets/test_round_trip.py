"""Export → import → export is identical, whatever the entries say."""

import re
from dataclasses import replace
from datetime import date
from io import BytesIO

import openpyxl
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from datahall.catalogue import (
    Assessment,
    DataFormat,
    Field,
    FieldType,
    ItemStatus,
    Opening,
    ShareMethod,
    Sharing,
    UpdateCycle,
    codes,
    repository,
    sheets,
)
from datahall.catalogue.sheets.texts import guarded, restored
from datahall.catalogue.tables import items
from datahall.catalogue.vocabulary import GRADES
from datahall.security import Role
from datahall.standards import SensitiveKind
from tests.catalogue.sheets.books import taken, texts
from tests.factories import add_actor, make_item

WORDS = st.text(
    alphabet=st.one_of(
        st.sampled_from("人口企业登记信息=+-@'\"\t\n、，；;_x000D, 0１Ａa<&>😀"),
        st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")),
    ),
    max_size=30,
)
LINE = WORDS.map(str.strip)
TITLES = WORDS.map(lambda text: f"目{text}".strip()[:40])
DAYS = st.dates(date(2015, 1, 1), date(2026, 10, 1))
ASSESSMENTS = st.none() | st.builds(
    Assessment, number=LINE, conclusion=LINE.map(lambda t: f"可{t}"), done_on=DAYS
)


@st.composite
def fields(draw, index):
    kind = draw(st.sampled_from(SensitiveKind))
    length = draw(st.none() | st.integers(1, 4000))
    scale = draw(st.none() | st.integers(0, length or 38))
    type = draw(st.sampled_from(FieldType))
    may_be_key = type in {FieldType.STRING, FieldType.INTEGER, FieldType.DATE}
    rules = {FieldType.STRING: ("mobile",), FieldType.DATE: ("not_future",)}.get(type, ())
    code_lists = [None, "GB/T 2261.1", "GB/T 3304"] if type is FieldType.STRING else [None]
    return Field(
        name=f"f{index}",
        title=f"{draw(TITLES)}{index}"[:60].strip(),
        source_column=f"f{index}",
        type=type,
        length=length,
        scale=scale,
        required=draw(st.booleans()),
        is_key=may_be_key and draw(st.booleans()),
        grade=draw(st.sampled_from([g for g in GRADES if g >= kind.least_grade])),
        sensitive=kind,
        code_list=draw(st.sampled_from(code_lists)),
        rules=draw(st.sampled_from([(), rules])),
    )


@st.composite
def entries(draw, index=0):
    made = tuple(draw(fields(n)) for n in range(draw(st.integers(0, 4))))
    grade = max((f.grade for f in made), default=1)
    sharing = draw(st.sampled_from(Sharing if grade <= 2 else list(Sharing)[1:]))
    closed = sharing is Sharing.WITHHELD or grade > 2
    opening = Opening.WITHHELD if closed else draw(st.sampled_from(Opening))
    format = draw(st.sampled_from(DataFormat))
    methods = draw(st.lists(st.sampled_from(ShareMethod), unique=True, max_size=3))
    if grade == 4:  # as the entry form has it
        methods = [m for m in methods if m is not ShareMethod.FILE]
    return make_item(
        title=f"{draw(TITLES)}{index}".strip(),
        abstract=draw(WORDS),
        category_code=draw(st.sampled_from(["101001", "102001", "201001", "307006", ""])),
        alias_code=draw(st.sampled_from(["", f"AH-{index}-2026"])),
        keywords=tuple(draw(st.lists(LINE.filter(bool), max_size=3))),
        format=format,
        format_type=draw(LINE),
        fields=made,
        sharing=sharing,
        share_condition=draw(WORDS),
        withheld_basis="《中华人民共和国精神卫生法》（主席令第六号）第四条"
        if sharing is Sharing.WITHHELD
        else "",
        share_methods=tuple(methods),
        opening=opening,
        open_condition=draw(LINE),
        update_cycle=draw(st.sampled_from(UpdateCycle)),
        system=draw(LINE),
        duty_basis=draw(WORDS),
        office=draw(LINE),
        contact=draw(LINE),
        phone=draw(st.sampled_from(["", "0564-3379000", "13800005678"])),
        area=draw(LINE),
        period=draw(LINE),
        related_codes=tuple(
            draw(st.lists(st.sampled_from(["101001/000001", "307006/000002"]), max_size=2))
        ),
        secrecy=draw(ASSESSMENTS),
        privacy=draw(ASSESSMENTS),
    )


SLOW = settings(
    deadline=None,
    max_examples=20,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # an example is a whole import
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def clerk(unit):
    return add_actor(unit.conn, Role.CLERK)


def put(unit, clerk, made):
    unit.conn.execute(sa.delete(items).where(items.c.provider == clerk.org))
    for item in made:
        repository.add(unit.conn, replace(item, provider=clerk.org))


class TestExportImportExport:
    @SLOW
    @given(st.lists(st.integers(), min_size=1, max_size=3).flatmap(
        lambda seeds: st.tuples(*(entries(n) for n in range(len(seeds))))
    ))  # fmt: skip
    def test_into_an_empty_hall(self, unit, clerk, made):
        put(unit, clerk, made)
        first = sheets.export_own(unit, clerk)
        put(unit, clerk, ())
        ended = taken(unit, clerk, first)
        second = sheets.export_own(unit, clerk)

        assert [
            (r.cell, r.code, r.detail) for r in ended.remarks if r.weight is sheets.Weight.ERROR
        ] == []
        assert texts(second) == texts(first)
        assert second == first

    @SLOW
    @given(entries())
    def test_into_the_same_hall_nothing_changes(self, unit, clerk, made):
        put(unit, clerk, [made])
        first = sheets.export_own(unit, clerk)
        taken(unit, clerk, first)
        assert sheets.export_own(unit, clerk) == first

    @SLOW
    @given(entries())
    def test_with_the_official_columns_alone(self, unit, clerk, made):
        """What the official columns do not say stays as the hall has it."""
        put(unit, clerk, [made])
        whole = sheets.export_own(unit, clerk)
        official = sheets.export_own(unit, clerk, official_only=True)
        taken(unit, clerk, official)
        assert sheets.export_own(unit, clerk, official_only=True) == official
        assert texts(sheets.export_own(unit, clerk)) == texts(whole)

    def test_a_published_entry_in_the_same_hall_is_left_as_it_is(self, unit, clerk):
        published = make_item(
            status=ItemStatus.PUBLISHED, code="101001/000001", published_at=unit.now
        )
        put(unit, clerk, [published])
        codes.claim(unit.conn, "101001/000001", published.id)
        first = sheets.export_own(unit, clerk)
        ended = taken(unit, clerk, first)
        assert (ended.unchanged, ended.revised) == (1, 0)
        assert sheets.export_own(unit, clerk) == first


@given(WORDS)
def test_no_cell_can_be_taken_for_a_formula_and_nothing_is_lost(text):
    assert not re.match(r"[=+\-@\t\r]", guarded(text))
    assert restored(guarded(text)) == text


@pytest.mark.parametrize("text", ["=1+1", "+86", "-3", "@SUM(A1)", "'=1", "''=1", "'名"])
def test_formulas_are_neutralised_in_the_file_and_restored(unit, clerk, text):
    put(unit, clerk, [make_item(abstract=text)])
    content = sheets.export_own(unit, clerk)
    (_, row, *_) = texts(content)
    assert not str(row[10]).startswith(("=", "+", "-", "@"))
    put(unit, clerk, ())
    taken(unit, clerk, content)
    (draft,) = repository.drafts(unit.conn, provider=clerk.org)
    assert repository.get(unit.conn, draft.id).abstract == text


def test_the_official_head_comes_first_and_cells_are_merged(unit, clerk):

    put(unit, clerk, [make_item()])
    sheet = openpyxl.load_workbook(BytesIO(sheets.export_own(unit, clerk))).active
    head = [c.value for c in sheet[1]]
    assert head[:6] == ["序号", "信息资源分类-类", "项", "目", "细目", "信息资源名称"]
    assert head[26] == "备注"
    assert "F2:F5" in {str(area) for area in sheet.merged_cells.ranges}
    assert [sheet.cell(row, 15).value for row in range(2, 6)] == [
        "公民身份号码", "姓名", "性别", "所属县区",
    ]  # fmt: skip
