import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from datahall.kit.db import metadata

AT = sa.DateTime(timezone=True)

scans = sa.Table(
    "drift_scans",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="id"),
    sa.Column("source", sa.Uuid, nullable=False, comment="source that was scanned 数据源"),
    sa.Column("org", sa.Uuid, nullable=False, comment="department that owns it 部门"),
    sa.Column("at", AT, nullable=False, comment="扫描时间"),
    sa.Column("by", sa.Text, nullable=False, comment="who scanned; system: by its schedule"),
    sa.Column("is_first", sa.Boolean, nullable=False, comment="there was nothing to compare with"),
    sa.Column("tables", sa.Integer, nullable=False, comment="tables found 表数"),
    sa.Column("columns", sa.Integer, nullable=False, comment="columns found 列数"),
    sa.Column("changes", JSONB, nullable=False, comment="what changed since the scan before 变更"),
    sa.Column("error_code", sa.Text, comment="sentence in messages.toml, if it did not succeed"),
    sa.Column("error_detail", JSONB, nullable=False, comment="what fills the sentence"),
    sa.Index("ix_drift_scans_source", "source", "at"),
    comment="Every scan of a source's metadata 扫描记录",
)

tickets = sa.Table(
    "drift_tickets",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="id"),
    sa.Column("code", sa.Text, nullable=False, unique=True, comment="工单编号 BG20261016-0001"),
    sa.Column("source", sa.Uuid, nullable=False, comment="数据源"),
    sa.Column("table", sa.Uuid, nullable=False, comment="the table that changed 数据表"),
    sa.Column("org", sa.Uuid, nullable=False, comment="the provider 数源部门"),
    sa.Column("item", sa.Uuid, nullable=False, comment="the entry mounted on it 目录项"),
    sa.Column("item_title", sa.Text, nullable=False, comment="目录项名称"),
    sa.Column(
        "item_version", sa.Integer, nullable=False, comment="version in force at the opening"
    ),
    sa.Column("baseline", JSONB, nullable=False, comment="the table when the entry last fitted"),
    sa.Column("changes", JSONB, nullable=False, comment="from then to the last scan 变更"),
    sa.Column("status", sa.Text, nullable=False, comment="工单状态"),
    sa.Column("limit_days", sa.Integer, nullable=False, comment="working days, T1 of the law 时限"),
    sa.Column("extension", JSONB(none_as_null=True), comment="days, reason and decision 延期"),
    sa.Column("opened_at", AT, nullable=False, comment="the scan that found it 开单时间"),
    sa.Column("explanation", sa.Text, nullable=False, comment="why the entry need not change 说明"),
    sa.Column("closed_at", AT, comment="办结时间"),
    sa.Column("outcome", sa.Text, comment="办结方式"),
    sa.Column("steps", JSONB, nullable=False, comment="history for the parties 经过"),
    sa.Index("ix_drift_tickets_org", "org", "status"),
    sa.Index("ix_drift_tickets_table", "table"),
    sa.Index(
        "uq_drift_tickets_open",
        "table",
        unique=True,
        postgresql_where=sa.text("status <> 'closed'"),
    ),
    comment="Catalogued tables that changed at their source 变更工单",
)
