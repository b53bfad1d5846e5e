"""Certificates (证书): statements of the hall, signed by the ledger's key and entered in its log.

The file holds the statement, the signature over it and the receipt of its entry.  A statement may
be made of parts; then it states the root of a tree over them and totals, which are checked too.
See docs/protocol/certificates.md.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, Self

import msgspec
import orjson

from datahall.kit.crypto import Signer, Suite, hash_
from datahall.ledger import merkle, note
from datahall.ledger.model import canonical
from datahall.ledger.note import NoteRefused, VerifierKey
from datahall.ledger.receipts import (
    NotAReceipt,
    Receipt,
    State,
    Verdict,
    check,
    each_once,
    verify_receipt,
)

FORMAT: Final = "datahall-certificate/1"
MOST_BYTES: Final = 1 << 20
SUBJECT: Final = "certificate"


class _File(msgspec.Struct, forbid_unknown_fields=True):
    format: Literal["datahall-certificate/1"]
    certificate: dict[str, Any]
    signature: str
    receipt: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A signed statement with the proof of its entry."""

    statement: Mapping[str, Any]
    signature: str  # as in a signed note
    receipt: Receipt

    def to_json(self) -> bytes:
        """The certificate file."""
        file = {
            "format": FORMAT,
            "certificate": orjson.loads(canonical(self.statement)),
            "signature": self.signature,
            "receipt": orjson.loads(self.receipt.to_json()),
        }
        return orjson.dumps(file)

    @classmethod
    def from_json(cls, file: bytes) -> Self:
        """The certificate in a file, however a tool has laid it out since.

        Raises:
            NotAReceipt
        """
        if len(file) > MOST_BYTES:
            raise NotAReceipt("too large")
        try:
            read = msgspec.convert(
                json.loads(file.decode("utf-8-sig"), object_pairs_hook=each_once), _File
            )
            return cls(
                statement=orjson.loads(canonical(read.certificate)),
                signature=read.signature,
                receipt=Receipt.from_json(orjson.dumps(read.receipt)),
            )
        except (msgspec.MsgspecError, ValueError, TypeError, RecursionError) as wrong:
            raise NotAReceipt(str(wrong)) from wrong

    @property
    def number(self) -> str:
        return str(self.statement.get("id", ""))


def text_of(statement: Mapping[str, Any]) -> str:
    """What is signed: the format and the canonical form of the statement."""
    return f"{FORMAT}\n{canonical(statement).decode()}\n"


def signature_of(statement: Mapping[str, Any], origin: str, signer: Signer) -> str:
    """The hall's signature over a statement."""
    return note.sign(text_of(statement), origin, signer).removeprefix(f"{text_of(statement)}\n")


def digest_of(statement: Mapping[str, Any], suite: Suite) -> str:
    """By which the record in the log names the statement."""
    return hash_(suite, text_of(statement).encode()).hex()


def root_of(parts: Sequence[Mapping[str, Any]], suite: Suite) -> str:
    """The root of the tree over the parts of a statement."""
    hashes = [merkle.leaf_hash(suite, canonical(part)) for part in parts]
    return merkle.root(suite, hashes).hex()


def is_certificate(file: bytes) -> bool:
    """Whether a file says that it is a certificate and not a receipt."""
    return FORMAT.encode() in file[:4096]


def verify_certificate(file: bytes | str, key: VerifierKey | str) -> Verdict:
    """Check a certificate with nothing but the log's published key.

    Raises:
        NoteRefused: `key` is no key.
    """
    file = file.encode() if isinstance(file, str) else file
    key = VerifierKey.parse(key) if isinstance(key, str) else key
    try:
        read = Certificate.from_json(file)
    except NotAReceipt:
        names = ("seal", "parts", "signature", "inclusion")
        return Verdict(
            checks=(
                check("file", State.FAILED, "no_certificate"),
                *(check(name, State.SKIPPED) for name in names),
            )
        )
    entered = verify_receipt(read.receipt.to_json(), key)
    return replace(
        entered,
        checks=(
            check("file", State.PASSED, "certificate"),
            check("seal", _state(_sealed(read, key))),
            check("parts", _state(_adds_up(read.statement, key.suite))),
            *entered.checks[1:],
        ),
        statement=read.statement,
    )


def _state(held: bool) -> State:
    return State.PASSED if held else State.FAILED


def _sealed(read: Certificate, key: VerifierKey) -> bool:
    """Whether the key signed this very statement, and the record in the log names it."""
    text = text_of(read.statement)
    try:
        note.open_note(f"{text}\n{read.signature}", key)
    except NoteRefused:
        return False
    record = read.receipt.record
    body = record.get("body")
    return (
        record.get("subject") == f"{SUBJECT}:{read.number}"
        and isinstance(body, Mapping)
        and body.get("digest") == digest_of(read.statement, key.suite)
    )


def _adds_up(statement: Mapping[str, Any], suite: Suite) -> bool:
    """Whether root and totals are those of the parts."""
    parts, totals = statement.get("parts", []), statement.get("totals", {})
    if not isinstance(parts, list) or not isinstance(totals, Mapping):
        return False
    try:
        return statement.get("root") == root_of(parts, suite) and all(
            total == sum(part[name] for part in parts) for name, total in totals.items()
        )
    except (KeyError, TypeError):
        return False
