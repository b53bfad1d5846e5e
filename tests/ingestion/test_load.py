"""A PostgreSQL table from the source to the hall, first as a whole and then by its changes."""

from decimal import Decimal

from datahall.ingestion import LoadState, Mode
from tests.ingestion.conftest import PERSONS, add_persons


class TestFirstLoad:
    def test_lands_every_row_in_typed_columns(self, source_db, mount):
        source_db.execute(PERSONS)
        add_persons(source_db, range(1, 1001))
        mounted = mount(source_db.form(), "person")
        assert mounted.task.mode is Mode.INCREMENTAL

        load = mounted.run()

        assert load is not None
        assert (load.state, load.read, load.inserted, load.revision) == (
            LoadState.DONE,
            1000,
            1000,
            1,
        )
        first = mounted.rows("id, xm, amount, active, _revision, _deleted")[0]
        assert first == (1, "张1", Decimal("1.50"), False, 1, False)
        assert len(mounted.rows()) == 1000
