"""From a sample of rows to one profile a column (列画像).  No I/O; the rows are not kept."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

import polars as pl

from datahall.catalogue import CODED, ColumnProfile, ScannedColumn
from datahall.quality import coded, looks, same_births
from datahall.standards import SensitiveKind

SHAPES: Final = (
    (r"\p{Han}", "汉"), (r"[0-9]", "9"), (r"[a-z]", "a"), (r"[A-Z]", "A"),
)  # fmt: skip
COMMON: Final = 0.5  # a shape that fewer values have is not the column's
LONGEST_SHAPE: Final = 40
LONGEST_BOUND: Final = 40


def profile(
    rows: pl.DataFrame,
    columns: Sequence[ScannedColumn],
    lists: Mapping[str, frozenset[str]],
    today: date,
) -> dict[str, ColumnProfile]:
    """The profile of each of `columns` that the sample has.

    Args:
        rows: the sample, under the source's own names.
        columns: as scanned; what is said of a column decides with its values what is kept.
        lists: codes of each code list by its name.
        today: no birth date is later.
    """
    texts = {c.name: _text(rows[c.name]) for c in columns if c.name in rows.columns}
    found = {name: _profile(rows[name], text, lists, today) for name, text in texts.items()}
    ids = max(found, key=lambda n: found[n].shares.get(SensitiveKind.ID_CARD, 0), default=None)
    if ids and found[ids].likely_kind is SensitiveKind.ID_CARD:
        for name, text in texts.items():
            if name != ids and (share := same_births(texts[ids], text)):
                shares = {**found[name].shares, SensitiveKind.BIRTH_DATE.value: share}
                found[name] = replace(found[name], shares=shares)
    return {c.name: found[c.name].discreet(c) for c in columns if c.name in found}


def _profile(
    values: pl.Series, text: pl.Series, lists: Mapping[str, frozenset[str]], today: date
) -> ColumnProfile:
    given = text.drop_nulls()
    lengths = given.str.len_chars()
    shortest, longest = lengths.min(), lengths.max()
    low, high = _bounds(values, given)
    codes = {f"{CODED}{name}": share for name, share in coded(given, lists).items()}
    return ColumnProfile(
        column=values.name,
        rows=len(values),
        nulls=len(values) - len(given),
        distinct=given.n_unique(),
        pattern=_shape(given),
        minimum=low,
        maximum=high,
        shortest=int(str(shortest)) if shortest is not None else None,
        longest=int(str(longest)) if longest is not None else None,
        shares={**looks(text, today), **codes},
    )


def _text(values: pl.Series) -> pl.Series:
    """As text, trimmed; what is blank is null."""
    text = pl.col(values.name).cast(pl.String, strict=False).str.strip_chars()
    return values.to_frame().select(pl.when(text != "").then(text)).to_series()


def _bounds(values: pl.Series, given: pl.Series) -> tuple[str | None, str | None]:
    """The smallest and the greatest value: of numbers by size, of text by its characters."""
    if given.is_empty():
        return None, None
    ordered = values.drop_nulls()
    if values.dtype == pl.String:
        ordered = given.cast(pl.Float64, strict=False)
        if ordered.null_count():
            ordered = given
        else:  # numbers written as text keep how they are written
            return _cut(given[int(ordered.arg_min() or 0)]), _cut(
                given[int(ordered.arg_max() or 0)]
            )
    return _cut(ordered.min()), _cut(ordered.max())


def _cut(value: object) -> str | None:
    return None if value is None else str(value)[:LONGEST_BOUND]


def _shape(given: pl.Series) -> str | None:
    """The shape that most values have, runs counted: 9{17}A; None when they differ."""
    if given.is_empty():
        return None
    shapes = given
    for what, sign in SHAPES:
        shapes = shapes.str.replace_all(what, sign)
    counts = shapes.alias("shape").value_counts(sort=True)
    shape, count = counts.row(0)
    if count < COMMON * len(given):
        return None
    short = re.sub(r"(.)\1{2,}", lambda run: f"{run[1]}{{{len(run[0])}}}", shape)
    return short if len(short) <= LONGEST_SHAPE else None
