"""Supply and demand (供需对接): applications, answers inside the statutory clock, grants."""

from datahall.supply_demand.errors import GrantHasEnded, GrantNotFound, SecretAlreadyShown
from datahall.supply_demand.events import (
    ApplicationAnswered,
    ApplicationReceived,
    GrantExpired,
    GrantIssued,
    GrantRevoked,
    GrantSuspended,
)
from datahall.supply_demand.model.application import Answer, Application, Citation, Status
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
from datahall.supply_demand.model.proposal import Proposal, WantedField
from datahall.supply_demand.model.usage import Usage
from datahall.supply_demand.repository.grants import CHANNEL as GRANTS_CHANNEL
from datahall.supply_demand.repository.grants import get as grant
from datahall.supply_demand.repository.grants import grants_changed_since, grants_of_items
from datahall.supply_demand.service.answering import (
    answer,
    ask_extension,
    ask_supplement,
    decide_extension,
)
from datahall.supply_demand.service.applying import (
    draft,
    endorse,
    return_to_clerk,
    revise,
    send,
    supplement,
    withdraw,
)
from datahall.supply_demand.service.departures import (
    end_with_item,
    live_uses,
    tell_departure,
    tell_departure_cancelled,
)
from datahall.supply_demand.service.grants import (
    expire_grants,
    issue,
    resume,
    reveal_secret,
    revoke,
    rotate_secret,
    suspend,
)
from datahall.supply_demand.service.reading import (
    Case,
    closed_cases,
    open_cases,
    read,
    read_grant,
)
from datahall.supply_demand.service.rulings import tell_ruling, tell_ruling_opened
from datahall.supply_demand.service.todos import todos
from datahall.supply_demand.service.uses import field_uses

__all__ = [
    "GRANTS_CHANNEL",
    "Algorithm",
    "Answer",
    "Application",
    "ApplicationAnswered",
    "ApplicationReceived",
    "Case",
    "Citation",
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
    "Proposal",
    "SecretAlreadyShown",
    "Status",
    "Usage",
    "WantedField",
    "answer",
    "ask_extension",
    "ask_supplement",
    "closed_cases",
    "credential_context",
    "decide_extension",
    "draft",
    "end_with_item",
    "endorse",
    "expire_grants",
    "field_uses",
    "grant",
    "grants_changed_since",
    "grants_of_items",
    "issue",
    "live_uses",
    "open_cases",
    "read",
    "read_grant",
    "resume",
    "return_to_clerk",
    "reveal_secret",
    "revise",
    "revoke",
    "rotate_secret",
    "send",
    "supplement",
    "suspend",
    "tell_departure",
    "tell_departure_cancelled",
    "tell_ruling",
    "tell_ruling_opened",
    "todos",
    "withdraw",
]
