"""What a rule looks at, what happens to a row that fails it, and a row that waits.  No I/O."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from datahall.kit.ids import DatasetId, ItemId, LoadId, OrgId, QuarantineId
from datahall.kit.labels import Labelled


class Dimension(Labelled):
    """The side of quality that a rule looks at (GB/T 36344 质量维度)."""

    NORMATIVE = "normative", "规范性"
    COMPLETE = "complete", "完整性"
    ACCURATE = "accurate", "准确性"
    CONSISTENT = "consistent", "一致性"
    TIMELY = "timely", "时效性"
    ACCESSIBLE = "accessible", "可访问性"


class Level(Labelled):
    """What happens to a row that fails (规则级别)."""

    STRONG = "strong", "强"  # the row waits in quarantine
    WEAK = "weak", "弱"  # the row lands and the failure is counted


class RowStatus(Labelled):
    """What became of a quarantined row (隔离行状态)."""

    WAITING = "waiting", "待处理"
    CORRECTED = "corrected", "源端已改正"  # a good row with the same key landed
    REPAIRED = "repaired", "已更正入库"  # a clerk corrected it here
    RELEASED = "released", "已放行"  # a clerk let it land as it is, with a reason
    DISCARDED = "discarded", "已作废"  # a clerk decided that it shall never land
    GONE = "gone", "源端已无此行"  # a whole load no longer brought it


SETTLED_BY_CLERK: Final = (RowStatus.REPAIRED, RowStatus.RELEASED, RowStatus.DISCARDED)
"""Stays settled when the source sends the very same row again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """One field of one row that fails one strong rule (不通过)."""

    field: str
    rule: str
    value: str | None  # masked, never clear
    message: str  # the reason, as people read it


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedRow:
    """A row that broke strong rules and waits (隔离行); its content is sealed."""

    id: QuarantineId
    dataset: DatasetId
    item: ItemId
    provider: OrgId
    load: LoadId  # the last one that brought it
    faults: tuple[RowFault, ...]
    sealed: bytes
    status: RowStatus
    times: int  # loads that brought it
    first_seen_at: datetime  # UTC
    last_seen_at: datetime  # UTC
    settled_at: datetime | None = None  # UTC
    settled_by: str | None = None  # who, as acts name people
    note: str | None = None  # why it was released or discarded
