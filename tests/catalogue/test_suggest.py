"""Drafts from scanned tables: what is proposed, and that each proposal says why."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datahall.catalogue import (
    DataFormat,
    FieldType,
    ScannedColumn,
    Sharing,
    UpdateCycle,
)
from datahall.catalogue.categories import built_in
from datahall.catalogue.checks import FIELD_NAME, mistakes
from datahall.catalogue.model import InventoryTable
from datahall.catalogue.profile import ColumnProfile
from datahall.catalogue.source_types import type_of
from datahall.catalogue.suggest import Known, draft
from datahall.kit.ids import ItemId, SourceId, TableId, new_id
from datahall.standards import SensitiveKind, builtin_code_lists
from tests.conftest import NOON
from tests.factories import POLICE, make_columns

KNOWN = Known(
    provider=POLICE.id,
    provider_name="市公安局",
    categories=tuple(built_in().values()),
    code_lists=builtin_code_lists(),
    titles_taken=frozenset(),
)


def table(*columns, **about):
    given_ = {
        "id": TableId(new_id()),
        "source": SourceId(new_id()),
        "org": POLICE.id,
        "kind": "postgresql",
        "name": "t_czrk",
        "comment": "常住人口基本信息表",
        "primary_key": ("gmsfhm",),
        "columns": columns or make_columns(),
        "scanned_at": NOON,
    }
    return InventoryTable(**{**given_, **about})


def column(name="c", type="varchar(20)", comment="", nullable=True):
    return ScannedColumn(name=name, type=type, comment=comment, nullable=nullable, position=1)


def drafted(*columns, **about):
    return draft(ItemId(new_id()), table(*columns, **about), KNOWN, at=NOON)


class TestWhole:
    def test_a_table_of_persons(self):
        item = drafted()
        by_name = {f.name: f for f in item.fields}
        assert item.title == "常住人口基本信息"
        assert item.category_code == "101001"
        assert (item.format, item.format_type) == (DataFormat.DATABASE, "PostgreSQL")
        assert item.watermark_column == "update_time"
        assert (item.sharing, item.update_cycle) == (Sharing.CONDITIONAL, UpdateCycle.DAILY)
        assert item.key == ("gmsfhm",)
        assert [by_name[n].grade for n in ("gmsfhm", "xm", "xb", "ssxq")] == [3, 3, 2, 1]
        assert by_name["xb"].code_list == "GB/T 2261.1"
        assert by_name["gmsfhm"].rules == ("id_card",)
        assert "not_future" in by_name["csrq"].rules
        assert by_name["lxdh"].sensitive is SensitiveKind.MOBILE

    def test_every_proposal_says_why(self):
        item = drafted()
        assert all(s.reason and s.value for s in item.suggestions)
        for path in ("title", "abstract", "sharing", "fields.gmsfhm.sensitive", "fields.xm.grade"):
            assert item.suggestion(path) is not None

    def test_the_same_table_gives_the_same_draft(self):
        one = table()
        id = ItemId(new_id())
        assert draft(id, one, KNOWN, at=NOON) == draft(id, one, KNOWN, at=NOON)

    def test_a_sheet_without_comments(self):
        item = drafted(
            column("姓名", "String"), column("身份证号", "String"), column("死亡日期", "Date"),
            column("火化日期", "Date"), name="Sheet1", comment="", primary_key=(), kind="xlsx",
        )  # fmt: skip
        assert [f.name for f in item.fields] == [
            "xing_ming",
            "shen_fen_zheng_hao",
            "si_wang_ri_qi",
            "huo_hua_ri_qi",
        ]
        assert item.key == ("shen_fen_zheng_hao",)  # a natural key, to be looked at
        assert not item.suggestion("fields.shen_fen_zheng_hao.is_key").sure
        assert "not_before:si_wang_ri_qi" in item.fields[3].rules

    def test_an_unknown_type_is_text_and_to_be_looked_at(self):
        item = drafted(column("g", "geometry(Point,4490)", "位置"))
        assert item.fields[0].type is FieldType.TEXT
        assert not item.suggestion("fields.g.type").sure

    def test_enterprises_are_not_persons(self):
        item = drafted(
            column("tyshxydm", "char(18)", "统一社会信用代码"), column("qymc", "varchar(100)", "企业名称"),
            column("clrq", "date", "成立日期"), name="t_qy", comment="企业登记信息", primary_key=("tyshxydm",),
        )  # fmt: skip
        assert item.grade == 1
        assert item.sharing is Sharing.UNCONDITIONAL

    def test_a_key_of_text_is_a_string(self):
        item = drafted(column("id", "text"), column("v", "float8"), primary_key=("id", "v"))
        assert item.key == ("id",)
        assert item.fields[0].type is FieldType.STRING

    def test_an_empty_table_is_still_a_draft(self):
        assert drafted(name="t", comment="", columns=()).fields == ()


@pytest.mark.parametrize(
    ("comment", "kind"),
    [
        ("户主姓名", SensitiveKind.NAME),
        ("法定代表人", SensitiveKind.NAME),
        ("企业名称", SensitiveKind.NONE),
        ("居民身份证号码", SensitiveKind.ID_CARD),
        ("统一社会信用代码", SensitiveKind.USCC),
        ("联系电话", SensitiveKind.MOBILE),
        ("固定电话", SensitiveKind.LANDLINE),
        ("家庭住址", SensitiveKind.ADDRESS),
        ("银行账号", SensitiveKind.BANK_CARD),
        ("电子邮箱", SensitiveKind.EMAIL),
        ("号牌号码", SensitiveKind.PLATE),
        ("备注", SensitiveKind.NONE),
    ],
)
def test_sensitive_by_comment(comment, kind):
    assert drafted(column("c", "varchar(50)", comment)).fields[0].sensitive is kind


@pytest.mark.parametrize(
    ("source", "type", "length", "scale"),
    [
        ("character varying(18)", FieldType.STRING, 18, None),
        ("bpchar(1)", FieldType.STRING, 1, None),
        ("VARCHAR2(200 CHAR)", FieldType.STRING, None, None),
        ("numeric(12,2)", FieldType.NUMBER, 12, 2),
        ("decimal(10)", FieldType.NUMBER, 10, 0),
        ("bigint unsigned", FieldType.INTEGER, None, None),
        ("int(11)", FieldType.INTEGER, None, None),
        ("tinyint(1)", FieldType.BOOLEAN, None, None),
        ("double precision", FieldType.DOUBLE, None, None),
        ("timestamp(6) without time zone", FieldType.DATETIME, None, None),
        ("timestamp[us, tz=UTC]", FieldType.DATETIME, None, None),
        ("Datetime(time_unit='us', time_zone=None)", FieldType.DATETIME, None, None),
        ("datetime", FieldType.DATETIME, None, None),
        ("Date", FieldType.DATE, None, None),
        ("Int64", FieldType.INTEGER, None, None),
        ("Utf8", FieldType.STRING, None, None),
        ("uuid", FieldType.STRING, 36, None),
        ("enum('a','b')", FieldType.STRING, None, None),
        ("longtext", FieldType.TEXT, None, None),
    ],
)
def test_types_of_sources(source, type, length, scale):
    read = type_of(source)
    assert (read.type, read.length, read.scale, read.known) == (type, length, scale, True)


@pytest.mark.parametrize("source", ["geometry", "bytea", "text[]", "integer[]", "", "什么"])
def test_types_that_are_not_known(source):
    assert not type_of(source).known


@given(
    st.lists(
        st.builds(
            ScannedColumn,
            name=st.text(min_size=1, max_size=80).filter(lambda s: s.strip() and "\x00" not in s),
            type=st.sampled_from(["varchar(20)", "date", "int", "geometry", "numeric(8,2)"]),
            comment=st.text(max_size=120),
            nullable=st.booleans(),
            position=st.just(1),
        ),
        max_size=12,
        unique_by=lambda c: c.name,
    )
)
def test_whatever_the_source_names_its_columns_a_draft_may_be_saved(columns):
    key = tuple(c.name for c in columns[:1])
    item = drafted(*columns, columns=tuple(columns), primary_key=key if len(columns) % 2 else ())
    assert all(FIELD_NAME.fullmatch(f.name) for f in item.fields)
    assert (
        list(mistakes(item, table=table(columns=tuple(columns)), code_lists=KNOWN.code_lists)) == []
    )


class TestEvidence:
    @staticmethod
    def proposed(comment, shares, rows=200):
        sampled = ColumnProfile(column="c", rows=rows, nulls=0, distinct=rows, shares=shares)
        known = replace(KNOWN, profiles={"c": sampled})
        item = draft(ItemId(new_id()), table(column("c", "varchar(18)", comment)), known, at=NOON)
        return item.fields[0], item.suggestion("fields.c.sensitive")

    def test_a_sample_names_what_the_name_does_not_tell(self):
        field, told = self.proposed("编号", {"id_card": 0.99})
        assert (field.sensitive, field.grade) == (SensitiveKind.ID_CARD, 3)
        assert told.reason == "抽样 200 个值，99% 校验位正确"

    def test_a_sample_that_agrees_is_told(self):
        _, told = self.proposed("公民身份号码", {"id_card": 1.0})
        assert told.sure
        assert "100% 校验位正确" in told.reason

    def test_a_sample_that_says_another_kind_wins_and_is_to_be_looked_at(self):
        field, told = self.proposed("联系电话", {"landline": 0.95, "mobile": 0.05})
        assert (field.sensitive, told.sure) == (SensitiveKind.LANDLINE, False)

    def test_a_sample_that_denies_leaves_the_kind_to_be_looked_at(self):
        field, told = self.proposed("统一社会信用代码", {"uscc": 0.0})
        assert (field.sensitive, told.sure) == (SensitiveKind.USCC, False)

    def test_a_few_values_prove_nothing(self):
        field, _ = self.proposed("编号", {"id_card": 1.0}, rows=5)
        assert field.sensitive is SensitiveKind.NONE
