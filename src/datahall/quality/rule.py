"""What a rule is, and a rule applied to one field (质量规则、核验项)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

import narwhals as nw
import polars as pl

from datahall.catalogue import Field, FieldType
from datahall.quality import checksums
from datahall.quality.model import Dimension, Level

TEXTUAL: Final = frozenset({FieldType.STRING, FieldType.TEXT, FieldType.GENERAL})
TEMPORAL: Final = frozenset({FieldType.DATE, FieldType.DATETIME})
NUMERIC: Final = frozenset(FieldType) - TEXTUAL - TEMPORAL - {FieldType.BOOLEAN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A rule applied to a field (核验项)."""

    rule: "Rule"
    field: Field
    level: Level
    other: Field | None = None  # the field that the rule compares with
    bounds: tuple[float | None, float | None] = (None, None)
    codes: frozenset[str] = frozenset()

    @property
    def column(self) -> nw.Expr:
        return nw.col(self.field.name)

    @property
    def text(self) -> nw.Expr:
        """The column as text, for a rule about characters."""
        return self.column if self.field.type in TEXTUAL else self.column.cast(nw.String)

    @property
    def other_field(self) -> Field:
        assert self.other is not None  # noqa: S101 checks.py gives it to rules that take a field
        return self.other

    @property
    def other_column(self) -> nw.Expr:
        return nw.col(self.other_field.name)


Expression = Callable[[Check, date], nw.Expr]
Kernel = Callable[[pl.Series, date], checksums.Mask]
Reason = Callable[[Check, str, date], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of the library; true where a value fails.

    `fails` is an expression, `kernel` a function over the bytes of a text column; `type` and
    `unique` have neither, since reading a batch (contract.py) and dividing it (ruleset.py)
    decide them.
    """

    name: str
    title: str
    dimension: Dimension
    level: Level
    basis: str = ""  # the standard it follows
    takes: str = ""  # what follows the colon: "field", "range" or nothing
    suits: frozenset[FieldType] = frozenset(FieldType)
    fails: Expression | None = None
    kernel: Kernel | None = None
    reason: Reason  # why one value fails; never repeats the value
