"""Social assistance and cremations: people of the register, as 市民政局 lists them (社会救助、火化)."""

from datetime import date
from typing import Final

import numpy as np
import polars as pl

from datahall.demo.city import numbers
from datahall.demo.city.people import changed_at

KINDS: Final = ("01", "02", "03", "04", "05", "06", "07")
KIND_SHARES: Final = (0.11, 0.52, 0.02, 0.18, 0.09, 0.05, 0.03)
BANKS: Final = ("徽商银行", "中国农业银行", "安徽农金", "中国邮政储蓄银行", "中国工商银行")
BANK_PREFIXES: Final = ("621776", "622848", "622324", "621098", "622202")
PARLOURS: Final = (
    "六安市殡仪馆", "霍邱县殡仪馆", "舒城县殡仪馆", "金寨县殡仪馆", "霍山县殡仪馆", "叶集区殡仪馆",
)  # fmt: skip
PARLOUR_OF: Final = {
    "341502": 0, "341503": 0, "341522": 1, "341523": 2, "341524": 3, "341525": 4, "341504": 5,
}  # fmt: skip
FIRST_MONTHLY: Final = 240
STILL_PAID: Final = 0.004
"""Share of the assisted who are on the cremation list and still paid: what sharing finds."""


def assistance(
    rng: np.random.Generator, n: int, persons: pl.DataFrame, today: date
) -> pl.DataFrame:
    """`n` assisted people without faults; the columns are ASSISTANCE's in tables.py."""
    grown = persons.filter(pl.col("csrq") < date(today.year - 16, 1, 1))
    who = grown[rng.choice(grown.height, min(n, grown.height), replace=False)]
    n = who.height
    kind = rng.choice(KINDS, n, p=KIND_SHARES)
    bank = rng.integers(0, len(BANKS), n)
    start = np.datetime64(today) - rng.integers(40, 2500, n)
    start = start.astype("datetime64[M]").astype("datetime64[D]")
    ended = rng.random(n) < 0.22
    end = np.minimum(start + rng.integers(60, 1500, n), np.datetime64(today) - 5)
    household = rng.integers(1, 5, n)
    pay = (FIRST_MONTHLY + rng.integers(0, 58, n) * 10) * household
    serial = numbers.padded(np.arange(1, n + 1), 6)
    year = start.astype("datetime64[Y]").astype(str)
    return pl.DataFrame(
        {
            "救助编号": np.char.add(np.char.add(np.char.add("JZ", year), "-"), serial),
            "姓名": who["xm"],
            "公民身份号码": who["gmsfhm"],
            "性别": who["xb"],
            "救助类别": kind,
            "所属县区": who["ssxq"],
            "家庭住址": who["hjdz"],
            "保障人口数": household.astype(str),
            "月保障金额": np.char.add(pay.astype(str), ".00"),
            "享受起始日期": start.astype(str),
            "享受终止日期": np.where(ended, np.maximum(end, start).astype(str), ""),
            "开户银行": np.array(BANKS)[bank],
            "银行账号": numbers.bank_cards(
                np.char.add(
                    np.array(BANK_PREFIXES)[bank], numbers.padded(rng.integers(0, 10**12, n), 12)
                )
            ),
            "联系电话": numbers.mobiles(rng, n),
            "更新时间": changed_at(rng, start, today),
        }
    ).with_columns(
        pl.col("享受终止日期").replace("", None),
        pl.col("更新时间").dt.to_string("%Y-%m-%d %H:%M:%S"),
    )


def cremations(
    rng: np.random.Generator,
    n: int,
    persons: pl.DataFrame,
    assisted: pl.DataFrame,
    today: date,
) -> pl.DataFrame:
    """`n` cremations without faults, mostly of the old; the columns are CREMATIONS' in tables.py.

    Some of the dead are still assisted: nobody told the office that pays.
    """
    paid = assisted.filter(pl.col("享受终止日期").is_null())["公民身份号码"]
    still = paid.sample(round(assisted.height * STILL_PAID), seed=int(rng.integers(2**31)))
    age = today.year - persons["csrq"].dt.year().to_numpy()
    weight = np.where(persons["gmsfhm"].is_in(assisted["公民身份号码"]), 0, np.exp(age / 11.0))
    others = rng.choice(persons.height, n - still.len(), replace=False, p=weight / weight.sum())
    who = pl.concat([persons[others], persons.filter(pl.col("gmsfhm").is_in(still.implode()))])
    n = who.height
    who = who[rng.permutation(n)]
    died = np.maximum(
        np.datetime64(today) - rng.integers(3, 1500, n),
        who["csrq"].to_numpy().astype("datetime64[D]") + 1,
    )
    cremated = np.minimum(died + rng.integers(1, 5, n), np.datetime64(today) - 1)
    place = np.array([PARLOUR_OF[c] for c in who["ssxq"]])
    serial = numbers.padded(np.arange(1, n + 1), 5)
    kin = who["lxdh"].fill_null("13905640000")
    return pl.DataFrame(
        {
            "火化证编号": np.char.add(
                np.char.add("皖六火", cremated.astype("datetime64[Y]").astype(str)), serial
            ),
            "逝者姓名": who["xm"],
            "公民身份号码": who["gmsfhm"],
            "性别": who["xb"],
            "死亡日期": np.minimum(died, cremated).astype(str),
            "火化日期": cremated.astype(str),
            "殡仪馆": np.array(PARLOURS)[place],
            "户籍地址": who["hjdz"],
            "所属县区": who["ssxq"],
            "家属联系电话": kin,
            "更新时间": changed_at(rng, cremated, today),
        }
    ).with_columns(pl.col("更新时间").dt.to_string("%Y-%m-%d %H:%M:%S"))
