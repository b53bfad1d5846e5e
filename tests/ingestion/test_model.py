from datetime import timedelta

import pytest

from datahall.ingestion import Kind, Mode, TaskStatus
from datahall.ingestion.forms import SourceForm
from datahall.ingestion.model import RETRY_S, Checkpoint, Task, percent, plan
from datahall.kit.ids import ItemId, OrgId, SourceId, TableId, TaskId, new_id
from tests.conftest import NOON
from tests.factories import make_item

MINUTE = timedelta(minutes=1)
BACK = timedelta(minutes=5)


def make_task(**about):
    given = {
        "id": TaskId(new_id()),
        "item": ItemId(new_id()),
        "org": OrgId(new_id()),
        "source": SourceId(new_id()),
        "table": TableId(new_id()),
        "mode": Mode.INCREMENTAL,
        "due_at": NOON,
        "created_at": NOON,
    }
    return Task(**given | about)


class TestCheckpoint:
    def test_without_a_mark_reads_everything(self):
        assert Checkpoint().start(now=NOON, look_back=BACK) is None

    def test_takes_the_look_back_off_the_first_mark_while_it_is_young(self):
        seen = Checkpoint().seen("2026-10-16 12:00:00", at=NOON, look_back=BACK)
        assert seen.start(now=NOON + MINUTE, look_back=BACK) == "2026-10-16 11:55:00"

    def test_takes_numbers_off_a_sequence(self):
        seen = Checkpoint().seen("25000", at=NOON, look_back=BACK)
        assert seen.start(now=NOON + MINUTE, look_back=BACK) == "15000"

    def test_starts_from_what_was_the_highest_a_look_back_ago(self):
        at, checkpoint = NOON, Checkpoint()
        for minute in range(10):
            at = NOON + minute * MINUTE
            checkpoint = checkpoint.seen(f"2026-10-16 12:{minute:02}:00", at=at, look_back=BACK)
        assert checkpoint.start(now=at, look_back=BACK) == "2026-10-16 12:04:00"
        assert len(checkpoint.marks) == 6

    def test_of_a_quiet_source_settles(self):
        checkpoint = Checkpoint().seen("2026-10-16 12:00:00", at=NOON, look_back=BACK)
        later = checkpoint.seen("2026-10-16 12:00:00", at=NOON + 9 * MINUTE, look_back=BACK)
        assert later == checkpoint
        assert later.start(now=NOON + 9 * MINUTE, look_back=BACK) == "2026-10-16 12:00:00"


class TestTask:
    def test_tries_again_ever_later(self):
        task, pauses = make_task(), []
        for _ in range(8):
            task = task.failed(at=NOON, final=False)
            pauses.append((task.due_at - NOON).total_seconds())
        assert pauses == [*RETRY_S, RETRY_S[-1], RETRY_S[-1]]

    def test_stops_when_trying_again_cannot_help(self):
        assert make_task().failed(at=NOON, final=True).status is TaskStatus.STOPPED

    def test_that_succeeds_forgets_its_failures(self):
        done = make_task().failed(at=NOON, final=False).done(at=NOON)
        assert (done.failures, done.whole_next) == (0, False)
        assert done.due_at == NOON + timedelta(seconds=done.interval_s)


@pytest.mark.parametrize(
    ("kind", "type_", "mode"),
    [
        (Kind.POSTGRESQL, "timestamp without time zone", Mode.INCREMENTAL),
        (Kind.POSTGRESQL, "timestamp with time zone", Mode.INCREMENTAL),
        (Kind.POSTGRESQL, "bigint", Mode.INCREMENTAL),
        (Kind.MYSQL, "datetime", Mode.INCREMENTAL),
        (Kind.POSTGRESQL, "date", Mode.FULL),  # a day is too coarse
        (Kind.POSTGRESQL, "character varying(20)", Mode.FULL),
        (Kind.POSTGRESQL, "", Mode.FULL),
        (Kind.CSV, "string", Mode.FULL),
    ],
)
def test_plan(kind, type_, mode):
    assert plan(make_item(), kind=kind, watermark_type=type_)[0] is mode


@pytest.mark.parametrize(
    ("done", "of", "shown"), [(0, 10, 0), (5, 10, 50), (20, 10, 99), (5, None, None)]
)
def test_percent_never_claims_more_than_99(done, of, shown):
    assert percent(done, of) == shown


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "已有"}, "name"),
        ({"host": ""}, "host"),
        ({"host": "http://10.1.1.1"}, "host"),
        ({"host": "a b"}, "host"),
        ({"port": "0"}, "port"),
        ({"port": "65536"}, "port"),
        ({"port": "五四三二"}, "port"),
        ({"database": ""}, "database"),
        ({"user": ""}, "user"),
        ({"password": ""}, "password"),
    ],
)
def test_a_form_names_its_fault(change, field):
    given = {
        "name": "人口库", "kind": Kind.POSTGRESQL, "host": "10.1.1.1", "port": "5432",
        "database": "rk", "user": "hall", "password": "x",
    }  # fmt: skip
    faults = list(SourceForm(**given | change).faults(names_taken={"已有"}, has_secret=False))
    assert [f.field for f in faults] == [field]
