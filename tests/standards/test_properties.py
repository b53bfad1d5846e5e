"""What holds for any history of versions, any text and any sheet."""

import io
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from datahall import standards
from datahall.kit import grid
from datahall.kit.clock import local_date
from datahall.kit.uow import Unit
from datahall.security import Role
from datahall.standards import CodeEntry, CodeList, EffectiveTooEarly, FieldType, SensitiveKind
from datahall.standards.model.code_lists import entry_changes
from datahall.standards.model.matching import suggest
from datahall.standards.model.versions import in_force
from datahall.standards.repository import code_lists, elements
from datahall.standards.sheets import builtin_elements, read_elements, read_entries
from tests.conftest import NOON
from tests.factories import make_actor, make_field
from tests.standards.factories import make_element

BUREAU = make_actor(Role.BUREAU)
SLOW = settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
CALM = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
TODAY = local_date(NOON)
DAYS = st.integers(-10, 60).map(lambda n: TODAY + timedelta(days=n))
ACTS = st.lists(
    st.tuples(st.sampled_from(["publish", "retire"]), st.integers(0, 20), DAYS), max_size=8
)
ENTRIES = st.dictionaries(
    st.text("0123456789", min_size=1, max_size=3),
    st.text("甲乙丙丁", min_size=1, max_size=3),
    min_size=1,
)
CODES = st.lists(ENTRIES, min_size=1, max_size=5)


def by_hand(kept, day):
    """The version that applies, the slow way: walk through history day by day."""
    current = None
    for version in sorted(kept, key=lambda v: v.version):
        if version.effective_on and version.effective_on <= day:
            current = version
    return current


@SLOW
@given(ACTS, st.lists(DAYS, min_size=1, max_size=5))
def test_history_of_an_element_is_never_rewritten(conn, acts, asked):
    """Whatever is published and retired when: what applied on a past day still does."""
    with conn.begin_nested() as nested:
        unit = Unit(conn=conn, now=NOON)
        standards.draft_element(unit, BUREAU, make_element())
        seen: dict[date, int | None] = {}
        for verb, passed, on in acts:
            unit = Unit(conn=conn, now=unit.now + timedelta(days=passed))
            today = local_date(unit.now)
            try:
                if verb == "publish":
                    standards.revise_element(unit, BUREAU, "DE90001", definition=f"{on} {passed}")
                    standards.publish_element(unit, BUREAU, "DE90001", effective_on=on)
                else:
                    standards.retire_element(unit, BUREAU, "DE90001", reason="x", effective_on=on)
            except (EffectiveTooEarly, standards.errors.WrongElementStage):
                pass
            for day, version in seen.items():
                if day < today:
                    found = standards.element(conn, "DE90001", day)
                    # Only a first version may begin in the past: the standard was there before us.
                    assert version is None or (found and found.version) == version, day
            for day in asked:
                if day < today:
                    found = standards.element(conn, "DE90001", day)
                    seen[day] = found and found.version
        kept = elements.versions(conn, "DE90001")
        assert [v.version for v in kept] == list(range(len(kept), 0, -1))
        begun = [v.effective_on for v in reversed(kept) if v.effective_on]
        assert all(a <= b for a, b in pairwise(begun))
        for day in asked:
            assert in_force(kept, day) == by_hand(kept, day)
        nested.rollback()


@SLOW
@given(CODES, st.lists(st.integers(0, 9), min_size=5, max_size=5), st.integers(0, 50))
def test_a_code_table_of_any_day_is_the_one_that_applied(conn, tables, steps, asked):
    with conn.begin_nested() as nested:
        unit, on, wanted = Unit(conn=conn, now=NOON), TODAY, []
        for codes, step in zip(tables, steps, strict=False):
            on += timedelta(days=step)
            entries = tuple(CodeEntry(code, name) for code, name in codes.items())
            made = CodeList(code="本地表", name="本地表", entries=entries)
            adopted = standards.adopt_code_list(unit, BUREAU, made, effective_on=on)
            wanted.append(adopted)
        day = TODAY + timedelta(days=asked)
        current = [v for v in wanted if v.effective_on <= day]
        assert standards.code_list(conn, "本地表", day) == (current[-1] if current else None)
        kept = code_lists.versions(conn, "本地表")
        assert {v.version for v in kept} == {v.version for v in wanted}
        nested.rollback()


@given(ENTRIES, ENTRIES)
def test_the_changes_make_one_table_the_other(before, after):
    old, new = (
        CodeList(code="x", name="x", entries=tuple(CodeEntry(*e) for e in given.items()))
        for given in (before, after)
    )
    patched = dict(before)
    for change in entry_changes(old, new):
        assert patched.pop(change.code, None) == change.before
        if change.after is not None:
            patched[change.code] = change.after
    assert patched == after


@given(
    st.builds(
        make_field,
        st.text(max_size=10),
        title=st.text(max_size=20),
        type=st.sampled_from(list(FieldType)),
        length=st.none() | st.integers(1, 500),
        sensitive=st.sampled_from(list(SensitiveKind)),
    ),
    st.text(max_size=20),
)
@CALM
def test_any_field_gets_few_suggestions_each_with_reasons(field, comment):
    found = suggest(field, builtin_elements(), comment=comment)
    assert len(found) <= 3
    assert all(0.35 <= m.score <= 1 and m.reasons for m in found)
    assert [m.score for m in found] == sorted((m.score for m in found), reverse=True)
    assert found == suggest(field, tuple(reversed(builtin_elements())), comment=comment)


CELL = st.none() | st.text(max_size=12) | st.integers() | st.floats() | st.dates()


@given(st.lists(st.lists(CELL, max_size=6), max_size=6), st.booleans())
@CALM
def test_any_sheet_is_read_or_its_faults_are_told_at_cells(rows, with_head):
    book = Workbook()
    if with_head:
        book.active.append(["编码", "名称", "数据类型", "长度", "代码", "默认分级"])
    for row in rows:
        book.active.append([plain(cell) for cell in row])
    held = io.BytesIO()
    book.save(held)
    sheet = grid.read("表.xlsx", held.getvalue())
    for read in (read_elements, read_entries):
        found, faults = read(sheet)
        assert not {f.field for f in faults} & {""}
        assert len(found) <= len(rows)


def plain(cell):
    """Text that a workbook can hold at all: no control characters, no formula."""
    if isinstance(cell, str):
        return "".join(c for c in cell if c.isprintable()).lstrip("=")
    return cell
