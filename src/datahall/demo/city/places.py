"""Where people and firms are: counties, towns, villages, streets (地址)."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from datahall.organisations import RegionLevel, seed

Texts = npt.NDArray[np.str_]
Ints = npt.NDArray[np.int64]

CITY: Final = "安徽省六安市"
WEIGHTS: Final = {
    "341502": 19, "341503": 18, "341504": 5, "341522": 21,
    "341523": 17, "341524": 11, "341525": 7, "341571": 2,
}  # fmt: skip
"""People by county, per cent, roughly as in the census of 2020."""

ZONE: Final = "341571"  # the development zone has no national code,
AROUND_ZONE: Final = "341502"  # so registers count its people to the district that it lies in
ZONE_TOWN: Final = ("341571001", "开发区街道")

VILLAGES: Final = (
    "新河 龙潭 双塘 桃源 黄林 高皇 花园 杨庙 清凉寺 石桥 油坊 柳林 枣树 大桥 东岳 白龙 长岗 汪家冲 余畈 "
    "茶庵 梅花 青龙 黄泥岗 松林 团结 红旗 前进 永丰 新沟 老湾 太平 五里 七里冲 响洪甸 齐山 望江 沙埂 "
    "先生店 大岭 古塘 锦屏 上河 下楼 宋河 平桥 马堰 双墩 大牛 板桥 金桥 光明 朝阳 同心 幸福 和平 胜利 "
    "横塘 槐树 瓦庙 泉水 塔岗 牌坊 祠堂 铁冲 包畈 河西 河东 竹园 南岳 北庄 三岔 刘圩 李圩 张店 孙湾 许楼"
).split()
COMMUNITIES: Final = (
    "云露 紫竹林 皋城 梅山路 磨子潭路 解放路 健康路 光明 中心 人民路 滨河 东方 凤凰桥 龙河 九墩塘 齐云 佛子岭路 "
    "大别山路 文庙 学府 府前 城东 城西 城南 淠河 望淠 锦绣 和平 新城 明珠"
).split()
ROADS: Final = (
    "梅山南路 皋城中路 解放北路 人民路 大别山路 佛子岭路 磨子潭路 齐云路 龙河路 健康路 光明路 和平路 "
    "淠河路 长江路 寿春路 振兴路 迎宾大道 中心街 老街 文昌路 建设路 黄山路"
).split()
ESTATES: Final = (
    "锦绣华府 恒大御景湾 碧桂园 淠河花园 皋城府邸 振华家园 翡翠城 明珠花园 金色家园 和顺名都 清水湾 "
    "御景天成 书香门第 万达华府 东方名城 滨河小区 梅山小区 新城家园"
).split()
GROUPS: Final = (
    "上郢 下郢 王郢 李庄 张老圩 新庄 老屋 东头 西头 前庄 后庄 大塘 小湾 桥头 窑岗 河沿 中心 街道"
).split()  # 郢 and 庄 are what hamlets around 六安 are called


@dataclass(frozen=True, slots=True)
class Places:
    """The towns of the city, one a line."""

    county: Texts  # code
    county_name: Texts
    town: Texts  # code
    town_name: Texts
    urban: npt.NDArray[np.bool_]
    share: npt.NDArray[np.float64]

    @classmethod
    def of_the_city(cls) -> "Places":
        regions = seed.regions()
        counties = {r.code: r.name for r in regions if r.level is RegionLevel.COUNTY}
        towns = [(r.parent or "", r.code, r.name) for r in regions if r.level is RegionLevel.TOWN]
        towns.append((ZONE, *ZONE_TOWN))
        county, code, name = (np.array(column) for column in zip(*towns, strict=True))
        urban = np.array([n.endswith("街道") or n in {"城关镇", "梅山镇", "衡山镇"} for n in name])
        size = np.where(urban, 3.0, 1.0)
        within = {c: size[county == c].sum() for c in counties}
        share = np.array([WEIGHTS[c] * s / within[c] for c, s in zip(county, size, strict=True)])
        names = np.array([counties[c] for c in county])
        return cls(county, names, code, name, urban, share / share.sum())

    def counties(self, at: Ints) -> Texts:
        """The national code of the county of each line."""
        code = self.county[at]
        return np.where(code == ZONE, AROUND_ZONE, code)

    def pick(self, rng: np.random.Generator, n: int) -> Ints:
        """Lines of the towns where `n` households live."""
        return rng.choice(len(self.town), n, p=self.share)

    def addresses(self, rng: np.random.Generator, at: Ints) -> Texts:
        """A household's address in the town of each line."""
        n = len(at)
        town = np.char.add(np.char.add(CITY, self.county_name[at]), self.town_name[at])
        village = np.char.add(_of(rng, VILLAGES, at), "村")
        hamlet = np.char.add(_any(rng, GROUPS, n), "组")
        number = rng.integers(1, 90, n).astype("U2")
        rural = _joined(town, village, hamlet, number, "号")
        community = np.char.add(_of(rng, COMMUNITIES, at), "社区")
        door = rng.integers(1, 400, n).astype("U3")
        house = rng.integers(1, 31, n).astype("U2")
        floor = (rng.integers(1, 19, n) * 100 + rng.integers(1, 5, n)).astype("U4")
        flat = _joined(
            town, community, _any(rng, ROADS, n), door, "号",
            _any(rng, ESTATES, n), house, "幢", floor, "室",
        )  # fmt: skip
        return np.where(self.urban[at], flat, rural)


def _any(rng: np.random.Generator, pool: list[str], n: int) -> Texts:
    return np.array(pool)[rng.integers(0, len(pool), n)]


def _of(rng: np.random.Generator, pool: list[str], at: Ints) -> Texts:
    """One of a town's own eight names out of the pool."""
    which: Ints = at * 7 + rng.integers(0, 8, len(at)) * 5
    return np.array(pool)[which % len(pool)]


def _joined(first: Texts, *others: Texts | str) -> Texts:
    text = first
    for part in others:
        text = np.char.add(text, part)
    return text
