import sqlalchemy as sa

from datahall.kit.db import metadata

AT = sa.DateTime(timezone=True)

nonces = sa.Table(
    "gateway_nonces",
    metadata,
    sa.Column("key", sa.LargeBinary, primary_key=True, comment="调用方与随机数的散列"),
    sa.Column("at", AT, nullable=False, comment="使用时间；超过两倍时差容限后清除"),
    comment="用过的随机数：同一请求不能重放，各网关进程共用",
)

calls = sa.Table(
    "gateway_calls",
    metadata,
    sa.Column("leaf", sa.Uuid, nullable=False, comment="存证编号，即回执编号"),
    sa.Column("at", AT, nullable=False, comment="调用时间"),
    sa.Column("app_id", sa.Text, nullable=False, comment="调用方标识；不认识的调用方为 ?"),
    sa.Column("grant", sa.Uuid, comment="授权；身份不明的调用为空"),
    sa.Column("address", sa.Text, nullable=False, comment="调用地址"),
    sa.Column("code", sa.Text, nullable=False, comment="结果：ok 或拒绝代码"),
    sa.Column("rows", sa.Integer, nullable=False, comment="提供行数"),
    sa.Column("bytes", sa.Integer, nullable=False, comment="回答字节数"),
    sa.Index("ix_gateway_calls_grant_leaf", "grant", "leaf"),
    comment="每一次调用，含被拒绝的；内容见存证记录",
)

usage = sa.Table(
    "gateway_usage",
    metadata,
    sa.Column("grant", sa.Uuid, primary_key=True, comment="授权"),
    sa.Column("day", sa.Date, primary_key=True, comment="日期，北京时间"),
    sa.Column("calls", sa.BigInteger, nullable=False, comment="计入限额的调用次数"),
    sa.Column("rows", sa.BigInteger, nullable=False, comment="提供行数"),
    sa.Column("refused", sa.BigInteger, nullable=False, comment="被拒绝次数"),
    # Updated at every batch: room on the page keeps such updates off the index.
    postgresql_with={"fillfactor": "50"},
    comment="每项授权每日用量，限额由此执行",
)
