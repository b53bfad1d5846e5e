"""Receipts (存证回执): what they hold and how anybody checks one, offline.  No I/O.

A receipt is a JSON file: the record and its salt, its place, the path of hashes to the root, and
the checkpoint with that root.  It is written without a spare byte, and every value has one way of
writing, so that no byte can be changed unnoticed; laid out otherwise by a tool it stays good.
See docs/protocol/receipts.md.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal, Self

import msgspec
import orjson

from datahall.kit.messages import sentence
from datahall.ledger import merkle
from datahall.ledger.checkpoint import Checkpoint
from datahall.ledger.model import canonical, entry_hash
from datahall.ledger.note import NoteRefused, VerifierKey, split

FORMAT: Final = "datahall-receipt/1"
MAX_BYTES: Final = 65_536  # a receipt has 2 to 4 KB


class NotAReceipt(ValueError):
    """The file is no receipt."""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    format: Literal["datahall-receipt/1"]
    record: dict[str, Any]
    salt: str
    index: int
    path: list[str]
    checkpoint: str


def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are told once: of two values readers would see different ones."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise NotAReceipt("a name twice")
    return made


def _hex(text: str) -> bytes:
    """Bytes from their one way of writing: lower case, nothing between."""
    plain = bytes.fromhex(text)
    if plain.hex() != text:
        raise NotAReceipt("not canonical hex")
    return plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Proof that one record stands in the signed log (存证回执)."""

    record: Mapping[str, Any]
    salt: bytes
    index: int
    path: tuple[bytes, ...]
    checkpoint: str  # signed note

    def to_json(self) -> bytes:
        """The receipt file."""
        file = {
            "format": FORMAT,
            "record": orjson.loads(canonical(self.record)),
            "salt": self.salt.hex(),
            "index": self.index,
            "path": [step.hex() for step in self.path],
            "checkpoint": self.checkpoint,
        }
        return orjson.dumps(file)

    @classmethod
    def from_json(cls, file: bytes) -> Self:
        """The receipt in a file, however a tool has laid it out since.

        Raises:
            NotAReceipt
        """
        if len(file) > MAX_BYTES:
            raise NotAReceipt("too large")
        try:
            plain = json.loads(file.decode("utf-8-sig"), object_pairs_hook=each_once)
            read = msgspec.convert(plain, _File)
            return cls(
                record=orjson.loads(canonical(read.record)),
                salt=_hex(read.salt),
                index=read.index,
                path=tuple(_hex(step) for step in read.path),
                checkpoint=read.checkpoint,
            )
        except (msgspec.MsgspecError, ValueError, TypeError, RecursionError) as wrong:
            raise NotAReceipt(str(wrong)) from wrong

    @property
    def number(self) -> str:
        """The id of the leaf, by which a receipt is asked for (存证号)."""
        return str(self.record.get("id", ""))

    @property
    def filename(self) -> str:
        return f"receipt-{self.number}.json"


class State(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"  # an earlier failure leaves nothing to look at


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question asked of a receipt, with the answer in words (核验项)."""

    name: str  # file, signature, inclusion, current
    state: State
    title: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of every check (核验结论)."""

    checks: tuple[Check, ...]
    receipt: Receipt | None = None
    checkpoint: Checkpoint | None = None  # as signed; None when the signature is not good
    statement: Mapping[str, Any] | None = None  # of a certificate

    @property
    def ok(self) -> bool:
        return all(check.state is State.PASSED for check in self.checks)


def check(name: str, state: State, reason: str = "", **detail: object) -> Check:
    """A check with its words, which stand in `messages.toml`."""
    return Check(
        name=name,
        state=state,
        title=sentence(f"ledger.check.{name}.title"),
        sentence=sentence(f"ledger.check.{name}.{reason or state}", detail),
    )


def verify_receipt(file: bytes | str, key: VerifierKey | str) -> Verdict:
    """Check a receipt with nothing but the log's published key.

    Args:
        file: the receipt file.
        key: the line that the log publishes at /receipts/key.

    Raises:
        NoteRefused: `key` is no key.
    """
    file = file.encode() if isinstance(file, str) else file
    key = VerifierKey.parse(key) if isinstance(key, str) else key
    try:
        receipt = Receipt.from_json(file)
    except NotAReceipt:
        return Verdict(
            checks=(
                check("file", State.FAILED),
                check("signature", State.SKIPPED),
                check("inclusion", State.SKIPPED),
            )
        )
    signature, signed = _signature(receipt, key)
    return Verdict(
        checks=(check("file", State.PASSED), signature, _inclusion(receipt, signed, key)),
        receipt=receipt,
        checkpoint=signed,
    )


def _signature(receipt: Receipt, key: VerifierKey) -> tuple[Check, Checkpoint | None]:
    """Whether the checkpoint is signed by the key, and by nobody else who is not checked here."""
    try:
        text, signatures = split(receipt.checkpoint)
        origin = Checkpoint.parse(text).origin
    except NoteRefused:
        return check("signature", State.FAILED, "unreadable"), None
    if (key.name, key.id) not in {(name, id) for name, id, _ in signatures}:
        return check("signature", State.FAILED, "stranger", origin=origin, key=key.name), None
    try:
        signed = Checkpoint.open(receipt.checkpoint, key)
    except NoteRefused:
        return check("signature", State.FAILED, origin=origin), None
    return check("signature", State.PASSED, origin=origin, id=key.id.hex()), signed


def _inclusion(receipt: Receipt, signed: Checkpoint | None, key: VerifierKey) -> Check:
    """Whether the path leads from the record to the signed root."""
    if signed is None:
        return check("inclusion", State.SKIPPED)
    leaf = entry_hash(key.suite, receipt.salt, canonical(receipt.record))
    found = merkle.includes(key.suite, leaf, receipt.index, signed.size, receipt.path, signed.root)
    return check(
        "inclusion",
        State.PASSED if found else State.FAILED,
        place=f"{receipt.index + 1:,}",
        size=f"{signed.size:,}",
    )
