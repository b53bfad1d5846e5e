"""Enterprises, farms and shops of the city, each run by one of its residents (经营主体)."""

from datetime import date
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from datahall.demo.city import numbers
from datahall.demo.city.people import Days, Texts, changed_at
from datahall.demo.city.places import Places


class Trade(NamedTuple):
    """What firms of one kind are called and do."""

    code: str  # GB/T 4754
    name: str
    scope: str


COMPANIES: Final = (
    Trade("C1530", "茶业", "茶叶种植、加工、销售；预包装食品销售"),
    Trade("C2110", "家居", "木质家具制造、销售；板材加工"),
    Trade("C1941", "羽绒制品", "羽毛（绒）加工、羽绒制品制造、销售"),
    Trade("C3670", "汽车零部件", "汽车零部件及配件制造、销售；货物进出口"),
    Trade("C3024", "新型建材", "轻质建筑材料制造；建筑工程用机械销售"),
    Trade("D4416", "新能源", "太阳能发电；光伏设备及元器件销售；电力设施运维"),
    Trade("E4813", "建设工程", "市政公用工程、房屋建筑工程施工；劳务分包"),
    Trade("F5137", "商贸", "日用百货、农副产品、建筑材料批发零售"),
    Trade("G5430", "物流", "道路普通货物运输；仓储服务；装卸搬运"),
    Trade("I6513", "信息科技", "软件开发；信息系统集成；数据处理服务"),
    Trade("K7010", "置业", "房地产开发经营；房屋租赁"),
    Trade("L7291", "旅游发展", "旅游景区管理；民宿服务；会议及展览服务"),
    Trade("C2770", "生物科技", "石斛、灵芝等中药材种植与深加工；保健食品生产"),
)
SHOPS: Final = (
    Trade("F5212", "百货店", "日用百货零售"),
    Trade("H6210", "餐饮店", "餐饮服务；食品经营"),
    Trade("H6291", "早点铺", "小餐饮服务"),
    Trade("F5263", "摩托车行", "摩托车、电动车销售与修理"),
    Trade("F5251", "药房", "药品零售；医疗器械经营"),
    Trade("O8051", "理发店", "理发及美容服务"),
    Trade("F5232", "服装店", "服装、鞋帽零售"),
    Trade("F5274", "五金店", "五金、灯具、装饰材料零售"),
    Trade("H6110", "农家乐", "住宿服务；餐饮服务"),
)
FARMS: Final = (
    Trade("A0169", "茶叶种植专业合作社", "组织成员种植、采购、销售茶叶；引进新技术、新品种"),
    Trade("A0411", "水产养殖专业合作社", "组织成员开展淡水养殖、水产品销售"),
    Trade("A0511", "农机专业合作社", "为成员提供农机作业、维修服务"),
    Trade("A0321", "皖西白鹅养殖专业合作社", "组织成员养殖、销售皖西白鹅"),
    Trade("A0171", "中药材种植专业合作社", "石斛、天麻、茯苓种植与销售"),
    Trade("A0141", "蔬菜种植专业合作社", "蔬菜、瓜果种植与销售"),
)
KINDS: Final = ("有限责任公司", "个体工商户", "农民专业合作社")
KIND_SHARES: Final = (0.38, 0.52, 0.10)
KIND_DIGITS: Final = np.array(["1", "2", "3"])  # third part of the code's first two characters
BRANDS: Final = (
    "青山 瓜片 天堂寨 大别山 皖西 淠河 万佛湖 佛子岭 梅山 云雾 金叶 绿野 华源 兴达 鑫盛 恒泰 宏远 永发 "
    "顺达 福临 春晖 玉兰 金寨红 长冲 同兴 聚福 远景 明达 诚信 惠民 江淮 楚天 龙腾 瑞丰 祥和 红源 白云 "
    "老街 皋陶 文峰 齐云 汇丰 新安 锦程 博雅 天成 双龙 百川 丰乐 禾田"
).split()
STATUSES: Final = ("1", "2", "3", "4", "5")
STATUS_SHARES: Final = (0.86, 0.04, 0.07, 0.01, 0.02)
CAPITALS: Final = (10, 30, 50, 100, 200, 300, 500, 1000, 2000, 5000)
OPENING: Final = date(1994, 7, 1)  # the company law came into force


def firms(rng: np.random.Generator, n: int, persons: pl.DataFrame, today: date) -> pl.DataFrame:
    """`n` enterprises without faults; the columns are ENTERPRISES' in tables.py."""
    places = Places.of_the_city()
    at = places.pick(rng, n)
    county = places.counties(at)
    kind = rng.choice(3, n, p=KIND_SHARES)
    adults = persons.filter(pl.col("csrq") < date(today.year - 22, 1, 1))
    who = adults[rng.integers(0, adults.height, n)]
    trades, texts = _trades(rng, kind)
    opened = _opened(rng, who, today)
    approved = opened + (
        rng.random(n) ** 2 * (np.datetime64(today) - opened).astype(np.int64)
    ).astype(np.int64)
    company = kind == 0
    capital = np.where(company, rng.choice(CAPITALS, n), rng.integers(1, 30, n))
    return pl.DataFrame(
        {
            "tyshxydm": _usccs(rng, kind, county),
            "qymc": _titles(rng, kind, places.county_name[at], places.town_name[at], trades),
            "fddbr": who["xm"],
            "fddbrsfzh": who["gmsfhm"],
            "qylx": np.array(KINDS)[kind],
            "zczb": capital.astype(float),
            "clrq": opened,
            "hzrq": approved,
            "djzt": rng.choice(STATUSES, n, p=STATUS_SHARES),
            "hydm": texts[0],
            "ssxq": county,
            "zs": places.addresses(rng, at),
            "jyfw": texts[1],
            "lxdh": numbers.mobiles(rng, n),
            "gxsj": changed_at(rng, approved, today),
        }
    ).with_columns(pl.col("zczb").cast(pl.Decimal(16, 2)))


def _trades(
    rng: np.random.Generator, kind: npt.NDArray[np.int64]
) -> tuple[Texts, tuple[Texts, Texts]]:
    """Name of the trade, and its code and scope, for each firm."""
    pools = (COMPANIES, SHOPS, FARMS)
    flat = np.array([trade for pool in pools for trade in pool])
    start = np.array([0, len(COMPANIES), len(COMPANIES) + len(SHOPS)])
    size = np.array([len(pool) for pool in pools])
    row = flat[start[kind] + rng.integers(0, size[kind])]
    return row[:, 1], (row[:, 0], row[:, 2])


def _opened(rng: np.random.Generator, who: pl.DataFrame, today: date) -> Days:
    """After the founder came of age and the company law into force; most are young."""
    grown = who["csrq"].dt.offset_by("18y").to_numpy().astype("datetime64[D]")
    earliest = np.maximum(grown, np.datetime64(OPENING))
    span = (np.datetime64(today) - earliest).astype(np.int64)
    opened: Days = earliest + (np.sqrt(rng.random(len(who))) * (span - 1)).astype(np.int64)
    return opened


def _usccs(rng: np.random.Generator, kind: npt.NDArray[np.int64], county: Texts) -> Texts:
    """Codes as the market regulator gives them: 9, the kind, the county, an MA number."""
    n = len(kind)
    letters = np.array(list(numbers.USCC_ALPHABET))
    serial = rng.permutation(len(letters) ** 4)[:n] if n <= len(letters) ** 4 else np.arange(n)
    digits = serial[:, None] // len(letters) ** np.arange(6) % len(letters)
    digits[:, 4:] = rng.integers(0, 10, (n, 2)) if n <= len(letters) ** 4 else digits[:, 4:]
    bodies = np.full(n, "MA")
    for column in letters[digits].T:
        bodies = np.char.add(bodies, column)
    head = np.char.add(np.char.add("9", KIND_DIGITS[kind]), county)
    return numbers.usccs(np.char.add(head, numbers.org_codes(bodies)))


def _titles(
    rng: np.random.Generator, kind: npt.NDArray[np.int64], county: Texts, town: Texts, trade: Texts
) -> Texts:
    """六安市裕安区独山镇青山茶叶种植专业合作社, 霍山天成生物科技有限公司, 金寨县梅山镇老街百货店."""
    n = len(kind)
    brand = np.array(BRANDS)[rng.integers(0, len(BRANDS), n)]
    second = np.where(rng.random(n) < 0.4, "", np.array(BRANDS)[rng.integers(0, len(BRANDS), n)])
    brand = np.where(kind == 0, np.char.add(brand, second), brand)
    short = np.where(rng.random(n) < 0.5, "六安", "安徽")
    place = np.where(kind == 0, short, np.char.add(county, town))
    form = np.where(kind == 0, "有限公司", "")
    return np.char.add(np.char.add(place, brand), np.char.add(trade, form))
