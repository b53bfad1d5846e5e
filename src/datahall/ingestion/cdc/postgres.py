"""Changes of a PostgreSQL by logical decoding: one slot a source, read with `pgoutput`.

The publication is the database administrator's, since only an owner may publish a table; the
slot is ours.  Rows come from the server after their transaction has committed, in commit order.
"""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

import psycopg
from psycopg import sql

from datahall.ingestion import errors
from datahall.ingestion.cdc import pgoutput, pgready, pgtypes
from datahall.ingestion.cdc.feed import Beginning, Wanted
from datahall.ingestion.cdc.model import (
    Change,
    Column,
    Committed,
    Emptied,
    Event,
    Position,
    Quiet,
    Shape,
    StreamState,
    TableName,
    Values,
)
from datahall.ingestion.cdc.replication import Refused, Replication
from datahall.ingestion.cdc.statements import PUBLICATION
from datahall.ingestion.connectors.postgres import Postgres
from datahall.ingestion.errors import LoadFailure
from datahall.kit.ids import new_id

AT_ONCE: Final = 5_000  # messages taken before what they say is looked at
SILENCE_S: Final = 60.0  # a server that says nothing for so long is not there any more
ASK_S: Final = 10.0  # so often it is asked for a sign of life
_SESSION: Final = (
    " -c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c extra_float_digits=1"
)
_SLOT: Final = """
select s.active, s.active_pid as pid, s.confirmed_flush_lsn - '0/0'::pg_lsn as confirmed, s.database, s.plugin,
       s.wal_status, (select system_identifier::text from pg_control_system()) as system
from pg_replication_slots s where s.slot_name = %s
"""


@dataclass(slots=True)
class PostgresFeed:
    """See `Feed`."""

    connector: Postgres
    _stream: Replication | None = None
    _side: psycopg.Connection[dict[str, Any]] | None = None
    _shapes: dict[int, Shape | None] = field(default_factory=dict)
    _known: dict[int, TableName] = field(default_factory=dict)
    _wanted: frozenset[TableName] = frozenset()
    _at: Position = ()  # of the open transaction
    _open: bool = False
    _confirmed: int = 0
    _asked: float = 0.0

    @property
    def slot(self) -> str:
        return f"datahall_{self.connector.source.id.hex}"

    def check(self, wanted: Sequence[Wanted]) -> Mapping[TableName, LoadFailure]:
        with self.connector.translated():
            return pgready.check(self.beside(), self.connector.source.user, wanted)

    def resume(self, known: StreamState) -> StreamState:
        with self.connector.translated():
            conn = self.beside()
            row = conn.execute(_SLOT, [self.slot]).fetchone()
            lost = _why_lost(row, known)
            if row is not None and row["active"]:
                # We hold the lease: whoever holds the slot is a connection of ours whose other
                # end is gone, and which the server has not missed yet.
                conn.execute("select pg_terminate_backend(%s)", [row["pid"]])
                raise errors.StreamTaken(reason=self.slot)
            if not lost:
                (self._confirmed,) = known.confirmed
                return known
            if row is not None:
                conn.execute("select pg_drop_replication_slot(%s)", [self.slot])
            pgready.hold_room(conn)
            made = conn.execute(
                "select lsn - '0/0'::pg_lsn as lsn "
                "from pg_create_logical_replication_slot(%s, 'pgoutput')",
                [self.slot],
            ).fetchone()
            row = conn.execute(_SLOT, [self.slot]).fetchone()
        if made is None or row is None:
            raise errors.PositionLost(reason=self.slot)
        self._confirmed = int(made["lsn"])
        return replace(
            known,
            epoch=new_id().hex,
            confirmed=(int(made["lsn"]),),
            about={"system": row["system"], "slot": self.slot, "lost": lost},
            changes=0,
        )

    def start(self, wanted: Collection[TableName]) -> None:
        self._wanted = frozenset(wanted)
        with self._broken():
            self._stream = self._replicating()
            self._stream.start(self.slot, PUBLICATION, confirmed=self._confirmed)
        self._asked = time.monotonic()

    def read(self, *, wait_s: float) -> Sequence[Event]:
        stream = self._following()
        events: list[Event] = []
        with self._broken():
            for payload in stream.payloads(wait_s=wait_s):
                self._take(payload, events)
                if len(events) >= AT_ONCE:
                    return events
            self._listen(stream)
            if not self._open and stream.seen:
                events.append(Quiet((stream.seen,)))
        return events

    def confirm(self, position: Position) -> None:
        (self._confirmed,) = position
        stream = self._following()
        stream.confirmed = self._confirmed
        with self._broken():
            stream.say()

    @contextmanager
    def beginning(self, table: TableName) -> Iterator[Beginning]:
        """A slot for as long as the first load takes exports the snapshot that it begins at."""
        del table
        with self._broken():
            aside = self._replicating()
        try:
            with self._broken():
                _, lsn, snapshot, _ = aside.command(
                    f'CREATE_REPLICATION_SLOT "{self.slot[:40]}_{new_id().hex[-8:]}" '
                    "TEMPORARY LOGICAL pgoutput EXPORT_SNAPSHOT"
                )
            yield Beginning(position=(_number(lsn),), snapshot=snapshot)
        finally:
            aside.close()

    def fill(
        self, shape: Shape, key: tuple[str, ...], columns: tuple[str, ...], keys: Sequence[Values]
    ) -> Mapping[Values, Values]:
        """What the log left out, read again.

        The rows may be newer by now; then the stream goes on to say the same.
        """
        names = [sql.Identifier(name) for name in (*key, *columns)]
        types = {c.name: c.type for c in shape.columns}
        query = sql.SQL(
            "select {} from {} where ({}) in (select {} from unnest({}) as k({}))"
        ).format(
            sql.SQL(", ").join(sql.SQL("{}::text").format(name) for name in names),
            sql.Identifier(*shape.table),
            sql.SQL(", ").join(sql.Identifier(name) for name in key),
            sql.SQL(", ").join(
                sql.SQL("{}::{}").format(sql.Identifier(f"k{n}"), sql.SQL(types[name]))
                for n, name in enumerate(key)
            ),
            sql.SQL(", ").join(sql.SQL("%s::text[]") for _ in key),
            sql.SQL(", ").join(sql.Identifier(f"k{n}") for n in range(len(key))),
        )
        with self.connector.translated():
            cursor = self.beside().cursor(row_factory=psycopg.rows.tuple_row)
            rows = cursor.execute(query, [list(c) for c in zip(*keys, strict=True)]).fetchall()
        return {row[: len(key)]: row[len(key) :] for row in rows}

    def abandon(self) -> None:
        with self.connector.translated():
            conn = self.beside()
            row = conn.execute(_SLOT, [self.slot]).fetchone()
            if row is not None:
                if row["active"]:
                    raise errors.StreamTaken(reason=self.slot)
                conn.execute("select pg_drop_replication_slot(%s)", [self.slot])

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
        if self._side is not None:
            self._side.close()
        self._stream = self._side = None
        self._shapes.clear()

    # -- inside ------------------------------------------------------------------------------

    def _following(self) -> Replication:
        if self._stream is None:
            raise errors.ConnectionLost(rows=0)
        return self._stream

    def beside(self) -> psycopg.Connection[dict[str, Any]]:
        """An ordinary connection, for questions."""
        if self._side is None or self._side.closed:
            self._side = psycopg.connect(
                self.connector.conninfo(within_s=30, options=_SESSION),
                autocommit=True,
                row_factory=psycopg.rows.dict_row,
            )
        return self._side

    def _replicating(self) -> Replication:
        return Replication(self.connector.conninfo(options=_SESSION))

    @contextmanager
    def _broken(self) -> Iterator[None]:
        try:
            yield
        except Refused as refused:
            raise self._failure(refused) from refused
        except ConnectionError as error:
            raise errors.ConnectionLost(rows=0) from error

    def _failure(self, refused: Refused) -> LoadFailure:
        state, text = refused.state, refused.text
        if state == "55006":
            return errors.StreamTaken(reason=self.slot)
        if state == "42704" and "publication" in text:
            return errors.NotPublished(
                table="", reason="没有发布", statement=f"CREATE PUBLICATION {PUBLICATION} …"
            )
        if state in {"42704", "55000", "58P01"}:
            return errors.PositionLost(reason=text.strip().splitlines()[0][:200])
        if state == "53400":
            return errors.NoSlotLeft(
                used="全部", limit="上限",
                statement="ALTER SYSTEM SET max_replication_slots = 20;",
            )  # fmt: skip
        return self.connector.failure(state, text)

    def _listen(self, stream: Replication) -> None:
        """Ask a silent server for a sign of life; give it up after a while.

        A network that is cut without a word (half-open) shows itself only so.
        """
        now = time.monotonic()
        if now - stream.heard > SILENCE_S:
            raise errors.ConnectionLost(rows=0)
        if now - stream.heard > ASK_S and now - self._asked > ASK_S:
            self._asked = now
            stream.say(ask=True)

    def _take(self, payload: bytes, events: list[Event]) -> None:
        message = pgoutput.decode(payload)
        match message:
            case pgoutput.Row(oid, before, after):
                shape = self._shapes.get(oid)
                if shape is not None:
                    events.append(Change(shape, before, after, self._at))
            case pgoutput.Begin(final):
                self._at, self._open = (final,), True
            case pgoutput.Commit(end, at):
                self._open = False
                events.append(Committed((end,), at))
            case pgoutput.Relation():
                self._learn(message, events)
            case pgoutput.Truncate(oids):
                tables = (shape.table for oid in oids if (shape := self._shapes.get(oid)))
                events.extend(Emptied(table, self._at) for table in tables)
            case None:
                pass

    def _learn(self, relation: pgoutput.Relation, events: list[Event]) -> None:
        """A table as it is from here on; one that got another name is gone under its old one."""
        name = (relation.schema, relation.name)
        earlier = self._known.get(relation.oid)
        if earlier is not None and earlier != name:
            events.append(Shape(table=earlier, columns=()))
        self._known[relation.oid] = name
        self._shapes[relation.oid] = None
        if name not in self._wanted:
            return
        with self.connector.translated():
            types = pgtypes.described(self.beside(), {oid for _, oid, _ in relation.columns})
        shape = Shape(
            table=name,
            columns=tuple(
                Column(column, *types.get(oid, (f"oid {oid}", None)))
                for column, oid, _ in relation.columns
            ),
        )
        self._shapes[relation.oid] = shape
        events.append(shape)


def _why_lost(row: Mapping[str, Any] | None, known: StreamState) -> str:
    """Why the slot is not where we left it; empty when it is."""
    if not known.epoch:
        return "首次建立"
    if row is None:
        return "复制槽已被删除"
    if row["wal_status"] == "lost" or row["confirmed"] is None:
        return "复制槽因日志超出保留上限而失效"
    if row["system"] != known.about.get("system"):
        return "源端换了一个数据库实例"
    if row["plugin"] != "pgoutput" or row["confirmed"] > known.confirmed[0]:
        return "复制槽被别的程序推进过"
    return ""


def _number(lsn: str) -> int:
    high, _, low = lsn.partition("/")
    return (int(high, 16) << 32) + int(low, 16)
