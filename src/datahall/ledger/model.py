"""What the ledger keeps: leaves, acts, checkpoints.  No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

import orjson

from datahall.kit.crypto import Suite
from datahall.kit.events import Event
from datahall.kit.ids import new_id
from datahall.kit.randomness import random_16
from datahall.ledger.merkle import leaf_hash

SALT_BYTES = 16  # 128 bits: an erased record cannot be found again by guessing
_RESERVED = frozenset(f.name for f in fields(Event))  # stand beside the body of a record


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One thing to keep evidence of (存证记录)."""

    kind: str  # tag of the act, as in `catalogue:item:publish`
    subject: str  # what it is about, as `kind:id`
    at: datetime
    by: str  # a person's id, `app:<id>` or `system`
    body: Mapping[str, Any] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """What is written down, but for the id that `call_leaf` adds."""
        return {
            "kind": self.kind,
            "subject": self.subject,
            "at": self.at,
            "by": self.by,
            "body": self.body,
        }


class SaltedLeaf(NamedTuple):
    """A leaf ready to be stored: plain fields, since gateways make thousands a second."""

    leaf: UUID
    salt: bytes
    leaf_hash: bytes
    record: str  # canonical JSON


_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z | orjson.OPT_PASSTHROUGH_DATACLASS


def _plain(value: object) -> object:
    """What canonical JSON says for values that JSON does not know."""
    match value:
        case Decimal():
            return str(value)
        case bytes():
            return value.hex()
        case set() | frozenset():
            return sorted(value)
        case Mapping():
            return dict(value)
        case _ if is_dataclass(value):  # by orjson itself its fields would not be sorted
            return {f.name: getattr(value, f.name) for f in fields(value)}
    raise TypeError(f"{type(value).__name__} has no canonical form")


def canonical(record: Mapping[str, Any]) -> bytes:
    """The one JSON text of a record: keys sorted, no spaces, UTC instants with Z."""
    return orjson.dumps(record, _plain, _CANONICAL)


def entry_hash(suite: Suite, salt: bytes, record: bytes) -> bytes:
    """The hash of a leaf: RFC 6962's, over salt and canonical record."""
    return leaf_hash(suite, salt + record)


def call_leaf(record: dict[str, Any], *, suite: Suite = Suite.INTL) -> SaltedLeaf:
    """Salt and hash a record; pure, some ten microseconds.

    `record` has `kind`, `subject`, `at`, `by`, `body`, as `Leaf`.  The leaf's id is added
    to it, so that a stored record cannot be passed off as another's.
    """
    id = new_id()
    text = canonical({**record, "id": id})
    salt = random_16()
    return SaltedLeaf(id, salt, entry_hash(suite, salt, text), text.decode())


def is_call(kind: str) -> bool:
    """Whether records of this kind are gateway calls: evidence too, but no acts.

    They are thousands a second, so their rows leave `subject` empty and stay out of the indexes
    by which acts are found.
    """
    return kind.startswith("gateway:call:")


def leaf_of(event: Event) -> Leaf:
    """The leaf of an act: its own fields become the body."""
    body = {f.name: getattr(event, f.name) for f in fields(event) if f.name not in _RESERVED}
    return Leaf(kind=event.tag, subject=event.subject, at=event.at, by=event.by, body=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An act as it was recorded (行为记录)."""

    leaf: UUID
    index: int | None  # place in the log; None until sequenced, a second at most
    kind: str
    subject: str
    at: datetime
    by: str
    body: Mapping[str, Any] | None  # None when erased by law


@dataclass(frozen=True, slots=True, kw_only=True)
class ActRefused(Event):
    """Somebody tried what they may not do, or what the platform refuses (操作被拒绝)."""

    tag: ClassVar[str] = "ledger:act:refuse"
    act: str  # what was tried: `POST /catalogue/items`
    on: str  # the thing, as `kind:id`; empty when there is none
    code: str  # of the refusal

    @property
    def subject(self) -> str:
        return self.on


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentErased(Event):
    """The content of a record was erased by law; its hash stays in the log (依法删除存证内容)."""

    tag: ClassVar[str] = "ledger:record:erase"
    leaf: UUID
    kind: str  # of the record that was erased
    happened_at: datetime  # when that happened
    basis: str  # the clause or order that demands the erasure

    @property
    def subject(self) -> str:
        return f"leaf:{self.leaf}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActQuery:
    """Which acts to show; what is None or empty is not asked about."""

    subject: str = ""
    by: str = ""
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None
    before: UUID | None = None  # the last leaf of the page before
    most: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCheckpoint:
    """A checkpoint as it was signed and stored."""

    size: int
    root: bytes
    suite: str  # `Suite` as stored; what is signed decides
    note: str
    at: datetime
