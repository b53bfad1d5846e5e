"""One look at a source's metadata, kept (扫描记录).  No I/O."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from datahall.drift.model.changes import Change
from datahall.kit.ids import OrgId, SourceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What one scan found, and what had changed since the one before (扫描记录)."""

    id: UUID
    source: SourceId
    org: OrgId
    at: datetime  # UTC
    by: str  # a person's id, or `system`
    is_first: bool = False  # nothing to compare with
    tables: int = 0
    columns: int = 0
    changes: tuple[Change, ...] = ()
    error_code: str | None = None  # sentence in messages.toml, when it did not succeed
    error_detail: dict[str, Any] = field(default_factory=dict)
