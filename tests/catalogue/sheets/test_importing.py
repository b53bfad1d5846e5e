"""Taking in workbooks: what is good is kept, what is wrong is told by its cell."""

from io import BytesIO

import openpyxl
import pytest

from datahall.catalogue import ItemStatus, codes, discard, repository, sheets
from datahall.catalogue.sheets.model import ImportState
from datahall.kit.messages import sentence
from datahall.security import NotPermitted, Role
from datahall.standards import SensitiveKind
from tests.catalogue.sheets.books import at, below, book, line, taken, texts, told
from tests.factories import add_actor, add_org, make_actor, make_item


@pytest.fixture
def clerk(unit):
    return add_actor(unit.conn, Role.CLERK)


def mine(unit, clerk):
    return {d.title: d for d in repository.drafts(unit.conn, provider=clerk.org)}


def entry(unit, clerk, title="流动人口登记信息"):
    return repository.newest(unit.conn, mine(unit, clerk)[title].id)


class TestGood:
    def test_an_entry_over_several_rows(self, unit, clerk):
        ended = taken(
            unit, clerk,
            book(
                line(), below(信息项名称="姓名", 数据类型="字符型C", 数据长度="50"),
                below(信息项名称="登记日期", 数据类型="日期型D"),
                line(序号=2, 信息资源名称="居住证信息"),
            ),
        )  # fmt: skip
        assert (ended.state, ended.drafted, ended.refused) == (ImportState.DONE, 2, 0)
        item = entry(unit, clerk)
        assert item.status is ItemStatus.DRAFT
        assert [f.title for f in item.fields] == ["公民身份号码", "姓名", "登记日期"]
        assert (item.category_code, item.update_cycle.label) == ("101001", "每日")
        assert item.share_condition == "限办理本部门法定职责时使用"

    def test_fields_are_named_and_graded_by_their_titles(self, unit, clerk):
        taken(unit, clerk, book(line()))
        (field,) = entry(unit, clerk).fields
        assert field.name == "gong_min_shen_fen_hao_ma"
        assert (field.sensitive, field.grade) == (SensitiveKind.ID_CARD, 3)

    def test_texts_repeated_in_every_row_are_one_entry(self, unit, clerk):
        ended = taken(unit, clerk, book(line(), line(信息项名称="姓名", 数据长度=50)))
        assert ended.drafted == 1
        assert len(entry(unit, clerk).fields) == 2

    def test_a_title_may_stand_above_the_head(self, unit, clerk):
        assert taken(unit, clerk, book(line(), above=2)).drafted == 1

    def test_codes_and_names_of_categories(self, unit, clerk):
        told_ = {"信息资源分类-类": "1", "项": "01", "目": "101001"}
        assert taken(unit, clerk, book(line(**told_))).drafted == 1
        assert entry(unit, clerk).category_code == "101001"

    def test_good_ones_are_kept_beside_bad_ones(self, unit, clerk):
        bad = line(序号=2, 信息资源名称="坏的", 共享类型="随便")
        good = line(序号=3, 信息资源名称="好的")
        ended = taken(unit, clerk, book(line(), bad, good))
        assert (ended.drafted, ended.refused) == (2, 1)
        assert set(mine(unit, clerk)) == {"流动人口登记信息", "好的"}

    def test_the_same_workbook_again_changes_nothing(self, unit, clerk):
        content = book(line(), line(序号=2, 信息资源名称="另一个"))
        taken(unit, clerk, content)
        before = entry(unit, clerk)
        again = taken(unit, clerk, content)
        assert (again.unchanged, again.drafted, again.revised) == (2, 0, 0)
        assert entry(unit, clerk) == before


class TestRevising:
    def test_a_draft_with_the_title_is_revised_and_keeps_what_the_sheet_does_not_say(
        self, unit, clerk
    ):
        draft = make_item(provider=clerk.org, title="流动人口登记信息", keywords=("居住证",))
        repository.add(unit.conn, draft)
        ended = taken(unit, clerk, book(line(数据长度=20)))
        item = entry(unit, clerk)
        assert (ended.revised, item.id, item.edit) == (1, draft.id, draft.edit + 1)
        assert item.keywords == ("居住证",)
        assert item.fields[0].name == "gmsfhm"  # known by its title
        assert item.fields[0].is_key

    def test_a_published_entry_gets_a_new_version(self, unit, clerk):
        published = make_item(
            provider=clerk.org, title="旧名称", status=ItemStatus.PUBLISHED, code="101001/000007",
            published_at=unit.now,
        )  # fmt: skip
        repository.add(unit.conn, published)
        codes.claim(unit.conn, "101001/000007", published.id)
        ended = taken(unit, clerk, book(line(信息资源代码="101001/000007")))
        versions = repository.history(unit.conn, published.id)
        assert ended.revised == 1
        assert [(v.title, v.version) for v in versions] == [("流动人口登记信息", 2), ("旧名称", 1)]

    def test_an_entry_in_review_is_left_alone(self, unit, clerk):
        waiting = make_item(
            provider=clerk.org, title="流动人口登记信息", status=ItemStatus.DEPARTMENT_REVIEW
        )
        repository.add(unit.conn, waiting)
        ended = taken(unit, clerk, book(line()))
        assert told(ended) == {at("信息资源名称"): ["sheet_wrong_stage"]}
        assert repository.newest(unit.conn, waiting.id) == waiting


class TestCodes:
    def test_a_code_of_elsewhere_is_adopted_and_never_given_again(self, unit, clerk):
        taken(unit, clerk, book(line(信息资源代码="101001/000005")))
        assert entry(unit, clerk).code == "101001/000005"
        given = [codes.next_code(unit.conn, "101001") for _ in range(6)]
        assert "101001/000005" not in given

    def test_a_discarded_draft_comes_back_with_its_code(self, unit, clerk):
        content = book(line(信息资源代码="101001/000005"))
        taken(unit, clerk, content)
        thrown = entry(unit, clerk)
        discard(unit, clerk, thrown.id)
        taken(unit, clerk, content)
        assert (entry(unit, clerk).id, entry(unit, clerk).code) == (thrown.id, thrown.code)

    def test_a_code_of_another_department_is_refused(self, unit, clerk):
        other = make_item(
            provider=add_org(unit.conn).id, status=ItemStatus.PUBLISHED, code="101001/000005",
            published_at=unit.now,
        )  # fmt: skip
        repository.add(unit.conn, other)
        codes.claim(unit.conn, "101001/000005", other.id)
        ended = taken(unit, clerk, book(line(信息资源代码="101001/000005")))
        assert told(ended) == {at("信息资源代码"): ["sheet_code_taken"]}

    def test_a_code_twice_in_the_file(self, unit, clerk):
        ended = taken(
            unit, clerk,
            book(
                line(信息资源代码="101001/000005"),
                line(序号=2, 信息资源名称="另一个", 信息资源代码="101001/000005"),
            ),
        )  # fmt: skip
        assert ended.drafted == 1
        assert told(ended) == {at("信息资源代码", 3): ["sheet_twice"]}

    def test_a_title_twice_in_the_file(self, unit, clerk):
        ended = taken(unit, clerk, book(line(), line(序号=2)))
        assert told(ended) == {at("信息资源名称", 3): ["sheet_twice"]}

    @pytest.mark.parametrize("code", ["102001/000005", "101001-5", "10/1"])
    def test_a_code_that_is_none(self, unit, clerk, code):
        ended = taken(unit, clerk, book(line(信息资源代码=code)))
        assert told(ended) == {at("信息资源代码"): ["sheet_code_malformed"]}


WRONG = [
    ("信息资源名称", "名" * 500, "too_long"),
    ("信息资源摘要", "字" * 300, "too_long"),
    ("信息项名称", "项" * 500, "too_long"),
    ("共享类型", "随便", "sheet_choice"),
    ("更新周期", "有空就更新", "sheet_choice"),
    ("格式分类", "纸质", "sheet_choice"),
    ("数据类型", "什么", "sheet_choice"),
    ("数据长度", "很长", "sheet_length"),
    ("数据长度", "-3", "sheet_length"),
    ("数据长度", 0, "length_not_positive"),
    ("目", "没有的分类", "sheet_category"),
    ("共享方式分类", "邮寄光盘", "sheet_choice"),
    ("共享方式类型", "飞鸽", "sheet_choice"),
    ("是否向社会开放", "也许", "sheet_choice"),
    ("发布日期", "去年", "sheet_day"),
    ("发布日期", "2026-13-40", "sheet_day"),
    ("信息资源提供方", "别的局", "sheet_other_provider"),
    ("信息资源提供方代码", "91341500MA2N00000X", "sheet_other_provider_code"),
    ("开放条件", "登记后开放", "sheet_open_condition_on_closed"),
]


@pytest.mark.parametrize(("column", "value", "code"), WRONG)
def test_each_mistake_is_told_in_its_cell(unit, clerk, column, value, code):
    ended = taken(unit, clerk, book(line(**{column: value})))
    assert (ended.refused, ended.drafted) == (1, 0)
    assert code in told(ended)[at(column)]
    assert all("（" not in sentence(r.code, r.detail)[:1] for r in ended.remarks)


class TestSharing:
    def test_withheld_needs_its_citation(self, unit, clerk):
        ended = taken(unit, clerk, book(line(共享类型="不予共享", 共享条件="不方便")))
        assert told(ended) == {at("共享条件"): ["withheld_basis_no_citation"]}

    def test_nothing_is_asked_of_who_may_have_it_unconditionally(self, unit, clerk):
        about = {"共享类型": "无条件共享", "共享条件": "须领导批准", "信息项名称": "备注"}
        ended = taken(unit, clerk, book(line(**about)))
        assert told(ended) == {at("共享条件"): ["sheet_condition_on_free"]}


class TestRepairs:
    def test_full_width_characters_are_made_plain_and_told(self, unit, clerk):
        ended = taken(
            unit, clerk, book(line(数据长度="１８", 信息资源代码="１０１００１／０００００５"))
        )
        assert ended.drafted == 1
        assert told(ended)[at("数据长度")] == ["sheet_made_narrow"]
        assert entry(unit, clerk).code == "101001/000005"
        assert entry(unit, clerk).fields[0].length == 18

    @pytest.mark.parametrize(
        "day", ["2026年10月9日", "2026/10/9", "2026.10.09", "２０２６－１０－０９"]
    )
    def test_dates_as_text_are_read(self, unit, clerk, day):
        ended = taken(unit, clerk, book(line(发布日期=day)))
        assert ended.drafted == 1

    def test_a_date_of_the_spreadsheet_program_is_read(self, unit, clerk):
        ended = taken(unit, clerk, book(line(发布日期=unit.now.replace(tzinfo=None))))
        assert ended.drafted == 1

    def test_notes_are_not_silently_lost(self, unit, clerk):
        ended = taken(unit, clerk, book(line(备注="每年抽查")))
        assert told(ended) == {at("备注"): ["sheet_notes_left"]}


class TestStructure:
    def test_over_500_items(self, unit, clerk):
        more = [below(信息项名称=f"项{n}", 数据类型="整型I") for n in range(501)]
        ended = taken(unit, clerk, book(line(), *more))
        assert told(ended) == {at("信息项名称", 502): ["fields_too_many"]}

    def test_what_belongs_to_the_entry_stands_in_its_first_row(self, unit, clerk):
        ended = taken(unit, clerk, book(line(), below(信息项名称="姓名", 共享条件="还有一条")))
        assert told(ended) == {at("共享条件", 3): ["sheet_below"]}

    def test_an_item_without_a_name(self, unit, clerk):
        ended = taken(unit, clerk, book(line(), below(数据类型="整型I")))
        assert told(ended) == {at("信息项名称", 3): ["field_title_blank"]}

    def test_two_items_with_one_name(self, unit, clerk):
        ended = taken(unit, clerk, book(line(), below(信息项名称="公民身份号码")))
        assert set(told(ended)) == {at("信息项名称", 2), at("信息项名称", 3)}

    def test_a_category_with_a_gap(self, unit, clerk):
        ended = taken(unit, clerk, book(line(项=None)))
        assert told(ended) == {at("项"): ["sheet_category_gap"]}


class TestRemarkedWorkbook:
    def test_says_in_the_cell_and_in_a_list_what_to_do(self, unit, clerk):
        ended = taken(unit, clerk, book(line(共享类型="随便"), name="一季度"))
        content = sheets.remarked_file(unit, clerk, ended.id)
        (head, row) = texts(content)
        assert head == ("工作表", "单元格", "程度", "怎样改")
        assert row[:3] == ("一季度", at("共享类型"), "要改正")
        assert "可填：无条件共享" in row[3]

        sheet = openpyxl.load_workbook(BytesIO(content))["一季度"]
        marked = sheet[at("共享类型")]
        assert marked.value == "随便"
        assert "可填" in marked.comment.text
        assert marked.fill.fgColor.rgb == "FFFFC7CE"
        assert sheet[at("信息资源名称")].comment is None

    def test_corrected_in_its_cells_it_goes_in(self, unit, clerk):

        ended = taken(unit, clerk, book(line(共享类型="随便")))
        corrected = openpyxl.load_workbook(BytesIO(sheets.remarked_file(unit, clerk, ended.id)))
        corrected["目录"][at("共享类型")] = "有条件共享"
        out = BytesIO()
        corrected.save(out)
        assert taken(unit, clerk, out.getvalue()).drafted == 1


class TestWhoMay:
    def test_only_a_clerk_imports(self, unit):
        head = add_actor(unit.conn, Role.HEAD)
        with pytest.raises(NotPermitted):
            sheets.receive(unit, head, name="x.xlsx", content=book(line()))

    def test_another_departments_import_is_not_there(self, unit, clerk):
        ended = taken(unit, clerk, book(line()))
        with pytest.raises(sheets.ImportNotFound):
            sheets.read_import(unit, make_actor(Role.CLERK), ended.id)
