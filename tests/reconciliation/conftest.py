"""A task with its source, and one run of it from order to certificate."""

from dataclasses import dataclass, fields

import pytest

from datahall import ingestion, reconciliation, store
from datahall.reconciliation import Run, repository
from tests.factories import POLICE, add_org
from tests.ingestion.conftest import CLERK, Mounted, department, mount, source_db  # noqa: F401 - fixtures
from tests.ingestion.test_mysql import db, mariadb  # noqa: F401 - fixtures


@dataclass(slots=True)
class Reconciled:
    """A mounted entry whose first load has landed."""

    mounted: Mounted

    @property
    def units(self):
        return self.mounted.units

    def run(self) -> Run:
        """One run, as the worker makes it."""
        with self.units.open() as unit:
            run = reconciliation.order(unit, CLERK, self.mounted.task.id)
        return reconciliation.run(self.units, run.id)

    def differences(self, run: Run):
        with self.units.open() as unit:
            return repository.differences_of(unit.conn, run.id, limit=10_000)

    def hall(self, statement: str) -> None:
        """Something happens to the hall table behind everybody's back."""
        with self.units.open() as unit:
            table = store.dataset_for_item(unit.conn, self.mounted.item.id).table
            unit.conn.exec_driver_sql(statement.format(t=f'hall."{table}"').replace("%", "%%"))

    def source_rows(self) -> list[tuple]:
        with self.units.open() as unit:
            found = ingestion.reach(unit.conn, self.mounted.task.id)
        return sorted(row for frame in found.rows() for row in frame.rows())


@pytest.fixture
def reconciled(mount):  # noqa: F811
    def made(*args, **about) -> Reconciled:
        mounted = mount(*args, **about)
        load = mounted.run()
        assert load is not None
        assert load.state is ingestion.LoadState.DONE, load.error_detail
        with mounted.units.open() as unit:
            add_org(unit.conn, **{f.name: getattr(POLICE, f.name) for f in fields(POLICE)})
        return Reconciled(mounted)

    return made
