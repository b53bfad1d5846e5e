"""The worker's loop: what is due runs by itself, a change arrives within the interval."""

import threading
import time

from datahall.ingestion.model import INTERVAL_S
from datahall.ingestion.tasks import Runner
from tests.ingestion.conftest import PERSONS, add_persons


def test_a_changed_row_is_in_the_hall_within_the_interval(source_db, mount):
    source_db.execute(PERSONS)
    add_persons(source_db, range(1, 101))
    mounted = mount(source_db.form(), "person")
    runner, over = Runner(), threading.Event()

    def work():
        while not over.wait(0.2):
            runner.tick(mounted.units)

    loop = threading.Thread(target=work)
    loop.start()
    try:
        wait_for(lambda: len(mounted.rows()) == 100)
        wait_for(lambda: mounted.now().checked_at is not None)
        source_db.execute("update person set xm = '李', update_time = now() where id = 7")
        changed = time.monotonic()
        wait_for(lambda: mounted.rows("xm", "id = 7") == [("李",)])
        assert time.monotonic() - changed < 3 * INTERVAL_S  # the interval is 10 s; machines vary
    finally:
        over.set()
        loop.join()
        runner.finish()


def wait_for(true, *, within_s=60):
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)
