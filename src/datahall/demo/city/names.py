"""Names of people: surnames as frequent as around 六安, given names as of the year of birth."""

from typing import Final

import numpy as np
import numpy.typing as npt

SURNAMES: Final = (
    "王 7.3 李 7.0 张 6.6 刘 4.6 陈 4.3 汪 3.2 杨 2.9 徐 2.7 吴 2.6 江 2.5 黄 2.4 余 2.3 胡 2.2 朱 2.1 "
    "许 2.0 程 1.9 方 1.9 潘 1.8 何 1.7 周 1.7 孙 1.6 郑 1.5 田 1.4 台 1.3 储 1.3 高 1.2 马 1.2 赵 1.2 "
    "丁 1.1 沈 1.1 谢 1.1 鲍 1.0 束 1.0 彭 1.0 罗 1.0 宋 0.9 林 0.9 曹 0.9 杜 0.9 夏 0.9 金 0.9 蔡 0.8 "
    "郭 0.8 韦 0.8 汤 0.8 袁 0.8 史 0.8 叶 0.8 姚 0.7 卢 0.7 戴 0.7 冯 0.7 查 0.7 傅 0.6 梁 0.6 窦 0.6 "
    "董 0.6 邓 0.6 翁 0.6 陶 0.6 唐 0.6 熊 0.5 付 0.5 蒋 0.5 范 0.5 权 0.5 祝 0.5 霍 0.5 杭 0.4 匡 0.4 "
    "闻 0.4 晏 0.4 毕 0.4 关 0.3 邵 0.3 盛 0.3 葛 0.3 施 0.3 涂 0.3 俞 0.3 欧阳 0.15 司马 0.05 上官 0.05"
).split()

COHORTS: Final = (1960, 1980, 2000)
"""Years at which the fashion of names changed."""

MEN: Final = (
    ("国 家 德 永 正 明 光 世 成 志 文 金 传 克 长 宗 道 先 大 保", "福 富 贵 才 发 友 清 云 祥 华 银 林 山 海 江 义 仁 礼 亮 余"),
    ("建 国 卫 红 志 文 永 光 学 家 大 新 爱 海 明 春 东 德 世 云", "军 兵 民 国 华 平 明 勇 强 红 春 生 祥 胜 青 林 斌 忠 东 海"),
    ("志 文 小 海 晓 永 家 俊 成 少 建 德 学 国 先 宏 立 金 玉 光", "伟 强 磊 勇 涛 超 明 杰 斌 波 鹏 辉 飞 军 龙 松 亮 峰 刚 凯"),
    ("子 宇 浩 俊 梓 家 文 一 思 明 皓 嘉 博 天 泽 奕 沐 承 睿 书", "轩 涵 豪 宇 杰 然 辰 睿 阳 博 航 浩 泽 宸 林 哲 瑞 峰 恒 铭"),
)  # fmt: skip
WOMEN: Final = (
    ("秀 桂 玉 兰 素 凤 金 翠 月 淑 德 世 先 荣 传 正 家 克 良 本", "英 兰 芳 珍 花 莲 云 华 荣 梅 芝 香 清 霞 琴 侠 如 贤 存 群"),
    ("玉 秀 桂 红 翠 爱 春 素 月 金 凤 丽 小 永 家 学 德 云 先 正", "兰 英 梅 芳 琴 霞 萍 华 红 莲 珍 琼 云 敏 群 荣 玲 凤 香 侠"),
    ("小 晓 海 丽 春 玉 红 秀 艳 雪 文 家 婷 燕 美 冬 慧 月 先 莉", "丽 芳 娟 敏 燕 静 艳 玲 婷 霞 红 梅 娜 洁 蕾 琴 莉 娇 颖 慧"),
    ("子 梓 雨 欣 诗 思 梦 佳 一 语 可 若 心 嘉 紫 依 雅 馨 书 沐", "涵 萱 怡 琪 妍 彤 瑶 桐 馨 颖 妤 琳 冉 晗 悦 雯 玥 菲 萌 然"),
)  # fmt: skip
SINGLE_SHARE: Final = (0.08, 0.22, 0.38, 0.14)
"""Share of given names of one character, by cohort."""

Texts = npt.NDArray[np.str_]
Ints = npt.NDArray[np.int64]


def surnames(rng: np.random.Generator, n: int) -> Texts:
    """As frequent as they are."""
    weights = np.array(SURNAMES[1::2], float)
    return rng.choice(np.array(SURNAMES[0::2]), n, p=weights / weights.sum())


def given_names(rng: np.random.Generator, years: Ints, men: npt.NDArray[np.bool_]) -> Texts:
    """One or two characters, by the year of birth and the sex."""
    n = len(years)
    cohort = np.searchsorted(COHORTS, years, side="right")
    pools = np.array([[part.split() for part in by] for sex in (WOMEN, MEN) for by in sex])
    first, last = rng.integers(0, pools.shape[2], (2, n))
    row = men * len(MEN) + cohort
    one = rng.random(n) < np.array(SINGLE_SHARE)[cohort]
    return np.char.add(np.where(one, "", pools[row, 0, first]), pools[row, 1, last])
