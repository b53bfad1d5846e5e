"""What a rule looks at and what happens to a row that fails it.  No I/O."""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """One field of one row that fails one strong rule (不通过)."""

    field: str
    rule: str
    value: str | None  # masked, never clear
    message: str  # the reason, as people read it
