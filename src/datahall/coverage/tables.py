import sqlalchemy as sa

from datahall.kit.db import metadata

AT = sa.DateTime(timezone=True)

exemptions = sa.Table(
    "coverage_exemptions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="编目豁免"),
    sa.Column("org", sa.Uuid, nullable=False, comment="部门"),
    sa.Column("kind", sa.Text, nullable=False, comment="数据表或信息系统"),
    sa.Column("subject", sa.Uuid, nullable=False, comment="哪张表、哪个系统"),
    sa.Column("name", sa.Text, nullable=False, comment="名称，申请时"),
    sa.Column("ground", sa.Text, nullable=False, comment="豁免类别"),
    sa.Column("reason", sa.Text, nullable=False, comment="理由"),
    sa.Column("review_on", sa.Date, nullable=False, comment="复审日期，过后重新计为未编"),
    sa.Column("proof_digest", sa.Text, nullable=False, comment="证明材料的 SHA-256"),
    sa.Column("proof_name", sa.Text, nullable=False, comment="证明材料文件名"),
    sa.Column("proof_media", sa.Text, nullable=False, comment="证明材料类型"),
    sa.Column("proof_size", sa.BigInteger, nullable=False, comment="证明材料字节数"),
    sa.Column("status", sa.Text, nullable=False, comment="状态"),
    sa.Column("asked_at", AT, nullable=False, comment="申请时间"),
    sa.Column("asked_by", sa.Text, nullable=False, comment="申请人"),
    sa.Column("decided_at", AT, comment="审定、撤回或收回时间"),
    sa.Column("decided_by", sa.Text, nullable=False, comment="谁办的"),
    sa.Column("remarks", sa.Text, nullable=False, comment="意见"),
    sa.Index("ix_coverage_exemptions_org", "org", "status"),
    sa.Index(
        "ix_coverage_exemptions_one_open",
        "subject",
        unique=True,
        postgresql_where=sa.text("status = 'asked'"),
    ),
    comment="编目豁免",
)
