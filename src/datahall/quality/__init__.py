"""Quality (数据质量): rules as data, batches divided by them, and the rows that wait (隔离)."""

from datahall.quality.contract import typed_keys
from datahall.quality.errors import (
    AlreadySettled,
    ColumnMissing,
    KeyTaken,
    NoteRequired,
    NothingCollected,
    NotReleasable,
    RowNotFound,
    RuleMisfit,
    StillFaulty,
    UnknownRule,
)
from datahall.quality.events import RowDiscarded, RowReleased, RowRepaired, RowsReplayed
from datahall.quality.keeping import KeptRow, as_kept, kept_rows, settle_gone, typed
from datahall.quality.library import RULES
from datahall.quality.likeness import coded, looks, same_births
from datahall.quality.lists import listing, results, standings, todos
from datahall.quality.model import (
    Dimension,
    Level,
    QuarantinedRow,
    RowFault,
    RowStatus,
    RowView,
    RuleResult,
)
from datahall.quality.repository import tallies
from datahall.quality.rule import Rule
from datahall.quality.ruleset import Checked, RuleSet, shown
from datahall.quality.service import (
    Replayed,
    discard,
    look,
    release,
    repair,
    replay,
    rule_faults,
    rules_of,
)
from datahall.quality.views import Listing, Standing
from datahall.quality.ward import Ward

__all__ = [
    "RULES",
    "AlreadySettled",
    "Checked",
    "ColumnMissing",
    "Dimension",
    "KeptRow",
    "KeyTaken",
    "Level",
    "Listing",
    "NotReleasable",
    "NoteRequired",
    "NothingCollected",
    "QuarantinedRow",
    "Replayed",
    "RowDiscarded",
    "RowFault",
    "RowNotFound",
    "RowReleased",
    "RowRepaired",
    "RowStatus",
    "RowView",
    "RowsReplayed",
    "Rule",
    "RuleMisfit",
    "RuleResult",
    "RuleSet",
    "Standing",
    "StillFaulty",
    "UnknownRule",
    "Ward",
    "as_kept",
    "coded",
    "discard",
    "kept_rows",
    "listing",
    "look",
    "looks",
    "release",
    "repair",
    "replay",
    "results",
    "rule_faults",
    "rules_of",
    "same_births",
    "settle_gone",
    "shown",
    "standings",
    "tallies",
    "todos",
    "typed",
    "typed_keys",
]
