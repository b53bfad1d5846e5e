from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datahall.gateway.errors import MalformedQuery, Refusal, UnknownParameter
from datahall.gateway.grammar import MAX_ROWS, Filter, Query, parse


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("", Query()),
        ("select=name,region", Query(select=("name", "region"))),
        ("id_card=eq.341502198001011234", Query(where=(Filter("id_card", "eq", ("341502198001011234",)),))),
        ("region=in.(341502,341503)", Query(where=(Filter("region", "in", ("341502", "341503")),))),
        ('name=in.("a,b","c\\"d",e)', Query(where=(Filter("name", "in", ("a,b", 'c"d', "e")),))),
        ("name=prefix." + quote("张"), Query(where=(Filter("name", "prefix", ("张",)),))),
        ("name=eq.a+b%2Bc", Query(where=(Filter("name", "eq", ("a b+c",)),))),
        ("n=ge.1&n=le.9", Query(where=(Filter("n", "ge", ("1",)), Filter("n", "le", ("9",))))),
        ("note=eq.", Query(where=(Filter("note", "eq", ("",)),))),
        ("limit=500&after=abc", Query(limit=500, after="abc")),
        ("name=eq.x.y", Query(where=(Filter("name", "eq", ("x.y",)),))),
    ],
)  # fmt: skip
def test_says(text, meaning):
    assert parse(text) == meaning


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("Name=eq.1", UnknownParameter),
        ("order=name", MalformedQuery),  # a field could be called so; no operator stands there
        ("_deleted=eq.true", UnknownParameter),
        ("name;drop=eq.1", UnknownParameter),
        ("name=1", MalformedQuery),
        ("name=like.a", MalformedQuery),
        ("name", MalformedQuery),
        ("name=in.a,b", MalformedQuery),
        ('name=in.("a"b)', MalformedQuery),
        ("name=in.(a(b)", MalformedQuery),
        ("name=eq.%ff", MalformedQuery),
        ("name=eq.a%00b", MalformedQuery),
        ("select=name,name", MalformedQuery),
        ("select=", MalformedQuery),
        ("select=*", MalformedQuery),
        ("select=a&select=b", MalformedQuery),
        ("limit=0", MalformedQuery),
        (f"limit={MAX_ROWS + 1}", MalformedQuery),
        ("limit=1e2", MalformedQuery),
        ("&".join(f"f{n}=eq.1" for n in range(21)), MalformedQuery),
        ("n=in.(" + ",".join("1" * 101) + ")", MalformedQuery),
        ("n=eq." + "1" * 9000, MalformedQuery),
    ],
)
def test_refuses(text, refusal):
    with pytest.raises(refusal):
        parse(text)


@given(st.text(max_size=60))
def test_whatever_comes_is_understood_or_refused(text):
    side = "consumer"
    try:
        parse(text)
    except Refusal as refused:
        side = refused.side
    assert side == "consumer"


@given(
    st.lists(
        st.tuples(
            st.from_regex(r"\A[a-z][a-z0-9_]{0,9}\Z").filter(
                lambda n: n not in {"select", "limit", "after"}
            ),
            st.sampled_from(["eq", "prefix", "ge", "le"]),
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12),
        ),
        max_size=6,
    )
)
def test_every_value_can_be_said(filters):
    query = urlencode([(name, f"{operator}.{value}") for name, operator, value in filters])
    assert parse(query).where == tuple(Filter(n, o, (v,)) for n, o, v in filters)


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
        min_size=1,
        max_size=5,
    )
)
def test_every_list_can_be_said(values):
    listed = ",".join('"' + v.replace("\\", "\\\\").replace('"', '\\"') + '"' for v in values)
    assert parse(urlencode({"f": f"in.({listed})"})).where == (Filter("f", "in", tuple(values)),)


@given(st.text(max_size=30), st.text(max_size=30))
def test_one_shape_whatever_the_values(a, b):
    queries = [parse(urlencode({"name": f"eq.{v}"})) for v in (a, b) if "\0" not in v]
    assert len({q.shape for q in queries}) <= 1
