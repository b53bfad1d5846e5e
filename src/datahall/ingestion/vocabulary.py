"""The words of ingestion: kinds, layers, states."""

from collections.abc import Mapping, Sequence
from typing import Final

from datahall.kit.labels import Labelled


class Kind(Labelled):
    """What a source is (数据源类型)."""

    POSTGRESQL = "postgresql", "PostgreSQL"
    MYSQL = "mysql", "MySQL / MariaDB"
    XLSX = "xlsx", "Excel 文件（XLSX）"
    CSV = "csv", "CSV 文件"

    @property
    def is_file(self) -> bool:
        return self in {Kind.XLSX, Kind.CSV}

    @property
    def default_port(self) -> int | None:
        return {Kind.POSTGRESQL: 5432, Kind.MYSQL: 3306}.get(self)


class Zone(Labelled):
    """The network that a source stands in (网络区域)."""

    GOVERNMENT = "government", "政务外网"
    INTERNET = "internet", "互联网区"
    DEPARTMENT = "department", "部门专网"


class Layer(Labelled):
    """Where something failed; each layer is asked after the one before it (分层诊断)."""

    REACH = "reach", "网络连通"
    LOGIN = "login", "账号登录"
    PRIVILEGE = "privilege", "读取权限"
    READ = "read", "读取数据"
    CONTRACT = "contract", "结构约定"
    RULE = "rule", "质量规则"
    WRITE = "write", "写入大厅"


IN_FILES: Final[Mapping[Layer, str]] = {
    Layer.REACH: "文件到位",
    Layer.READ: "内容可读",
    Layer.CONTRACT: "表头列名",
}
"""What the layers are called where there is no network and no account."""


def layers_of(kind: Kind) -> Sequence[Layer]:
    """The layers that a source of this kind has; a file has no account."""
    without = {Layer.LOGIN, Layer.PRIVILEGE} if kind.is_file else set()
    return [layer for layer in Layer if layer not in without]


def layer_name(layer: Layer, kind: Kind) -> str:
    """The layer in the words of this kind of source."""
    return IN_FILES.get(layer, layer.label) if kind.is_file else layer.label


class Mode(Labelled):
    """How a task brings rows (采集方式)."""

    FULL = "full", "全量比对"
    INCREMENTAL = "incremental", "按水位增量"
    LOG = "log", "按日志实时"  # the database's own log of changes
    OUTBOX = "outbox", "触发器"  # triggers note each change in a table beside

    @property
    def streams(self) -> bool:
        """Whether changes come by themselves instead of being looked for."""
        return self in {Mode.LOG, Mode.OUTBOX}


class TaskStatus(Labelled):
    """Whether a task runs by itself."""

    ACTIVE = "active", "运行中"
    PAUSED = "paused", "已暂停"
    STOPPED = "stopped", "待处理"  # a failure that trying again cannot help
    HELD = "held", "待确认"  # the next load would delete so much that a person has to say yes
    ENDED = "ended", "已结束"  # the item was withdrawn


class LoadState(Labelled):
    """What became of one load."""

    RUNNING = "running", "正在归集"
    DONE = "done", "已完成"
    FAILED = "failed", "未成功"
    INTERRUPTED = "interrupted", "已中断"
    HELD = "held", "待确认"  # nothing landed; a person decides
    CONFIRMED = "confirmed", "已确认"  # the load after it carries it out
    REJECTED = "rejected", "已退回"
    SUPERSEDED = "superseded", "已重新读取"  # read again before anybody decided
