"""Ledger (存证台账): an append-only Merkle log of every act and call, proved by receipts."""

from datahall.ledger.model import Act, ActRefused, Leaf, SaltedLeaf, call_leaf
from datahall.ledger.repository import INSERT_CALLS
from datahall.ledger.service import append, record_acts, record_refusal

__all__ = [
    "INSERT_CALLS",
    "Act",
    "ActRefused",
    "Leaf",
    "SaltedLeaf",
    "append",
    "call_leaf",
    "record_acts",
    "record_refusal",
]
