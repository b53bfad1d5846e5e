from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from datahall.kit.db import metadata

AT = DateTime(timezone=True)

schedules = Table(
    "reconciliation_schedules",
    metadata,
    Column("task", Uuid, primary_key=True, comment="归集任务"),
    Column("interval_s", Integer, nullable=False, comment="每隔多少秒对账"),
    Column("automatic", Boolean, nullable=False, comment="发现差异后自动补正"),
    Column("due_at", AT, nullable=False, comment="下次对账"),
    Index(None, "due_at"),
    comment="对账安排：哪个任务多久对一次",
)

runs = Table(
    "reconciliation_runs",
    metadata,
    Column("id", Uuid, primary_key=True, comment="对账编号"),
    Column("task", Uuid, nullable=False, comment="归集任务"),
    Column("item", Uuid, nullable=False, comment="目录项"),
    Column("org", Uuid, nullable=False, comment="数源部门"),
    Column("state", Text, nullable=False, comment="waiting, running, done, failed, interrupted"),
    Column("asker", Text, nullable=False, comment="schedule 定时，person 人工发起"),
    Column("asked_by", Text, nullable=False, comment="发起人"),
    Column("asked_at", AT, nullable=False, comment="发起时间"),
    Column("started_at", AT, comment="开始时间"),
    Column("finished_at", AT, comment="结束时间"),
    Column("method", Text, comment="in_source 源端汇总，by_reading 逐行读取"),
    Column("ordering", Text, comment="key 主键值，digest 主键摘要"),
    Column("position", Text, nullable=False, comment="开始比对时源端的位置"),
    Column("ranges", Integer, nullable=False, comment="区间数"),
    Column("differing", Integer, nullable=False, comment="最初汇总不一致的区间数"),
    Column("source", BigInteger, nullable=False, comment="源端行数"),
    Column("hall", BigInteger, nullable=False, comment="大厅行数"),
    Column("waiting", BigInteger, nullable=False, comment="隔离待处理行数"),
    Column("settled", BigInteger, nullable=False, comment="因经办人处理而相差的行数"),
    Column("found", BigInteger, nullable=False, comment="确认的差异行数"),
    Column("repaired", BigInteger, nullable=False, comment="已补正行数"),
    Column("remaining", BigInteger, nullable=False, comment="待处理行数"),
    Column("moving", BigInteger, nullable=False, comment="始终在变、暂不能判定的行数"),
    Column("load", Uuid, comment="补正的归集批次"),
    Column("certificate", Uuid, comment="对账证书"),
    Column("error_layer", Text, comment="未成功在哪一层"),
    Column("error_code", Text, comment="原因，见 messages.toml"),
    Column("error_detail", JSONB, nullable=False, comment="填入原因的内容"),
    Index(None, "task", "asked_at"),
    Index(
        "ix_reconciliation_runs_open",
        "task",
        unique=True,
        postgresql_where=text("state in ('waiting', 'running')"),
    ),
    comment="对账：一次源端与大厅的比对",
)

differences = Table(
    "reconciliation_differences",
    metadata,
    Column("id", Uuid, primary_key=True, comment="差异编号"),
    Column("run", ForeignKey("reconciliation_runs.id"), nullable=False, comment="对账"),
    Column("kind", Text, nullable=False, comment="missing, surplus, different, stale"),
    Column("fate", Text, nullable=False, comment="repaired, quarantined, left"),
    Column("key", Text, nullable=False, comment="主键，已脱敏"),
    Column("values", JSONB, nullable=False, comment="不一致的列，两端的值已脱敏"),
    Column("sealed", LargeBinary, nullable=False, comment="加密的主键，供再次比对"),
    Index(None, "run", "kind"),
    comment="差异行：对账发现的每一行差异",
)

certificates = Table(
    "reconciliation_certificates",
    metadata,
    Column("id", Uuid, primary_key=True, comment="证书编号"),
    Column("run", ForeignKey("reconciliation_runs.id"), nullable=False, comment="对账"),
    Column("statement", Text, nullable=False, comment="证书内容，规范 JSON"),
    Column("signature", Text, nullable=False, comment="大厅的签名"),
    Column("issued_at", AT, nullable=False, comment="签发时间"),
    Index(None, "run"),
    comment="对账证书：签名的内容；入账回执由存证台账出具",
)
