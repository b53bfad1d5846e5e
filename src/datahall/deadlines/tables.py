import sqlalchemy as sa

from datahall.kit.db import metadata

special_days = sa.Table(
    "deadlines_special_days",
    metadata,
    sa.Column("day", sa.Date, primary_key=True, comment="day in China 日期"),
    sa.Column("works", sa.Boolean, nullable=False, comment="whether it is worked 是否上班"),
    sa.Column("name", sa.Text, nullable=False, comment="the holiday it belongs to 名称"),
    comment="Days that are not as their weekday says: holidays and make-up days 工作日历",
)
