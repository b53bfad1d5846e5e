"""A PostgreSQL whose log may not be read, followed by an outbox that triggers fill."""

import pytest

from datahall.ingestion import Mode
from datahall.ingestion.cdc import service
from datahall.ingestion.errors import ModeNotReady
from tests.ingestion.conftest import CLERK, PERSONS, add_persons
from tests.ingestion.following import choose, following, joined, story, until
from tests.ingestion.test_log_postgres import ingestion_connection


def script(mounted, mode=Mode.OUTBOX):
    with mounted.units.open() as unit:
        return service.script(unit, CLERK, mounted.task.id, mode)


class TestOutboxOfPostgres:
    @pytest.fixture
    def mounted(self, source_db, mount):
        source_db.execute("alter role hall noreplication")
        source_db.execute(PERSONS)
        add_persons(source_db, range(1, 51))
        made = mount(source_db.form(), "person")
        with pytest.raises(ModeNotReady):
            choose(made, Mode.OUTBOX)
        source_db.execute(script(made))
        choose(made, Mode.OUTBOX)
        return made

    def rows(self, db):
        return db.execute("select id, xm from person order by 1").fetchall()

    def left(self, db):
        return db.execute("select count(*) from datahall_outbox").fetchone()[0]

    def test_brings_everything_and_uses_up_its_notes(self, mounted, source_db):
        with following(mounted, Mode.OUTBOX):
            joined(mounted)
            source_db.execute("update person set xm = '改名' where id = 7")
            source_db.execute("delete from person where id between 10 and 20")
            source_db.execute("update person set id = id + 1000 where id between 30 and 40")
            add_persons(source_db, range(500, 503))
            until(
                lambda: mounted.rows("id, xm") == self.rows(source_db), why=lambda: story(mounted)
            )
            until(lambda: self.left(source_db) == 0, why="notes are left")

    def test_a_note_that_commits_late_is_not_missed(self, mounted, source_db):
        with following(mounted, Mode.OUTBOX):
            joined(mounted)
            with source_db.conn.transaction():
                source_db.execute("update person set xm = '先取号' where id = 1")
                with ingestion_connection(source_db.server.dsn(source_db.name)) as quick:
                    quick.execute("update person set xm = '后取号' where id = 2")
                until(lambda: mounted.rows("xm", "id = 2") == [("后取号",)])
                until(lambda: self.left(source_db) == 1, why="the first note is not to be seen")
            until(lambda: mounted.rows("xm", "id = 1") == [("先取号",)])

    def test_what_was_used_stays_as_long_as_it_should(self, mounted, source_db):
        choose(mounted, Mode.OUTBOX, keep_days="3")
        with following(mounted, Mode.OUTBOX):
            joined(mounted)
            source_db.execute("update person set xm = '留痕' where id = 1")
            until(
                lambda: (
                    source_db.execute(
                        "select count(*) from datahall_outbox where used_at is not null"
                    ).fetchone()[0]
                    == 1
                )
            )
        assert mounted.rows("xm", "id = 1") == [("留痕",)]
