"""Coverage (应编尽编): what has to be catalogued and is not, and what may stay out, with proof."""

from datahall.coverage.desk import todos
from datahall.coverage.errors import ExemptionNotFound, SubjectNotFound
from datahall.coverage.events import (
    ExemptionAsked,
    ExemptionDecided,
    ExemptionEnded,
    ExemptionWithdrawn,
)
from datahall.coverage.finding import account, accounts
from datahall.coverage.model import (
    Account,
    Exemption,
    ExemptionStatus,
    Ground,
    Proof,
    State,
    Subject,
    SubjectKind,
    coverage_rate,
)
from datahall.coverage.service import (
    account_of,
    ask,
    decide,
    end,
    exemptions,
    read,
    withdraw,
)

__all__ = [
    "Account",
    "Exemption",
    "ExemptionAsked",
    "ExemptionDecided",
    "ExemptionEnded",
    "ExemptionNotFound",
    "ExemptionStatus",
    "ExemptionWithdrawn",
    "Ground",
    "Proof",
    "State",
    "Subject",
    "SubjectKind",
    "SubjectNotFound",
    "account",
    "account_of",
    "accounts",
    "ask",
    "coverage_rate",
    "decide",
    "end",
    "exemptions",
    "read",
    "todos",
    "withdraw",
]
