"""Reads the messages of PostgreSQL's own output plugin `pgoutput`, protocol 1, text values.

The format is in the manual, "Logical Replication Message Formats".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Final

from datahall.ingestion.cdc.model import UNCHANGED, Values

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_BEGIN: Final = Struct("!QqI")
_COMMIT: Final = Struct("!BQQq")
_OID: Final = Struct("!I")
_SHORT: Final = Struct("!H")
_COLUMN: Final = Struct("!Ii")
_NULL, _SAME, _TEXT, _BINARY = b"nutb"
FULL_IDENTITY: Final = "f"


@dataclass(frozen=True, slots=True)
class Begin:
    """A transaction; `final` is where its commit begins."""

    final: int


@dataclass(frozen=True, slots=True)
class Commit:
    """Its end; `end` is where the log goes on."""

    end: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Relation:
    """A table as the following changes write it."""

    oid: int
    schema: str
    name: str
    identity: str  # d, n, f or i, as pg_class.relreplident
    columns: tuple[tuple[str, int, bool], ...]  # name, type, in the identity


@dataclass(frozen=True, slots=True)
class Row:
    """An insert, update or delete of one row."""

    oid: int
    before: Values | None
    after: Values | None


@dataclass(frozen=True, slots=True)
class Truncate:
    """Tables emptied at once."""

    oids: tuple[int, ...]


Message = Begin | Commit | Relation | Row | Truncate


class Malformed(ValueError):
    """Not a message of this protocol."""


def decode(payload: bytes) -> Message | None:
    """One message; None for kinds that carry nothing for us (origin, type, logical message).

    Raises:
        Malformed
    """
    match payload[:1]:
        case b"I":
            return Row(_oid(payload, 1), None, _tuple(payload, 6)[0])
        case b"U":
            oid, kind = _oid(payload, 1), payload[5:6]
            if kind == b"N":
                return Row(oid, None, _tuple(payload, 6)[0])
            before, at = _tuple(payload, 6)
            return Row(oid, before, _tuple(payload, at + 1)[0])
        case b"D":
            return Row(_oid(payload, 1), _tuple(payload, 6)[0], None)
        case b"B":
            final, _, _ = _BEGIN.unpack_from(payload, 1)
            return Begin(final)
        case b"C":
            _, _, end, micros = _COMMIT.unpack_from(payload, 1)
            return Commit(end, _EPOCH + timedelta(microseconds=micros))
        case b"R":
            return _relation(payload)
        case b"T":
            count = _oid(payload, 1)
            return Truncate(tuple(_oid(payload, 6 + 4 * n) for n in range(count)))
        case b"O" | b"Y" | b"M":
            return None
        case kind:
            raise Malformed(kind)


def _oid(payload: bytes, at: int) -> int:
    oid: int = _OID.unpack_from(payload, at)[0]
    return oid


def _tuple(payload: bytes, at: int) -> tuple[Values, int]:
    (count,) = _SHORT.unpack_from(payload, at)
    at += 2
    values: list[object] = []
    for _ in range(count):
        kind = payload[at]
        at += 1
        if kind == _TEXT:
            end = at + 4 + _oid(payload, at)
            values.append(payload[at + 4 : end].decode())
            at = end
        elif kind == _NULL:
            values.append(None)
        elif kind == _SAME:
            values.append(UNCHANGED)
        else:
            raise Malformed(kind)
    return tuple(values), at


def _relation(payload: bytes) -> Relation:
    oid = _oid(payload, 1)
    schema, at = _word(payload, 5)
    name, at = _word(payload, at)
    identity = chr(payload[at])
    return Relation(oid, schema or "pg_catalog", name, identity, tuple(_columns(payload, at + 1)))


def _columns(payload: bytes, at: int) -> Iterator[tuple[str, int, bool]]:
    (count,) = _SHORT.unpack_from(payload, at)
    at += 2
    for _ in range(count):
        is_key = bool(payload[at] & 1)
        name, at = _word(payload, at + 1)
        type_, _modifier = _COLUMN.unpack_from(payload, at)
        at += _COLUMN.size
        yield name, type_, is_key


def _word(payload: bytes, at: int) -> tuple[str, int]:
    end = payload.index(b"\0", at)
    return payload[at:end].decode(), end + 1
