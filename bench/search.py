"""The search page of the real program over 5,000, 50,000 and 500,000 entries: the curve of its p95.

Entries are made up from lists of places, subjects and aspects, indexed by the program's own
functions and brought in by COPY.  Pages are asked for over HTTP one after the other by somebody who
is logged in; every kind of query has the same share.
"""

import itertools
import os
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import psycopg

from bench.report import Bar, Report
from datahall import bootstrap
from datahall.catalogue import (
    CatalogueItem,
    Field,
    FieldType,
    ItemStatus,
    ShareMethod,
    Sharing,
    UpdateCycle,
    index,
    repository,
)
from datahall.catalogue.categories import built_in
from datahall.kit import cookies, db, postgres
from datahall.kit.ids import ItemId, OrgId
from datahall.organisations import organisations, seed
from datahall.organisations.service.login import open_session
from datahall.security import Role
from datahall.standards import SensitiveKind
from tests.factories import add_person
from tests.tools import live

SIZES = [int(n) for n in os.environ.get("BENCH_SEARCH", "5000,50000,500000").split(",")]
EACH = int(os.environ.get("BENCH_SEARCH_EACH", "20"))  # pages of each kind of query
ENOUGH_MS = 300.0
GROWTH = 20.0  # p95 of the largest over p95 of the smallest, which has a hundredth of the entries

PLACES = [
    f"{county}{town}"
    for county in ("金安区", "裕安区", "叶集区", "霍邱县", "舒城县", "金寨县", "霍山县", "开发区")
    for town in ("", "城关", "东桥", "木厂", "孙岗", "双河", "毛坦厂", "独山", "苏埠", "青山", "梅山",
                 "古碑", "燕子河", "诸佛庵", "漫水河", "万佛湖", "晓天", "河棚", "众兴", "石店")
]  # fmt: skip
SUBJECTS = [
    "常住人口",
    "流动人口",
    "婚姻登记",
    "殡葬服务",
    "最低生活保障",
    "特困人员",
    "残疾人",
    "退役军人",
    "养老机构",
    "儿童福利",
    "企业登记",
    "个体工商户",
    "行政许可",
    "行政处罚",
    "食品经营",
    "药品经营",
    "特种设备",
    "电梯维保",
    "不动产",
    "国有土地",
    "建设工程",
    "施工许可",
    "商品房",
    "公租房",
    "物业企业",
    "住房公积金",
    "社会保险",
    "医疗保险",
    "工伤认定",
    "就业失业",
    "劳动监察",
    "学籍",
    "教师资格",
    "中小学校",
    "医疗机构",
    "医师执业",
    "疫苗接种",
    "传染病",
    "道路运输",
    "驾驶员",
    "公交线路",
    "桥梁",
    "水库",
    "河道",
    "取水许可",
    "排污许可",
    "空气质量",
    "水质监测",
    "林权",
    "古树名木",
    "农机",
    "种子生产",
    "畜禽养殖",
    "惠农补贴",
    "高标准农田",
    "旅游景区",
    "文物保护",
    "体育场馆",
    "税收",
    "财政预算",
    "政府采购",
    "招标投标",
    "信用评价",
    "失信被执行人",
    "消防检查",
    "安全生产",
    "危险化学品",
    "应急物资",
    "气象预警",
    "信访事项",
    "法律援助",
    "公证",
    "司法鉴定",
    "人民调解",
    "社区网格",
    "燃气用户",
    "供水用户",
    "供电用户",
]
ASPECTS = [
    "基本信息",
    "登记信息",
    "变更记录",
    "注销记录",
    "检查记录",
    "处罚记录",
    "年报",
    "名录",
    "统计",
    "台账",
    "监测数据",
    "审批结果",
    "发放记录",
    "人员名单",
    "设备清单",
    "证照",
    "投诉处理",
    "评价结果",
    "资金明细",
    "服务网点",
    "位置信息",
    "巡查记录",
    "整改情况",
    "培训记录",
    "合同备案",
    "抽检结果",
    "项目清单",
    "申请材料",
    "年度考核",
    "预警信息",
    "责任人",
    "联系方式",
    "供应商",
    "合格证",
    "转移记录",
    "补贴标准",
    "收费标准",
    "办理进度",
    "历史档案",
    "家庭成员",
]
FIELDS = [
    "公民身份号码",
    "姓名",
    "性别",
    "民族",
    "出生日期",
    "户籍地址",
    "联系电话",
    "统一社会信用代码",
    "企业名称",
    "法定代表人",
    "注册资本",
    "成立日期",
    "行政区划代码",
    "项目名称",
    "许可证号",
    "有效期至",
    "发证机关",
    "金额",
    "数量",
    "状态",
    "经度",
    "纬度",
    "设备编号",
    "检查日期",
    "检查结果",
    "备注",
]
STARTED = datetime(2020, 1, 1, tzinfo=UTC)


def measure() -> Report:
    """The curve: every kind of query at every size, in one hall that grows."""
    with postgres.scratch_folder("datahall-bench-") as folder:
        os.environ["DATAHALL_HOME"] = f"{folder}/home"
        with postgres.Server(folder / "pg", options={"shared_buffers": "512MB"}) as server:
            return _measure(server.create_database("bench"), folder)


def _measure(dsn: str, folder: Path) -> Report:
    bootstrap.migrate(dsn)
    engine = db.engine(dsn)
    units = bootstrap.units(engine)
    with units.open() as unit:
        seed.plant(unit.conn)
        person = add_person(unit.conn, Role.CLERK, org=seed.org_id("police"))
        providers = [org.id for org in organisations(unit.conn)]
        levels = {org: index.level_of(unit.conn, org) for org in providers}
    curve = []
    made = entries(providers)
    filled = 0
    for size in SIZES:
        began = time.perf_counter()
        fill(dsn, itertools.islice(made, size - filled), levels)
        filled = size
        filling_s = time.perf_counter() - began
        with units.open() as unit:
            opened = open_session(unit, person, address="127.0.0.1", agent="bench")
        with (
            live.pages(dsn, folder / "web.log") as address,
            httpx.Client(base_url=address, cookies={cookies.SESSION: opened.token}) as browser,
        ):
            curve.append(
                {"entries": size, "filling_s": round(filling_s)} | timed(browser, providers)
            )
    engine.dispose()
    last, first = curve[-1]["all"]["p95_ms"], curve[0]["all"]["p95_ms"]
    return Report(
        conditions={
            "pages_of_each_kind": EACH,
            "clients": 1,
            "kinds": list(queries(providers, 0)),
        },
        figures={"curve": curve},
        bars=[
            Bar("p95_ms_at_the_largest", last, ENOUGH_MS, "<="),
            Bar("growth_of_p95", last / first, GROWTH, "<="),
        ],
    )


def timed(browser: httpx.Client, providers: list[OrgId]) -> dict[str, Any]:
    """Milliseconds of each kind of query, after a round that warms up."""
    taken: dict[str, list[float]] = defaultdict(list)
    for number in range(-3, EACH):
        for kind, address in queries(providers, number).items():
            began = time.perf_counter()
            answer = browser.get(address)
            took = (time.perf_counter() - began) * 1000
            if answer.status_code != 200:
                raise RuntimeError(f"{address}: {answer.status_code}")
            if number >= 0:
                taken[kind].append(took)
                taken["all"].append(took)
    return {
        kind: {
            "median_ms": round(statistics.median(times), 1),
            "p95_ms": round(sorted(times)[int(len(times) * 0.95) - 1], 1),
        }
        for kind, times in taken.items()
    }


def queries(providers: list[OrgId], number: int) -> dict[str, str]:
    """One page of each kind; another one for each number."""
    dice = random.Random(number)
    subject, aspect, place = dice.choice(SUBJECTS), dice.choice(ASPECTS), dice.choice(PLACES[1:])
    swapped = subject + aspect
    swapped = swapped[:2] + swapped[3:] if len(swapped) > 5 else swapped[:1] + swapped[2:]
    provider = dice.choice(providers)
    return {
        "everything": "/catalogue",
        "common_word": f"/catalogue?q={dice.choice(['登记', '记录', '企业', '人口', '信息'])}",
        "subject": f"/catalogue?q={subject}",
        "rare": f"/catalogue?q={place} {subject}{aspect}",
        "field": f"/catalogue?q={dice.choice(FIELDS)}",
        "initials": f"/catalogue?q={dice.choice(['zdshbz', 'qydj', 'czrk', 'pwxk', 'xk', 'sgxk'])}",
        "spelling": f"/catalogue?q={dice.choice(['changzhurenkou', 'qiyedengji', 'gongzheng'])}",
        "mistyped": f"/catalogue?q={swapped}",
        "code": f"/catalogue?q={dice.choice(['101001', '307006/0001', '102001/000004'])}",
        "facets": f"/catalogue?sharing=unconditional&grade=1&provider={provider}",
        "words_and_facets": f"/catalogue?q={subject}&sharing=conditional&update_cycle=04",
        "newest": f"/catalogue?q={subject}&order=newest",
        "later_page": f"/catalogue?page={dice.randrange(2, 20)}",
        "nothing": f"/catalogue?q=量子纠缠{number}",
    }


def entries(providers: list[OrgId]) -> Iterator[CatalogueItem]:
    """Made-up entries, the same at every call."""
    dice = random.Random(809)
    usable = [code for code, category in built_in().items() if category.is_usable]
    names = [(p, s, a) for p in PLACES for s in SUBJECTS for a in ASPECTS]
    dice.shuffle(names)
    for number, (place, subject, aspect) in enumerate(itertools.cycle(names)):
        chosen = dice.sample(range(len(FIELDS)), 7)
        fields = tuple(FIELD[i] for i in chosen)
        again = number // len(names)
        yield CatalogueItem(
            id=ItemId(UUID(int=number + 1)),
            status=ItemStatus.PUBLISHED,
            code=f"{dice.choice(usable)}/{number:06d}",
            provider=dice.choice(providers),
            title=f"{place}{subject}{aspect}{again or ''}",
            abstract=f"{place}{subject}的{aspect}，含{FIELDS[chosen[0]]}、{FIELDS[chosen[1]]}等。",
            category_code=dice.choice(usable),
            fields=fields,
            sharing=dice.choice((Sharing.CONDITIONAL, Sharing.CONDITIONAL, Sharing.UNCONDITIONAL)),
            share_methods=tuple(dice.sample(METHODS, dice.randrange(1, 3))),
            update_cycle=dice.choice(list(UpdateCycle)),
            drafted_at=STARTED,
            published_at=STARTED + timedelta(minutes=number),
        )


TREE = built_in()
METHODS = (ShareMethod.API, ShareMethod.BATCH, ShareMethod.FILE)
FIELD = [
    Field(
        name=f"f{i}",
        title=title,
        source_column=f"f{i}",
        type=FieldType.STRING,
        grade=3 if i < 2 else 1,
        sensitive=SensitiveKind.ID_CARD if i == 0 else SensitiveKind.NONE,
    )
    for i, title in enumerate(FIELDS)
]


def fill(dsn: str, made: Iterator[CatalogueItem], levels: dict[OrgId, str]) -> None:
    """Bring entries in by COPY, their listings as the program makes them."""
    with psycopg.connect(db.plain_dsn(dsn), autocommit=True) as conn:
        conn.execute("drop index ix_catalogue_listings_words")
        while batch := list(itertools.islice(made, 20_000)):
            rows = [repository.row_of(item) for item in batch]
            copy(conn, "catalogue_items", rows)
            listed = [
                index.row(item, level=levels[item.provider], theme=index.theme_of(item, TREE))
                for item in batch
            ]
            copy(conn, "catalogue_listings", listed)
        conn.execute("set maintenance_work_mem = '512MB'")
        conn.execute(
            "create index ix_catalogue_listings_words on catalogue_listings using gin (words)"
        )
        conn.execute("vacuum analyze catalogue_items")
        conn.execute("vacuum analyze catalogue_listings")


def copy(conn: psycopg.Connection[Any], table: str, rows: list[dict[str, Any]]) -> None:
    names = list(rows[0])
    listed = ", ".join(f'"{name}"' for name in names)
    statement = f"copy {table} ({listed}) from stdin"
    with conn.cursor() as cursor, cursor.copy(statement) as out:  # type: ignore[call-overload]
        for row in rows:
            values = (row[name] for name in names)
            out.write_row(
                [msgspec.json.encode(v).decode() if isinstance(v, dict) else v for v in values]
            )
