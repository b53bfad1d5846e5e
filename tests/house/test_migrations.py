"""All migrations together make exactly the tables of the code, and their numbers have no gaps."""

from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

import datahall
from datahall import bootstrap
from datahall.kit import db
from datahall.migrations import VERSION_TABLE, ours

FOLDER = Path(datahall.__file__).parent / "migrations"


def test_migrations_make_the_tables(conn):
    context = MigrationContext.configure(
        conn,
        opts={
            "version_table": VERSION_TABLE,
            "compare_type": True,
            "compare_server_default": True,
            "include_object": ours,
        },
    )
    assert compare_metadata(context, db.metadata) == []


def test_numbers_follow_one_another():
    numbers = sorted(p.name[:4] for p in (FOLDER / "versions").glob("[0-9]*.py"))
    assert numbers == [f"{n:04}" for n in range(1, len(numbers) + 1)]
    assert (FOLDER / ".current-head").read_text().strip() == numbers[-1]


def test_every_table_and_column_says_what_it_is():
    unsaid = [
        f"{table.name}.{column.name}" if column is not None else table.name
        for table in db.metadata.tables.values()
        for column in (None, *table.columns)
        if not (table if column is None else column).comment
    ]
    assert unsaid == []


def test_nothing_is_pending_after_migrating(conn: sa.Connection):
    assert bootstrap.pending_migrations(conn) == []
