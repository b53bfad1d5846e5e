"""What was typed into a cell, in its plain form, and what is wrong with it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datahall.lists import ListKind, definition, definitions, three_lists
from datahall.lists.cells import fault, plain
from datahall.lists.kinds import Column
from datahall.lists.vocabulary import CellType

TODAY = date(2026, 10, 16)
SYSTEMS = definition(ListKind.SYSTEMS)
EXCLUSIONS = definition(ListKind.EXCLUSIONS)


def column(type: CellType = CellType.TEXT, **about) -> Column:
    return Column(name="x", title="栏", type=type, **about)


def code(of: Column, text: str, **row: str) -> str | None:
    found = fault(of, plain(of, text), {of.name: text, **row}, today=TODAY)
    return found.code if found else None


class TestDefinitions:
    def test_the_five_lists_have_the_fields_of_the_domain(self):
        assert SYSTEMS.titles == (
            "系统名称", "建设单位", "主管科室", "使用层级", "建设方式", "部署位置", "网络", "等保级别",
            "上线日期", "数据库类型及版本", "表数", "数据量", "承建运维方", "是否已对接平台",
            "不可对接原因", "联系人",
        )  # fmt: skip
        resources = definition(ListKind.RESOURCES).titles
        assert resources[-6:] == ("来源系统", "应编", "应归集", "应共享", "应开放", "计划完成日")
        assert {"信息资源名称", "信息资源摘要", "信息项", "共享属性", "更新周期"} <= set(resources)
        assert definition(ListKind.DEMANDS).titles == (
            "需求名称", "需求部门", "应用场景", "事项名称", "事项编码", "依据（法规条款）", "需要的数据项",
            "期望提供部门", "期望方式", "更新要求", "紧急度", "匹配目录", "状态",
        )  # fmt: skip
        assert definition(ListKind.DUTIES).titles == (
            "数据名称", "责任部门", "提供方式", "更新周期", "完成时限", "来源需求", "状态",
        )  # fmt: skip
        assert EXCLUSIONS.titles[-4:] == ("文件名", "文号", "条款", "复审日期")

    def test_every_condition_names_a_column_and_what_it_may_hold(self):
        for about in definitions().values():
            assert set(about.identity) <= set(about.names)
            for one in about.columns:
                for other, values in one.required_when.items():
                    offered = about.column(other).choices or ("是", "否")
                    assert set(values) <= set(offered)
                assert set(one.aliases.values()) <= set(one.choices)

    def test_the_three_lists_are_the_settings(self):
        assert three_lists() == (ListKind.SYSTEMS, ListKind.RESOURCES, ListKind.DEMANDS)


class TestPlain:
    @pytest.mark.parametrize(
        "typed",
        ["2026-10-16", "2026/10/16", "2026.10.16", "2026年10月16日", "20261016", "２０２６－１０－１６",
         "2026-10-16 00:00:00", " 2026 年 10 月 16 日 ", "46311"],
    )  # fmt: skip
    def test_a_date_in_any_of_its_ways(self, typed):
        assert plain(column(CellType.DATE), typed) == "2026-10-16"

    @pytest.mark.parametrize(
        "typed", ["2026-13-01", "2026-02-30", "十月十六日", "去年", "16/10/2026"]
    )
    def test_what_is_no_date_stays_as_typed_and_is_a_fault(self, typed):
        assert plain(column(CellType.DATE), typed) == typed
        assert code(column(CellType.DATE), typed) == "lists.not_a_date"

    @pytest.mark.parametrize(
        ("typed", "stored"),
        [("１２８", "128"), ("1,280", "1280"), ("12.0", "12"), ("约百张", "约百张")],
    )
    def test_a_count(self, typed, stored):
        assert plain(column(CellType.COUNT), typed) == stored

    def test_a_count_of_many_digits_is_kept(self):
        assert plain(column(CellType.COUNT), "9" * 5000) == "9" * 5000

    @pytest.mark.parametrize(
        ("typed", "stored"), [("Y", "是"), ("ｎ", "否"), ("√", "是"), ("有时", "有时")]
    )
    def test_a_flag(self, typed, stored):
        assert plain(column(CellType.FLAG), typed) == stored

    def test_a_choice_by_its_other_names(self):
        assert plain(SYSTEMS.column("hosting"), " 市政务云") == "政务云"
        assert plain(SYSTEMS.column("protection"), "３") == "三级"
        assert plain(SYSTEMS.column("network"), "政务外网,互联网 外网") == "外网、互联网"

    def test_line_breaks_and_control_characters_in_a_name(self):
        assert plain(column(), "殡葬\r\n管理\x00系统\t二期") == "殡葬 管理系统 二期"

    @given(st.text(max_size=60), st.sampled_from(list(CellType)))
    def test_the_plain_form_is_its_own(self, typed, type_):
        of = column(type_, choices=("甲", "乙"), aliases={"1": "甲"})
        once = plain(of, typed)
        assert plain(of, once) == once

    @given(st.text(max_size=60))
    def test_nothing_typed_into_a_long_cell_is_lost(self, typed):
        kept = plain(column(CellType.LONG), typed)
        letters = [c for c in typed if c.isalnum()]
        assert [c for c in kept if c.isalnum()] == letters


class TestFault:
    def test_required(self):
        assert code(SYSTEMS.column("name"), " ") == "lists.required"

    def test_required_by_another_cell(self):
        obstacle = SYSTEMS.column("obstacle")
        assert code(obstacle, "", connected="否") == "lists.required_when"
        assert code(obstacle, "", connected="是") is None

    def test_a_name_of_500_characters(self):
        assert code(SYSTEMS.column("name"), "系" * 500) == "lists.too_long"

    def test_a_choice_that_is_not_offered(self):
        assert code(SYSTEMS.column("scope"), "全球") == "lists.not_offered"
        assert code(SYSTEMS.column("network"), "外网、内网") == "lists.not_offered"

    def test_a_credit_code(self):
        provider = definition(ListKind.RESOURCES).column("provider_code")
        assert code(provider, "１１３４１５００MB1234567X") == "lists.not_a_uscc"

    def test_a_review_date_in_the_past(self):
        review = EXCLUSIONS.column("review_on")
        assert code(review, "2026-10-15") == "lists.in_the_past"
        assert code(review, "2026-10-16") is None

    @pytest.mark.parametrize("name", ["document", "number", "article", "review_on", "rank"])
    def test_the_negative_list_wants_its_citation(self, name):
        assert code(EXCLUSIONS.column(name), "") == "lists.required"

    @pytest.mark.parametrize("name", ["basis", "scenario"])
    def test_the_list_of_needs_wants_its_basis(self, name):
        assert code(definition(ListKind.DEMANDS).column(name), "") == "lists.required"
