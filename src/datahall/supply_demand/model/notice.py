"""Something that a department should know (知会)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from datahall.kit.ids import OrgId


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice to a department: answers, extensions, stopped grants (通知)."""

    id: UUID
    org: OrgId  # who is told
    sender: OrgId
    at: datetime  # UTC
    title: str
    text: str
    url: str
