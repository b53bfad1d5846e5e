"""What following a PostgreSQL by its log takes, asked layer by layer."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import psycopg

from datahall.ingestion import errors
from datahall.ingestion.cdc import statements
from datahall.ingestion.cdc.feed import Wanted
from datahall.ingestion.cdc.model import TableName
from datahall.ingestion.errors import LoadFailure

Conn = psycopg.Connection[dict[str, Any]]

_SETTINGS: Final = """
select current_setting('wal_level') as wal_level,
       current_setting('max_replication_slots')::int as slots,
       (select count(*) from pg_replication_slots) as taken,
       (select rolreplication or rolsuper from pg_roles where rolname = current_user) as may
"""
_PUBLICATION: Final = """
select pubinsert and pubupdate and pubdelete and pubtruncate as whole, pubviaroot as via_root
from pg_publication where pubname = %s
"""
_TABLES: Final = """
select n.nspname as schema, c.relname as name, c.relkind::text as kind,
       c.relreplident::text as identity,
       array(
           select a.attname::text from pg_attribute a
           where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       ) as columns,
       exists (
           select from pg_publication_tables p
           where p.pubname = %(publication)s and p.schemaname = n.nspname and p.tablename = c.relname
       ) as published,
       coalesce((
           select array_agg(a.attname::text) from pg_index i
           join pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey)
           where i.indrelid = c.oid
             and case c.relreplident when 'i' then i.indisreplident when 'd' then i.indisprimary end
       ), '{}') as told,
       coalesce((
           select jsonb_agg((
               select jsonb_agg(a.attname) from pg_attribute a
               where a.attrelid = c.oid and a.attnum = any (i.indkey)
           ))
           from pg_index i
           where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indimmediate
             and i.indpred is null and i.indexprs is null
       ), '[]') as uniques
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where (n.nspname, c.relname) in (select * from unnest(%(schemas)s::text[], %(names)s::text[]))
"""
_FILTERED: Final = """
select schemaname as schema, tablename as name, attnames::text[] as columns, rowfilter as filter
from pg_publication_tables where pubname = %s
"""
_HAS_FILTERS: Final = 150_000  # server version from which a publication may leave things out
FULL: Final = "f"


def check(conn: Conn, user: str, wanted: Sequence[Wanted]) -> Mapping[TableName, LoadFailure]:
    """See `Feed.check`."""
    _hold_server(conn, user)
    publication = conn.execute(_PUBLICATION, [statements.PUBLICATION]).fetchone()
    rows = conn.execute(
        _TABLES,
        {
            "publication": statements.PUBLICATION,
            "schemas": [w.table[0] for w in wanted],
            "names": [w.table[1] for w in wanted],
        },
    ).fetchall()
    found = {(row["schema"], row["name"]): row for row in rows}
    filters: dict[TableName, dict[str, Any]] = {}
    if conn.info.server_version >= _HAS_FILTERS:
        told = conn.execute(_FILTERED, [statements.PUBLICATION]).fetchall()
        filters = {(row["schema"], row["name"]): row for row in told}
    faults: dict[TableName, LoadFailure] = {}
    for each in wanted:
        row = found.get(each.table)
        fault = (
            errors.TableGone(table=".".join(each.table))
            if row is None
            else _fault(each, row, publication, filters.get(each.table))
        )
        if fault is not None:
            faults[each.table] = fault
    return faults


def hold_room(conn: Conn) -> None:
    """Refuse to begin when neither our slot nor that of a first load would find a place.

    Raises:
        NoSlotLeft
    """
    row = conn.execute(_SETTINGS).fetchone()
    if row is not None and row["taken"] + 2 > row["slots"]:
        raise errors.NoSlotLeft(
            used=row["taken"],
            limit=row["slots"],
            statement="ALTER SYSTEM SET max_replication_slots = 20;",
        )


def _hold_server(conn: Conn, user: str) -> None:
    row = conn.execute(_SETTINGS).fetchone()
    if row is None or row["wal_level"] != "logical":
        raise errors.LogOff(
            setting="wal_level",
            value=row["wal_level"] if row else "",
            statement="ALTER SYSTEM SET wal_level = 'logical';",
        )
    if not row["may"]:
        raise errors.LogPrivilegeMissing(user=user, statement=statements.pg_replication(user))


def _fault(
    wanted: Wanted,
    row: Mapping[str, Any],
    publication: Mapping[str, Any] | None,
    filtered: Mapping[str, Any] | None,
) -> LoadFailure | None:
    name = ".".join(wanted.table)
    key = "、".join(wanted.key)

    def unpublished(reason: str, statement: str) -> LoadFailure:
        return errors.NotPublished(table=name, reason=reason, statement=statement)

    if gone := [column for column in wanted.columns if column not in row["columns"]]:
        return errors.ColumnsGone(table=name, columns="、".join(gone))
    if row["kind"] not in {"r", "p"}:
        return unpublished("它是视图，日志里没有视图的变更", "请改挂视图背后的表")
    if publication is None or not row["published"]:
        statement = statements.pg_publish(wanted.table, exists=publication is not None)
        return unpublished("还没有加入发布", statement)
    if not publication["whole"]:
        statement = (
            f"ALTER PUBLICATION {statements.PUBLICATION} "
            "SET (publish = 'insert, update, delete, truncate');"
        )
        return unpublished("发布里少了增、改、删或清空", statement)
    if row["kind"] == "p" and not publication["via_root"]:
        statement = (
            f"ALTER PUBLICATION {statements.PUBLICATION} SET (publish_via_partition_root = true);"
        )
        return unpublished("它是分区表，变更没有按主表发布", statement)
    if filtered and (filtered["filter"] or set(wanted.columns) - set(filtered["columns"])):
        return unpublished(
            "发布里设了行或列的筛选", statements.pg_publish(wanted.table, exists=True)
        )
    if row["identity"] != FULL and not set(wanted.key) <= set(row["told"]):
        return errors.IdentityMissing(
            table=name, key=key, statement=statements.pg_identity(wanted.table)
        )
    if not any(set(columns) <= set(wanted.key) for columns in row["uniques"]):
        return errors.KeyNotAtSource(
            table=name, key=key, statement=statements.pg_unique(wanted.table, wanted.key)
        )
    return None
