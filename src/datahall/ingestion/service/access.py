"""Whose sources and tasks somebody may see or change."""

from typing import Final

from datahall import security
from datahall.kit.ids import OrgId, new_id

VIEW: Final = "ingestion:view"
MANAGE: Final = "ingestion:manage"


def scope(actor: security.Actor) -> OrgId | None:
    """Whose things the actor may list: everybody's (None) or their own."""
    elsewhere = OrgId(new_id())
    return None if security.may(actor, VIEW, on=elsewhere) else actor.org
