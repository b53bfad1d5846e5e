"""The city's own category tree: judged whole, taken whole or not at all."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from datahall import catalogue
from datahall.catalogue import repository
from datahall.catalogue.categories import built_in, categories, parent_code
from datahall.catalogue.errors import CategoriesRefused
from datahall.security import NotPermitted, Role
from tests.catalogue.test_codes import published
from tests.catalogue.test_properties import SLOW
from tests.factories import POLICE, make_actor, make_item

BUREAU = make_actor(Role.BUREAU)
HEAD = "分类码,名称,上级分类码,关键词"
GOOD = ("1,基础,,", "101,人口,1,", "101001,人口基本,101,人口、户籍", "101001A1,户籍,101001,")


def bring(unit, *lines, actor=BUREAU, head=HEAD):
    return catalogue.import_categories(unit, actor, "分类.csv", "\n".join((head, *lines)).encode())


def faults(unit, *lines, head=HEAD):
    with pytest.raises(CategoriesRefused) as refused:
        bring(unit, *lines, head=head)
    return {(f.field, f.code.removeprefix("catalogue.")) for f in refused.value.faults}


class TestImport:
    def test_replaces_the_built_in_tree(self, unit):
        assert categories(unit.conn) == built_in()
        made = bring(unit, *GOOD)
        tree = categories(unit.conn)
        assert list(tree) == ["1", "101", "101001", "101001A1"]
        assert tree["101001A1"].path == ("基础", "人口", "人口基本", "户籍")
        assert tree["101001"].words == ("人口", "户籍")
        assert (made.categories, made.added) == (4, 1)
        assert unit.events[-1].tag == "catalogue:categories:import"

    def test_reads_workbooks_and_full_width_digits_are_named(self, unit):
        book = Workbook()
        for line in (HEAD, "1,基础,,", "１０１,人口,1,"):
            book.active.append(line.split(","))
        content = io.BytesIO()
        book.save(content)
        with pytest.raises(CategoriesRefused) as refused:
            catalogue.import_categories(unit, BUREAU, "分类.xlsx", content.getvalue())
        assert [f.field for f in refused.value.faults] == ["A3"]

    @pytest.mark.parametrize(
        ("lines", "fault"),
        [
            (("1,甲,,", "101,乙,999,"), ("C3", "category_orphaned")),
            (("1,甲,101,", "101,乙,1,"), ("C2", "category_cyclic")),
            (("1,甲,1,",), ("C2", "category_cyclic")),
            (("1,甲,,", "1,乙,,"), ("A3", "category_twice")),
            (("1,甲,,", "10,乙,1,"), ("A3", "category_malformed")),
            (("1,甲,,", "101,,1,"), ("B3", "category_nameless")),
            (("1,甲,,", f"101,{'字' * 51},1,"), ("B3", "too_long")),
            (("1,甲,,", "2,丙,,", "101,乙,2,"), ("C4", "category_misplaced")),
            (("101,乙,,",), ("C2", "category_misplaced")),
            ((), ("file", "categories_empty")),
        ],
    )
    def test_names_the_wrong_cell_and_takes_nothing(self, unit, lines, fault):
        assert fault in faults(unit, *lines)
        assert categories(unit.conn) == built_in()

    def test_a_sheet_without_the_heads_is_refused(self, unit):
        assert faults(unit, "1,甲,,", head="编码,名称,上级,词")

    def test_not_a_workbook(self, unit):
        with pytest.raises(CategoriesRefused):
            catalogue.import_categories(unit, BUREAU, "分类.xlsx", b"<html>")

    def test_a_category_in_use_cannot_vanish(self, unit):
        repository.add(unit.conn, make_item(category_code="102001"))
        assert faults(unit, *GOOD) == {("file", "category_in_use")}

    def test_a_code_that_was_given_keeps_its_parent(self, unit):
        bring(
            unit,
            "1,甲,,",
            "101,乙,1,",
            "101001,丙,101,",
            "1010010,丁,101001,",
            "10100101,戊,1010010,",
        )
        moved = faults(unit, "1,甲,,", "101,乙,1,", "101001,丙,101,", "10100101,戊,101001,")
        assert ("C5", "category_moved") in moved

    def test_is_the_authoritys(self, unit):
        with pytest.raises(NotPermitted):
            bring(unit, *GOOD, actor=make_actor(Role.CLERK))

    def test_entries_are_filed_under_the_new_tree(self, unit):
        bring(unit, *GOOD, "101002,婚姻,101,")
        item = published(unit, category_code="101001A1")
        assert item.code == "101001A1/000001"
        other = make_item(title="另一项")
        repository.add(unit.conn, other)
        clerk = make_actor(Role.CLERK, org=POLICE)
        with pytest.raises(catalogue.EntryInvalid):
            catalogue.revise(unit, clerk, other.id, category_code="102001")


LEAVES = st.sets(st.from_regex(r"\A[1-3]\d{2}\d{3}[A-C]?\Z"), min_size=1, max_size=12)


@SLOW
@given(LEAVES)
def test_any_well_made_tree_comes_back_as_it_was(unit, leaves):
    codes = sorted(
        {code[:n] for code in leaves for n in (1, 3, 6, len(code))}, key=lambda c: (len(c), c)
    )
    used = {code: code[: max((n for n in (1, 3, 6) if n < len(code)), default=0)] for code in codes}
    before = categories(unit.conn)
    if any(code in before and used[code] != parent_code(code, before) for code in used):
        return
    bring(unit, *(f"{code},名{code},{above}," for code, above in used.items()))
    tree = categories(unit.conn)
    assert list(tree) == codes
    assert {code: parent_code(code, tree) for code in tree} == used
