import sqlalchemy as sa

from datahall.kit.db import metadata

pushed = sa.Table(
    "lineage_pushed",
    metadata,
    sa.Column("event", sa.Text, primary_key=True, comment="a load's id, or a grant's and revision"),
    sa.Column(
        "at", sa.DateTime(timezone=True), nullable=False, comment="when it was taken 送达时间"
    ),
    comment="Lineage that the configured OpenLineage address has taken 已送出的血缘",
)
