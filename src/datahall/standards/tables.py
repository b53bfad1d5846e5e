import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from datahall.kit import db

code_lists = sa.Table(
    "standards_code_lists",
    db.metadata,
    sa.Column("code", sa.Text, primary_key=True, comment="how fields refer to the list"),
    sa.Column("name", sa.Text, nullable=False, comment="name 名称"),
    sa.Column("source", sa.Text, nullable=False, comment="standard or department it comes from"),
    sa.Column("entries", JSONB, nullable=False, comment="[[code, name], …] in order"),
    sa.Column(
        "adopted_at", sa.DateTime(timezone=True), nullable=False, comment="when it was put in force"
    ),
    comment="Local code lists adopted by the authority 本地代码表",
)
