import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from datahall.kit.db import metadata

AT = sa.DateTime(timezone=True)

quarantine = sa.Table(
    "quality_quarantine",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="隔离行编号"),
    sa.Column("dataset", sa.Uuid, nullable=False, comment="汇聚数据集"),
    sa.Column("item", sa.Uuid, nullable=False, comment="目录项"),
    sa.Column("provider", sa.Uuid, nullable=False, comment="数源部门"),
    sa.Column("load", sa.Uuid, nullable=False, comment="最近一次带来此行的归集批次"),
    sa.Column(
        "identity", sa.LargeBinary, nullable=False, comment="主键的密钥摘要；没有主键时为整行的"
    ),
    sa.Column("keyed", sa.Boolean, nullable=False, comment="identity 是否为主键的摘要"),
    sa.Column("content", sa.LargeBinary, nullable=False, comment="整行的密钥摘要"),
    sa.Column("sealed", sa.LargeBinary, nullable=False, comment="加密的原始行"),
    sa.Column("faults", JSONB, nullable=False, comment="[{field, rule, value 已脱敏, message}]"),
    sa.Column("reasons", ARRAY(sa.Text), nullable=False, comment="不通过项 field:rule，供筛选"),
    sa.Column("status", sa.Text, nullable=False, comment="状态"),
    sa.Column("times", sa.Integer, nullable=False, comment="被多少个批次带来"),
    sa.Column("first_seen_at", AT, nullable=False, comment="首次隔离时间"),
    sa.Column("last_seen_at", AT, nullable=False, comment="最近隔离时间"),
    sa.Column("settled_at", AT, comment="了结时间"),
    sa.Column("settled_by", sa.Text, comment="由谁了结"),
    sa.Column(
        "landed_key",
        sa.LargeBinary,
        comment="经办人办理入库的行的主键，加密；源端仍是旧值时靠它保住",
    ),
    sa.Column("note", sa.Text, comment="放行或作废的理由"),
    sa.UniqueConstraint("dataset", "identity", "content"),
    sa.Index("ix_quality_quarantine_list", "item", "status", "last_seen_at", "id"),
    sa.Index("ix_quality_quarantine_provider", "provider", "item"),
    sa.Index("ix_quality_quarantine_load", "load"),
    comment="隔离区：没有通过强规则的行",
)

results = sa.Table(
    "quality_results",
    metadata,
    sa.Column("load", sa.Uuid, primary_key=True, comment="归集批次"),
    sa.Column("field", sa.Text, primary_key=True, comment="信息项"),
    sa.Column("rule", sa.Text, primary_key=True, comment="规则"),
    sa.Column("dataset", sa.Uuid, nullable=False, comment="汇聚数据集"),
    sa.Column("whole", sa.Boolean, nullable=False, comment="是否全量批次；全量批次每条规则都有"),
    sa.Column("level", sa.Text, nullable=False, comment="strong 强，weak 弱"),
    sa.Column("failing", sa.BigInteger, nullable=False, comment="不通过的行数"),
    sa.Column("checked", sa.BigInteger, nullable=False, comment="核验的行数"),
    sa.Column("at", AT, nullable=False, comment="批次时间"),
    sa.Index("ix_quality_results_dataset", "dataset", "at"),
    comment="核验结果：每个批次每条规则不通过多少行",
)
