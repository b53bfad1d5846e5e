"""The tabs of 归集, the same on the pages of every package that stands there."""

TABS = (
    ("sources", "数据源", "/sources"),
    ("assets", "数据资产", "/assets"),
    ("tasks", "归集任务", "/ingestion/tasks"),
    ("reconciliation", "对账", "/reconciliation"),
    ("drift", "变更工单", "/drift"),
)
