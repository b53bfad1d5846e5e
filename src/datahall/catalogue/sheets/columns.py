"""The columns of a catalogue workbook in the official order, and our own behind.

The first 27 are the guide's; with them alone a workbook is complete.  The others carry what this
hall knows besides, so that an exported workbook loses nothing; a sheet may have them or not.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the sheet."""

    head: str
    path: str  # attribute of the entry, or `fields.<attribute>` of an information item
    width: int = 14
    hint: str = ""  # how it is filled in

    @property
    def is_of_item(self) -> bool:
        """Whether every row has its own value; the others are merged over the entry's rows."""
        return self.path.startswith("fields.")


OFFICIAL: Final = (
    Column("序号", "number", 6),
    Column("信息资源分类-类", "category.0", 14, "类、项、目、细目填名称，也可以填代码"),
    Column("项", "category.1", 16),
    Column("目", "category.2", 16),
    Column("细目", "category.3", 12),
    Column("信息资源名称", "title", 26, "50 字以内，本单位内不重复"),
    Column("信息资源代码", "code", 20, "已有代码的照填；没有的留空，发布时赋码"),
    Column("信息资源提供方", "provider", 22),
    Column("提供方内部部门", "office", 14),
    Column("信息资源提供方代码", "provider_code", 21, "统一社会信用代码"),
    Column("信息资源摘要", "abstract", 36, "256 字以内"),
    Column("格式分类", "format", 10, "电子文件、电子表格、数据库、图形图像、流媒体、自描述格式、服务接口"),
    Column("格式类型", "format_type", 12, "例如 PostgreSQL、xlsx"),
    Column("其他类型资源格式描述", "format_description", 14, "自描述格式要写明"),
    Column("信息项名称", "fields.title", 20, "一行一个信息项"),
    Column("数据类型", "fields.type", 12, "字符型C、数值型N、货币型Y、日期型D、日期时间型T、逻辑型L、备注型M、双精度型B、整型I、浮点型F"),
    Column("数据长度", "fields.length", 10, "整数；数值型带小数位的写成 12,2"),
    Column("共享类型", "sharing", 12, "无条件共享、有条件共享、不予共享"),
    Column("共享条件", "condition", 30, "有条件的写使用条件；不予共享的写法律法规名称和条款"),
    Column("共享方式分类", "method_class", 14, "共享平台方式；不经平台的填其他方式，并写理由"),
    Column("共享方式类型", "share_methods", 18, "数据库、文件、服务接口，多个用顿号隔开"),
    Column("是否向社会开放", "is_open", 10, "是、否"),
    Column("开放条件", "open_condition", 20, "开放的写“无条件”或具体条件"),
    Column("更新周期", "update_cycle", 10, "实时、每日、每周、每月、每季度、每半年、每年、不定期等"),
    Column("发布日期", "published_on", 12, "发布时由系统填写"),
    Column("关联资源代码", "related_codes", 20, "多个用顿号隔开"),
    Column("备注", "notes", 18),
)  # fmt: skip
"""What the guide asks for, in its order."""

OWN: Final = (
    Column("别名代码", "alias_code", 18),
    Column("关键词", "keywords", 18, "多个用顿号隔开"),
    Column("数据领域", "theme", 12),
    Column("来源系统", "system", 16),
    Column("法定依据或职责", "duty_basis", 28),
    Column("对应事项编码", "matter_codes", 16, "多个用顿号隔开"),
    Column("平台以外方式的理由", "share_explanation", 20),
    Column("上级目录编码", "parent_code", 18),
    Column("开放目录编码", "open_code", 18),
    Column("联系人", "contact", 10),
    Column("联系电话", "phone", 14),
    Column("空间范围", "area", 14),
    Column("时间范围", "period", 14),
    Column("保密审查编号", "secrecy.number", 18),
    Column("保密审查结论", "secrecy.conclusion", 20),
    Column("保密审查日期", "secrecy.done_on", 12),
    Column("影响评估编号", "privacy.number", 18),
    Column("影响评估结论", "privacy.conclusion", 20),
    Column("影响评估日期", "privacy.done_on", 12),
    Column("信息项字段名", "fields.name", 16, "小写字母、数字和下划线；留空则按名称拼音"),
    Column("数据分级", "fields.grade", 8, "1 至 4"),
    Column("敏感类型", "fields.sensitive", 14),
    Column("代码表", "fields.code_list", 14),
    Column("数据元", "fields.element", 12, "数据元编码"),
    Column("是否主键", "fields.is_key", 8, "是、否"),
    Column("是否必填", "fields.required", 8, "是、否"),
    Column("质量规则", "fields.rules", 18),
)
"""What this hall keeps besides (扩展列); any of them may be left out."""

ALL: Final = (*OFFICIAL, *OWN)
_LOOSE: Final = re.compile(r"[\s*＊：:]|[（(].*?[)）]")


def loose(head: str) -> str:
    """A head without blanks, stars and remarks in brackets, full width made plain."""
    return _LOOSE.sub("", unicodedata.normalize("NFKC", head))


BY_HEAD: Final[Mapping[str, Column]] = {
    **{loose(column.head): column for column in ALL},
    "类": OFFICIAL[1],
    "分类-类": OFFICIAL[1],
    "信息资源分类-项": OFFICIAL[2],
    "信息资源分类-目": OFFICIAL[3],
    "信息资源分类-细目": OFFICIAL[4],
}
HEAD_ROWS: Final = 10  # a title may stand above the head
RECOGNISED: Final = 8  # columns of the official ones by which a row is taken for the head


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a sheet, as found."""

    row: int
    columns: Mapping[int, Column]  # by position
    missing: Sequence[Column]
    extra: Sequence[tuple[int, str]]  # position and text
    twice: Sequence[tuple[int, Column]]
    misplaced: Sequence[tuple[int, Column]]

    @property
    def is_right(self) -> bool:
        return not (self.missing or self.extra or self.twice or self.misplaced)


def head_of(row: int, cells: Mapping[int, str]) -> Head | None:
    """The head that a row is; None when it is none."""
    found: dict[int, Column] = {}
    extra: list[tuple[int, str]] = []
    twice: list[tuple[int, Column]] = []
    for position, text in sorted(cells.items()):
        column = BY_HEAD.get(loose(text))
        if column is None:
            extra.append((position, text.strip()))
        elif column in found.values():
            twice.append((position, column))
        else:
            found[position] = column
    named = list(found.values())
    if sum(column in OFFICIAL for column in named) < RECOGNISED:
        return None
    order = [column for column in ALL if column in named]
    return Head(
        row=row,
        columns=found,
        missing=[column for column in OFFICIAL if column not in named],
        extra=extra,
        twice=twice,
        misplaced=_misplaced(found, order),
    )


def _misplaced(found: Mapping[int, Column], order: Sequence[Column]) -> list[tuple[int, Column]]:
    """The official columns that stand behind one they should precede."""
    ranks = {column: rank for rank, column in enumerate(order)}
    highest, wrong = -1, []
    for position, column in found.items():
        if column not in OFFICIAL:
            continue
        if ranks[column] < highest:
            wrong.append((position, column))
        highest = max(highest, ranks[column])
    return wrong
