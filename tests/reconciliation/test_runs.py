"""Source against hall on a real PostgreSQL: exactly the rows that differ are found and repaired."""

import random

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


@pytest.mark.parametrize("seed", range(2))
def test_random_differences_are_found_exactly_and_repaired(persons, source_db, seed):
    rng = random.Random(seed)
    ids = rng.sample(range(1, 5_001), 60)
    gone, silent, lost, spoiled = (set(ids[i::4]) for i in range(4))
    for id in gone:
        source_db.execute("delete from person where id = %s", [id])
    for id in silent:
        source_db.execute("update person set amount = amount + 1 where id = %s", [id])
    for id in lost:
        persons.hall(f"delete from {{t}} where id = {id}")
    for id in spoiled:
        persons.hall(f"update {{t}} set xm = 'x' || xm where id = {id}")

    run = persons.run()

    found = {(d.kind, int(d.key)) for d in persons.differences(run)}
    assert found == (
        {(Kind.SURPLUS, id) for id in gone}
        | {(Kind.DIFFERENT, id) for id in silent | spoiled}
        | {(Kind.MISSING, id) for id in lost}
    )
    assert run.counts.remaining == 0
    at_source = source_db.execute("select id, xm, amount from person order by 1").fetchall()
    assert persons.mounted.rows("id, xm, amount") == at_source
    assert persons.run().differing == 0


def test_an_emptied_source_empties_no_hall(persons, source_db):
    source_db.execute("delete from person")

    run = persons.run()

    assert (run.state, run.error_code) == (RunState.FAILED, "reconciliation.source_empty")
    assert run.certificate is None
    assert persons.mounted.rows("count(*)") == [(5_000,)]
