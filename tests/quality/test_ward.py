"""Rows that wait: what a load brings to quarantine and what it takes out."""

from datetime import timedelta

import polars as pl
import pytest
import sqlalchemy as sa

from datahall.kit.ids import DatasetId, LoadId, new_id
from datahall.quality import RowStatus, RuleSet, Ward, sealing
from datahall.quality.tables import quarantine, results
from tests.conftest import NOON
from tests.factories import make_field, make_item
from tests.quality.conftest import BAD, LI, WANG, person
from tests.quality.test_checksums import TODAY

ITEM = make_item()
RULES = RuleSet.for_item(ITEM)
DATASET = DatasetId(new_id())


@pytest.fixture
def load(conn):
    """Bring rows in one batch; each call is one load, a minute after the one before."""
    loads = iter(range(100))

    def bring(*rows: dict, whole: bool = False, item=ITEM, batches: int = 1) -> Ward:
        rules = RuleSet.for_item(item)
        ward = Ward(
            conn=conn,
            dataset=DATASET,
            item=item,
            rules=rules,
            load=LoadId(new_id()),
            at=NOON + timedelta(minutes=next(loads)),
        )
        frame = pl.DataFrame(rows, schema=dict.fromkeys([f.name for f in item.fields], pl.String))
        for part in frame.iter_slices(-(-max(frame.height, 1) // batches)):
            ward.admit(rules.check(part, today=TODAY))
        ward.finish(whole=whole)
        return ward

    return bring


def kept(conn) -> list[sa.RowMapping]:
    return list(conn.execute(sa.select(quarantine).order_by(quarantine.c.first_seen_at)).mappings())


def statuses(conn) -> list[str]:
    return [row["status"] for row in kept(conn)]


def test_a_bad_row_waits_with_its_reasons_and_is_sealed(conn, load):
    ward = load(person(), person(BAD, name=""))

    (row,) = kept(conn)
    assert (ward.held, ward.corrected) == (1, 0)
    assert row["status"] == RowStatus.WAITING
    assert row["provider"] == ITEM.provider
    assert row["faults"] == [
        {
            "field": "gmsfhm",
            "rule": "id_card",
            "value": "341502********0018",
            "message": "校验位应为 7",
        },
        {"field": "xm", "rule": "required", "value": None, "message": "没有填"},
    ]
    assert row["reasons"] == ["gmsfhm:id_card", "xm:required"]
    assert BAD not in repr(dict(row))
    assert sealing.unseal(row["id"], row["sealed"])["gmsfhm"] == BAD


def test_a_row_cannot_be_opened_as_another(conn, load):
    load(person(BAD))
    (row,) = kept(conn)

    with pytest.raises(ValueError, match=r".*"):
        sealing.unseal(new_id(), row["sealed"])


def test_a_good_row_with_the_same_key_settles_the_one_that_waited(conn, load):
    load(person(WANG, sex="7"), person(LI, sex="7"))
    ward = load(person(WANG))

    assert ward.corrected == 1
    assert sorted(statuses(conn)) == [RowStatus.CORRECTED, RowStatus.WAITING]
    assert [row["settled_at"] is None for row in kept(conn)].count(True) == 1


def test_a_good_row_does_not_settle_a_bad_one_of_its_own_load(conn, load):
    load(person(WANG, sex="7"), person(WANG))

    assert statuses(conn) == [RowStatus.WAITING]


def test_the_same_bad_row_again_is_one_row_seen_twice(conn, load):
    load(person(BAD))
    load(person(BAD))

    (row,) = kept(conn)
    assert (row["times"], row["last_seen_at"] - row["first_seen_at"]) == (2, timedelta(minutes=1))


def test_two_bad_rows_with_one_key_both_wait(conn, load):
    load(person(BAD), person(BAD, name="李"))

    assert len(kept(conn)) == 2


def test_a_row_that_is_bad_in_another_way_now_waits_once(conn, load):
    load(person(name=""))
    load(person(name="", sex="0"))

    assert statuses(conn) == [RowStatus.GONE, RowStatus.WAITING]
    load(person())
    assert statuses(conn) == [RowStatus.GONE, RowStatus.CORRECTED]


def test_rows_without_a_key_are_told_apart_by_what_is_in_them(conn, load):
    load(person(None), person(None, name="李秀英"))
    load(person(None))

    assert sorted(row["times"] for row in kept(conn)) == [1, 2]


def test_a_repeat_of_a_key_is_not_settled_by_the_row_that_landed(conn, load):
    load(person(WANG), person(WANG, name="王二"))
    load(person(WANG))

    (row,) = kept(conn)
    assert (row["status"], row["reasons"]) == (RowStatus.WAITING, ["gmsfhm:unique"])


def test_repeats_that_the_store_found_wait_too(conn):
    ward = Ward(conn=conn, dataset=DATASET, item=ITEM, rules=RULES, load=LoadId(new_id()), at=NOON)
    ward.hold_repeats(pl.DataFrame([person()]))
    ward.finish(whole=False)

    assert [row["reasons"] for row in kept(conn)] == [["gmsfhm:unique"]]
    assert ward.held == 1


def test_what_a_whole_load_no_longer_brings_is_gone(conn, load):
    load(person(BAD), person(WANG, sex="7"))
    load(person(WANG, sex="7"), whole=True)

    assert sorted(statuses(conn)) == [RowStatus.GONE, RowStatus.WAITING]


def test_what_was_corrected_and_breaks_again_waits_again(conn, load):
    load(person(WANG, sex="7"))
    load(person(WANG))
    load(person(WANG, sex="7"))

    (row,) = kept(conn)
    assert (row["status"], row["settled_at"]) == (RowStatus.WAITING, None)


def test_what_a_clerk_settled_stays_settled_until_the_source_sends_something_else(conn, load):
    load(person(WANG, sex="7"))
    conn.execute(sa.update(quarantine).values(status=RowStatus.DISCARDED))
    load(person(WANG, sex="7"))
    assert statuses(conn) == [RowStatus.DISCARDED]

    load(person(WANG, sex="8"))
    assert statuses(conn) == [RowStatus.DISCARDED, RowStatus.WAITING]


def test_a_key_is_the_same_however_it_is_written(load):
    number = make_field("no", type="I", length=None, is_key=True)
    item = make_item(fields=(number, make_field("xb", length=1, code_list="GB/T 2261.1")))

    load({"no": "007", "xb": "7"}, item=item)
    assert load({"no": " 7", "xb": "1"}, item=item).corrected == 1


def test_counts_by_rule_are_kept_with_the_load(conn, load):
    ward = load(person(), person(BAD), person(LI, sex="7"), person(LI, name="李"), batches=2)

    found = conn.execute(sa.select(results).where(results.c.load == ward.load)).mappings()
    assert {(r["field"], r["rule"]): (r["failing"], r["checked"]) for r in found} == {
        ("gmsfhm", "id_card"): (1, 4),
        ("xb", "code_list"): (1, 4),
    }


def test_many_bad_rows_are_kept_in_few_statements(conn, load):
    statements = []
    sa.event.listen(conn, "before_cursor_execute", lambda *a: statements.append(a[2]))

    load(*(person(BAD, name=f"人{n}") for n in range(3000)))

    assert len(kept(conn)) == 3000
    assert len(statements) < 6
