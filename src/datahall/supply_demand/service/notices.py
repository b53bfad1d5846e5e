"""Telling the other department, and taking note."""

from uuid import UUID

from datahall import security
from datahall.kit.ids import OrgId, new_id
from datahall.kit.uow import Unit
from datahall.supply_demand.errors import NoticeNotFound
from datahall.supply_demand.model.notice import Notice
from datahall.supply_demand.repository import notices as repository


def tell(unit: Unit, org: OrgId, *, sender: OrgId, title: str, text: str, url: str) -> None:
    """Leave a notice for a department; it stays among its to-dos until somebody has seen it."""
    if org != sender:
        notice = Notice(
            id=new_id(), org=org, sender=sender, at=unit.now, title=title, text=text, url=url
        )
        repository.add(unit.conn, notice)


def take_note(unit: Unit, actor: security.Actor, id: UUID) -> str:
    """Somebody of the department has seen the notice (知悉); gives the page it was about.

    Raises:
        NotPermitted, NoticeNotFound
    """
    security.require(actor, "supply_demand:view", on=actor.org)
    url = repository.mark_seen(unit.conn, id, actor.org, by=actor.person, at=unit.now)
    if url is None:
        raise NoticeNotFound(notice=id)
    return url
