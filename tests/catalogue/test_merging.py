"""Two people change one entry: nothing that either did is lost."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datahall import catalogue
from datahall.catalogue import EditedMeanwhile, EntryInvalid, repository
from datahall.catalogue.merging import merge
from datahall.catalogue.service import CONTENT
from datahall.security import Role
from tests.factories import POLICE, make_actor, make_field, make_item

CLERK = make_actor(Role.CLERK, org=POLICE)
COLLEAGUE = make_actor(Role.CLERK, org=POLICE)
BASE = make_item(fields=tuple(make_field(name, title=name * 2) for name in "abc"))


def merged(base, theirs, yours):
    both = merge(base, theirs, yours, names=CONTENT)
    return replace(base, **both.content), both


class TestMerge:
    def test_untouched_places_go_together(self):
        theirs = replace(BASE, contact="赵敏", keywords=("户口",))
        yours = replace(BASE, phone="0564-3379111")
        item, both = merged(BASE, theirs, yours)
        assert (item.contact, item.phone, item.keywords) == ("赵敏", "0564-3379111", ("户口",))
        assert both.clashes == ()
        assert set(both.taken) == {"联系人", "关键词"}

    def test_a_place_that_both_changed_shows_all_three(self):
        _, both = merged(BASE, replace(BASE, contact="赵敏"), replace(BASE, contact="钱进"))
        (clash,) = both.clashes
        assert (clash.path, clash.base, clash.theirs, clash.yours) == (
            "contact", "周明远", "赵敏", "钱进",
        )  # fmt: skip

    def test_the_same_change_twice_is_no_clash(self):
        item, both = merged(BASE, replace(BASE, contact="赵敏"), replace(BASE, contact="赵敏"))
        assert (item.contact, both.clashes) == ("赵敏", ())

    def test_two_attributes_of_one_field_go_together(self):
        a, b, c = BASE.fields
        theirs = replace(BASE, fields=(replace(a, grade=3), b, c))
        yours = replace(BASE, fields=(replace(a, title="身份号码"), b, c))
        item, both = merged(BASE, theirs, yours)
        assert (item.fields[0].grade, item.fields[0].title, both.clashes) == (3, "身份号码", ())

    def test_fields_added_and_removed_go_together(self):
        a, b, c = BASE.fields
        new = make_field("d")
        item, both = merged(
            BASE, replace(BASE, fields=(a, b)), replace(BASE, fields=(a, new, b, c))
        )
        assert [f.name for f in item.fields] == ["a", "b", "d"] or [
            f.name for f in item.fields
        ] == ["a", "d", "b"]
        assert both.clashes == ()

    def test_a_field_removed_here_and_changed_there_stays_and_is_shown(self):
        a, b, c = BASE.fields
        theirs = replace(BASE, fields=(a, replace(b, grade=3), c))
        item, both = merged(BASE, theirs, replace(BASE, fields=(a, c)))
        assert "b" in [f.name for f in item.fields]
        assert [clash.path for clash in both.clashes] == ["fields.b"]


TITLES = st.sampled_from(["甲", "乙", "丙"])
FIELDS = st.lists(
    st.builds(make_field, st.sampled_from("abcd"), title=TITLES, grade=st.integers(1, 3)),
    max_size=4,
    unique_by=lambda field: field.name,
).map(tuple)
ITEMS = st.builds(
    lambda title, contact, fields: replace(BASE, title=title, contact=contact, fields=fields),
    TITLES, TITLES, FIELDS,
)  # fmt: skip


@given(ITEMS, ITEMS)
def test_one_side_alone_is_taken_whole(base, changed):
    assert merged(base, changed, base)[0] == changed
    assert merged(base, base, changed)[0] == changed
    assert merged(base, changed, base)[1].clashes == ()
    assert merged(base, base, changed)[1].clashes == ()


@given(ITEMS, ITEMS, ITEMS)
def test_nothing_of_yours_is_lost_and_nothing_of_theirs_unseen(base, theirs, yours):
    item, both = merged(base, theirs, yours)
    clashing = {clash.path for clash in both.clashes}
    for name in ("title", "contact"):
        was, one, other = (getattr(side, name) for side in (base, theirs, yours))
        if other != was:
            assert getattr(item, name) == other
        if one not in (was, getattr(item, name)):
            assert name in clashing
    kept = {field.name: field for field in item.fields}
    mine = {field.name: field for field in yours.fields}
    before = {field.name for field in base.fields}
    for name, field in mine.items():
        if name not in before:  # what was added is there
            assert kept[name].title == field.title


class TestRevise:
    @pytest.fixture
    def draft(self, unit):
        repository.add(unit.conn, BASE)
        return BASE

    def test_the_second_editor_loses_nothing(self, unit, draft):
        first = catalogue.revise(unit, COLLEAGUE, draft.id, edit=0, contact="赵敏")
        second = catalogue.revise(unit, CLERK, draft.id, edit=0, phone="0564-3379111")
        assert (second.contact, second.phone, second.edit) == ("赵敏", "0564-3379111", 2)
        assert first.edit == 1

    def test_is_asked_only_where_both_changed_one_place(self, unit, draft):
        catalogue.revise(unit, COLLEAGUE, draft.id, edit=0, contact="赵敏", office="户政科")
        with pytest.raises(EditedMeanwhile) as refused:
            catalogue.revise(unit, CLERK, draft.id, edit=0, contact="钱进", phone="0564-3379111")
        assert [f.field for f in refused.value.faults] == ["contact"]
        assert catalogue.get(unit.conn, draft.id).contact == "赵敏"
        decided = catalogue.revise(unit, CLERK, draft.id, edit=1, contact="钱进")
        assert (decided.contact, decided.office) == ("钱进", "户政科")

    def test_a_save_of_long_ago_is_compared_in_every_place(self, unit, draft):
        for n in range(repository.KEPT_EDITS + 2):
            catalogue.revise(unit, COLLEAGUE, draft.id, contact=f"赵{n}")
        with pytest.raises(EditedMeanwhile) as refused:
            catalogue.revise(unit, CLERK, draft.id, edit=0, phone="0564-3379111")
        assert [f.field for f in refused.value.faults] == ["phone"]

    def test_what_goes_together_may_still_be_wrong(self, unit, draft):
        a, b, c = draft.fields
        catalogue.revise(unit, COLLEAGUE, draft.id, edit=0, fields=(replace(a, title="新"), b, c))
        with pytest.raises(EntryInvalid):  # two fields of one title
            catalogue.revise(unit, CLERK, draft.id, edit=0, fields=(a, replace(b, title="新"), c))
