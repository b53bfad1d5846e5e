"""Differences, their history and the merge of two people's edits."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from datahall.kit.ids import ListRowId, new_id
from datahall.lists.changes import ChangeKind, apply, differences, filled, in_order, merge, undo
from datahall.lists.model import Row, RowEdit
from tests.lists.factories import make_row

IDS = [ListRowId(new_id()) for _ in range(6)]
CELLS = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["甲", "乙", "丙"]), max_size=3)
STATES = st.dictionaries(st.sampled_from(IDS), CELLS, max_size=6).map(
    lambda told: [Row(id=id, position=IDS.index(id), cells=cells) for id, cells in told.items()]
)
EDITS = st.lists(
    st.builds(
        RowEdit,
        row=st.sampled_from(IDS),
        cells=st.none()
        | st.dictionaries(st.sampled_from("abc"), st.sampled_from(["", "甲", "丁"])),
    ),
    max_size=4,
    unique_by=lambda edit: edit.row,
)


class TestDifferences:
    @given(STATES, STATES)
    def test_lead_from_one_state_to_the_other_and_back(self, before, after):
        changes = differences(before, after)
        assert apply(before, changes) == in_order(after)
        assert undo(after, changes) == in_order(before)

    @given(STATES)
    def test_between_equal_states_there_are_none(self, state):
        assert differences(state, state) == ()

    @given(STATES, STATES)
    def test_name_every_cell_that_differs_and_no_other(self, before, after):
        old, new = ({row.id: row.cells for row in state} for state in (before, after))
        told = {
            (change.row, name)
            for change in differences(before, after)
            if change.kind is ChangeKind.CHANGED
            for name in change.after
        }
        assert told == {
            (id, name)
            for id in old.keys() & new.keys()
            for name in "abc"
            if old[id].get(name, "") != new[id].get(name, "")
        }

    @given(st.lists(STATES, min_size=1, max_size=6), st.data())
    def test_every_earlier_state_can_be_told_from_the_saves(self, states, data):
        saves = [differences(a, b) for a, b in pairwise(states)]
        at = data.draw(st.integers(0, len(states) - 1))
        rows = in_order(states[-1])
        for save in reversed(saves[at:]):
            rows = undo(rows, save)
        assert rows == in_order(states[at])


def by_id(rows):
    return {row.id: row for row in rows}


class TestMerge:
    @given(STATES, EDITS)
    def test_alone_everything_asked_happens(self, rows, edits):
        merged = merge(by_id(rows), by_id(rows), edits, {})
        after = by_id(apply(rows, merged.changes))
        assert merged.clashes == ()
        for edit in edits:
            if edit.row not in by_id(rows):
                continue
            if edit.cells is None:
                assert edit.row not in after
            else:
                expected = filled({**by_id(rows)[edit.row].cells, **edit.cells})
                assert after[edit.row].cells == expected

    @given(STATES, EDITS, EDITS)
    def test_nothing_of_two_editors_is_lost(self, base, theirs, mine):
        """Whatever a colleague saved stands, or is told as a clash; whatever I did too."""
        stands = apply(base, merge(by_id(base), by_id(base), theirs, {}).changes)
        merged = merge(by_id(base), by_id(stands), mine, {})
        told = {(clash.row, clash.column) for clash in merged.clashes}
        rows = {clash.row for clash in merged.clashes}
        after = by_id(apply(stands, merged.changes))
        was, now = by_id(base), by_id(stands)
        for edit in mine:
            for name, text in (edit.cells or {}).items():
                if edit.row in was and text != was[edit.row].cells.get(name, ""):  # I changed it
                    assert edit.row in rows or after[edit.row].cells.get(name, "") == text
        for id in was.keys() & now.keys():
            for name in "abc":
                saved = now[id].cells.get(name, "")
                if saved != was[id].cells.get(name, ""):  # the colleague changed it
                    kept = id in after and after[id].cells.get(name, "") == saved
                    assert kept or (id, name) in told or (id, "") in told

    def test_other_cells_of_one_row_come_together(self):
        row = make_row(a="甲", b="乙")
        theirs = Row(id=row.id, position=1, cells={"a": "新甲", "b": "乙"})
        mine = RowEdit(row=row.id, cells={"a": "甲", "b": "新乙"})
        merged = merge({row.id: row}, {row.id: theirs}, [mine], {})
        (after,) = apply([theirs], merged.changes)
        assert (merged.clashes, after.cells) == ((), {"a": "新甲", "b": "新乙"})

    def test_the_same_cell_is_a_clash_that_names_both(self):
        row = make_row(a="甲")
        theirs = Row(id=row.id, position=1, cells={"a": "他的"})
        mine = RowEdit(row=row.id, cells={"a": "我的"})
        (clash,) = merge({row.id: row}, {row.id: theirs}, [mine], {}).clashes
        assert (clash.mine, clash.theirs, clash.column) == ("我的", "他的", "a")

    def test_an_unchanged_row_that_a_colleague_removed_stays_removed(self):
        row = make_row(a="甲")
        merged = merge({row.id: row}, {}, [RowEdit(row=row.id, cells={"a": "甲"})], {})
        assert merged == type(merged)(changes=(), clashes=())

    def test_a_changed_row_that_a_colleague_removed_is_a_clash(self):
        row = make_row(a="甲")
        (clash,) = merge({row.id: row}, {}, [RowEdit(row=row.id, cells={"a": "乙"})], {}).clashes
        assert (clash.row, clash.column, clash.mine) == (row.id, "", "乙")
