"""Alembic's entry: runs on the connection that `bootstrap.migrate` hands over."""

from alembic import context

from datahall.kit import db
from datahall.migrations import VERSION_TABLE, ours

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=db.metadata,
    version_table=VERSION_TABLE,
    compare_type=True,
    compare_server_default=True,
    include_object=ours,
)
with context.begin_transaction():
    context.run_migrations()
