"""All rules of an item, run over a batch in one pass (核验)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol, Self

import narwhals as nw
import numpy as np
import polars as pl

from datahall.catalogue import Field
from datahall.quality import contract
from datahall.quality.checks import FindCodeList, checks_of
from datahall.quality.errors import ColumnMissing
from datahall.quality.model import Level
from datahall.quality.rule import Check
from datahall.security import mask
from datahall.standards import code_list

SHOWN_LENGTH: Final = 60  # characters of a failing value that are shown at most

FAULTS: Final = {
    "row": pl.UInt32,
    "field": pl.String,
    "rule": pl.String,
    "value": pl.String,
    "message": pl.String,
}


class HasFields(Protocol):
    """What of a catalogue item the rules need."""

    @property
    def fields(self) -> tuple[Field, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A batch divided by its strong rules.

    Attributes:
        good: the rows that may land, in the types of the fields; other columns as they came.
        bad: the other rows exactly as they came, with `row`, their position in the batch.
        faults: one line a failing field of a bad row, in the order of rows
            (row u32, field, rule, value masked, message).
        counts: (field, rule) → failing rows, for strong and weak rules alike.
    """

    good: pl.DataFrame
    bad: pl.DataFrame
    faults: pl.DataFrame
    counts: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """The rules of one item (规则集)."""

    fields: tuple[Field, ...]
    checks: tuple[Check, ...]

    @classmethod
    def for_item(
        cls, item: HasFields, *, find: FindCodeList = lambda code: code_list(None, code)
    ) -> Self:
        """The rules of `item`; `find` looks a code list up by its code.

        Raises:
            UnknownRule, RuleMisfit
        """
        return cls(fields=item.fields, checks=tuple(checks_of(item.fields, find)))

    @property
    def key(self) -> tuple[str, ...]:
        """The fields that tell rows apart (主键)."""
        return tuple(field.name for field in self.fields if field.is_key)

    def check(self, frame: pl.DataFrame, *, today: date) -> Checked:
        """Divide a batch whose columns carry the names of the fields.

        Memory is a few times that of the batch; no state is kept between batches.

        Raises:
            ColumnMissing
        """
        if missing := [f.title for f in self.fields if f.name not in frame.columns]:
            raise ColumnMissing(columns="、".join(missing))
        typed = contract.apply(frame, self.fields)
        failing = self._failing(typed, today)
        bad = _any(m for check, m in failing.items() if check.level is Level.STRONG)
        repeats = self._repeats(typed.frame, bad)
        if repeats:
            failing |= repeats
            bad = _any(m for check, m in failing.items() if check.level is Level.STRONG)
        counts = {(c.field.name, c.rule.name): int(m.sum()) for c, m in failing.items()}
        numbered = frame.lazy().with_row_index("row")
        if bad is None:
            nothing = numbered.head(0).collect()
            return Checked(
                good=typed.frame, bad=nothing, faults=pl.DataFrame(schema=FAULTS), counts=counts
            )
        return Checked(
            good=typed.frame.filter(~bad),
            bad=numbered.filter(bad).collect(),
            faults=_faults(frame, failing, today),
            counts=counts,
        )

    def _failing(self, typed: contract.Typed, today: date) -> dict[Check, pl.Series]:
        """Check → where it fails; a check that nothing fails is left out."""
        rows = nw.from_native(typed.frame, eager_only=True)
        masks = rows.select(
            **{
                str(i): check.rule.fails(check, today).fill_null(value=False)
                for i, check in enumerate(self.checks)
                if check.rule.fails
            }
        ).to_native()
        failing: dict[Check, pl.Series] = {}
        for i, check in enumerate(self.checks):
            name, misfits = check.field.name, typed.misfits.get(check.field.name)
            if check.rule.fails:
                found = masks.get_column(str(i))
            elif check.rule.kernel:
                text = typed.frame.get_column(name).cast(pl.String)
                found = pl.Series(check.rule.kernel(text, today))
            elif check.rule.name == "type" and misfits is not None:
                found = misfits
            else:
                continue
            if check.rule.name == "required" and misfits is not None:
                found &= ~misfits  # something was given, though it could not be read
            if found.any():
                failing[check] = found
        return failing

    def _repeats(self, frame: pl.DataFrame, bad: pl.Series | None) -> dict[Check, pl.Series]:
        """Of the rows that would land, the first with a key does and its repeats do not."""
        unique = next((c for c in self.checks if c.rule.name == "unique"), None)
        if unique is None:
            return {}
        keys = frame.select(self.key).to_struct() if len(self.key) > 1 else frame[self.key[0]]
        landing = keys if bad is None else keys.filter(~bad)
        if landing.n_unique() == len(landing):
            return {}
        rows = np.arange(len(frame)) if bad is None else (~bad).arg_true().to_numpy()
        repeats = np.zeros(len(frame), np.bool_)
        repeats[rows] = (~landing.is_first_distinct()).to_numpy()
        return {unique: pl.Series(repeats)}


def _any(masks: Iterable[pl.Series]) -> pl.Series | None:
    """Where one of the masks is true, None when there is no mask."""
    united: pl.Series | None = None
    for mask_ in masks:
        united = mask_ if united is None else united | mask_
    return united


def _faults(frame: pl.DataFrame, failing: Mapping[Check, pl.Series], today: date) -> pl.DataFrame:
    """One line a strong check and row: the value masked and the reason."""
    lines = [
        _lines(check, frame.get_column(check.field.name), mask_.arg_true(), today)
        for check, mask_ in failing.items()
        if check.level is Level.STRONG
    ]
    return pl.concat(lines).sort("row", maintain_order=True)


def _lines(check: Check, column: pl.Series, rows: pl.Series, today: date) -> pl.DataFrame:
    values = [
        None if value is None else str(value).strip() or None
        for value in column.gather(rows).to_list()
    ]
    return pl.DataFrame(
        {
            "row": rows,
            "field": [check.field.name] * len(rows),
            "rule": [check.rule.name] * len(rows),
            "value": [shown(check.field, value) for value in values],
            "message": [check.rule.reason(check, value or "", today) for value in values],
        },
        schema=FAULTS,
    )


def shown(field: Field, value: str | None) -> str | None:
    """The value as anybody may see it: masked by kind and grade, and not too long."""
    masked = mask(field.sensitive.value, value, grade=field.grade)
    if masked is None or len(masked) <= SHOWN_LENGTH:
        return masked
    return masked[: SHOWN_LENGTH - 1] + "…"
