"""Streams under test: start and end them, wait for what must come, compare hall and source."""

import time
from contextlib import contextmanager

import sqlalchemy as sa

from datahall.ingestion import LoadState, Mode
from datahall.ingestion.cdc import repository as streams
from datahall.ingestion.cdc import service
from datahall.ingestion.cdc.streams import Stream
from tests.ingestion.conftest import CLERK


def publish_changes(db, *tables):
    """What the database administrator does once, as the page says."""
    db.execute("alter role hall replication")
    names = ", ".join(tables)
    db.execute(f"create publication datahall for table {names} with (publish_via_partition_root)")


def choose(mounted, mode=Mode.LOG, **about):
    with mounted.units.open() as unit:
        return service.set_mode(unit, CLERK, mounted.task.id, mode, **about)


@contextmanager
def following(mounted, mode=Mode.LOG):
    """The stream of a mounted table's source, for as long as the block runs."""
    stream = Stream(units=mounted.units, source=mounted.source.id, mode=mode)
    stream.thread.start()
    try:
        yield stream
    finally:
        stream.stop.set()
        stream.thread.join(30)
        for thread in stream.joining.values():
            thread.join(30)


def until(holds, *, within_s=30, why="it did not come"):
    """Wait until `holds()`; what it says then."""
    deadline = time.monotonic() + within_s
    while not (found := holds()):
        assert time.monotonic() < deadline, why() if callable(why) else why
        time.sleep(0.02)
    return found


def joined(mounted, *, within_s=30):
    """Wait until the task follows its stream and the stream runs."""

    def holds():
        state = state_of(mounted)
        task = mounted.now()
        return (
            state
            and state.state == "streaming"
            and task.checkpoint.follows(state.epoch)
            and not task.whole_next
        )

    until(holds, within_s=within_s, why=lambda: story(mounted))


def state_of(mounted):
    with mounted.units.open() as unit:
        task = mounted.now()
        return streams.stream(unit.conn, task.source, task.mode)


def story(mounted):
    """What a failing test wants to know."""
    loads = [(x.state, x.whole, x.error_code, x.error_detail) for x in mounted.loads()]
    return f"{state_of(mounted)}\n{mounted.now()}\n{loads}"


def waiting(mounted):
    with mounted.units.open() as unit:
        query = "select count(*) from quality_quarantine where status = 'waiting'"
        return unit.conn.scalar(sa.text(query))


def failures(mounted):
    """Codes of the loads that failed, the newest first."""
    return [x.error_code for x in mounted.loads() if x.state is LoadState.FAILED]
