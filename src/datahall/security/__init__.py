"""Security (安全): who may do what to which data; grades, masks and ciphers."""

from datahall.security.errors import LoginRequired, NotPermitted
from datahall.security.http import (
    Identify,
    Permits,
    Public,
    UndeclaredRoute,
    actor_of_request,
    declared,
    permits,
    refuse_undeclared,
)
from datahall.security.masks import Mask, Protection, mask, mask_for, protection
from datahall.security.model import ADMINISTRATORS, Actor, Policy, Relation, Role, allowed
from datahall.security.policy import POLICY
from datahall.security.service import may, require

__all__ = [
    "ADMINISTRATORS",
    "POLICY",
    "Actor",
    "Identify",
    "LoginRequired",
    "Mask",
    "NotPermitted",
    "Permits",
    "Policy",
    "Protection",
    "Public",
    "Relation",
    "Role",
    "UndeclaredRoute",
    "actor_of_request",
    "allowed",
    "declared",
    "mask",
    "mask_for",
    "may",
    "permits",
    "protection",
    "refuse_undeclared",
    "require",
]
