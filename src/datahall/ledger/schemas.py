"""Shapes of the ledger's JSON API."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from datahall.ledger.receipts import State


class CheckRead(BaseModel):
    """One check of a receipt."""

    model_config = ConfigDict(from_attributes=True)
    name: str
    state: State
    title: str
    sentence: str


class VerdictRead(BaseModel):
    """What became of every check."""

    model_config = ConfigDict(from_attributes=True)
    ok: bool
    checks: tuple[CheckRead, ...]


class ActRead(BaseModel):
    """An act as it was recorded."""

    model_config = ConfigDict(from_attributes=True)
    leaf: UUID
    index: int | None
    kind: str
    subject: str
    at: datetime
    by: str
    body: Mapping[str, Any] | None


class ConsistencyRead(BaseModel):
    """Proof that the log of `new` leaves begins with that of `old`, in hex."""

    old: int
    new: int
    path: list[str]
