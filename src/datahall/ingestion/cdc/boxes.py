"""The outbox in PostgreSQL, and in what speaks its language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from datahall.ingestion import errors
from datahall.ingestion.cdc import pgtypes
from datahall.ingestion.cdc.feed import Wanted
from datahall.ingestion.cdc.model import Column, Shape, TableName, Values
from datahall.ingestion.cdc.outbox import Note
from datahall.ingestion.cdc.postgres import PostgresFeed
from datahall.ingestion.cdc.statements import OUTBOX, pg_table
from datahall.ingestion.connectors.postgres import Postgres
from datahall.ingestion.errors import LoadFailure

_PG_READY: Final = """
select to_regclass(%(box)s) is not null as there,
       coalesce(has_table_privilege(to_regclass(%(box)s), 'select, update, delete'), false) as may,
       exists (
           select from pg_trigger where tgrelid = to_regclass(%(table)s) and tgname = 'datahall_note'
             and tgenabled <> 'D'
       ) as noted
"""
_PG_COLUMNS: Final = """
select a.attname::text as name, a.atttypid as type from pg_attribute a
where a.attrelid = to_regclass(%s) and a.attnum > 0 and not a.attisdropped order by a.attnum
"""


@dataclass(slots=True)
class PostgresBox:
    """See `Box`."""

    connector: Postgres
    _schema: str = ""
    _feed: PostgresFeed = field(init=False)

    def __post_init__(self) -> None:
        self._feed = PostgresFeed(self.connector)

    def check(self, wanted: Sequence[Wanted]) -> Mapping[TableName, LoadFailure]:
        faults: dict[TableName, LoadFailure] = {}
        for each in wanted:
            self._schema = each.table[0]
            values = {"box": self._box, "table": pg_table(each.table)}
            with self.connector.translated():
                row = self._feed.beside().execute(_PG_READY, values).fetchone()
            name = ".".join(each.table)
            if row is None or not row["there"]:
                faults[each.table] = errors.OutboxMissing(table=name, reason=f"没有 {OUTBOX} 表")
            elif not row["may"]:
                faults[each.table] = errors.OutboxMissing(
                    table=name, reason=f"大厅账号还没有 {OUTBOX} 表的权限"
                )
            elif not row["noted"]:
                faults[each.table] = errors.OutboxMissing(
                    table=name, reason="触发器 datahall_note 不在或已停用"
                )
        return faults

    def shape(self, wanted: Wanted) -> Shape:
        with self.connector.translated():
            conn = self._feed.beside()
            rows = conn.execute(_PG_COLUMNS, [pg_table(wanted.table)]).fetchall()
            types = pgtypes.described(conn, {row["type"] for row in rows})
        columns = tuple(
            Column(row["name"], *types.get(row["type"], ("", None)))
            for row in rows
            if row["name"] in wanted.columns
        )
        return Shape(table=wanted.table, columns=columns)

    def notes(self, tables: Sequence[str], *, but: Sequence[int], limit: int) -> list[Note]:
        with self.connector.translated():
            rows = self._feed.beside().execute(
                f"select seq, tab, op, k, at from {self._box} where used_at is null "  # noqa: S608 - quoted
                "and tab = any(%s) and seq <> all(%s) order by seq limit %s",
                [list(tables), list(but), limit],
            )
            return [Note(r["seq"], r["tab"], r["op"], r["k"], r["at"]) for r in rows.fetchall()]

    def use(self, seqs: Sequence[int], *, keep: bool) -> None:
        act = "update {} set used_at = now()" if keep else "delete from {}"
        with self.connector.translated():
            conn = self._feed.beside()
            with conn.transaction():
                conn.execute("set transaction read write")
                conn.execute(f"{act.format(self._box)} where seq = any(%s)", [list(seqs)])

    def prune(self, before: datetime) -> None:
        with self.connector.translated():
            conn = self._feed.beside()
            with conn.transaction():
                conn.execute("set transaction read write")
                conn.execute(f"delete from {self._box} where used_at < %s", [before])  # noqa: S608 - quoted

    def fill(
        self, shape: Shape, key: tuple[str, ...], columns: tuple[str, ...], keys: Sequence[Values]
    ) -> Mapping[Values, Values]:
        return self._feed.fill(shape, key, columns, keys)

    def close(self) -> None:
        self._feed.close()

    @property
    def _box(self) -> str:
        return pg_table((self._schema, OUTBOX))
