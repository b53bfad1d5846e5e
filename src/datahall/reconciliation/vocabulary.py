"""The words of reconciliation."""

from datahall.kit.labels import Labelled


class RunState(Labelled):
    """What became of one run (对账状态)."""

    WAITING = "waiting", "等待开始"
    RUNNING = "running", "正在对账"
    DONE = "done", "已完成"
    FAILED = "failed", "未成功"
    INTERRUPTED = "interrupted", "已中断"

    @property
    def is_open(self) -> bool:
        return self in {RunState.WAITING, RunState.RUNNING}


class Method(Labelled):
    """Where the sums of the source are made (汇总方式)."""

    IN_SOURCE = "in_source", "源端数据库汇总"  # rows do not travel
    BY_READING = "by_reading", "逐行读取汇总"


class Ordering(Labelled):
    """By what rows are put into ranges (分段依据)."""

    KEY = "key", "主键值"
    DIGEST = "digest", "主键摘要"  # a key that has no order both sides agree on


class Kind(Labelled):
    """How source and hall differ about one row (差异类型)."""

    MISSING = "missing", "大厅缺少"
    SURPLUS = "surplus", "大厅多出"  # gone at the source
    DIFFERENT = "different", "内容不一致"
    STALE = "stale", "隔离区多出"  # a row waits in quarantine that the source no longer has


class Fate(Labelled):
    """What became of a difference (处理情况)."""

    REPAIRED = "repaired", "已补正"
    QUARANTINED = "quarantined", "已转隔离"  # the row of the source broke a strong rule
    LEFT = "left", "待处理"


class Asker(Labelled):
    """Why a run was made (发起方式)."""

    SCHEDULE = "schedule", "定时"
    PERSON = "person", "人工发起"
