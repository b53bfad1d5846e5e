"""The words of lists: their kinds, stages and types of cells, as people read them."""

from typing import Final

from datahall.kit.labels import Labelled


class ListKind(Labelled):
    """The five built-in lists (清单); a setting says which three are the three lists (三清单)."""

    SYSTEMS = "systems", "系统清单"
    RESOURCES = "resources", "数据资源清单"
    DEMANDS = "demands", "需求清单"
    DUTIES = "duties", "责任清单"
    EXCLUSIONS = "exclusions", "负面清单"


class ListStatus(Labelled):
    """The stage of one version of a list (清单状态)."""

    FILLING = "filling", "填报中"
    SIGN_OFF = "sign_off", "待部门签发"
    REVIEW = "review", "待市数管局审核"
    RETURNED = "returned", "已退回"
    PUBLISHED = "published", "已发布"
    SUPERSEDED = "superseded", "已被新版替代"

    @property
    def is_open(self) -> bool:
        """Whether the version is still on its way to publication."""
        return self in OPEN_STAGES


EDITABLE: Final = (ListStatus.FILLING, ListStatus.RETURNED)
OPEN_STAGES: Final = (*EDITABLE, ListStatus.SIGN_OFF, ListStatus.REVIEW)
WAITING: Final = (ListStatus.SIGN_OFF, ListStatus.REVIEW)


class CellType(Labelled):
    """What a cell of a list holds (单元格类型)."""

    TEXT = "text", "文字"
    LONG = "long", "长文字"
    CHOICE = "choice", "选一项"
    CHOICES = "choices", "可选多项"
    FLAG = "flag", "是或否"
    DATE = "date", "日期"
    COUNT = "count", "整数"
    CODE = "code", "代码"
    USCC = "uscc", "统一社会信用代码"
