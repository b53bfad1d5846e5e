import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from datahall.kit.db import metadata

AT = sa.DateTime(timezone=True)

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
