"""Faults that are sown on purpose, each in a row of its own, and the list of them (埋点清单).

A manifest says which rows of a dataset quarantine must hold and why: key of the row → the set of
(source column, rule).  Weak faults are sown too; they are counted and hold nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import polars as pl

from datahall.demo.city import numbers

Fault = tuple[str, str]
Manifest = Mapping[str, frozenset[Fault]]
Spoil = Callable[[np.random.Generator, pl.DataFrame, date], pl.Series]
"""The values of the spoiled column for the rows given."""


@dataclass(frozen=True, slots=True)
class Seed:
    """One kind of fault: how many rows of a thousand, where, and what it turns values into."""

    per_mille: float
    column: str
    rule: str
    spoil: Spoil


def _constant(*values: str | None) -> Spoil:
    def spoil(rng: np.random.Generator, rows: pl.DataFrame, _today: date) -> pl.Series:
        return pl.Series([values[i] for i in rng.integers(0, len(values), rows.height)])

    return spoil


def _check_digit(column: str, alphabet: str = "0123456789X") -> Spoil:
    def spoil(rng: np.random.Generator, rows: pl.DataFrame, _today: date) -> pl.Series:
        return pl.Series(numbers.wrong(rng, rows[column].to_numpy().astype("U18"), alphabet))

    return spoil


def _without_a_digit(column: str) -> Spoil:
    def spoil(rng: np.random.Generator, rows: pl.DataFrame, _today: date) -> pl.Series:
        at = rng.integers(6, 17, rows.height)
        return pl.Series([v[:i] + v[i + 1 :] for v, i in zip(rows[column], at, strict=True)])

    return spoil


def _letter_for_zero(column: str) -> Spoil:
    """The commonest slip of the hand: the letter O for the digit 0, or I for 1."""

    def spoil(_rng: np.random.Generator, rows: pl.DataFrame, _today: date) -> pl.Series:
        return rows[column].str.replace("0", "O", literal=True).str.replace("1", "I", literal=True)

    return spoil


def _days(column: str, low: int, high: int) -> Spoil:
    """As many days after (before, if negative) the other column's."""

    def spoil(rng: np.random.Generator, rows: pl.DataFrame, _today: date) -> pl.Series:
        other = rows[column]
        days = pl.Series(rng.integers(low, high, rows.height), dtype=pl.Int64)
        if other.dtype == pl.Date:
            return other + pl.Series(days * 86_400_000_000).cast(pl.Duration("us"))
        moved = other.str.to_date() + pl.Series(days * 86_400_000_000).cast(pl.Duration("us"))
        return moved.dt.to_string("%Y-%m-%d")

    return spoil


def _future(low: int, high: int, *, text: bool = False) -> Spoil:
    def spoil(rng: np.random.Generator, rows: pl.DataFrame, today: date) -> pl.Series:
        days = np.datetime64(today) + rng.integers(low, high, rows.height)
        return pl.Series(days.astype(str)) if text else pl.Series(days)

    return spoil


def _short_mobile(column: str) -> Spoil:
    def spoil(_rng: np.random.Generator, rows: pl.DataFrame, _today: date) -> pl.Series:
        return rows[column].str.head(10)

    return spoil


ID: Final = "公民身份号码"
SEEDS: Final[Mapping[str, Sequence[Seed]]] = {
    "persons": (
        Seed(9, "gmsfhm", "id_card", _check_digit("gmsfhm")),
        Seed(5, "xm", "required", _constant("", "  ")),
        Seed(5, "xb", "code_list", _constant("3", "男", "女")),
        Seed(4, "mz", "code_list", _constant("60", "汉")),
        Seed(4, "djrq", "not_future", _future(30, 4000)),
        Seed(4, "djrq", "not_before", _days("csrq", -4000, -1)),
    ),
    "enterprises": (
        Seed(8, "tyshxydm", "uscc", _check_digit("tyshxydm", numbers.USCC_ALPHABET)),
        Seed(4, "tyshxydm", "uscc", _letter_for_zero("tyshxydm")),
        Seed(4, "qymc", "required", _constant("")),
        Seed(4, "djzt", "code_list", _constant("8", "0")),
        Seed(6, "hzrq", "not_before", _days("clrq", -900, -1)),
        Seed(5, "fddbrsfzh", "id_card", _check_digit("fddbrsfzh")),
    ),
    "assistance": (
        Seed(7, ID, "id_card", _check_digit(ID)),
        Seed(3, ID, "id_card", _without_a_digit(ID)),
        Seed(4, ID, "required", _constant(None)),
        Seed(5, "救助类别", "code_list", _constant("99", "低保")),
        Seed(6, "享受终止日期", "not_before", _days("享受起始日期", -600, -1)),
        Seed(3, "月保障金额", "range", _constant("-260.00", "-1.00")),
        Seed(2, "月保障金额", "type", _constant("三百二十元", "260元/月")),
    ),
    "cremations": (
        Seed(6, ID, "id_card", _check_digit(ID)),
        Seed(4, ID, "id_card", _without_a_digit(ID)),
        Seed(4, "逝者姓名", "required", _constant(None)),
        Seed(4, "死亡日期", "type", _constant("2025-02-30", "2024-13-01", "不详")),
        Seed(7, "火化日期", "not_before", _days("死亡日期", -30, -1)),
        Seed(4, "火化日期", "not_future", _future(20, 300, text=True)),
    ),
}
REPEATS: Final = {"assistance": ("救助编号", "unique", 1.5)}
"""Dataset → key, rule, rows of a thousand that come once more with another content."""

WEAK: Final = {
    "persons": Seed(10, "lxdh", "mobile", _short_mobile("lxdh")),
    "enterprises": Seed(10, "lxdh", "mobile", _short_mobile("lxdh")),
    "assistance": Seed(10, "联系电话", "mobile", _short_mobile("联系电话")),
    "cremations": Seed(10, "家属联系电话", "mobile", _short_mobile("家属联系电话")),
}


@dataclass(frozen=True, slots=True)
class Sown:
    """A dataset with its faults in place."""

    frame: pl.DataFrame
    manifest: Manifest
    weak: int  # rows that break the weak rule


def sow(rng: np.random.Generator, dataset: str, frame: pl.DataFrame, key: str, today: date) -> Sown:
    """Spoil rows of `frame`; every kind of fault is in one row at least, none in the first."""
    rows = rng.permutation(np.arange(1, frame.height))
    manifest: dict[str, frozenset[Fault]] = {}
    for seed in SEEDS[dataset]:
        count = max(1, round(frame.height * seed.per_mille / 1000))
        chosen, rows = np.sort(rows[:count]), rows[count:]
        values = seed.spoil(rng, frame[chosen], today)
        column = frame[seed.column].clone().scatter(chosen, values)
        frame = frame.with_columns(column.alias(seed.column))
        manifest |= dict.fromkeys(frame[key].gather(chosen), frozenset({(seed.column, seed.rule)}))
    weak = WEAK[dataset]
    able = rows[frame[weak.column].gather(rows).is_not_null().to_numpy()]
    chosen = np.sort(able[: max(1, round(frame.height * weak.per_mille / 1000))])
    column = frame[weak.column].scatter(chosen, weak.spoil(rng, frame[chosen], today))
    frame = frame.with_columns(column.alias(weak.column))
    if dataset in REPEATS:
        column_, rule, per_mille = REPEATS[dataset]
        kept = np.setdiff1d(rows, chosen)
        chosen_ = np.sort(kept[: max(1, round(frame.height * per_mille / 1000))])
        again = frame[chosen_].with_columns(pl.lit("安徽省六安市（地址待核）").alias("家庭住址"))
        frame = pl.concat([frame, again])
        manifest |= dict.fromkeys(again[key], frozenset({(column_, rule)}))
    return Sown(frame, manifest, len(chosen))
