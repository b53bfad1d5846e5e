"""Source against hall on a real PostgreSQL: exactly the rows that differ are found and repaired."""

import pytest

from datahall.reconciliation import Fate, Kind, Method, Ordering, RunState
from tests.ingestion.conftest import PERSONS, add_persons


@pytest.fixture
def persons(source_db, reconciled):
    source_db.execute(PERSONS)
    add_persons(source_db, range(1, 5_001))
    made = reconciled(source_db.form(), "person", watermark="update_time")
    made.mounted.age_checkpoint()  # else the look-back brings what these tests change
    return made


def test_equal_ends_agree_by_sums_alone(persons):
    run = persons.run()

    assert run.state is RunState.DONE, run.error_detail
    assert (run.method, run.ordering) == (Method.IN_SOURCE, Ordering.KEY)
    assert run.counts.source == run.counts.hall == 5_000
    assert (run.ranges, run.differing, run.counts.found) == (2, 0, 0)
    assert run.certificate is not None


def test_finds_and_repairs_what_the_watermark_cannot_show(persons, source_db):
    source_db.execute("delete from person where id in (7, 4000)")
    source_db.execute("update person set xm = '改名' where id = 99")  # without a new watermark
    persons.hall("delete from {t} where id = 250")

    run = persons.run()

    assert run.state is RunState.DONE, run.error_detail
    found = {(d.kind, d.key): d for d in persons.differences(run)}
    assert set(found) == {
        (Kind.SURPLUS, "7"), (Kind.SURPLUS, "4000"), (Kind.DIFFERENT, "99"), (Kind.MISSING, "250"),
    }  # fmt: skip
    assert {d.fate for d in found.values()} == {Fate.REPAIRED}
    (value,) = found[Kind.DIFFERENT, "99"].values
    assert value.title == "姓名"
    assert "改名" not in (value.source or "")  # masked
    assert persons.mounted.rows("count(*)") == [(4_998,)]
    assert persons.mounted.rows("xm", "id = 99") == [("改名",)]
    again = persons.run()
    assert (again.counts.found, again.differing) == (0, 0)
