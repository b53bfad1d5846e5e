import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from datahall.kit.db import metadata
from datahall.lists.vocabulary import OPEN_STAGES

AT = sa.DateTime(timezone=True)
VERSION = "lists_versions.id"

rounds = sa.Table(
    "lists_rounds",
    metadata,
    sa.Column("period", sa.Text, primary_key=True, comment="填报期 2026 或 2026-Q4"),
    sa.Column("kinds", ARRAY(sa.Text), nullable=False, comment="要报哪些清单"),
    sa.Column("due_on", sa.Date, nullable=False, comment="报送截止日"),
    sa.Column("opened_at", AT, nullable=False, comment="开放时间"),
    sa.Column("note", sa.Text, nullable=False, comment="填报说明"),
    comment="清单填报期",
)

versions = sa.Table(
    "lists_versions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="清单版本"),
    sa.Column("org", sa.Uuid, nullable=False, comment="部门"),
    sa.Column("kind", sa.Text, nullable=False, comment="哪张清单"),
    sa.Column("period", sa.Text, nullable=False, comment="填报期"),
    sa.Column("number", sa.Integer, nullable=False, comment="本期第几版"),
    sa.Column("status", sa.Text, nullable=False, comment="状态"),
    sa.Column("edit", sa.Integer, nullable=False, comment="保存次数"),
    sa.Column("rows", sa.Integer, nullable=False, comment="行数"),
    sa.Column("based_on", sa.Uuid, comment="从哪一版开始"),
    sa.Column("round", sa.Integer, nullable=False, comment="第几次审核"),
    sa.Column("remarks", sa.Text, nullable=False, comment="退回理由"),
    sa.Column("started_at", AT, nullable=False, comment="开始填报时间"),
    sa.Column("handed_in_at", AT, comment="提交签发时间"),
    sa.Column("signed_at", AT, comment="部门签发时间"),
    sa.Column("signed_by", sa.Text, nullable=False, comment="签发人和岗位"),
    sa.Column("published_at", AT, comment="发布时间"),
    sa.UniqueConstraint("org", "kind", "period", "number"),
    sa.Index(
        "ix_lists_versions_one_open",
        "org",
        "kind",
        "period",
        unique=True,
        postgresql_where=sa.text(f"status in ({', '.join(repr(s.value) for s in OPEN_STAGES)})"),
    ),
    sa.Index("ix_lists_versions_status", "status"),
    comment="部门清单的各个版本",
)

rows = sa.Table(
    "lists_rows",
    metadata,
    sa.Column("list", sa.Uuid, sa.ForeignKey(VERSION), nullable=False, comment="清单版本"),
    sa.Column("id", sa.Uuid, nullable=False, comment="行，各版本相同"),
    sa.Column("position", sa.Double, nullable=False, comment="次序"),
    sa.Column("cells", JSONB, nullable=False, comment="各栏的内容"),
    sa.PrimaryKeyConstraint("list", "id"),
    sa.Index("ix_lists_rows_order", "list", "position", "id"),
    comment="清单的行",
)

saves = sa.Table(
    "lists_saves",
    metadata,
    sa.Column("list", sa.Uuid, sa.ForeignKey(VERSION), nullable=False, comment="清单版本"),
    sa.Column("edit", sa.Integer, nullable=False, comment="第几次保存"),
    sa.Column("at", AT, nullable=False, comment="时间"),
    sa.Column("by", sa.Text, nullable=False, comment="谁保存的，同存证"),
    sa.Column("name", sa.Text, nullable=False, comment="姓名"),
    sa.Column("how", sa.Text, nullable=False, comment="方式"),
    sa.Column("changes", JSONB, nullable=False, comment="逐格变动"),
    sa.PrimaryKeyConstraint("list", "edit"),
    comment="清单的每一次保存",
)

remarks = sa.Table(
    "lists_remarks",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="批注"),
    sa.Column("list", sa.Uuid, sa.ForeignKey(VERSION), nullable=False, comment="清单版本"),
    sa.Column("row", sa.Uuid, nullable=False, comment="行"),
    sa.Column("column", sa.Text, nullable=False, comment="栏，空为整行"),
    sa.Column("text", sa.Text, nullable=False, comment="批注"),
    sa.Column("round", sa.Integer, nullable=False, comment="第几次审核"),
    sa.Column("at", AT, nullable=False, comment="时间"),
    sa.Column("name", sa.Text, nullable=False, comment="姓名"),
    sa.Column("org_name", sa.Text, nullable=False, comment="单位简称"),
    sa.Column("sent_at", AT, comment="随审核意见发出的时间"),
    sa.Index("ix_lists_remarks_list", "list", "row"),
    comment="清单逐格的批注",
)
