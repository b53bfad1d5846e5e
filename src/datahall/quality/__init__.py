"""Quality (数据质量): rules as data, batches divided by them, and the rows that wait (隔离)."""

from datahall.quality.errors import ColumnMissing, RowNotFound, RuleMisfit, UnknownRule
from datahall.quality.library import RULES
from datahall.quality.model import Dimension, Level, QuarantinedRow, RowFault, RowStatus
from datahall.quality.rule import Rule
from datahall.quality.ruleset import Checked, RuleSet
from datahall.quality.ward import Ward

__all__ = [
    "RULES",
    "Checked",
    "ColumnMissing",
    "Dimension",
    "Level",
    "QuarantinedRow",
    "RowFault",
    "RowNotFound",
    "RowStatus",
    "Rule",
    "RuleMisfit",
    "RuleSet",
    "UnknownRule",
    "Ward",
]
