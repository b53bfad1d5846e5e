"""What a probe of a mounted resource found.  No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one probe found (探测结果); `code` has a sentence in messages.toml."""

    ok: bool
    code: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    took_ms: int | None = None
    as_of: datetime | None = None  # UTC; when it was so, if that was before the probe
