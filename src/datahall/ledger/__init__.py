"""Ledger (存证台账): an append-only Merkle log of every act and call, proved by receipts."""

from datahall.ledger.audit import LogVerdict, verify_log
from datahall.ledger.certificates import (
    Certificate,
    digest_of,
    root_of,
    signature_of,
    verify_certificate,
)
from datahall.ledger.checkpoint import Checkpoint, is_extended
from datahall.ledger.errors import (
    LeafNotFound,
    LogBroken,
    NotSequenced,
    RecordErased,
)
from datahall.ledger.http import NameActors, receipt_response
from datahall.ledger.model import (
    Act,
    ActRefused,
    ContentErased,
    Leaf,
    SaltedLeaf,
    call_leaf,
)
from datahall.ledger.note import NoteRefused, VerifierKey, cosign, witnessed_at
from datahall.ledger.receipts import Check, Receipt, State, Verdict, verify_receipt
from datahall.ledger.repository import INSERT_CALLS
from datahall.ledger.service import (
    acts_of,
    append,
    consistency,
    erase,
    latest_checkpoint,
    origin,
    published_key,
    receipt,
    record_acts,
    record_refusal,
    sequence,
)

__all__ = [
    "INSERT_CALLS",
    "Act",
    "ActRefused",
    "Certificate",
    "Check",
    "Checkpoint",
    "ContentErased",
    "Leaf",
    "LeafNotFound",
    "LogBroken",
    "LogVerdict",
    "NameActors",
    "NotSequenced",
    "NoteRefused",
    "Receipt",
    "RecordErased",
    "SaltedLeaf",
    "State",
    "Verdict",
    "VerifierKey",
    "acts_of",
    "append",
    "call_leaf",
    "consistency",
    "cosign",
    "digest_of",
    "erase",
    "is_extended",
    "latest_checkpoint",
    "origin",
    "published_key",
    "receipt",
    "receipt_response",
    "record_acts",
    "record_refusal",
    "root_of",
    "sequence",
    "signature_of",
    "verify_certificate",
    "verify_log",
    "verify_receipt",
    "witnessed_at",
]
