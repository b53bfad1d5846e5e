"""What holds for any text and any order of acts."""

import re

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datahall.catalogue import changes, repository, words
from datahall.catalogue.changes import changed_places
from tests.factories import make_field, make_item

TEXT = st.text(max_size=60)
CATEGORIES = st.sampled_from(["101001", "102001", "307006", "3070061a"])
SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(TEXT)
def test_a_text_is_found_by_its_own_words(text):
    """Every bigram that a query asks for is among the index words of a text that contains it."""
    asked = re.findall(r"'([^']+)'(:\*)?", words.parse(text, expand=False).tsquery)
    assert {word for word, prefix in asked if not prefix} <= set(words.grams(text))


@SLOW
@given(TEXT)
def test_any_text_is_a_query(conn, text):
    query = words.parse(text)
    if query.tsquery:
        conn.execute(sa.text("select cast(:q as tsquery)"), {"q": query.tsquery})


@SLOW
@given(st.lists(TEXT, max_size=4))
def test_any_texts_are_indexed(conn, texts):
    vector = words.vector(("A", texts[:1]), ("B", texts[1:]))
    conn.execute(sa.text("select cast(:v as tsvector)"), {"v": vector})


@given(TEXT, st.lists(st.text(min_size=1, max_size=4), max_size=4))
def test_marking_loses_no_character(text, marks):
    assert "".join(piece for piece, _ in words.marked(text, marks)) == text


FIELDS = st.lists(
    st.builds(
        make_field,
        st.sampled_from(["a", "b", "c", "d"]),
        title=st.sampled_from(["甲", "乙", "丙"]),
        grade=st.integers(1, 4),
        required=st.booleans(),
    ),
    max_size=4,
    unique_by=lambda f: f.name,
)
ITEMS = st.builds(
    make_item, title=TEXT.map(lambda t: t or "名"), abstract=TEXT, fields=FIELDS.map(tuple)
)


@given(ITEMS, ITEMS)
def test_equal_content_is_exactly_no_change(one, other):
    same = all(getattr(one, n) == getattr(other, n) for n in ("title", "abstract", "fields"))
    assert (changed_places(one, other) == ()) is same


@given(ITEMS, ITEMS)
def test_a_change_reads_backwards(one, other):
    there = {(c.path, c.before, c.after) for c in changes(one, other) if c.path != "fields"}
    back = {(c.path, c.after, c.before) for c in changes(other, one) if c.path != "fields"}
    assert there == back


@SLOW
@given(ITEMS)
def test_what_is_saved_is_what_is_read(conn, item):
    clean = "\x00" not in f"{item.title}{item.abstract}"
    if clean:
        repository.add(conn, item)
        assert repository.get(conn, item.id) == item
