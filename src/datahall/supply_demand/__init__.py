"""Supply and demand (供需对接): applications, answers inside the statutory clock, grants."""

from datahall.supply_demand.errors import GrantHasEnded, GrantNotFound, SecretAlreadyShown
from datahall.supply_demand.events import GrantExpired, GrantIssued, GrantRevoked, GrantSuspended
from datahall.supply_demand.model.grants import (
    Algorithm,
    Condition,
    Credential,
    Grant,
    GrantedField,
    GrantStatus,
    GrantTerms,
    Operator,
    credential_context,
)
from datahall.supply_demand.repository.grants import CHANNEL as GRANTS_CHANNEL
from datahall.supply_demand.repository.grants import grants_changed_since
from datahall.supply_demand.service.grants import (
    expire_grants,
    issue,
    resume,
    reveal_secret,
    revoke,
    rotate_secret,
    suspend,
)

__all__ = [
    "GRANTS_CHANNEL",
    "Algorithm",
    "Condition",
    "Credential",
    "Grant",
    "GrantExpired",
    "GrantHasEnded",
    "GrantIssued",
    "GrantNotFound",
    "GrantRevoked",
    "GrantStatus",
    "GrantSuspended",
    "GrantTerms",
    "GrantedField",
    "Operator",
    "SecretAlreadyShown",
    "credential_context",
    "expire_grants",
    "grants_changed_since",
    "issue",
    "resume",
    "reveal_secret",
    "revoke",
    "rotate_secret",
    "suspend",
]
