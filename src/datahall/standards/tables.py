import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from datahall.kit import db

AT = sa.DateTime(timezone=True)

code_lists = sa.Table(
    "standards_code_lists",
    db.metadata,
    sa.Column("code", sa.Text, nullable=False, comment="how fields refer to the list"),
    sa.Column("version", sa.Integer, nullable=False, server_default="1", comment="1, 2, … 版本"),
    sa.Column("name", sa.Text, nullable=False, comment="name 名称"),
    sa.Column("source", sa.Text, nullable=False, comment="standard or department it comes from"),
    sa.Column(
        "note", sa.Text, nullable=False, server_default="", comment="what it covers or changed 说明"
    ),
    sa.Column("entries", JSONB, nullable=False, comment="[[code, name], …] in order"),
    sa.Column(
        "effective_on",
        sa.Date,
        nullable=False,
        server_default="2020-01-01",
        comment="day from which the version applies 生效日期",
    ),
    sa.Column("adopted_at", AT, nullable=False, comment="when it was adopted 登记时间"),
    sa.PrimaryKeyConstraint("code", "version"),
    comment="Versions of code lists: the built-in ones and what the authority adopted 代码表",
)

elements = sa.Table(
    "standards_elements",
    db.metadata,
    sa.Column("code", sa.Text, nullable=False, comment="code 数据元编码"),
    sa.Column("version", sa.Integer, nullable=False, comment="1, 2, … 版本"),
    sa.Column("status", sa.Text, nullable=False, comment="draft, published, retired 状态"),
    sa.Column("name", sa.Text, nullable=False, comment="name 名称"),
    sa.Column("effective_on", sa.Date, comment="day from which it applies 生效日期"),
    sa.Column("edited_at", AT, comment="last edit 编辑时间"),
    sa.Column("published_at", AT, comment="发布时间"),
    sa.Column("details", JSONB, nullable=False, comment="all other attributes 定义、类型、值域等"),
    sa.PrimaryKeyConstraint("code", "version"),
    sa.Index(
        "ix_standards_elements_draft",
        "code",
        unique=True,
        postgresql_where=sa.text("status = 'draft'"),
    ),
    comment="Versions of data elements 数据元",
)
