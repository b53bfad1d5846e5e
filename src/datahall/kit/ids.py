"""Identifier types: one NewType per aggregate, so mypy refuses to mix them."""

import time
from typing import NewType
from uuid import UUID

from datahall.kit.randomness import random_16

OrgId = NewType("OrgId", UUID)
PersonId = NewType("PersonId", UUID)
ItemId = NewType("ItemId", UUID)  # catalogue item 目录项
ResourceId = NewType("ResourceId", UUID)  # mounted resource of an item 挂接资源
SourceId = NewType("SourceId", UUID)  # data source 数据源
TableId = NewType("TableId", UUID)  # scanned table of a source
DatasetId = NewType("DatasetId", UUID)  # hall table behind an item
TaskId = NewType("TaskId", UUID)  # ingestion task 归集任务
LoadId = NewType("LoadId", UUID)  # one run of a task 归集批次
ApplicationId = NewType("ApplicationId", UUID)  # 共享申请
GrantId = NewType("GrantId", UUID)  # 授权
TicketId = NewType("TicketId", UUID)  # drift of a catalogued table 变更工单
ImportId = NewType("ImportId", UUID)  # workbook of entries 目录导入
NoticeId = NewType("NoticeId", UUID)  # notice to a department 通知
RulingId = NewType("RulingId", UUID)  # a conflict about a source 数源裁定
RunId = NewType("RunId", UUID)  # one comparison of source and hall 对账
QuarantineId = NewType("QuarantineId", UUID)  # a row that waits 隔离行
ListId = NewType("ListId", UUID)  # one version of a department's list 清单版本
ExemptionId = NewType("ExemptionId", UUID)  # leave not to catalogue something 编目豁免
ListRowId = NewType("ListRowId", UUID)  # row of a list, the same in every version 清单行


def new_id() -> UUID:
    """A version 7 UUID: random, and in the order of creation within one process.

    The twelve bits after the millisecond count quarter microseconds (RFC 9562 §6.2, method 3).
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = (rest << 12) // 1_000_000
    random = int.from_bytes(random_16()) >> 66  # 62 bits
    value = milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0x2 << 62 | random
    return UUID(int=value)
