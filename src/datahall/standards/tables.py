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

sources = sa.Table(
    "standards_sources",
    db.metadata,
    sa.Column("element", sa.Text, nullable=False, comment="data element 数据元编码"),
    sa.Column("version", sa.Integer, nullable=False, comment="1, 2, … 版本"),
    sa.Column("org", sa.Uuid, nullable=False, comment="the one source 数源部门"),
    sa.Column("basis", sa.Text, nullable=False, comment="why it is the source 依据"),
    sa.Column("item", sa.Uuid, comment="entry that gives the data 目录项"),
    sa.Column("ruling", sa.Uuid, comment="case that decided it 数源裁定"),
    sa.Column("reason", sa.Text, nullable=False, comment="理由"),
    sa.Column("since", AT, nullable=False, comment="from when 起始时间"),
    sa.Column("by", sa.Text, nullable=False, comment="who did it, as acts name it"),
    sa.PrimaryKeyConstraint("element", "version"),
    sa.Index("ix_standards_sources_org", "org"),
    comment="Versions of the one source of each data element 数源部门",
)

claims = sa.Table(
    "standards_claims",
    db.metadata,
    sa.Column("element", sa.Text, nullable=False, comment="data element 数据元编码"),
    sa.Column("org", sa.Uuid, nullable=False, comment="who claims 主张部门"),
    sa.Column("item", sa.Uuid, nullable=False, comment="published entry that claims 目录项"),
    sa.Column("item_title", sa.Text, nullable=False, comment="its title then 目录项名称"),
    sa.Column("field", sa.Text, nullable=False, comment="its field 信息项"),
    sa.Column("claimed_at", AT, nullable=False, comment="first claimed 主张时间"),
    sa.PrimaryKeyConstraint("element", "org"),
    comment="Claims to be the source of a data element 数源主张",
)

rulings = sa.Table(
    "standards_rulings",
    db.metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="数源裁定"),
    sa.Column("code", sa.Text, nullable=False, unique=True, comment="案号 SY20261016-0001"),
    sa.Column("element", sa.Text, nullable=False, comment="data element 数据元编码"),
    sa.Column("status", sa.Text, nullable=False, comment="open, decided, settled 状态"),
    sa.Column("parties", JSONB, nullable=False, comment="sides with their statements 当事单位"),
    sa.Column("opened_at", AT, nullable=False, comment="the clock begins the next day 立案时间"),
    sa.Column("limit_days", sa.Integer, nullable=False, comment="working days 时限"),
    sa.Column("winner", sa.Uuid, comment="the source as decided 数源部门"),
    sa.Column("reason", sa.Text, nullable=False, comment="why 理由"),
    sa.Column("closed_at", AT, comment="办结时间"),
    sa.Column("closed_by", sa.Text, nullable=False, comment="who decided, as acts name it"),
    sa.Index(
        "ix_standards_rulings_open",
        "element",
        unique=True,
        postgresql_where=sa.text("status = 'open'"),
    ),
    comment="Conflicts about the one source of a data element 数源裁定",
)
