"""Asking the permission table."""

from datahall.kit.ids import OrgId
from datahall.security.errors import NotPermitted
from datahall.security.model import Actor, allowed
from datahall.security.policy import POLICY


def may(actor: Actor, act: str, *, on: OrgId | None = None) -> bool:
    """Whether the actor may do `act` to a thing of `on`; without `on`, to anything at all."""
    return allowed(POLICY, actor, act, on=on)


def require(actor: Actor, act: str, *, on: OrgId | None = None) -> None:
    """Refuse unless the actor may.

    Raises:
        NotPermitted
    """
    if not may(actor, act, on=on):
        raise NotPermitted(act=act)
