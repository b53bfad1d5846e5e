"""How rows get into a hall table: a fresh build for the first load, a merge for the others.

Both write in the caller's transaction, so rows, quarantine, checkpoint and counts commit
together or not at all.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, LiteralString, Protocol

import polars as pl
from psycopg import errors, sql
from pyarrow import csv
from sqlalchemy import Connection

from datahall.kit.ids import LoadId
from datahall.store import repository
from datahall.store.errors import DatasetBusy, KeyNotUnique
from datahall.store.model import Dataset, DatasetState, Landed, Leaving

_CSV: Final = csv.WriteOptions(include_header=False, quoting_style="needed")


def encode(frame: pl.DataFrame) -> bytes:
    """Rows as CSV for COPY: strings always quoted, so that empty and missing stay apart.

    Instants and decimals become text before: the CSV writer is slow at the first (2.2 s of
    processor a million rows, against 0.7 s this way) and does not know the second.
    """
    plain = frame.with_columns(
        _instant(name) if isinstance(kind, pl.Datetime) else pl.col(name).cast(pl.String)
        for name, kind in frame.schema.items()
        if kind.is_decimal() or (isinstance(kind, pl.Datetime) and kind.time_zone)
    )
    out = io.BytesIO()
    csv.write_csv(plain.to_arrow(compat_level=pl.CompatLevel.oldest()), out, _CSV)
    return out.getvalue()


def _instant(name: str) -> pl.Expr:
    utc = pl.col(name).dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return pl.concat_str(utc.dt.to_string("iso"), pl.lit("Z")).alias(name)


def lock(conn: Connection, dataset: Dataset) -> None:
    """Hold the dataset for this transaction; one loader at a time.

    Raises:
        DatasetBusy
    """
    if not repository.try_lock(conn, dataset.id):
        raise DatasetBusy(dataset=dataset.id)


class Landing(Protocol):
    """A load on its way into a hall table."""

    def write(self, names: Sequence[str], rows: bytes) -> None:
        """Take one encoded batch with these columns."""

    def keep(self, keys: pl.DataFrame) -> None:
        """Rows with these keys are at the source but did not pass: leave what the hall has."""

    def duplicates(self, *, newest: str | None, at_most: int) -> pl.DataFrame:
        """Remove and return the rows whose key another row has; the one newest by that column
        stays, else the one that came last.  Values are text.

        Raises:
            KeyNotUnique: more than `at_most`, so the key itself must be wrong.
        """

    def leaving(self, examples: int) -> Leaving:
        """What the hall would lose by this load, with the keys of some of the rows."""

    def finish(self) -> Landed:
        """Make the rows visible at commit."""


@dataclass(slots=True)
class FreshLoad:
    """A load into a new table of the dataset's shape, which then takes the dataset's place."""

    conn: Connection
    dataset: Dataset
    load: LoadId
    at: datetime
    _indexed: bool = False
    _rows: int = 0

    def __post_init__(self) -> None:
        repository.create_table(self.conn, self._built, self.dataset)

    @property
    def _built(self) -> str:
        return f"{self.dataset.table}_{self.load.hex[-8:]}"

    def write(self, names: Sequence[str], rows: bytes) -> None:
        self._rows += _copy(self.conn, repository.table(self._built), names, rows)

    def keep(self, keys: pl.DataFrame) -> None:
        """As `Landing.keep`; there is nothing to leave."""

    def duplicates(self, *, newest: str | None, at_most: int) -> pl.DataFrame:
        """As `Landing.duplicates`; building the unique index finds out whether there are any."""
        try:
            with self.conn.begin_nested():
                repository.create_indexes(self.conn, self._built, self.dataset)
        except errors.UniqueViolation:
            removed = _remove_duplicates(
                self.conn, repository.table(self._built), self.dataset, newest, at_most, self._rows
            )
            self._rows -= removed.height
            repository.create_indexes(self.conn, self._built, self.dataset)
            return removed
        return _no_rows(self.dataset)

    def leaving(self, examples: int) -> Leaving:
        """As `Landing.leaving`; under another key the rows themselves cannot be told apart."""
        before = repository.state(self.conn, self.dataset.id)
        built = repository.get(self.conn, self.dataset.id) if before.rows else self.dataset
        if not before.rows or not _same_keys(built, self.dataset):
            return Leaving(rows=before.rows, going=max(0, before.rows - self._rows))
        return _leaving(
            self.conn, built, repository.table(self._built), before.rows, examples=examples
        )

    def finish(self) -> Landed:
        before = repository.state(self.conn, self.dataset.id, lock=True)
        after = DatasetState(
            rows=self._rows, deleted=0, revision=before.revision + 1, loaded_at=self.at
        )
        repository.add_system_columns(
            self.conn,
            self._built,
            revision=after.revision,
            load=str(self.load),
            loaded_at=self.at.isoformat(),
        )
        repository.swap(self.conn, built=self._built, dataset=self.dataset)
        repository.save(self.conn, self.dataset)
        repository.set_state(self.conn, self.dataset.id, after)
        return Landed(inserted=self._rows)


@dataclass(slots=True)
class MergeLoad:
    """A load into a staging table, merged by key; rows that did not change are not touched.

    With `whole` the load is everything that the source has: rows that it neither brings nor
    keeps are marked deleted.  Without it, only the rows named by `remove` are.
    """

    conn: Connection
    dataset: Dataset
    load: LoadId
    at: datetime
    whole: bool = False
    _rows: int = 0
    _removes: bool = False
    _table: sql.Identifier = field(init=False)

    def __post_init__(self) -> None:
        self._table = sql.Identifier(f"staging_{self.load.hex[-8:]}")
        repository.raw(self.conn).execute(
            sql.SQL(
                "create temp table {} ({}, _kept boolean not null default false, "
                "_gone boolean not null default false) on commit drop"
            ).format(self._table, repository.definitions(self.dataset.columns, strict=False))
        )

    def write(self, names: Sequence[str], rows: bytes) -> None:
        self._rows += _copy(self.conn, self._table, names, rows)

    def keep(self, keys: pl.DataFrame) -> None:
        """As `Landing.keep`."""
        if self.whole and keys.height:
            kept = keys.select(*self.dataset.key, pl.lit(value=True).alias("_kept"))
            _copy(self.conn, self._table, kept.columns, encode(kept))

    def remove(self, keys: pl.DataFrame) -> None:
        """Rows with these keys are gone at the source."""
        if keys.height:
            gone = keys.select(
                *self.dataset.key,
                pl.lit(value=True).alias("_kept"),
                pl.lit(value=True).alias("_gone"),
            )
            _copy(self.conn, self._table, gone.columns, encode(gone))
            self._removes = True

    def duplicates(self, *, newest: str | None, at_most: int) -> pl.DataFrame:
        return _remove_duplicates(
            self.conn, self._table, self.dataset, newest, at_most, self._rows, live="not _kept"
        )

    def leaving(self, examples: int) -> Leaving:
        """As `Landing.leaving`; only a load of everything shows what is gone."""
        before = repository.state(self.conn, self.dataset.id)
        if not self.whole or not before.rows:
            return Leaving(rows=before.rows)
        repository.raw(self.conn).execute(sql.SQL("analyze {}").format(self._table))
        return _leaving(self.conn, self.dataset, self._table, before.rows, examples=examples)

    def finish(self) -> Landed:
        before = repository.state(self.conn, self.dataset.id, lock=True)
        db = repository.raw(self.conn)
        db.execute(sql.SQL("analyze {}").format(self._table))
        revived = self._revived() if before.deleted else 0
        names = self.dataset.names
        values = {
            "hall": repository.table(self.dataset.table),
            "staging": self._table,
            "key": repository.idents(self.dataset.key),
            "names": repository.idents(names),
            "old": repository.idents(names, prefix="h"),
            "new": repository.idents(names, prefix="excluded"),
            "same_key": _same_key(self.dataset.key),
            "assign": sql.SQL(", ").join(
                sql.SQL("{0} = excluded.{0}").format(sql.Identifier(n))
                for n in (*names, "_revision", "_load", "_loaded_at", "_deleted")
            ),
            "revision": sql.Literal(before.revision + 1),
            "load": sql.Literal(str(self.load)),
            "at": sql.Literal(self.at.isoformat()),
        }
        row = db.execute(sql.SQL(_MERGE).format(**values)).fetchone()
        inserted, touched, staged = row or (0, 0, 0)
        deleted = db.execute(sql.SQL(_DELETE).format(**values)).rowcount if self.whole else 0
        if self._removes:
            deleted += db.execute(sql.SQL(_REMOVE).format(**values)).rowcount
        landed = Landed(
            inserted=inserted + revived,
            updated=touched - inserted - revived,
            unchanged=staged - touched,
            deleted=deleted,
        )
        rows, gone = repository.settle(before, landed, revived=revived)
        repository.set_state(
            self.conn,
            self.dataset.id,
            DatasetState(
                rows=rows,
                deleted=gone,
                revision=before.revision + (1 if landed.changed else 0),
                loaded_at=self.at,
            ),
        )
        return landed

    def _revived(self) -> int:
        """Rows marked deleted that the source has again."""
        row = (
            repository.raw(self.conn)
            .execute(
                sql.SQL(
                    "select count(*) from {} s join {} h on {} where h._deleted and not s._kept"
                ).format(
                    self._table,
                    repository.table(self.dataset.table),
                    _same_key(self.dataset.key),
                )
            )
            .fetchone()
        )
        return int(row[0]) if row else 0


_MERGE = """
with merged as (
    insert into {hall} as h ({names}, _revision, _load, _loaded_at, _deleted)
    select {names}, {revision}, {load}, {at}, false from {staging} where not _kept
    on conflict ({key}) do update set {assign}
    where h._deleted or ({old}) is distinct from ({new})
    returning (xmax = 0) as fresh
)
select count(*) filter (where fresh), count(*),
       (select count(*) from {staging} where not _kept)
from merged
"""

_DELETE = """
update {hall} h set _deleted = true, _revision = {revision}, _load = {load}, _loaded_at = {at}
where not h._deleted and not exists (select from {staging} s where {same_key})
"""

_LEAVING = """
select {key} from {hall} h
where not h._deleted and not exists (select from {staging} s where {same_key})
"""

_REMOVE = """
update {hall} h set _deleted = true, _revision = {revision}, _load = {load}, _loaded_at = {at}
from {staging} s where s._gone and not h._deleted and {same_key}
"""

_COUNT_DUPLICATES = """
select coalesce(sum(n - 1), 0) from (
    select count(*) n from {table} where {live} group by {key} having count(*) > 1
) d
"""

_REMOVE_DUPLICATES = """
delete from {table} where ctid in (
    select ctid from (
        select ctid, row_number() over (partition by {key} order by {newest} ctid desc) n
        from {table} where {live}
    ) ranked where n > 1
) returning {names}
"""


def _copy(conn: Connection, table: sql.Identifier, names: Sequence[str], rows: bytes) -> int:
    statement = sql.SQL("copy {} ({}) from stdin (format csv)").format(
        table, repository.idents(names)
    )
    with repository.raw(conn).cursor() as cursor:
        with cursor.copy(statement) as copy:
            copy.write(rows)
        return cursor.rowcount


def _same_key(key: Sequence[str]) -> sql.Composed:
    return sql.SQL(" and ").join(
        sql.SQL("s.{0} = h.{0}").format(sql.Identifier(name)) for name in key
    )


def _same_keys(one: Dataset, other: Dataset) -> bool:
    return [(c.name, c.type) for c in one.columns if c.name in one.key] == [
        (c.name, c.type) for c in other.columns if c.name in other.key
    ]


def _leaving(
    conn: Connection, dataset: Dataset, staging: sql.Identifier, rows: int, *, examples: int
) -> Leaving:
    """The live rows of the hall that `staging` neither brings nor keeps."""
    found = sql.SQL(_LEAVING).format(
        key=sql.SQL(", ").join(sql.SQL("h.{}").format(sql.Identifier(n)) for n in dataset.key),
        hall=repository.table(dataset.table),
        staging=staging,
        same_key=_same_key(dataset.key),
    )
    db = repository.raw(conn)
    counted = db.execute(sql.SQL("select count(*) from ({}) gone").format(found)).fetchone()
    going = int(counted[0]) if counted else 0
    first = sql.SQL("select * from ({}) gone order by {} limit {}").format(
        found, repository.idents(dataset.key), sql.Literal(examples)
    )
    keys = tuple(tuple(map(str, row)) for row in db.execute(first)) if going else ()
    return Leaving(rows=rows, going=going, examples=keys)


def _no_rows(dataset: Dataset) -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(dataset.names, pl.String))


def _remove_duplicates(
    conn: Connection,
    table: sql.Identifier,
    dataset: Dataset,
    newest: str | None,
    at_most: int,
    rows: int,
    *,
    live: LiteralString = "true",
) -> pl.DataFrame:
    """See `Landing.duplicates`."""
    db = repository.raw(conn)
    order = sql.SQL("{} desc nulls last,").format(sql.Identifier(newest)) if newest else sql.SQL("")
    values = {
        "table": table,
        "key": repository.idents(dataset.key),
        "live": sql.SQL(live),
        "newest": order,
        "names": sql.SQL(", ").join(
            sql.SQL("{}::text").format(sql.Identifier(name)) for name in dataset.names
        ),
    }
    found = db.execute(sql.SQL(_COUNT_DUPLICATES).format(**values)).fetchone()
    duplicates = int(found[0]) if found else 0
    if not duplicates:
        return _no_rows(dataset)
    if duplicates > at_most:
        titles = [c.comment for c in dataset.columns if c.name in dataset.key]
        raise KeyNotUnique(key="、".join(titles), rows=rows, duplicates=duplicates)
    removed = db.execute(sql.SQL(_REMOVE_DUPLICATES).format(**values)).fetchall()
    return pl.DataFrame(removed, schema=dict.fromkeys(dataset.names, pl.String), orient="row")
