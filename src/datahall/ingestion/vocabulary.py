"""The words of ingestion: kinds, layers, states."""

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


class Mode(Labelled):
    """How a task brings rows (采集方式)."""

    FULL = "full", "全量比对"
    INCREMENTAL = "incremental", "按水位增量"


class TaskStatus(Labelled):
    """Whether a task runs by itself."""

    ACTIVE = "active", "运行中"
    PAUSED = "paused", "已暂停"
    STOPPED = "stopped", "待处理"  # a failure that trying again cannot help
    ENDED = "ended", "已结束"  # the item was withdrawn


class LoadState(Labelled):
    """What became of one load."""

    RUNNING = "running", "正在归集"
    DONE = "done", "已完成"
    FAILED = "failed", "未成功"
    INTERRUPTED = "interrupted", "已中断"
