import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from datahall.kit import db

fields = sa.Table(
    "conformance_fields",
    db.metadata,
    sa.Column("item", sa.Uuid, nullable=False, comment="entry in force 目录项"),
    sa.Column("field", sa.Text, nullable=False, comment="field 信息项"),
    sa.Column("item_version", sa.Integer, nullable=False, comment="its version 目录版本"),
    sa.Column("item_title", sa.Text, nullable=False, comment="its title 目录名称"),
    sa.Column("org", sa.Uuid, nullable=False, comment="provider 提供方"),
    sa.Column("position", sa.Integer, nullable=False, comment="place among the fields 次序"),
    sa.Column("details", JSONB, nullable=False, comment="the field as published 信息项内容"),
    sa.Column("element", sa.Text, comment="data element that it is bound to 数据元"),
    sa.Column(
        "element_version", sa.Integer, comment="version it was judged by; null: none applied"
    ),
    sa.Column("is_source", sa.Boolean, nullable=False, comment="claims to be the source 主张数源"),
    sa.Column("deviations", JSONB, nullable=False, comment="[{path, found, wanted}] 偏差"),
    sa.PrimaryKeyConstraint("item", "field"),
    sa.Index("ix_conformance_fields_element", "element"),
    sa.Index("ix_conformance_fields_org", "org"),
    comment="Fields of entries in force, judged by their data elements 落标情况",
)

rejections = sa.Table(
    "conformance_rejections",
    db.metadata,
    sa.Column("item", sa.Uuid, nullable=False, comment="entry 目录项"),
    sa.Column("field", sa.Text, nullable=False, comment="field 信息项"),
    sa.Column("element", sa.Text, nullable=False, comment="what it is not 数据元"),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False, comment="时间"),
    sa.Column("by", sa.Text, nullable=False, comment="who said so, as acts name it"),
    sa.PrimaryKeyConstraint("item", "field", "element"),
    comment="Suggestions that a person did not take 不采纳的建议",
)
