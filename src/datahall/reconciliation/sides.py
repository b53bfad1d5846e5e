"""The two ends of a comparison, each able to sum up and to list its rows (比对两端)."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import md5
from typing import Any, Final, Protocol

import polars as pl
import sqlalchemy as sa

from datahall import quality
from datahall.catalogue import Field, FieldType
from datahall.ingestion import Kind as SourceKind
from datahall.ingestion import Reach
from datahall.reconciliation import asking, canonical
from datahall.reconciliation.asking import MYSQL, POSTGRES, Questions
from datahall.reconciliation.errors import TooDifferent
from datahall.reconciliation.ranges import Digested, Range, Sum
from datahall.store import SCHEMA, Dataset

WITHIN_S: Final = 120  # [P] of a database's time for one statement
MOST_LISTED: Final = 500_000  # rows of differing ranges; above it the whole is brought again
TOGETHER: Final = 32  # ranges that one statement sums up where an index finds them

EVERYWHERE: Final = Range(None, None)

Key = tuple[str, ...]


@dataclass(slots=True)
class Listed:
    """What one side has under one key."""

    digests: Counter[str] = field(default_factory=Counter)
    keys: set[Key] = field(default_factory=set)  # as that side writes it


Listing = dict[str, Listed]
"""By canonical key."""


class Side(Protocol):
    """One end."""

    def sums(self, ranges: Sequence[Range]) -> list[Sum]:
        """The sum over each range; adjoining ranges come one after another."""

    def listing(self, ranges: Sequence[Range]) -> Listing:
        """Every row of the ranges.

        Raises:
            TooDifferent: there are too many to list.
        """


def key_of(fields: Sequence[Field]) -> tuple[Field, ...]:
    return tuple(f for f in fields if f.is_key)


def by_key(fields: Sequence[Field], kinds: Mapping[str, str]) -> bool:
    """Whether the key is one whole number on both sides, so that ranges of it can be asked for."""
    key = key_of(fields)
    if len(key) != 1 or key[0].type is not FieldType.INTEGER:
        return False
    return not kinds or "int" in kinds[key[0].name]


# -- databases ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Hall:
    """The hall table."""

    conn: sa.Connection
    questions: Questions

    def sums(self, ranges: Sequence[Range]) -> list[Sum]:
        return _summed(self._ask, self.questions, ranges, together=len(ranges) or 1)

    def listing(self, ranges: Sequence[Range]) -> Listing:
        return _listed(self._ask(self.questions.listing(ranges, limit=MOST_LISTED + 1)))

    def bounds(self, count: int, span: Range = EVERYWHERE) -> list[int]:
        """Keys that cut a range into about `count` parts of equal rows."""
        found = [row[0] for row in self._ask(self.questions.bounds(count, span))]
        return [
            low for low in found[1:] if low is not None and (span.low is None or low > span.low)
        ]

    def under(self, keys: Sequence[str]) -> Listing:
        """The rows with these canonical keys."""
        if not keys:
            return {}
        statement = self.questions.under().replace("::", "\\:\\:")
        rows = self.conn.execute(sa.text(statement), {"keys": list(keys)})
        return _listed([tuple(row) for row in rows])

    def _ask(self, statement: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.conn.exec_driver_sql(statement.replace("%", "%%"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class InSource:
    """A source that sums up for itself."""

    reach: Reach
    questions: Questions

    def sums(self, ranges: Sequence[Range]) -> list[Sum]:
        # By key every statement reads its own stretch of the index; by digest one reads all.
        together = TOGETHER if self.questions.by_key else len(ranges) or 1
        return _summed(self._ask, self.questions, ranges, together=together)

    def listing(self, ranges: Sequence[Range]) -> Listing:
        return _listed(self._ask(self.questions.listing(ranges, limit=MOST_LISTED + 1)))

    def _ask(self, statement: str) -> list[tuple[Any, ...]]:
        return self.reach.ask(statement, within_s=WITHIN_S)


def _summed(ask: Any, questions: Questions, ranges: Sequence[Range], *, together: int) -> list[Sum]:
    found: list[Sum] = []
    for some in _runs(ranges, together):
        by_part = {
            int(part): Sum(int(rows), int(first), int(second))
            for part, rows, first, second in ask(questions.sums(some))
        }
        found += [by_part.get(n, Sum()) for n in range(len(some))]
    return found


def _runs(ranges: Sequence[Range], most: int) -> Iterator[Sequence[Range]]:
    """Ranges in order, cut where they do not adjoin and where there are too many."""
    run: list[Range] = []
    for span in ranges:
        if run and (len(run) == most or run[-1].high != span.low):
            yield run
            run = []
        run.append(span)
    if run:
        yield run


def _listed(rows: Sequence[tuple[Any, ...]]) -> Listing:
    if len(rows) > MOST_LISTED:
        raise TooDifferent
    found: Listing = defaultdict(Listed)
    for digest, key, *raw in rows:
        listed = found[key if key is not None else ""]
        listed.digests[digest] += 1
        listed.keys.add(tuple("" if v is None else str(v) for v in raw))
    return found


# -- rows that are read ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Digester:
    """Digests rows that were read as the databases digest theirs."""

    fields: tuple[Field, ...]
    secret: str
    by_key: bool

    def digests(self, typed: pl.DataFrame) -> list[bytes]:
        return self._hash(canonical.of_rows(typed, self.fields))

    def keys(self, typed: pl.DataFrame) -> pl.Series:
        """The canonical key of each row."""
        return canonical.of_rows(typed, key_of(self.fields))

    def positions(self, typed: pl.DataFrame) -> list[int | None]:
        if self.by_key:
            whole: list[int | None] = typed.get_column(key_of(self.fields)[0].name).to_list()
            return whole
        return [int.from_bytes(digest[:4]) for digest in self._hash(self.keys(typed))]

    def position_of(self, key: str) -> int | None:
        """The position of a canonical key."""
        if self.by_key:
            text = key.removesuffix("|")
            return None if text == "-" else int(text)
        secret = self.secret.encode()
        return int.from_bytes(md5(secret + key.encode(), usedforsecurity=False).digest()[:4])

    def digested(self, typed: pl.DataFrame) -> Digested:
        return Digested.of(self.positions(typed), self.digests(typed))

    def _hash(self, texts: pl.Series) -> list[bytes]:
        secret = self.secret.encode()
        # Not for secrecy of its own: every server has MD5, and the text begins with a secret.
        return [md5(secret + t.encode(), usedforsecurity=False).digest() for t in texts]


@dataclass(frozen=True, slots=True, kw_only=True)
class ByReading:
    """A source whose rows are read: a file, or columns that only the contract understands."""

    reach: Reach
    digester: Digester

    def sums(self, ranges: Sequence[Range]) -> list[Sum]:
        totals = [Sum()] * len(ranges)
        for frame in self.reach.rows():
            typed = quality.typed(frame, self.digester.fields)
            sums = self.digester.digested(typed).sums(ranges)
            totals = [total + part for total, part in zip(totals, sums, strict=True)]
        return totals

    def listing(self, ranges: Sequence[Range]) -> Listing:
        found: Listing = defaultdict(Listed)
        count = 0
        for frame in self.reach.rows():
            typed = quality.typed(frame, self.digester.fields)
            inside = pl.Series(
                [any(p in span for span in ranges) for p in self.digester.positions(typed)],
                dtype=pl.Boolean,
            )
            count += int(inside.sum())
            if count > MOST_LISTED:
                raise TooDifferent
            add_rows(found, self.digester, typed.filter(inside), frame.filter(inside))
        return found


def add_rows(found: Listing, digester: Digester, typed: pl.DataFrame, came: pl.DataFrame) -> None:
    """List rows that were read, under the keys with which they came."""
    names = [f.name for f in key_of(digester.fields)]
    raw = quality.as_kept(came.select(names)).rows()
    for key, digest, written in zip(
        digester.keys(typed), digester.digests(typed), raw, strict=True
    ):
        listed = found[key]
        listed.digests[digest.hex()] += 1
        listed.keys.add(tuple("" if v is None else v for v in written))


# -- making them -------------------------------------------------------------------------------


def hall_side(
    conn: sa.Connection, dataset: Dataset, fields: tuple[Field, ...], *, secret: str, whole: bool
) -> Hall:
    """The hall table; `whole` says that positions are the key itself."""
    quoted = {f.name: POSTGRES.quote(f.name) for f in fields}
    return Hall(
        conn=conn,
        questions=Questions(
            dialect=POSTGRES,
            table=POSTGRES.table(SCHEMA, dataset.table),
            fields=fields,
            columns={f.name: f.name for f in fields},
            texts={f.name: canonical.hall(f, quoted[f.name]) for f in fields},
            raw={f.name: _hall_raw(f, quoted[f.name]) for f in key_of(fields)},
            secret=secret,
            by_key=whole,
            where="not _deleted",
        ),
    )


def _hall_raw(field: Field, column: str) -> str:
    """A key of the hall as sources and the contract read it: an instant on Beijing's clock."""
    if field.type is FieldType.DATETIME:
        return f"to_char({column} at time zone 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS.US')"
    return f"{column}::text"


_SPELLING: Final = {
    SourceKind.POSTGRESQL: (POSTGRES, canonical.postgres),
    SourceKind.MYSQL: (MYSQL, canonical.mysql),
}


def source_side(reach: Reach, *, secret: str) -> InSource | ByReading:
    """The source as it is cheapest to compare: summed up by itself if it can, else read."""
    fields, kinds = reach.item.fields, reach.kinds()
    whole = by_key(fields, kinds)
    reading = ByReading(reach=reach, digester=Digester(fields=fields, secret=secret, by_key=whole))
    if reach.asked is None or reach.kind not in _SPELLING or not reach.asked.sees_text_as_unicode():
        return reading
    dialect, spell = _SPELLING[reach.kind]
    texts: dict[str, str] = {}
    for f in fields:
        text = spell(kinds[f.name], f, dialect.quote(f.source_column))
        if text is None:
            return reading
        texts[f.name] = text
    schema = reach.reading.schema if dialect is asking.POSTGRES else ""
    return InSource(
        reach=reach,
        questions=Questions(
            dialect=dialect,
            table=dialect.table(schema, reach.reading.table),
            fields=fields,
            columns={f.name: f.source_column for f in fields},
            texts=texts,
            raw={f.name: dialect.text(dialect.quote(f.source_column)) for f in key_of(fields)},
            secret=secret,
            by_key=whole,
        ),
    )
