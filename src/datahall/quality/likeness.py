"""What the values of a column look like: the share that passes each kind's rule (敏感识别).

Identifiers are judged by their check digit, the others by their form; names and addresses have
none, so theirs is how they usually begin and end.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

import polars as pl

from datahall.quality.checksums import Mask, bank_card_fails, id_card_fails, uscc_fails
from datahall.quality.library import PATTERNS
from datahall.standards import SensitiveKind

SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任"
    "沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫"
    "孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅"
    "童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车"
    "项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲"
)
"""The commonest surnames, about 95 % of people."""
NAME: Final = rf"^(?:[{SURNAMES}][\p{{Han}}]{{1,2}}|(?:欧阳|司马|上官|诸葛|皇甫|尉迟|公孙|东方)[\p{{Han}}]{{1,2}})$"
NO_NAME: Final = r"[区县市镇乡村街局院校司店厂部科组类级号型站所处会馆室区]$"
ADDRESS: Final = (
    r"(?:省|市|区|县|镇|乡|街道|村).*(?:路|街|巷|号|村|组|栋|幢|室|小区|社区)|(?:路|街|巷)\d+号"
)
EMBEDDED: Final = r"(?:^|\D)(?:\d{17}[\dXx]|1[3-9]\d{9})(?:\D|$)"
LONGITUDES: Final = (73.0, 136.0)  # of China
LATITUDES: Final = (3.0, 54.0)
MOST: Final = 0.8  # of the values are codes of a list, else it is not worth naming
LEAST: Final = 0.0001
DECIMALS_OF_A_PLACE: Final = r"^\d{1,3}\.\d{3,}$"

_KERNELS: Final = {
    SensitiveKind.ID_CARD: id_card_fails,
    SensitiveKind.USCC: uscc_fails,
    SensitiveKind.BANK_CARD: bank_card_fails,
}
_FORMS: Final = {
    SensitiveKind.MOBILE: f"^(?:{PATTERNS['mobile']})$",
    SensitiveKind.LANDLINE: f"^(?:{PATTERNS['landline']})$",
    SensitiveKind.EMAIL: f"^(?:{PATTERNS['email']})$",
    SensitiveKind.PLATE: f"^(?:{PATTERNS['plate']})$",
    SensitiveKind.ADDRESS: ADDRESS,
}


def looks(values: pl.Series, today: date) -> dict[str, float]:
    """Share of the values given that look like each kind, and `embedded`; none: not there.

    Args:
        values: text, trimmed, nulls for what is empty.
        today: no birth date in an identity number is later.
    """
    given = values.drop_nulls().str.to_uppercase()
    if given.is_empty():
        return {}
    found = {str(kind): _passing(fails(given, today)) for kind, fails in _KERNELS.items()}
    for kind, form in _FORMS.items():
        text = values.drop_nulls() if kind is SensitiveKind.EMAIL else given
        found[str(kind)] = _share(text.str.contains(form))
    found[str(SensitiveKind.NAME)] = _share(given.str.contains(NAME) & ~given.str.contains(NO_NAME))
    found[str(SensitiveKind.LOCATION)] = _places(given)
    inside = given.str.contains(EMBEDDED) & (given.str.len_chars() > 18)  # noqa: PLR2004 an id
    found["embedded"] = _share(inside)
    return {kind: share for kind, share in found.items() if share}


def same_births(ids: pl.Series, dates: pl.Series) -> float:
    """Share of the dates that are the birth dates of the identity numbers beside them."""
    both = pl.DataFrame(
        {"id": ids, "day": dates.str.replace_all(r"\D", "").str.head(8)}
    ).drop_nulls()
    return _share(both["id"].str.slice(6, 8) == both["day"]) if both.height else 0.0


def coded(values: pl.Series, lists: Mapping[str, frozenset[str]]) -> dict[str, float]:
    """Share of the values that are codes of each list, of lists that most of them are of."""
    counts = values.drop_nulls().value_counts()
    total = int(counts["count"].sum())
    if not total:
        return {}
    shares = {
        name: _rounded(
            int(counts.filter(pl.col(values.name).is_in(list(codes)))["count"].sum()) / total
        )
        for name, codes in lists.items()
    }
    return {name: share for name, share in shares.items() if share >= MOST}


def _places(given: pl.Series) -> float:
    """Share of numbers with the decimals of a place inside China's bounds, one side of them."""
    number = given.cast(pl.Float64, strict=False)
    inside = number.is_between(*LATITUDES) | number.is_between(*LONGITUDES)
    return _share((inside & given.str.contains(DECIMALS_OF_A_PLACE)).fill_null(value=False))


def _passing(fails: Mask) -> float:
    return _rounded(1 - float(fails.mean()))


def _share(matches: pl.Series) -> float:
    return _rounded(int(matches.sum()) / len(matches))


def _rounded(share: float) -> float:
    """To four places, but nothing that is there becomes nought, nor the whole before it is."""
    if 0 < share < LEAST:
        return LEAST
    return min(round(share, 4), 1.0 if share == 1 else 1 - LEAST)
