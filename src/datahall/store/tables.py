from sqlalchemy import BigInteger, Column, DateTime, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from datahall.kit.db import metadata

datasets = Table(
    "store_datasets",
    metadata,
    Column("id", Uuid, primary_key=True, comment="id"),
    Column("item", Uuid, nullable=False, unique=True, comment="catalogue item 目录项"),
    Column("title", Text, nullable=False, comment="title of the item when the table was built"),
    Column("table_name", Text, nullable=False, unique=True, comment="table in schema hall"),
    Column("key", ARRAY(Text), nullable=False, comment="columns that identify a row 主键"),
    Column("columns", JSONB, nullable=False, comment="columns as built, in order"),
    Column("rows", BigInteger, nullable=False, server_default="0", comment="live rows"),
    Column(
        "deleted", BigInteger, nullable=False, server_default="0", comment="rows gone at the source"
    ),
    Column(
        "revision",
        BigInteger,
        nullable=False,
        server_default="0",
        comment="number of the last load that changed rows; monotonic in commit order",
    ),
    Column("loaded_at", DateTime(timezone=True), comment="when the last load committed"),
    comment="Hall tables behind catalogue items 汇聚数据集",
)
