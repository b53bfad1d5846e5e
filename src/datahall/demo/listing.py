"""Lists of departments at several stages, what they leave open, and exemptions (示例：三清单、应编尽编)."""

from collections.abc import Mapping
from datetime import date, timedelta
from io import BytesIO
from typing import Final

from datahall import coverage, lists
from datahall.coverage import Ground, SubjectKind
from datahall.demo import cast
from datahall.kit.ids import ListId
from datahall.kit.uow import Unit, Units
from datahall.lists import ListKind, period_of
from datahall.security import Actor

COMMON: Final = {"scope": "市", "network": "外网", "contact": "0564-3379000"}
CIVIL: Final = {**COMMON, "builder": "六安市民政局", "origin": "自建", "hosting": "政务云"}
CIVIL_SYSTEMS: Final = (
    {**CIVIL, "name": "社会救助信息系统", "office": "社会救助科", "protection": "三级", "online_on": "2019-06-01", "database": "PostgreSQL 12", "tables": "86", "volume": "约 120 GB", "connected": "是"},
    {**CIVIL, "name": "火化登记系统", "office": "社会事务科", "protection": "二级", "online_on": "2017-03-15", "database": "SQL Server 2014", "tables": "31", "connected": "是"},
    {**CIVIL, "name": "婚姻登记管理系统", "office": "社会事务科", "origin": "省统建", "hosting": "部级", "protection": "三级", "online_on": "2021-10-08", "connected": "否", "obstacle": "省厅统建，市里没有库表权限，已申请回流"},
    {**CIVIL, "name": "养老服务平台", "office": "养老服务科", "protection": "二级", "online_on": "2022-05-20", "database": "MySQL 8.0", "tables": "54", "connected": "否", "obstacle": "正在改造接口，计划下季度接入"},
    {**CIVIL, "name": "优抚档案检索系统", "office": "办公室", "hosting": "本地", "protection": "未定级", "online_on": "2008-01-01", "connected": "否", "obstacle": "职能已划转，系统停用"},
)  # fmt: skip
POLICE_SYSTEMS: Final = (
    {**COMMON, "name": "人口信息系统", "builder": "六安市公安局", "office": "人口管理支队", "origin": "省统建", "hosting": "本地", "network": "专网", "protection": "三级", "connected": "是"},
    {**COMMON, "name": "互联网便民服务平台", "builder": "六安市公安局", "office": "科信支队", "origin": "自建", "hosting": "政务云", "network": "互联网", "connected": "否", "obstacle": "待定"},
)  # fmt: skip
MARKET_SYSTEMS: Final = (
    {**COMMON, "name": "企业登记系统", "builder": "六安市市场监督管理局", "office": "行政许可科", "origin": "省统建", "hosting": "政务云", "connected": "是"},
    {**COMMON, "name": "食品安全追溯平台", "builder": "六安市市场监督管理局", "origin": "自建", "online_on": "2020年底"},
)  # fmt: skip
CIVIL_DEMANDS: Final = (
    {"title": "核对救助对象机动车登记情况", "org_name": "六安市民政局", "scenario": "申请低保时核对家庭财产，每月一次", "matter": "最低生活保障对象认定", "basis": "《社会救助暂行办法》第五十八条", "items": "公民身份号码、车辆类型、登记日期", "provider": "六安市公安局", "method": "服务接口", "update": "每日", "urgency": "紧急", "status": "待对接"},
)  # fmt: skip
LETTER: Final = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>"
    b"endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
"""One empty sheet of A4: what a scanned letter would be."""


def fill(units: Units, *, today: date) -> None:
    """Open a period; three departments stand at different stages of it.  Once, and whole."""
    with units.open() as unit:
        if lists.current_round(unit.conn, today) is not None:
            return
        bureau = cast.actor(unit, "bureau")
        period = period_of(today)
        lists.open_period(unit, bureau, period, due_on=lists.last_day(period))
        clerk = cast.actor(unit, "civil.clerk")
        systems = _hand_in(unit, clerk, ListKind.SYSTEMS, period, CIVIL_SYSTEMS)
        lists.sign(unit, cast.actor(unit, "civil.head"), systems)
        lists.publish(unit, bureau, systems)
        _hand_in(unit, clerk, ListKind.DEMANDS, period, CIVIL_DEMANDS)
        _return(unit, bureau, period)
        _start(unit, cast.actor(unit, "market.clerk"), ListKind.SYSTEMS, period, MARKET_SYSTEMS)
        _exempt(unit, clerk, bureau, today)


def _start(
    unit: Unit,
    clerk: Actor,
    kind: ListKind,
    period: str,
    rows: tuple[Mapping[str, str], ...],
) -> ListId:
    version = lists.start(unit, clerk, kind, period)
    lists.take(unit, clerk, version.id, rows)
    return version.id


def _hand_in(
    unit: Unit,
    clerk: Actor,
    kind: ListKind,
    period: str,
    rows: tuple[Mapping[str, str], ...],
) -> ListId:
    id = _start(unit, clerk, kind, period, rows)
    lists.hand_in(unit, clerk, id)
    return id


def _return(unit: Unit, bureau: Actor, period: str) -> None:
    """市公安局's systems come back with a remark on one cell."""
    clerk = cast.actor(unit, "police.clerk")
    id = _hand_in(unit, clerk, ListKind.SYSTEMS, period, POLICE_SYSTEMS)
    lists.sign(unit, cast.actor(unit, "police.cdo"), id)
    row = lists.rows(unit, bureau, id)[1]
    lists.remark(unit, bureau, id, row.id, {"obstacle": "写明具体原因和计划对接时间"})
    lists.return_(unit, bureau, id, remarks="“不可对接原因”没有写清。")


def _exempt(unit: Unit, clerk: Actor, bureau: Actor, today: date) -> None:
    """One system that was shut down is exempted; a request for another one waits."""
    asked = (
        ("优抚档案检索系统", Ground.RETIRED, "职能已划转退役军人事务部门，系统停用，档案已移交。"),
        ("养老服务平台", Ground.OTHER, "接口改造中，下季度完成后编目。"),
    )
    by_name = {
        one.name: one
        for one in coverage.account_of(unit, clerk, clerk.org).subjects
        if one.kind is SubjectKind.SYSTEM
    }
    made = [
        coverage.ask(
            unit,
            clerk,
            SubjectKind.SYSTEM,
            by_name[name].id,
            ground=ground,
            reason=reason,
            review_on=today + timedelta(days=365),
            proof_name=f"关于{name}的情况说明.pdf",
            proof=BytesIO(LETTER),
        )
        for name, ground, reason in asked
    ]
    coverage.decide(unit, bureau, made[0].id, granted=True, remarks="同意，一年后复审。")
