"""Quality (数据质量): rules as data, batches divided by them, and the rows that wait (隔离)."""

from datahall.quality.errors import ColumnMissing, RuleMisfit, UnknownRule
from datahall.quality.library import RULES
from datahall.quality.model import Dimension, Level, RowFault
from datahall.quality.rule import Rule
from datahall.quality.ruleset import Checked, RuleSet

__all__ = [
    "RULES",
    "Checked",
    "ColumnMissing",
    "Dimension",
    "Level",
    "RowFault",
    "Rule",
    "RuleMisfit",
    "RuleSet",
    "UnknownRule",
]
