import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from datahall.kit.db import metadata

AT = sa.DateTime(timezone=True)

applications = sa.Table(
    "supply_demand_applications",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="共享申请"),
    sa.Column("code", sa.Text, nullable=False, unique=True, comment="办件编号 SQ20261016-0001"),
    sa.Column("item", sa.Uuid, nullable=False, comment="目录项"),
    sa.Column("item_version", sa.Integer, nullable=False, comment="目录项版本"),
    sa.Column("item_title", sa.Text, nullable=False, comment="目录项名称"),
    sa.Column("sharing", sa.Text, nullable=False, comment="共享属性，决定时限"),
    sa.Column("consumer", sa.Uuid, nullable=False, comment="使用部门"),
    sa.Column("provider", sa.Uuid, nullable=False, comment="数源部门"),
    sa.Column("applicant", sa.Uuid, nullable=False, comment="经办人"),
    sa.Column("proposal", JSONB, nullable=False, comment="申请内容"),
    sa.Column("route", ARRAY(sa.Text), nullable=False, comment="审批路线，各环节依次"),
    sa.Column("status", sa.Text, nullable=False, comment="状态"),
    sa.Column("desk", sa.Text, comment="所在环节，补正期间不变"),
    sa.Column("received_at", AT, comment="所在环节收到的时间，时限自次日起算"),
    sa.Column("limit_days", sa.Integer, comment="所在环节的时限（工作日）"),
    sa.Column("supplement", JSONB(none_as_null=True), comment="补正：一次性告知的内容和补正情况"),
    sa.Column("extension", JSONB(none_as_null=True), comment="延期：天数、理由和主管部门意见"),
    sa.Column("answer", JSONB(none_as_null=True), comment="答复：信息项、理由和依据"),
    sa.Column("reminded", sa.SmallInteger, nullable=False, comment="所在环节已提醒到第几次"),
    sa.Column("drafted_at", AT, nullable=False, comment="起草时间"),
    sa.Column("closed_at", AT, comment="办结时间"),
    sa.Index("ix_supply_demand_applications_consumer", "consumer", "status"),
    sa.Index("ix_supply_demand_applications_provider", "provider", "status"),
    sa.Index("ix_supply_demand_applications_item", "item"),
    comment="共享申请",
)

steps = sa.Table(
    "supply_demand_steps",
    metadata,
    sa.Column("number", sa.BigInteger, sa.Identity(), primary_key=True, comment="次序"),
    sa.Column(
        "application",
        sa.Uuid,
        sa.ForeignKey("supply_demand_applications.id"),
        nullable=False,
        index=True,
        comment="共享申请",
    ),
    sa.Column("at", AT, nullable=False, comment="时间"),
    sa.Column("kind", sa.Text, nullable=False, comment="经过"),
    sa.Column("by", sa.Text, nullable=False, comment="谁办的，同存证"),
    sa.Column("name", sa.Text, nullable=False, comment="姓名，办理时"),
    sa.Column("org_name", sa.Text, nullable=False, comment="单位简称，办理时"),
    sa.Column("note", sa.Text, nullable=False, comment="说明"),
    comment="共享申请的经过",
)

notices = sa.Table(
    "supply_demand_notices",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="通知"),
    sa.Column("org", sa.Uuid, nullable=False, comment="通知哪个单位"),
    sa.Column("at", AT, nullable=False, comment="时间"),
    sa.Column("title", sa.Text, nullable=False, comment="关于什么"),
    sa.Column("text", sa.Text, nullable=False, comment="内容"),
    sa.Column("url", sa.Text, nullable=False, comment="在哪里看"),
    sa.Column("sender", sa.Uuid, nullable=False, comment="来自哪个单位"),
    sa.Column("seen_at", AT, comment="知悉时间"),
    sa.Column("seen_by", sa.Uuid, comment="谁知悉的"),
    sa.Index("ix_supply_demand_notices_unseen", "org", postgresql_where=sa.text("seen_at is null")),
    comment="知会通知：答复、延期、授权暂停和终止等",
)

grants = sa.Table(
    "supply_demand_grants",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="授权编号"),
    sa.Column("application", sa.Uuid, nullable=False, comment="共享申请"),
    sa.Column("item", sa.Uuid, nullable=False, comment="目录项"),
    sa.Column("item_title", sa.Text, nullable=False, comment="目录项名称，授权时"),
    sa.Column("consumer", sa.Uuid, nullable=False, comment="使用部门"),
    sa.Column("provider", sa.Uuid, nullable=False, comment="数源部门"),
    sa.Column("system", sa.Text, nullable=False, comment="调用系统名称"),
    sa.Column("app_id", sa.Text, nullable=False, unique=True, comment="调用方标识 X-App-Id"),
    sa.Column("fields", JSONB, nullable=False, comment="可读的信息项 [{name, masked}]"),
    sa.Column("row_scope", JSONB, nullable=False, comment="行范围 [{field, operator, values}]"),
    sa.Column("purpose", sa.Text, nullable=False, comment="用途（应用场景）"),
    sa.Column("valid_from", sa.Date, nullable=False, comment="期限起，含当日，北京时间"),
    sa.Column("valid_to", sa.Date, nullable=False, comment="期限止，含当日，北京时间"),
    sa.Column("daily_quota", sa.Integer, nullable=False, comment="每日调用次数上限"),
    sa.Column("rate_per_s", sa.Integer, nullable=False, comment="每秒调用次数上限"),
    sa.Column("hours", ARRAY(sa.SmallInteger), comment="可调用时段 [起, 止)，空为全天"),
    sa.Column("addresses", ARRAY(sa.Text), nullable=False, comment="可调用网段，空为不限"),
    sa.Column("status", sa.Text, nullable=False, comment="状态"),
    sa.Column("status_reason", sa.Text, comment="进入此状态的理由"),
    sa.Column("status_at", AT, nullable=False, comment="进入此状态的时间"),
    sa.Column("issued_at", AT, nullable=False, comment="授权时间"),
    sa.Column(
        "revision", sa.BigInteger, nullable=False, unique=True, comment="变更序号，按提交次序"
    ),
    sa.Index("ix_supply_demand_grants_application", "application", unique=True),
    sa.Index("ix_supply_demand_grants_consumer", "consumer"),
    sa.Index("ix_supply_demand_grants_provider", "provider"),
    comment="授权：哪个系统可以读哪项数据的哪些信息项、哪些行，到何时为止",
)

credentials = sa.Table(
    "supply_demand_credentials",
    metadata,
    sa.Column(
        "grant", sa.Uuid, sa.ForeignKey("supply_demand_grants.id"), primary_key=True, comment="授权"
    ),
    sa.Column("algorithm", sa.Text, nullable=False, comment="签名算法"),
    sa.Column("sealed_secret", sa.LargeBinary, nullable=False, comment="加密保存的密钥"),
    sa.Column("issued_at", AT, nullable=False, comment="生成时间"),
    sa.Column("revealed_at", AT, comment="向使用部门显示密钥的时间，只显示一次"),
    comment="调用凭证：每项授权一份，密钥加密保存",
)
