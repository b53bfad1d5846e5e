"""An answer never says more than its fields do: checked on a real table against an oracle."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datahall.gateway.errors import (
    FieldNotGranted,
    FilterNotAllowed,
    MalformedQuery,
    OutsideScope,
    PagingNotAllowed,
    Refusal,
)
from datahall.gateway.grammar import Filter, Query
from datahall.gateway.model import Scope, View, ViewField
from datahall.gateway.plan import Plan, bound, compiled, cursor
from datahall.kit import db
from datahall.security import Protection

CLEAR, PARTIAL = Protection.CLEAR, Protection.PARTIAL


def view(**changes: Any) -> View:
    """Six people: the ID card masked, mobile masked, region and age clear, note withheld."""
    fields = (
        ViewField("id_card", "text", True, PARTIAL, "id_card"),
        ViewField("name", "text", True, PARTIAL, "name"),
        ViewField("region", "text", True, CLEAR),
        ViewField("age", "bigint", True, CLEAR),
        ViewField("born", "date", True, CLEAR),
        ViewField("note", "text", False, CLEAR),
    )
    made = View(table="people", key=("id_card",), fields={f.name: f for f in fields})
    return replace(made, **changes)


def with_clear_key() -> View:
    seen = view()
    return replace(
        seen, fields={**seen.fields, "id_card": replace(seen.fields["id_card"], protection=CLEAR)}
    )


def asks(*where: Filter, **rest: Any) -> Query:
    return Query(where=where, **rest)


def eq(field: str, *values: str) -> Filter:
    return Filter(field, "eq" if len(values) == 1 else "in", values)


class TestCompile:
    def test_reads_the_granted_fields_and_no_other(self):
        plan = compiled(view(), asks())
        assert [name for name, _ in plan.columns] == ["id_card", "name", "region", "age", "born"]
        assert '"note"' not in plan.sql

    def test_a_field_outside_the_grant_is_refused_as_one_that_does_not_exist(self):
        for name in ("note", "nothing"):
            for query in (asks(select=(name,)), asks(eq(name, "x"))):
                with pytest.raises(FieldNotGranted):
                    compiled(view(), query)

    @pytest.mark.parametrize(
        "filter_",
        [
            Filter("id_card", "in", ("1", "2")),
            Filter("id_card", "prefix", ("3415",)),
            Filter("id_card", "ge", ("3415",)),
            Filter("name", "eq", ("张三",)),  # masked and not a key: two questions would tell it
            Filter("name", "prefix", ("张",)),
        ],
    )
    def test_a_masked_field_cannot_be_probed(self, filter_):
        with pytest.raises(FilterNotAllowed):
            compiled(view(), asks(filter_))

    def test_a_masked_key_can_be_named(self):
        plan = compiled(view(), asks(eq("id_card", "341502198001011234")))
        assert plan.pinned
        assert plan.masked == ("id_card", "name")

    def test_pages_need_the_key_in_clear(self):
        with pytest.raises(PagingNotAllowed):
            compiled(view(), asks(after="x"))
        assert "order by" not in compiled(view(), asks(eq("region", "341502"))).sql
        assert 'order by "id_card"' in compiled(with_clear_key(), asks()).sql

    @pytest.mark.parametrize(
        "filter_", [Filter("age", "prefix", ("1",)), Filter("born", "prefix", ("19",))]
    )
    def test_only_text_has_a_beginning(self, filter_):
        with pytest.raises(MalformedQuery):
            compiled(view(), asks(filter_))

    @pytest.mark.parametrize(
        ("field", "value"), [("age", "12.5"), ("born", "1980-13-01"), ("age", "")]
    )
    def test_a_value_without_its_form_is_refused_and_not_repeated(self, field, value):
        query = asks(eq(field, value))
        with pytest.raises(MalformedQuery) as refused:
            bound(view(), compiled(view(), query), query)
        assert not value or value not in str(refused.value.detail)

    def test_a_cursor_of_somebody_else_is_refused(self):
        for after in ("", "!!", "W10", "bnVsbA", "eyJhIjoxfQ"):
            query = asks(after=after)
            with pytest.raises(MalformedQuery):
                bound(with_clear_key(), compiled(with_clear_key(), query), query)

    def test_every_value_is_a_parameter(self):
        hostile = "x'; drop table people --"
        seen = view(scope=(Scope("region", "in", (hostile,)),))
        query = asks(eq("id_card", hostile))
        plan = compiled(seen, query)
        assert hostile not in plan.sql
        assert bound(seen, plan, query) == [hostile, hostile]

    def test_names_are_quoted(self):
        seen = View(table='a"b', key=("k",), fields={"k": ViewField("k", "text", True, CLEAR)})
        assert 'hall."a""b"' in compiled(seen, asks()).sql


class TestScope:
    def test_is_part_of_every_statement(self):
        seen = view(scope=(Scope("region", "eq", ("341502",)), Scope("age", "ge", (18,))))
        for query in (asks(), asks(eq("id_card", "1")), asks(eq("region", "341502"))):
            plan = compiled(seen, query)
            assert re.search(r'"region" = \$\d+::text and "age" >= \$\d+::bigint', plan.sql)
            assert bound(seen, plan, query)[-2:] == ["341502", 18]

    def test_may_stand_on_a_field_that_is_not_granted(self):
        seen = view(scope=(Scope("note", "eq", ("shared",)),))
        assert '"note" = $1::text' in compiled(seen, asks()).sql

    def test_a_filter_that_can_only_miss_is_refused(self):
        seen = view(scope=(Scope("region", "prefix", ("3415",)),))
        query = asks(eq("region", "341502", "110101"))
        bound(seen, compiled(seen, query), query)
        query = asks(eq("region", "110101"))
        with pytest.raises(OutsideScope):
            bound(seen, compiled(seen, query), query)

    @pytest.mark.parametrize(
        ("operator", "values", "inside", "outside"),
        [
            ("eq", (5,), 5, 6),
            ("in", (5, 6), 6, 7),
            ("ge", (5,), 5, 4),
            ("le", (5,), 5, 6),
            ("prefix", ("34",), "3415", "4134"),
        ],
    )
    def test_admits(self, operator, values, inside, outside):
        scope = Scope("f", operator, values)
        assert scope.admits(inside)
        assert not scope.admits(outside)


# --- on a real table -----------------------------------------------------------------------

PEOPLE = [
    {
        "id_card": f"34150{place}19{80 + n}01011{n:02d}{n % 10}",
        "name": f"{'张王李'[n % 3]}{'三四五六'[n % 4]}",
        "region": f"34150{place}",
        "age": 20 + n % 7,
        "born": date(1980 + n, 1, 1),
        "note": "secret",
    }
    for n, place in enumerate([2, 3, 2, 4, 3, 2, 2, 5, 3, 2, 4, 2])
]


class Table:
    """Rows in hall.people, asked through the compiler."""

    def __init__(self, dsn: str) -> None:
        self.loop = asyncio.new_event_loop()
        self.conn = self.loop.run_until_complete(asyncpg.connect(db.plain_dsn(dsn)))
        self.run(
            "create table hall.people (id_card text, name text, region text, age bigint,"
            " born date, note text, _deleted boolean default false)"
        )

    def run(self, sql: str, *args: object) -> list[Any]:
        return self.loop.run_until_complete(self.conn.fetch(sql, *args))

    def fill(self, rows: list[dict[str, Any]]) -> None:
        self.run("truncate hall.people")
        for row in rows:
            self.run("insert into hall.people values ($1, $2, $3, $4, $5, $6)", *row.values())
        self.run(
            "insert into hall.people values ('gone', 'gone', '341502', 20, '1980-01-01', '', true)"
        )

    def ask(self, seen: View, query: Query) -> tuple[Plan, list[Any], list[dict[str, Any]]]:
        plan = compiled(seen, query)
        rows = self.run(plan.sql, *bound(seen, plan, query))
        return plan, rows, plan.shown(rows[: query.limit])

    def close(self) -> None:
        self.loop.run_until_complete(self.conn.close())
        self.loop.close()


@pytest.fixture
def table(fresh_dsn: str) -> Iterator[Table]:
    made = Table(fresh_dsn)
    made.fill(PEOPLE)
    yield made
    made.close()


def matches(row: dict[str, Any], filter_: Filter) -> bool:
    """The oracle: the meaning of a filter, row by row."""
    has = row[filter_.field]
    wanted = [
        type(has).fromisoformat(v) if isinstance(has, date) else type(has)(v)
        for v in filter_.values
    ]
    match filter_.operator:
        case "eq" | "in":
            return has in wanted
        case "prefix":
            return has.startswith(wanted[0])
        case "ge":
            return has >= wanted[0]
        case _:
            return has <= wanted[0]


def values_of(field: str) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted({str(row[field]) for row in PEOPLE}))


FILTERS = st.one_of(
    *[
        st.builds(lambda v, f=field, o=operator: Filter(f, o, (v,)), values_of(field))
        for field in ("region", "age", "born")
        for operator in ("eq", "ge", "le")
    ],
    st.builds(lambda v: Filter("region", "prefix", (v[:5],)), values_of("region")),
    st.builds(
        lambda v: Filter("age", "in", tuple(v)), st.lists(values_of("age"), min_size=1, max_size=3)
    ),
)
SCOPES = st.sampled_from(
    [(), (Scope("region", "in", ("341502", "341503")),), (Scope("age", "le", (24,)),)]
)
on_a_table = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@on_a_table
@given(where=st.lists(FILTERS, max_size=3), scope=SCOPES)
def test_rows_are_those_of_the_oracle(table, where, scope):
    seen, query = view(scope=scope), asks(*where)
    rules = (*where, *(Filter(s.field, s.operator, tuple(map(str, s.values))) for s in scope))
    expected = [row for row in PEOPLE if all(matches(row, rule) for rule in rules)]
    try:
        _, rows, _ = table.ask(seen, query)
    except OutsideScope:
        assert expected == []
    else:
        assert sorted(r["id_card"] for r in rows) == sorted(r["id_card"] for r in expected)


@on_a_table
@given(where=st.lists(FILTERS, max_size=3), scope=SCOPES, hidden=st.randoms(use_true_random=False))
def test_what_is_masked_changes_no_answer(table, where, scope, hidden):
    """Non-interference: two halls that differ only in what is hidden give the same answers."""

    def other(row: dict[str, Any]) -> dict[str, Any]:
        card, name = row["id_card"], row["name"]
        middle = "".join(hidden.choice("0123456789") for _ in range(8))
        return {
            **row,
            "id_card": f"{card[:6]}{middle}{card[14:]}",
            "name": name[0] + hidden.choice("甲乙丙丁"),
            "note": str(hidden.random()),
        }

    def answer() -> object:
        try:
            return table.ask(view(scope=scope), asks(*where))[2]
        except Refusal as refused:
            return refused.code

    table.fill(PEOPLE)
    first = answer()
    shuffled = [other(row) for row in PEOPLE]
    hidden.shuffle(shuffled)
    table.fill(shuffled)
    assert answer() == first


def test_one_row_by_its_key_is_masked(table):
    plan, _, shown = table.ask(view(), asks(eq("id_card", PEOPLE[0]["id_card"])))
    assert plan.pinned
    assert shown == [
        {
            "id_card": "341502********1000",
            "name": "张*",
            "region": "341502",
            "age": 20,
            "born": date(1980, 1, 1),
        }
    ]


def test_a_row_out_of_scope_is_as_if_it_were_not(table):
    seen = view(scope=(Scope("region", "eq", ("341502",)),))
    for card in (PEOPLE[1]["id_card"], "000000000000000000"):
        assert table.ask(seen, asks(eq("id_card", card)))[1] == []


def test_pages_end_to_end_give_every_row_once(table):
    seen, read, after = with_clear_key(), [], None
    for _ in range(20):
        query = asks(limit=5, after=after)
        plan, rows, shown = table.ask(seen, query)
        read += [row["id_card"] for row in shown]
        if len(rows) <= query.limit:
            break
        after = cursor(plan, rows[query.limit - 1])
    assert read == sorted(row["id_card"] for row in PEOPLE)
