"""Finding drift: whatever was changed is what is found, and nothing else."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datahall.catalogue import FieldType, ScannedColumn, ScannedTable
from datahall.drift import Change, ChangeKind, find, misfits
from tests.factories import make_field, make_item, make_table

TYPES = ["integer", "text", "date", "numeric(12,2)", "character varying(18)"]


def make_column(n, *, type_="text", comment="", nullable=True, position=None):
    return ScannedColumn(
        name=f"c{n}", type=type_, comment=comment, nullable=nullable, position=position or n
    )


def table_of(*columns, **about):
    return ScannedTable(name="t", columns=tuple(columns), **about)


def kinds(before, after):
    return [(c.kind, c.column, c.before, c.after) for c in find([before], [after])]


class TestFind:
    def test_nothing_when_nothing_changed(self):
        assert find([make_table()], [make_table(row_estimate=5)]) == ()

    @pytest.mark.parametrize(
        ("change", "kind"),
        [
            ({"type": "bigint"}, ChangeKind.RETYPED),
            ({"comment": "编号"}, ChangeKind.COMMENT),
            ({"nullable": False}, ChangeKind.NULLABLE),
        ],
    )
    def test_a_column_that_is_otherwise(self, change, kind):
        (found,) = find([table_of(make_column(1))], [table_of(replace(make_column(1), **change))])
        assert (found.kind, found.place) == (kind, "t.c1")

    def test_a_column_that_went_and_one_that_came(self):
        before = table_of(make_column(1, comment="甲"), make_column(2))
        after = table_of(make_column(2), make_column(3, type_="date"))
        assert kinds(before, after) == [
            (ChangeKind.COLUMN_GONE, "c1", "text", ""),
            (ChangeKind.COLUMN_NEW, "c3", "", "date"),
        ]

    @pytest.mark.parametrize(
        ("old", "new", "confidence"),
        [
            ({"comment": "姓名"}, {"comment": "姓名"}, 0.95),
            ({}, {}, 0.8),
            ({"comment": "姓名"}, {"comment": "全名"}, 0.6),
            ({"comment": "姓名"}, {"comment": "姓名", "position": 9}, 0.7),
            ({"comment": "姓名"}, {"comment": "姓名", "type_": "date"}, 0.6),
            ({}, {"position": 9}, None),
            ({}, {"type_": "date"}, None),
            ({"comment": "姓名"}, {"comment": "全名", "type_": "date"}, None),
        ],
    )
    def test_a_renaming_is_recognised_as_surely_as_it_looks(self, old, new, confidence):
        (first, *rest) = find(
            [table_of(make_column(1, **old))],
            [table_of(make_column(2, **{"position": 1, **new}))],
        )
        assert first.confidence == confidence
        if confidence:
            assert (first.kind, first.before, first.after) == (
                ChangeKind.COLUMN_RENAMED, "c1", "c2",
            )  # fmt: skip
        else:
            assert {c.kind for c in (first, *rest)} == {
                ChangeKind.COLUMN_GONE, ChangeKind.COLUMN_NEW,
            }  # fmt: skip

    def test_one_column_is_the_successor_of_one(self):
        before = table_of(make_column(1, comment="日期"), make_column(2, comment="日期"))
        after = table_of(make_column(3, comment="日期", position=2))
        assert kinds(before, after) == [
            (ChangeKind.COLUMN_GONE, "c1", "text", ""),
            (ChangeKind.COLUMN_RENAMED, "c2", "c2", "c3"),
        ]

    def test_a_key_whose_column_was_renamed_is_the_same_key(self):
        before = table_of(make_column(1, comment="编号"), primary_key=("c1",))
        after = table_of(make_column(2, comment="编号", position=1), primary_key=("c2",))
        assert [c.kind for c in find([before], [after])] == [ChangeKind.COLUMN_RENAMED]

    def test_another_key(self):
        before = table_of(make_column(1), make_column(2), primary_key=("c1",))
        assert kinds(before, replace(before, primary_key=("c1", "c2"))) == [
            (ChangeKind.KEY, "", "c1", "c1、c2")
        ]

    def test_a_table_that_went_may_be_the_one_that_came(self):
        before = table_of(make_column(1), make_column(2))
        gone, came = find([before], [replace(before, name="u")])
        assert (gone.kind, gone.after, gone.confidence) == (ChangeKind.TABLE_GONE, "u", 0.9)
        assert came.kind is ChangeKind.TABLE_NEW
        gone, _ = find([before], [replace(before, name="u", columns=(make_column(1),))])
        assert (gone.after, gone.confidence) == ("", None)


@st.composite
def evolutions(draw):
    """Tables, what they became by random changes, and exactly those changes.

    Places are as PostgreSQL gives them: a column keeps its place, one that comes gets a new one.
    Comments of columns that come are their own, so that nothing looks renamed by chance.
    """
    before, after, expected = [], [], set()
    for t in range(draw(st.integers(1, 3))):
        name = f"t{t}"
        columns = [
            ScannedColumn(
                name=f"c{n}",
                type=draw(st.sampled_from(TYPES)),
                comment=draw(st.sampled_from(["", f"说明{n}"])),
                nullable=draw(st.booleans()),
                position=n,
            )
            for n in range(1, draw(st.integers(1, 6)) + 1)
        ]
        before.append(ScannedTable(name=name, columns=tuple(columns)))
        if draw(st.integers(0, 9)) == 0:
            expected.add((ChangeKind.TABLE_GONE, name, ""))
            continue
        made = []
        for column in columns:
            act = draw(st.sampled_from(["stay", "stay", "drop", "rename", "alter"]))
            place = (name, column.name)
            if act == "drop":
                expected.add((ChangeKind.COLUMN_GONE, *place))
                continue
            if act == "rename":
                made.append(replace(column, name=f"{column.name}_new"))
                expected.add((ChangeKind.COLUMN_RENAMED, *place))
            elif act == "alter":
                type_ = draw(st.sampled_from(TYPES))
                comment = draw(st.sampled_from([column.comment, "改了"]))
                nullable = draw(st.booleans())
                made.append(replace(column, type=type_, comment=comment, nullable=nullable))
                for kind, one, other in (
                    (ChangeKind.RETYPED, column.type, type_),
                    (ChangeKind.COMMENT, column.comment, comment),
                    (ChangeKind.NULLABLE, column.nullable, nullable),
                ):
                    if one != other:
                        expected.add((kind, *place))
            else:
                made.append(column)
        for n in range(draw(st.integers(0, 2))):
            made.append(
                ScannedColumn(
                    name=f"n{n}",
                    type=draw(st.sampled_from(TYPES)),
                    comment=f"新{n}",
                    position=100 + n,
                )
            )
            expected.add((ChangeKind.COLUMN_NEW, name, f"n{n}"))
        after.append(ScannedTable(name=name, columns=tuple(draw(st.permutations(made)))))
    return before, after, expected


@settings(deadline=None)
@given(evolutions())
def test_finds_exactly_what_was_changed(evolution):
    before, after, expected = evolution
    found = find(before, after)
    assert {(c.kind, c.table, c.column) for c in found} == expected
    assert len(found) == len(expected)
    assert all(c.confidence for c in found if c.kind is ChangeKind.COLUMN_RENAMED)


@settings(deadline=None)
@given(evolutions())
def test_there_and_back_is_as_many_renamings(evolution):
    before, after, _ = evolution

    def renamed(changes: tuple[Change, ...]) -> set[tuple[str, ...]]:
        return {(c.before, c.after) for c in changes if c.kind is ChangeKind.COLUMN_RENAMED}

    assert renamed(find(before, after)) == {(b, a) for a, b in renamed(find(after, before))}


class TestMisfits:
    item = make_item(
        fields=(
            make_field("bh", source_column="c1", is_key=True),
            make_field("je", source_column="c2", type=FieldType.NUMBER),
            make_field("xm", source_column="c3", length=18),
        ),
        watermark_column="c9",
    )
    before = table_of(
        make_column(1), make_column(2, type_="numeric(12,2)"),
        make_column(3, type_="character varying(18)"), make_column(9, type_="timestamp"),
        primary_key=("c1",),
    )  # fmt: skip

    def of(self, after):
        return [(m.field, m.stops) for m in misfits(self.item, after, find([self.before], [after]))]

    def test_none_when_the_fields_have_their_columns(self):
        more = replace(self.before, columns=(*self.before.columns, make_column(5)))
        assert self.of(more) == []

    def test_a_column_that_went_stops_loads(self):
        columns = tuple(c for c in self.before.columns if c.name not in {"c2", "c9"})
        assert self.of(replace(self.before, columns=columns)) == [("je", True), ("", True)]

    @pytest.mark.parametrize(
        ("column", "type_", "field"),
        [
            ("c2", "text", "je"),
            ("c2", "bigint", None),
            ("c3", "character varying(30)", "xm"),
            ("c3", "character varying(10)", None),
        ],
    )
    def test_another_type_matters_when_values_may_not_fit(self, column, type_, field):
        columns = tuple(
            replace(c, type=type_) if c.name == column else c for c in self.before.columns
        )
        found = self.of(replace(self.before, columns=columns))
        assert found == ([(field, False)] if field else [])

    def test_another_key(self):
        assert self.of(replace(self.before, primary_key=("c1", "c2"))) == [("", False)]

    def test_a_table_that_went(self):
        (found,) = misfits(self.item, None, ())
        assert found.stops
