"""The code values of the core metadata, with the words that people read."""

from typing import Final

from datahall.kit.labels import Labelled
from datahall.standards import RULE_TITLES, RULES_OF_TWO_FIELDS, FieldType

__all__ = [
    "EDITABLE",
    "GRADES",
    "HIGHEST_GRADE",
    "LISTED_GRADE",
    "LOWEST_GRADE",
    "OPEN_GRADE",
    "OPEN_STAGES",
    "PROMISE_S",
    "RULES_OF_TWO_FIELDS",
    "RULE_TITLES",
    "THEMES",
    "Aggregation",
    "DataClass",
    "DataFormat",
    "FieldType",
    "ItemStatus",
    "Opening",
    "SecrecyLevel",
    "ShareMethod",
    "Sharing",
    "UpdateCycle",
]


class Sharing(Labelled):
    """How departments may share an item (共享属性, 条例第十四条)."""

    UNCONDITIONAL = "unconditional", "无条件共享"
    CONDITIONAL = "conditional", "有条件共享"
    WITHHELD = "withheld", "不予共享"


class Opening(Labelled):
    """How an item is open to the public (开放属性)."""

    UNCONDITIONAL = "unconditional", "无条件开放"
    CONDITIONAL = "conditional", "有条件开放"
    WITHHELD = "withheld", "不予开放"


class ShareMethod(Labelled):
    """By which way an item is shared (共享方式, 条例第二十二条)."""

    API = "api", "服务接口"
    BATCH = "batch", "批量交换"
    FILE = "file", "文件下载"
    OTHER = "other", "平台以外方式"  # mail, disk; only with the reason (WATER)


class DataFormat(Labelled):
    """Format class of a resource (信息资源格式); stored as the guide's digit."""

    DOCUMENT = "1", "电子文件"
    SPREADSHEET = "2", "电子表格"
    DATABASE = "3", "数据库"
    IMAGE = "4", "图形图像"
    STREAM = "5", "流媒体"
    SELF_DESCRIBED = "6", "自描述格式"
    SERVICE = "7", "服务接口"


class UpdateCycle(Labelled):
    """How often an item is promised to be updated (更新周期); the codes are ours."""

    REALTIME = "01", "实时"
    MINUTES = "02", "每分钟"
    HOURLY = "03", "每小时"
    DAILY = "04", "每日"
    WEEKLY = "05", "每周"
    TEN_DAYS = "06", "每旬"
    MONTHLY = "07", "每月"
    QUARTERLY = "08", "每季度"
    HALF_YEARLY = "09", "每半年"
    YEARLY = "10", "每年"
    IRREGULAR = "11", "不定期"
    ONCE = "12", "一次性"

    @property
    def promise_s(self) -> int | None:
        """Seconds within which a change should arrive; None when nothing is promised."""
        return PROMISE_S.get(self)


MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400
PROMISE_S: Final = {
    UpdateCycle.REALTIME: MINUTE_S,
    UpdateCycle.MINUTES: 10 * MINUTE_S,
    UpdateCycle.HOURLY: HOUR_S,
    UpdateCycle.DAILY: DAY_S,
    UpdateCycle.WEEKLY: 7 * DAY_S,
    UpdateCycle.TEN_DAYS: 10 * DAY_S,
    UpdateCycle.MONTHLY: 31 * DAY_S,
    UpdateCycle.QUARTERLY: 92 * DAY_S,
    UpdateCycle.HALF_YEARLY: 184 * DAY_S,
    UpdateCycle.YEARLY: 366 * DAY_S,
}


class DataClass(Labelled):
    """What the data are about (数据分类), by their subject [P]."""

    PERSON = "person", "个人数据"
    ORGANISATION = "organisation", "组织数据"
    OBJECT = "object", "客体数据"


class Aggregation(Labelled):
    """Whether the rows come into the hall (聚合方式)."""

    PHYSICAL = "physical", "物理聚合"
    LOGICAL = "logical", "逻辑聚合"  # stays at the source; only with the reason


class SecrecyLevel(Labelled):
    """What the secrecy assessment found (涉密性); only the first may enter (条例第二条)."""

    NONE = "none", "不涉密"
    WORK = "work", "工作秘密"
    STATE = "state", "国家秘密"


THEMES: Final = (
    "公共服务", "健康保障", "社会保障", "食品药品安全", "安全生产", "价格监管", "能源安全",
    "信用体系", "城乡建设", "社区治理", "生态环保", "应急维稳", "市场监管", "社会治理",
)  # fmt: skip
"""Fields of data (数据领域): the guide's themes and those that the city opens first."""


class ItemStatus(Labelled):
    """The stage of one version of an entry (目录状态)."""

    DRAFT = "draft", "草稿"
    DEPARTMENT_REVIEW = "department_review", "部门审核"
    AUTHORITY_REVIEW = "authority_review", "主管部门审核"
    RETURNED = "returned", "已退回"
    SCHEDULED = "scheduled", "待生效"  # published for a later day
    PUBLISHED = "published", "已发布"
    SUPERSEDED = "superseded", "已被新版替代"
    WITHDRAWN = "withdrawn", "已下架"

    @property
    def is_open(self) -> bool:
        """Whether the version is still on its way to publication."""
        return self in OPEN_STAGES


EDITABLE: Final = (ItemStatus.DRAFT, ItemStatus.RETURNED)
OPEN_STAGES: Final = (
    ItemStatus.DRAFT,
    ItemStatus.RETURNED,
    ItemStatus.DEPARTMENT_REVIEW,
    ItemStatus.AUTHORITY_REVIEW,
)

LOWEST_GRADE: Final = 1
HIGHEST_GRADE: Final = 4
OPEN_GRADE: Final = 2
"""The highest grade that may be shared without conditions or opened [P]."""
LISTED_GRADE: Final = 4
"""From this grade on there is no bulk file [P]."""
GRADES: Final = {1: "非敏感", 2: "低敏感", 3: "中敏感", 4: "高敏感"}
"""一般数据分级; important and core data never enter this platform."""
