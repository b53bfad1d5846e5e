"""Hall tables: their shape, and rows on their way in."""

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest
import sqlalchemy as sa

from datahall import store
from datahall.catalogue import FieldType
from datahall.kit.ids import LoadId, new_id
from datahall.store import FreshLoad, KeyNotUnique, Landed, MergeLoad
from datahall.store.model import sql_type
from tests.conftest import NOON
from tests.factories import make_field, make_item

FIELDS = (
    make_field("id", type=FieldType.INTEGER, length=None, is_key=True),
    make_field("xm"),
    make_field("je", type=FieldType.MONEY, length=12, scale=2),
    make_field("sj", type=FieldType.DATETIME, length=None),
)


@pytest.fixture
def dataset(unit):
    return store.ensure(unit, make_item(fields=FIELDS))


def rows(*given):
    return pl.DataFrame(
        given,
        schema={"id": pl.Int64, "xm": pl.String, "je": pl.Decimal(12, 2), "sj": pl.Datetime("us", "UTC")},
        orient="row",
    )  # fmt: skip


def load(conn, dataset, frame, *, fresh=False, whole=False, keep=None):
    make = FreshLoad if fresh else MergeLoad
    landing = make(conn, dataset, LoadId(new_id()), NOON, **({} if fresh else {"whole": whole}))
    landing.write(frame.columns, store.encode(frame))
    if keep is not None:
        landing.keep(keep)
    landing.duplicates(newest="sj", at_most=1)
    return landing.finish()


def stored(conn, dataset, what="*"):
    table = sa.table(dataset.table, schema="hall")
    query = sa.select(sa.text(what)).select_from(table).order_by(sa.text("id"))
    return [tuple(row) for row in conn.execute(query)]


AT = datetime(2026, 10, 16, 4, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("about", "type_"),
    [
        ({"type": FieldType.STRING, "length": 18}, "text"),
        ({"type": FieldType.TEXT}, "text"),
        ({"type": FieldType.DATE}, "date"),
        ({"type": FieldType.DATETIME}, "timestamptz"),
        ({"type": FieldType.BOOLEAN}, "boolean"),
        ({"type": FieldType.INTEGER}, "bigint"),
        ({"type": FieldType.MONEY, "length": 14, "scale": 4}, "numeric(14,4)"),
        ({"type": FieldType.MONEY, "length": None}, "numeric(18,2)"),
        ({"type": FieldType.NUMBER, "length": 5}, "numeric(5,0)"),
        ({"type": FieldType.NUMBER, "length": None}, "numeric"),
        ({"type": FieldType.DOUBLE}, "double precision"),
        ({"type": FieldType.FLOAT}, "double precision"),
    ],
)
def test_each_type_of_the_guide_has_a_column_type(about, type_):
    assert sql_type(make_field(**about)) == type_


class TestEnsure:
    def test_makes_a_table_once(self, unit):
        item = make_item(fields=FIELDS)
        made = store.ensure(unit, item)
        assert store.ensure(unit, item) == made
        assert store.dataset_for_item(unit.conn, item.id) == made
        assert stored(unit.conn, made) == []
        assert store.state(unit.conn, made.id).revision == 0

    def test_indexes_what_people_look_up_by(self, unit):
        made = store.ensure(unit, make_item())
        query = sa.text(
            "select count(*) from pg_indexes where schemaname = 'hall' and tablename = :t"
        )
        assert made.key == ("gmsfhm",)
        assert unit.conn.scalar(query, {"t": made.table}) == 1

    def test_describes_table_and_columns(self, unit):
        made = store.ensure(unit, make_item(title="常住人口"))
        query = sa.text("select obj_description(('hall.' || :t)::regclass)")
        assert unit.conn.scalar(query, {"t": made.table}) == "常住人口"

    def test_notices_another_shape(self, unit):
        item = make_item(fields=FIELDS)
        made = store.ensure(unit, item)
        assert store.fits(made, item)
        assert not store.fits(made, make_item(fields=FIELDS[:3]))


class TestEncode:
    def test_keeps_what_is_empty_apart_from_what_is_missing(self, unit, dataset):
        load(unit.conn, dataset, rows((1, "", None, None), (2, None, None, AT)))
        assert stored(unit.conn, dataset, "id, xm, sj") == [(1, "", None), (2, None, AT)]

    def test_keeps_every_character_and_digit(self, unit, dataset):
        odd = 'a"b,c\n\\N\r\t“’'
        load(unit.conn, dataset, rows((1, odd, Decimal("9999999999.99"), AT)))
        assert stored(unit.conn, dataset, "xm, je, sj") == [(odd, Decimal("9999999999.99"), AT)]

    def test_keeps_days_and_truths(self):
        frame = pl.DataFrame(
            {"d": [date(9999, 12, 31), None], "b": [True, False], "f": [1.5, -2.0]}
        )
        assert store.encode(frame) == b"9999-12-31,true,1.5\n,false,-2\n"


class TestFreshLoad:
    def test_takes_the_place_of_the_table(self, unit, dataset):
        landed = load(unit.conn, dataset, rows((1, "a", None, AT), (2, "b", None, AT)), fresh=True)
        assert landed == Landed(inserted=2)
        assert stored(unit.conn, dataset, "id, _revision, _deleted") == [
            (1, 1, False),
            (2, 1, False),
        ]
        state = store.state(unit.conn, dataset.id)
        assert (state.rows, state.revision, state.loaded_at) == (2, 1, NOON)

    def test_keeps_the_newest_of_rows_with_one_key(self, unit, dataset):
        later = AT.replace(hour=5)
        frame = rows((1, "new", None, later), (1, "old", None, AT), (2, "b", None, AT))
        assert load(unit.conn, dataset, frame, fresh=True).inserted == 2
        assert stored(unit.conn, dataset, "id, xm") == [(1, "new"), (2, "b")]

    def test_refuses_a_key_that_is_none(self, unit, dataset):
        frame = rows(*((1, str(n), None, AT) for n in range(5)))
        with pytest.raises(KeyNotUnique):
            load(unit.conn, dataset, frame, fresh=True)


class TestMergeLoad:
    def test_touches_only_what_changed(self, unit, dataset):
        load(unit.conn, dataset, rows((1, "a", None, AT), (2, "b", None, AT)))
        landed = load(
            unit.conn, dataset, rows((1, "a", None, AT), (2, "c", None, AT), (3, "d", None, AT))
        )
        assert landed == Landed(inserted=1, updated=1, unchanged=1)
        assert stored(unit.conn, dataset, "id, xm, _revision") == [
            (1, "a", 1),
            (2, "c", 2),
            (3, "d", 2),
        ]

    def test_that_changes_nothing_makes_no_revision(self, unit, dataset):
        frame = rows((1, "a", None, AT))
        load(unit.conn, dataset, frame)
        assert load(unit.conn, dataset, frame) == Landed(unchanged=1)
        assert store.state(unit.conn, dataset.id).revision == 1

    def test_of_everything_marks_what_is_gone_but_not_what_is_kept(self, unit, dataset):
        load(unit.conn, dataset, rows((1, "a", None, AT), (2, "b", None, AT), (3, "c", None, AT)))
        keep = pl.DataFrame({"id": [2]})
        landed = load(unit.conn, dataset, rows((1, "a", None, AT)), whole=True, keep=keep)
        assert landed == Landed(unchanged=1, deleted=1)
        assert stored(unit.conn, dataset, "id, _deleted") == [(1, False), (2, False), (3, True)]

    def test_revives_what_came_back(self, unit, dataset):
        first = rows((1, "a", None, AT), (2, "b", None, AT))
        load(unit.conn, dataset, first)
        load(unit.conn, dataset, first.head(1), whole=True)
        assert store.state(unit.conn, dataset.id).rows == 1
        back = load(unit.conn, dataset, first.tail(1))
        assert (back.inserted, back.updated) == (1, 0)
        assert store.state(unit.conn, dataset.id).rows == 2
        assert store.state(unit.conn, dataset.id).deleted == 0
